"""`air.*`: from the end of the hold to the lamp's word *shown*, and how many alerts reach the gateway, in virtual time.

A hundred real beacons that all relay, the real gateway with one stock radio in the town's middle, 30 % of frames lost a
link and direction. Presses come one at a time at random beacons and moments. Beside them, in the same air: the same
exchange between stock nodes, a text and a text back, each with Meshtastic's own repetitions.
"""

import random
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from meshwire.data import TEXT, Data
from meshwire.node import Packet

from bench.host import VirtualGateway
from bench.measure import Figure, Figures, note, percentile
from bench.town import RADIO, Town, paths, town
from whistle.bus.messages import Alert
from whistle.simulator.simulation import Event, Simulation

LOSS = 0.3
HOLD_S = 1.5  # a hold means help when it has lasted so long: its end is where the time begins
SETTLING_S = 200.0
DELIVERED_S = 60.0  # an alert that no gateway has by then counts as not delivered (beacons go on calling)
PATIENCE_S = 600.0  # so long a press is waited for; what is still not shown counts as this
STOCK, STOCK_EVERY = 9, 4  # stock nodes; one exchange of theirs for so many presses
REPLY_S = 0.05


class Course(NamedTuple):
    """One process's share: so many presses, so many seconds apart on average, among so many beacons."""

    preset: str
    presses: int
    apart_s: float
    seed: int
    beacons: int = 100
    loss: float = LOSS


@dataclass
class Outcome:
    """Seconds from the end of each hold: to the gateway's commit, and to the lamp; of stock nodes: there and back."""

    settled: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    stock_sent: int = 0
    stock_there: list[float] = field(default_factory=list)
    stock_back: list[float] = field(default_factory=list)
    drawn: int = 0
    lost: int = 0
    seconds: float = 0.0


COURSES = (
    Course("SHORT_TURBO", 500, 20.0, 7),
    Course("SHORT_TURBO", 500, 20.0, 8),
    Course("LONG_FAST", 60, 300.0, 7),
)


def figures(courses: tuple[Course, ...] = COURSES) -> Figures:
    """Delivery and times, on SHORT_TURBO and (suffix _long_fast) on LONG_FAST; each preset has a course or more."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        outcomes = list(zip(courses, pool.map(run, courses), strict=True))
    return _of("SHORT_TURBO", "", outcomes) | _of("LONG_FAST", "_long_fast", outcomes)


def run(course: Course) -> Outcome:
    """One course, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        street = Street(course, Path(name))
        street.walk(course)
        street.host.close()
        return street.outcome


class Street:
    """A town with its gateway, and who watches the lamps."""

    def __init__(self, course: Course, folder: Path) -> None:
        place = town(course.preset, course.beacons, stock=STOCK)
        self.outcome = Outcome()
        self._made = made = Simulation(place.scenario, course.seed, course.loss)
        self._chance = random.Random(f"presses {course.seed}")
        self._place = place
        self._ended: dict[int, float] = {}  # node to the end of its hold, while its lamp is waited for
        self._unsettled: dict[int, float] = {}
        self._stock = Stock(made, self.outcome)
        self.host = VirtualGateway(made, made.radio(RADIO), place.bundle, folder, self._committed)
        made.watchers.append(self._event)

    def walk(self, course: Course) -> None:
        """All presses, one after the other, and patience at the end."""
        self._made.run(SETTLING_S)
        for number in range(course.presses):
            self._made.run(self._chance.expovariate(1 / course.apart_s))
            self._press()
            if number % STOCK_EVERY == 0:
                self._made.run(course.apart_s / 2)
                self._stock.exchange(self._chance)
        self._made.run_until(lambda: not self._ended, PATIENCE_S)
        self._made.run(course.apart_s)  # time for the last answer between stock nodes
        self.outcome.shown += [PATIENCE_S] * len(self._ended)
        self.outcome.settled += [PATIENCE_S] * len(self._unsettled)
        counts = self._made.air.counts
        self.outcome.drawn, self.outcome.lost, self.outcome.seconds = counts.drawn, counts.lost, self._made.now

    def _press(self) -> None:
        """Somebody whose beacon is idle holds its button."""
        idle = [node for node in self._place.beacons if self._made.beacon(node).call == "idle"]
        node = self._chance.choice([one for one in idle if one not in self._ended])
        self._made.press(node, HOLD_S)
        self._ended[node] = self._unsettled[node] = self._made.now + HOLD_S

    def _committed(self, alert: Alert) -> None:
        ended = self._unsettled.pop(alert.node, None)
        if ended is not None:
            self.outcome.settled.append(self._made.now - ended)

    def _event(self, event: Event) -> None:
        if event["event"] == "lamp" and event["pattern"] == "shown":
            ended = self._ended.pop(event["node"], None)
            if ended is not None:
                self.outcome.shown.append(event["at"] - ended)


class Stock:
    def __init__(self, made: Simulation, outcome: Outcome) -> None:
        self._made, self._outcome = made, outcome
        self._middle, *self._doors = made.relays.values()
        self._middle.packet = self._asked
        self._begun: dict[bytes, float] = {}

    def exchange(self, chance: random.Random) -> None:
        door = chance.choice(self._doors)
        text = b"HELP 34th & Cedar".ljust(50, b".") + b"%04d" % self._outcome.stock_sent
        self._begun[text] = self._made.now
        self._outcome.stock_sent += 1
        door.packet = self._answered
        door.node.send(Data(TEXT, text), round(self._made.now * 1000), want_ack=True)
        door.plan()

    def _asked(self, packet: Packet) -> None:
        if packet.data.payload in self._begun:
            self._outcome.stock_there.append(self._made.now - self._begun[packet.data.payload])
            self._made.loop.at(self._made.loop.now_us + round(REPLY_S * 1e6), self._reply, packet.data.payload)

    def _reply(self, text: bytes) -> None:
        self._middle.node.send(Data(TEXT, b"seen" + text), round(self._made.now * 1000), want_ack=True)
        self._middle.plan()

    def _answered(self, packet: Packet) -> None:
        begun = self._begun.pop(packet.data.payload[4:], None)
        if begun is not None:
            self._outcome.stock_back.append(self._made.now - begun)


def _of(preset: str, suffix: str, outcomes: list[tuple[Course, Outcome]]) -> Figures:
    """The figures of all courses on this preset."""
    courses = [course for course, _ in outcomes if course.preset == preset]
    return _figures(suffix, courses[0], _merged([one for course, one in outcomes if course.preset == preset]))


def _merged(outcomes: list[Outcome]) -> Outcome:
    whole = Outcome()
    for one in outcomes:
        for name, value in vars(one).items():
            setattr(whole, name, getattr(whole, name) + value)
    return whole


def _figures(suffix: str, course: Course, outcome: Outcome) -> Figures:
    _say(town(course.preset, course.beacons), course, outcome)
    delivered = sum(seconds <= DELIVERED_S for seconds in outcome.settled) / len(outcome.settled)
    there = sum(seconds <= DELIVERED_S for seconds in outcome.stock_there) / outcome.stock_sent
    found = {f"air.delivery{suffix}": Figure(delivered, "", there, delivered / there)}
    for name, ours, theirs in zip(
        ("mean", "p95", "p999"), _times(outcome.shown), _times(outcome.stock_back), strict=True
    ):
        found[f"air.press_to_shown_{name}{suffix}"] = Figure(ours, "s", theirs, ours / theirs)
    return found


def _times(seconds: list[float]) -> tuple[float, float, float]:
    return statistics.fmean(seconds), percentile(seconds, 0.95), percentile(seconds, 0.999)


def _say(place: Town, course: Course, outcome: Outcome) -> None:
    made = Simulation(place.scenario, course.seed)
    ways = [paths(made, node) for node in place.beacons]
    presses, back = len(outcome.shown), len(outcome.stock_back) / outcome.stock_sent
    apart, lost = outcome.seconds / presses, outcome.lost / max(outcome.drawn, 1)
    note(f"{course.preset}: {presses} presses, one in {apart:.0f} s; {lost:.1%} of frames lost")
    note(f"  ways to the one radio without a common relay: at least {min(ways)}, median {statistics.median(ways):.0f}")
    note(f"  stock nodes: {outcome.stock_sent} texts, {back:.1%} answered; unanswered ones are in no time")
