"""The answer's way back through every part: whatever the one who pressed does next, the lamp comes to say it again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.neighbours import CAPTAIN, PASSWORD, Neighbours
from tools.browser import chromium, watch
from whistle.simulator.control import Control
from whistle.simulator.errors import ControlError

pytestmark = [pytest.mark.system, pytest.mark.slow]
SEED, BEACONS = 5, 8
PATIENCE_S = 60.0
SOON_MS = 20_000


class Hand:
    """A beacon in the hand: its button, and every word its lamp has shown since the last look."""

    def __init__(self, control: Control, eyes: Control, node: int) -> None:
        self._control, self.node = control, node
        self._words: list[str] = []
        threading.Thread(target=self._look, args=[eyes.watch("lamp")], daemon=True).start()

    def _look(self, events: Iterator[dict[str, Any]]) -> None:
        with suppress(OSError, ControlError):  # the simulator stops at the end
            for event in events:
                if event["node"] == self.node:
                    self._words.append(event["pattern"])

    def press(self, seconds: float) -> None:
        self._control.button(self.node, True)
        time.sleep(seconds)
        self._control.button(self.node, False)

    def taps(self, number: int) -> None:
        for _ in range(number):
            self.press(0.12)
            time.sleep(0.15)

    def lamp(self, *words: str) -> None:
        """Wait until the lamp has shown each of these, in this order, since the last time it was waited for."""
        end = time.monotonic() + PATIENCE_S
        for word in words:
            while word not in self._words:
                assert time.monotonic() < end, f"the lamp never said {word}, but {self._words}"
                time.sleep(0.05)
            del self._words[: self._words.index(word) + 1]


@pytest.fixture
def neighbours(tmp_path: Path, need: Callable[[str], Path]) -> Iterator[Neighbours]:
    need("mosquitto")
    made = Neighbours(tmp_path, SEED, BEACONS, 0.0)
    made.start()
    made.gateway.start()
    yield made
    made.stop()


@pytest.fixture
def page(neighbours: Neighbours, need: Callable[[str], Path]) -> Iterator[Page]:
    """The captain's page, on watch."""
    with chromium(need("chromium")) as browser:
        page = browser.new_page()
        watch(page, f"http://127.0.0.1:{neighbours.page}", CAPTAIN, PASSWORD)
        yield page


@pytest.fixture
def hand(neighbours: Neighbours) -> Iterator[Hand]:
    """The first beacon of the neighbourhood, which is awake."""
    with ExitStack() as closing:
        control, eyes = (closing.enter_context(Control("127.0.0.1", neighbours.control)) for _ in range(2))
        yield Hand(control, eyes, next(node["node"] for node in control.nodes() if node["kind"] == "beacon"))


def test_named_pressed_again_and_cleared_the_lamp_says_coming_each_time(
    neighbours: Neighbours, page: Page, hand: Hand
) -> None:
    card = page.locator("#open article")
    hand.press(1.8)
    hand.lamp("shown")
    card.get_by_role("button", name="I am coming").click()
    hand.lamp("coming")

    hand.taps(2)
    hand.lamp("sent", "coming")
    expect(card).to_have_attribute("data-kind", "medical")

    hand.press(1.8)
    hand.lamp("sent", "coming")
    expect(card.locator(".again")).to_have_text("Pressed 2 times")
    expect(card.locator(".lamp")).to_contain_text("sent on the air", timeout=SOON_MS)

    card.get_by_text("All clear…").click()
    card.get_by_role("button", name="Yes, all clear").click()
    hand.lamp("clear")
