"""The README's pictures, taken from the running demo: a real press, real frames on the simulated air, real pages.

    python -m tools.pictures            writes docs/pictures/; `make pictures` is the same with everything it needs

The demo runs with a fixed seed, so town and air are the same every time; clocks on the pages are those of the moment.
"""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tools.browser import chromium
from tools.stage import Stage
from tools.still import save, worth_keeping
from tools.system_tools import PATH

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "pictures"
DESKTOP: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
SEED: Final = "7"
PATIENCE_MS: Final = 30_000


@click.command()
@click.option("--port", default=8397, show_default=True, type=click.IntRange(1, 65535), help="Where the demo runs.")
@click.option("--tries", default=2, show_default=True, type=click.IntRange(1, 9), help="How often to begin anew.")
@click.option("--folder", default=FOLDER, type=click.Path(path_type=Path, file_okay=False), help="Where to write.")
def main(port: int, tries: int, folder: Path) -> None:
    """Take the README's pictures from the running demo."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in range(tries - 1, -1, -1):
        try:
            take(port, folder)
            break
        except (Error, TimeoutError) as error:
            if not left:
                raise click.ClickException(f"The pictures could not be taken: {error}") from error
            click.echo(f"once more: {str(error).splitlines()[0]}")
    for path in sorted(folder.iterdir()):
        click.echo(f"{path.name}: {path.stat().st_size // 1024} KB")


def take(port: int, folder: Path) -> None:
    """Every picture, in one life of one demo."""
    with demo(port), chromium(installed()) as browser:
        origin = f"http://127.0.0.1:{port}"
        context = opened(browser, DESKTOP)
        page = context.new_page()
        page.goto(f"{origin}/demo/")
        Stage(page).play(folder)
        captain(context, origin, folder)
        phones(browser, context, origin, folder)
        trouble(page, folder)


@contextmanager
def demo(port: int) -> Iterator[None]:
    """A demo that is up; Ctrl-C at the end. TimeoutError with its last words when it does not come up."""
    words = [sys.executable, "-m", "whistle", "demo", "--no-first-press", "--seed", SEED, "--port", str(port)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert child.stdout is not None
    said = ""
    try:
        for line in child.stdout:
            said += line
            if re.match("└", line):
                break
        else:
            raise TimeoutError(f"the demo did not come up: {said.strip()}")
        yield
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)


def installed() -> Path:
    """The system's Chromium."""
    found = shutil.which("chromium", path=PATH)
    if found is None:
        raise click.ClickException("Chromium is missing: `make pictures` installs it, or install it by hand.")
    return Path(found)


def opened(browser: Browser, size: dict[str, int], like: BrowserContext | None = None) -> BrowserContext:
    """A browser window; `like`: signed in as that one is."""
    phone = size is PHONE
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        color_scheme="light",
        reduced_motion="reduce",  # what moves for ever would take the time of what should be filmed
        locale="en-US",
        timezone_id="UTC",
        storage_state=like.storage_state() if like else None,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


def captain(context: BrowserContext, origin: str, folder: Path) -> None:
    """The captain's page on a desktop, on watch, with its map."""
    page = context.new_page()
    page.goto(origin)
    page.locator("#arm-button").click()
    wait_for_map(page)
    save(page.screenshot(), folder / "captain.webp")
    page.close()


def phones(browser: Browser, signed_in: BrowserContext, origin: str, folder: Path) -> None:
    """The captain's page and the demo page, as a phone shows them."""
    context = opened(browser, PHONE, signed_in)
    page = context.new_page()
    page.goto(origin)
    page.locator("#arm-button").click()
    wait_for_map(page)
    save(page.screenshot(), folder / "captain-phone.webp")
    page.goto(f"{origin}/demo/")
    page.locator('#lamp[data-word="coming"][data-on="true"]').wait_for()
    save(page.screenshot(), folder / "demo-phone.webp")
    context.close()


def trouble(page: Page, folder: Path) -> None:
    """The switches after a forged and a replayed alert, with what was refused."""
    for name in ("forge", "replay"):
        page.locator(f'[data-switch="{name}"]').click()
    page.locator("#refusals li", has_text="absorbed").wait_for()  # a gateway tells of what it absorbed every 20 s
    time.sleep(2)  # the figures come once a second
    save(page.locator("#trouble").screenshot(), folder / "trouble.webp")


def wait_for_map(page: Page) -> None:
    """Until the map has streets; TimeoutError when it stays blank."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not worth_keeping(page.locator("#map canvas").first.screenshot()):
        if time.monotonic() > until:
            raise TimeoutError("the map stays blank")
        time.sleep(0.5)
    page.evaluate("() => scrollTo(0, 0)")  # where looking at the map has scrolled to
    time.sleep(1)  # labels fade in


if __name__ == "__main__":
    main()
