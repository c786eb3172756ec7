"""Beacons whose memory was put back, copied, or overtaken by their own later word: every alert is on the page, marked.

One neighbourhood of real processes for all; each test has beacons of its own. A start goes on above the ceiling on
flash, by a random number of up to 1,023: where a test needs one certain number, an earlier life of the same beacon
speaks from a hostile transmitter, with the beacon's own keys. A captain reads the page by HTTP.
"""

import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from meshwire import BROADCAST
from meshwire.wire import Channel, Data, Header, expand_key, seal

from tests.support.captain import Captain, Card
from tests.support.gateways import FakeBeacon
from tests.support.neighbours import CAPTAIN, PASSWORD, Neighbours
from whistle.aes import ecb
from whistle.simulator.control import Control

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SEED, BEACONS = 11, 12
BOOT_S = 1.2
ALERT = 11
HEARD = ("heard", "shown", "seen", "coming")
LATE, CLONE = "Late, or a copied key", "Clone or rollback"


class Street:
    """The running neighbourhood; `nodes` gives beacons that no test has used yet."""

    def __init__(self, neighbours: Neighbours) -> None:
        self.neighbours = neighbours
        self.scenario: dict[str, Any] = json.loads(neighbours.town.scenario.read_text())
        relays = [one for one in self._settings() if one["mode"] == "relay"]
        self.places = {one["node"]: one["place"] for one in relays}
        self.nodes = iter(self.places)
        self._closing = ExitStack()

    def open(self) -> None:
        """Everything is started, the radio is up, and a captain is signed in."""
        self.neighbours.start()
        self.neighbours.gateway.start()
        self.control = self._closing.enter_context(Control("127.0.0.1", self.neighbours.control))
        self.captain = Captain(self.neighbours.page, CAPTAIN, PASSWORD)
        end = time.monotonic() + 60
        while "Radio works" not in self.captain.page("/gateways"):
            assert time.monotonic() < end, "the gateway never had its radio"
            time.sleep(0.2)

    def close(self) -> None:
        """Everything is stopped."""
        self._closing.close()
        self.neighbours.stop()

    @property
    def radio(self) -> int:
        """The gateway's radio."""
        return next(int(one["node"]) for one in self.scenario["nodes"] if one["kind"] == "radio")

    def _settings(self) -> list[dict[str, Any]]:
        return [one["settings"] for one in self.scenario["nodes"] if one["kind"] == "beacon"]

    def hold(self, node: int) -> None:
        """A press for help."""
        self.control.button(node, True)
        time.sleep(1.8)
        self.control.button(node, False)

    def taps(self, node: int, number: int) -> None:
        """Quick taps, and the pause that ends them."""
        for _ in range(number):
            self.control.button(node, True)
            time.sleep(0.12)
            self.control.button(node, False)
            time.sleep(0.15)
        time.sleep(0.8)

    def again(self, node: int) -> None:
        """Off and on."""
        self.control.power(node, False)
        self.control.power(node, True)
        time.sleep(BOOT_S)

    def put_back(self, node: int) -> None:
        """Flash as it was when last saved."""
        self.control.flash(node, "rollback")
        time.sleep(BOOT_S)

    def other_life(self, node: int, sequence: int) -> None:
        """Another life of that beacon presses under that number, with a low battery. Said often, as a press is."""
        settings = next(one for one in self._settings() if one["node"] == node)
        payload = FakeBeacon(settings).line(sequence & 0xFFFFFF, low=True)
        channel = Channel(settings["channel_name"], expand_key(bytes.fromhex(settings["channel_psk"])), ecb)
        for _ in range(5):
            head = Header(BROADCAST, node, random.getrandbits(32), relay_node=node & 255)
            self.control.inject(seal(channel, head, Data(ALERT, payload, bitfield=0)), near=self.radio)
            time.sleep(0.3)

    def last_number(self, node: int) -> int:
        """The highest number that the gateway has of a beacon's alerts."""
        with sqlite3.connect(f"file:{self.neighbours.folder}/ledger/ledger.db?mode=ro", uri=True) as ledger:
            number: int = ledger.execute("select max(sequence) from alert where node=?", (node,)).fetchone()[0]
        return number

    def told(self, node: int) -> None:
        """Wait until the beacon knows that its call was heard."""
        self.until(lambda: self.control.state(node)["call"] in HEARD, "the beacon was never told")

    def until(self, true: Callable[[], bool], otherwise: str) -> None:
        end = time.monotonic() + 120
        while not true():
            assert time.monotonic() < end, otherwise
            time.sleep(0.1)

    def cards(self, node: int, number: int, **like: str) -> list[Card]:
        """The cards of a beacon, the oldest first, once there are so many, all of them `like` that."""

        def there(cards: list[Card]) -> bool:
            own = self._own(cards, node)
            return len(own) == number and all(getattr(one, key) == word for one in own for key, word in like.items())

        return self._own(self.captain.until(there), node)

    def cards_now(self, node: int) -> list[Card]:
        """The cards of a beacon as they are."""
        return self._own(self.captain.cards(), node)

    def _own(self, cards: list[Card], node: int) -> list[Card]:
        return sorted((card for card in cards if card.place == self.places[node]), key=lambda card: card.id)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory, need: Callable[[str], Path]) -> Iterator[Street]:
    need("mosquitto")
    neighbours = Neighbours(tmp_path_factory.mktemp("street"), SEED, BEACONS, 0.0)
    made = Street(neighbours)
    try:
        made.open()
        yield made
    finally:
        made.close()


def test_two_lives_that_press_under_one_number(street: Street) -> None:
    node = next(street.nodes)
    street.hold(node)
    street.told(node)
    [first] = street.cards(node, 1)
    assert CLONE not in first.marks and LATE not in first.marks
    street.other_life(node, street.last_number(node))
    both = street.cards(node, 2, state="open")
    assert [CLONE in card.marks for card in both] == [True, True], both
    assert street.captain.story(both[1])[0] == ("Pressed", "clone or rollback")


def test_put_back_and_pressed_below_its_own_later_numbers(street: Street) -> None:
    node = next(street.nodes)
    street.control.flash(node, "save")
    street.hold(node)
    street.told(node)
    street.other_life(node, street.last_number(node) + 2000)
    first, ahead = street.cards(node, 2, state="open")
    assert LATE not in first.marks and LATE not in ahead.marks
    street.put_back(node)
    street.hold(node)
    *_, second = street.cards(node, 3, state="open")
    assert LATE in second.marks and CLONE not in second.marks, second
    street.told(node)


def test_a_copy_that_is_far_ahead_and_the_original_after_it(street: Street) -> None:
    original, spare = next(street.nodes), next(street.nodes)
    street.control.flash(original, "clone", to=spare)
    time.sleep(BOOT_S)
    street.hold(spare)  # it speaks in the original's name now
    street.told(spare)
    street.other_life(original, street.last_number(original) + 2000)
    copied = street.cards(original, 2, state="open")
    assert not any(LATE in card.marks or CLONE in card.marks for card in copied)
    street.hold(original)
    *before, second = street.cards(original, 3, state="open")
    assert [one.id for one in before] == [one.id for one in copied] and LATE in second.marks, second
    street.told(original)


def test_an_alert_that_arrives_after_its_beacons_own_later_pulse(street: Street) -> None:
    node = next(street.nodes)
    street.hold(node)
    street.told(node)
    street.taps(node, 5)
    street.until(lambda: street.control.state(node)["call"] == "idle", "the cancel was never answered")
    street.control.flash(node, "save")  # idle; the next start goes on above all that this life has reserved
    unheard_press(street, node)
    street.put_back(node)  # the call is forgotten; what it sent still is on its way
    street.control.loss(0.0)
    street.taps(node, 5)  # silent: nothing but a pulse
    assert [card.kind for card in street.cards(node, 2)] == ["help", "silent"]
    street.control.replay(near=street.radio)
    late = street.cards(node, 3)[-1]
    assert (late.kind, late.state) == ("help", "open") and LATE in late.marks, late


def test_a_cancel_before_its_alert(street: Street) -> None:
    node = next(street.nodes)
    overtaken(street, node, taps=5)
    [card] = street.cards(node, 1, state="cancelled")
    assert [event for event, _ in street.captain.story(card)] == ["Cancelled"]
    late_line(street, card)
    assert street.cards(node, 1) == street.cards(node, 1, state="cancelled")


def test_a_refinement_before_its_alert(street: Street) -> None:
    node = next(street.nodes)
    overtaken(street, node, taps=2)
    [card] = street.cards(node, 1, state="open", kind="medical")
    assert [event for event, _ in street.captain.story(card)] == ["Named"]
    late_line(street, card)
    assert len(street.cards(node, 1, state="open", kind="medical")) == 1


def unheard_press(street: Street, node: int) -> None:
    """Press while nobody hears anything but somebody who records it."""
    street.control.record(clear=True)
    street.control.loss(1.0)
    street.hold(node)
    street.until(lambda: street.control.record() > 0, "nothing was recorded")


def overtaken(street: Street, node: int, taps: int) -> None:
    """Press while nobody hears anything, then tap; only what the taps mean is heard. The press is recorded."""
    unheard_press(street, node)
    street.taps(node, taps)
    street.control.loss(0.0)


def late_line(street: Street, card: Card) -> None:
    """The recorded press arrives now, and joins its alert; it is judged late. Sent again where a collision ate it."""

    def joined() -> bool:
        street.control.replay(near=street.radio)
        time.sleep(2)
        return ("Pressed", "late or copied") in street.captain.story(card)

    street.until(joined, "the late line never joined its alert")


def test_put_back_and_pressed_again_with_nothing_else_to_tell_the_presses_apart(street: Street) -> None:
    """The same flags and no echo in either: were the numbers the same, the second would pass for a repeat."""
    node = next(street.nodes)
    street.control.flash(node, "save")
    street.again(node)
    street.hold(node)
    street.told(node)
    [first] = street.cards(node, 1)
    street.captain.post(f"/alerts/{first.id}/answer", answer="clear")
    street.until(lambda: street.control.state(node)["call"] == "idle", "the beacon was never told that all is clear")
    street.put_back(node)
    street.hold(node)
    street.told(node)
    time.sleep(3)  # what comes, is on the page within far less
    assert any(card.state == "open" for card in street.cards_now(node)), "told *heard*, and nobody was shown anything"
