"""The system's Chromium, for pictures, tests and benches alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

STARTING_MS: Final = 90_000
# Chromium's own housekeeping must not count as a page's requests; root has no sandbox; WebGL is drawn by the processor.
SWITCHES: Final = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run", "--mute-audio",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
]  # fmt: skip
UNASKED: Final = "--autoplay-policy=no-user-gesture-required"


@contextmanager
def chromium(executable: Path, unasked: bool = True) -> Iterator[Browser]:
    """A browser, closed at the end. `executable`: Chromium, or its starter; `unasked`: pages sound before a click."""
    switches = [*SWITCHES, UNASKED] if unasked else SWITCHES
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(executable), args=switches, timeout=STARTING_MS)
        yield browser
        browser.close()


def watch(page: Page, origin: str, name: str, password: str) -> None:
    """Sign a captain in at a dashboard and let the page ring: on watch."""
    page.goto(f"{origin}/")
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    page.click("main button")
    page.click("#arm-button")
