"""A real Chromium and a whole demo, both in a network of their own where nothing else can be reached."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.browser.alone import joining
from tools.browser import chromium

PORT = 8080  # the demo's own: its network is its own too
ORIGIN = f"http://127.0.0.1:{PORT}"
ALONE = Path(__file__).parent / "alone.py"


@dataclass(frozen=True)
class Demo:
    """A running demo: its process (whose network the browser joins), its captain's password."""

    pid: int
    password: str


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """`whistle demo` as a person starts it, alone on its machine; stopped by Ctrl-C at the end."""
    words = [sys.executable, str(ALONE), sys.executable, "-m", "whistle", "demo", "--no-first-press", "--seed", "7"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield Demo(child.pid, _password(child))
    finally:
        child.send_signal(signal.SIGINT)
        said, _ = child.communicate(timeout=30)
        assert child.returncode == 0, said
        assert "Everything is stopped." in said


def _password(child: "subprocess.Popen[str]") -> str:
    """Read the demo's lines up to the end of its box."""
    said, password = "", ""
    assert child.stdout is not None
    for line in child.stdout:
        said += line
        found = re.search(r"password (\S+)", line)
        password = found[1] if found else password
        if line.startswith("└"):
            return password
    raise AssertionError(f"the demo ended before it was up:\n{said}")


@pytest.fixture(scope="module")
def browser(demo: Demo, need: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium in the demo's network."""
    wrapper = tmp_path_factory.mktemp("browser") / "chromium"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join([*joining(demo.pid), str(need("chromium"))])} "$@"\n')
    wrapper.chmod(0o755)
    with chromium(wrapper) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser nobody is signed in to; the test fails if any page asked anything of another origin."""
    fresh = browser.new_context(viewport={"width": 1440, "height": 900})
    fresh.set_default_timeout(30_000)
    strangers: list[str] = []

    def look(request: Request) -> None:
        if not request.url.startswith((ORIGIN + "/", "data:", "blob:" + ORIGIN)):
            strangers.append(request.url)

    fresh.on("request", look)
    yield fresh
    fresh.close()
    assert strangers == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page whose script errors and console errors fail the test that looks at `page_errors`."""
    return context.new_page()
