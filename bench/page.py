"""`page.latency_*`: from the radio's socket write to the painted row, through real processes and a real Chromium.

The moment of painting is when a task posted by the row's first animation frame runs: the frame has been drawn by then.
Alerts come at about four a second, from as many beacons, and all stay open: the list and the map only grow.
Beside it, in the same browser and in turns, a bare Flask stream fed by bare paho that puts a bare row on a bare page.
"""

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from bench.measure import Figure, Figures, note, percentile
from bench.street import CAPTAIN, PASSWORD, Street, street
from tools.browser import chromium, watch

SEED = 7
APART_S = (0.15, 0.35)  # uneven, so that alerts do not keep step with the screen's frames
PATIENCE_S = 30.0  # for the last row of a turn; a row that takes so long spoils the figure, a lost one ends the run
OBSERVE = """
() => {
  window.painted = {};
  const look = (card) => {
    const place = card.querySelector?.(".place")?.textContent;
    if (!place || place in window.painted) return;
    window.painted[place] = null;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => { window.painted[place] ??= (performance.timeOrigin + performance.now()) / 1000; };
      after.port2.postMessage(0);
    });
  };
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(look);
  }).observe(document.getElementById("open"), { childList: true });
}
"""


class Dose(NamedTuple):
    """How much is measured: alerts before it begins, alerts a turn, turns of each side."""

    warm: int = 20
    block: int = 55
    blocks: int = 4


FULL = Dose()


def figures(dose: Dose = FULL) -> Figures:
    """Milliseconds, 50th and 99th percentile."""
    found = shutil.which("chromium")
    if found is None:
        raise RuntimeError("page.latency needs Debian's chromium: `apt-get install chromium`, then `make bench` again")
    with (
        tempfile.TemporaryDirectory() as folder,
        street(Path(folder), SEED, dose.warm + dose.block * dose.blocks) as made,
        chromium(Path(found)) as browser,
    ):
        ours, bare = _measured(made, _watching(browser, made), _bare(browser, made), dose)
    _say(ours, dose)
    latency = {}
    for name, share in (("p50", 0.50), ("p99", 0.99)):
        value, reference = percentile(ours, share), percentile(bare, share)
        latency[f"page.latency_{name}"] = Figure(value, "ms", reference, value / reference)
    return latency


def _bare(browser: Browser, made: Street) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"http://127.0.0.1:{made.bare_page}/")
    return page


def _watching(browser: Browser, made: Street) -> Page:
    """The captain's page: signed in, sound armed, its map drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watch(page, f"http://127.0.0.1:{made.page}", CAPTAIN, PASSWORD)
    page.wait_for_selector("#map canvas")
    page.wait_for_timeout(3000)
    return page


def _measured(made: Street, page: Page, bare: Page, dose: Dose) -> tuple[list[float], list[float]]:
    """Milliseconds of each alert, ours and theirs."""
    page.evaluate(OBSERVE)
    bare.evaluate(OBSERVE)
    chance = random.Random(SEED)
    ours, theirs = [], []
    _block(made, page, made.press, range(dose.warm), chance)
    for block in range(dose.blocks):
        begin = dose.warm + block * dose.block
        turn = range(begin, begin + dose.block)
        theirs += _block(made, bare, made.press_bare, turn, chance)
        ours += _block(made, page, made.press, turn, chance)
    return ours, theirs


def _block(made: Street, page: Page, press: Callable[[int], float], turn: range, chance: random.Random) -> list[float]:
    """One turn of one side: milliseconds of each of its alerts."""
    written = {}
    page.bring_to_front()
    for which in turn:
        written[made.places[which]] = press(which)
        time.sleep(chance.uniform(*APART_S))
    painted = _painted(page, list(written))
    return [(painted[place] - at) * 1000 for place, at in written.items()]


def _painted(page: Page, places: list[str]) -> dict[str, float]:
    """When each of these rows was painted, in Unix seconds; waits for the last. RuntimeError when one never is."""
    end = time.monotonic() + PATIENCE_S
    while True:
        page.wait_for_timeout(500)
        painted: dict[str, float] = page.evaluate("window.painted")
        missing = [place for place in places if painted.get(place) is None]
        if not missing:
            return painted
        if time.monotonic() > end:
            raise RuntimeError(f"{len(missing)} of {len(places)} rows were never painted, the first {missing[0]!r}")


def _say(ours: list[float], dose: Dose) -> None:
    note(f"{len(ours)} alerts, one in {sum(APART_S) / 2:.2f} s, after {dose.warm} to warm up; every row stays open")
    for block in range(dose.blocks):
        part = ours[block * dose.block : (block + 1) * dose.block]
        rows = dose.warm + (block + 1) * dose.block
        note(f"  up to {rows:3} open rows: p50 {percentile(part, 0.5):.0f} ms, worst {max(part):.0f} ms")
