"""A hundred alerts while everything is killed: each is a row, once, and each beacon was told *shown*."""

import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.dying_gateway import NEVER, STEPS
from tests.support.neighbours import CAPTAIN, PASSWORD, Neighbours
from tools.browser import chromium, watch
from whistle.simulator.control import Control

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SEED, BEACONS, LOSS = 7, 100, 0.30
DEATHS = 5  # at each step, at least
SPREAD_S = 200.0  # the presses fall within this time
HOLD_S = 4.0  # of which 1.5 s count: a machine that stops for two seconds must not make a tap of it
PATIENCE_S = 900.0  # a call lost in both directions is repeated once a minute
TOLD = frozenset(("shown", "seen", "coming"))
WEAR = (("broker", 40.0), ("dashboard", 80.0), ("broker", 120.0), ("dashboard", 160.0))
DOWN_S = 3.0


@pytest.fixture
def neighbours(tmp_path: Path, need: Callable[[str], Path]) -> Iterator[Neighbours]:
    need("mosquitto")
    made = Neighbours(tmp_path, SEED, BEACONS, LOSS)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Killer(threading.Thread):
    """Keeps a gateway running, each with its death planned at the step that has had the fewest, until all have had."""

    def __init__(self, neighbours: Neighbours) -> None:
        super().__init__(daemon=True)
        self.deaths: Counter[str] = Counter()
        self._neighbours = neighbours
        self._steps = [step for step in STEPS if step != NEVER]
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            step = min(self._steps, key=lambda name: self.deaths[name])
            if self.deaths[step] >= DEATHS:
                step = NEVER
            gateway = self._neighbours.gateway = self._neighbours.gateway_that_dies(step)
            gateway.start()
            while gateway.alive and not self._over.wait(0.05):
                pass
            if not gateway.alive:
                self.deaths[step if gateway.code == -signal.SIGKILL else f"ended with {gateway.code}"] += 1

    def end(self) -> None:
        self._over.set()
        self.join()


def press_all(control: Control, nodes: list[int]) -> None:
    """Every beacon once, at its own moment of the seed."""
    chance = random.Random(SEED)
    edges = []
    for node in nodes:
        at = chance.uniform(0, SPREAD_S)
        edges += [(at, node, True), (at + HOLD_S, node, False)]
    begun = time.monotonic()
    for at, node, down in sorted(edges):
        time.sleep(max(0.0, begun + at - time.monotonic()))
        control.button(node, down)


def wear(neighbours: Neighbours) -> None:
    """Restart the broker twice and kill the dashboard twice, meanwhile."""
    begun = time.monotonic()
    for name, at in WEAR:
        time.sleep(max(0.0, begun + at - time.monotonic()))
        process = getattr(neighbours, name)
        process.kill()
        time.sleep(DOWN_S)
        process.start()


def rows(folder: Path) -> list[tuple[int, int]]:
    with sqlite3.connect(f"file:{folder}/dashboard/store.sqlite?mode=ro", uri=True) as store:
        return store.execute("select node, root from alerts").fetchall()


def untold(control: Control, nodes: list[int]) -> list[int]:
    return [node for node in nodes if control.state(node)["pattern"] not in TOLD]


def test_a_hundred_alerts_survive_everything(
    neighbours: Neighbours, need: Callable[[str], Path], tell: Callable[[str], None], closing: ExitStack
) -> None:
    control = closing.enter_context(Control("127.0.0.1", neighbours.control))
    nodes = [node["node"] for node in control.nodes() if node["kind"] == "beacon"]
    killer = Killer(neighbours)
    with chromium(need("chromium")) as browser:
        page = browser.new_page()
        watch(page, f"http://127.0.0.1:{neighbours.page}", CAPTAIN, PASSWORD)
        killer.start()
        worn = threading.Thread(target=wear, args=[neighbours])
        worn.start()
        press_all(control, nodes)
        worn.join()
        end = time.monotonic() + PATIENCE_S
        while (left := untold(control, nodes)) and time.monotonic() < end:
            page.wait_for_timeout(1000)
        killer.end()
    stats, stored = control.stats(), rows(neighbours.folder)
    share = stats["lost"] / stats["drawn"]
    tell(
        f"seed {SEED}: {stats['lost']} of {stats['drawn']} receptions lost ({share:.1%}); deaths {dict(killer.deaths)}"
    )
    assert 0.28 <= share <= 0.32
    assert set(killer.deaths) <= set(STEPS) - {NEVER}, "a gateway ended that nobody had killed"
    assert all(killer.deaths[step] >= DEATHS for step in STEPS if step != NEVER)
    assert "Traceback" not in neighbours.gateway.log.read_text()
    assert left == []
    assert sorted({node for node, _ in stored}) == sorted(nodes)
    assert len(stored) == BEACONS
