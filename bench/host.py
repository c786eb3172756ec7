"""The real gateway beside a simulation, as fast as possible: its parts are stepped on the simulation's clock.

Its radio is the simulation's stock radio, through the port for programs in the same process. Settling takes no time
here (`gateway.settle` and `page.latency` measure it), and the dashboard is its answer alone: 50 ms after an alert is
committed somebody's screen has painted it; half a minute later the captain gives the all-clear.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal
from unittest import mock

from gateway.clock import Clock
from gateway.gateway import Gateway
from gateway.hearing import Hearing
from gateway.settle import Raised
from gateway.sources.kept import SPACING_S
from gateway.sources.port import Outgoing, Status
from whistle.bus.messages import NO_TAG, Alert, Answer, Watch
from whistle.simulator.radio import HostPacket, Radio, Received
from whistle.simulator.simulation import Simulation
from whistle.site.bundles import GatewayBundle

SHOWN_AFTER_S, CLEAR_AFTER_S = 0.05, 30.0
WATCH_EVERY_S = 15.0
HIGH, DEFAULT = 100, 64  # Meshtastic's priorities, as `gateway.sources.radio` gives them
ROUTING = 5


class VirtualClock(Clock):
    """Both clocks of a gateway, on the simulation's."""

    def __init__(self, made: Simulation) -> None:
        self.boot = "bench"
        self._made = made

    def wall(self) -> float:
        """Unix seconds."""
        return self._made.unix()

    def steady(self) -> float:
        """Seconds since the beginning."""
        return self._made.now


class Wire:
    """Stands for `whistle.bus.link.Link`: always connected, and takes everything."""

    connected = True

    def __init__(self, *_given: object, **_named: object) -> None:
        """Whatever a link is made of."""

    def publish(self, _topic: str, _payload: bytes, _qos: int = 1) -> bool:
        """Taken."""
        return True


class HostSource:
    """A gateway's source over a simulated stock radio; hands over at the same spacing as `kept.KeptSource`."""

    def __init__(self, radio: Radio, clock: Clock) -> None:
        self.url = "tcp://bench"
        self._radio, self._clock = radio, clock
        self._last: dict[int, float] = {}
        self._tickets: dict[int, int] = {}
        self.fates: list[tuple[int, bool, str]] = []  # ticket, sent, why: to be told to the gateway
        self.packets: list[Received] = []
        self.refused = 0

    def start(self) -> None:
        """Nothing to open."""

    def stop(self, patience: float) -> None:
        """Nothing to close."""

    def status(self) -> Status:
        """Always up."""
        return Status(self.url, self._radio.number, True, 0.0, None, None)

    def ready_in(self, port: int) -> float:
        """Seconds until the radio takes a packet on this port."""
        spacing = SPACING_S.get(port, 0.0)
        return max(self._last.get(port, -spacing) + spacing - self._clock.steady(), 0.0)

    def submit(self, packet: Outgoing) -> bool:
        """Hand it to the radio at once."""
        self._last[packet.port] = self._clock.steady()
        number = packet.ticket + 1
        self._tickets[number] = packet.ticket
        self.fates.append((packet.ticket, True, ""))
        priority = HIGH if packet.urgent else DEFAULT
        self._radio.submit(HostPacket(packet.port, packet.payload, id=number, priority=priority))
        return True

    def read(self) -> list[Hearing]:
        """What the radio has for us: hearings; its own words become fates."""
        while self._radio.take_report() is not None:
            pass
        found = []
        while (one := self._radio.take()) is not None:
            if one.sender == self._radio.number:
                self._own(one)
            else:
                found.append(_hearing(self.url, one))
        return found

    def _own(self, one: Received) -> None:
        if one.data.portnum == ROUTING and one.data.payload[-1:] != b"\0":
            self.refused += 1
            self.fates.append((self._tickets.get(one.data.request_id, -1), False, one.data.payload.hex()))


class VirtualGateway:
    """A gateway at one radio of a simulation. `committed(alert)` is called for every new row, after its commit."""

    def __init__(
        self, made: Simulation, radio: Radio, bundle: GatewayBundle, folder: Path, committed: Callable[[Alert], None]
    ) -> None:
        clock = VirtualClock(made)
        self.source = HostSource(radio, clock)
        with mock.patch("gateway.busside.Link", Wire):
            self.gateway = Gateway(bundle, folder, [], "mqtt://127.0.0.1:1", clock, [self.source])
        self._loop, self._clock, self._committed = made.loop, clock, committed
        self._answers = 0
        self._awake_at = -1
        radio.ring = self._ring
        self._rung = False
        self._watch()
        self._turn(0)

    def close(self) -> None:
        """Let go of the ledger."""
        self.gateway.ledger.close()
        self.gateway.home.close()

    def _ring(self) -> None:
        """The radio has something: looked at within this instant, but not from inside the radio."""
        if not self._rung:
            self._rung = True
            self._loop.at(self._loop.now_us, self._hear)

    def _hear(self) -> None:
        self._rung = False
        for hearing in self.source.read():
            self.gateway.heard(self.source.url, hearing)
        self._work()

    def _work(self) -> None:
        """What waits is settled and committed, then acted on, then said."""
        while items := self.gateway.lanes.take(64, 0.0):
            for one in self.gateway.pipeline.turn(items):
                self.gateway.act(one)
                if isinstance(one, Raised):
                    self._raised(one.alert)
        self._speak()

    def _speak(self) -> None:
        """The answerer's turn, and the next one when it asks for it."""
        pause = self.gateway.answerer.turn()
        while self.source.fates:
            self.gateway.fate(self.source.url, *self.source.fates.pop(0))
        self._awake_at = self._loop.now_us + round(min(max(pause, 0.01), 0.5) * 1e6)
        self._loop.at(self._awake_at, self._turn, self._awake_at)

    def _turn(self, asked: int) -> None:
        if asked >= self._awake_at:  # else an earlier word has brought a turn of its own
            self._speak()

    def _raised(self, alert: Alert) -> None:
        self._committed(alert)
        if alert.tag != NO_TAG:
            self._later(SHOWN_AFTER_S, alert, "shown", 0)
            self._later(CLEAR_AFTER_S, alert, "clear", 1)

    def _later(self, seconds: float, alert: Alert, answer: Literal["shown", "clear"], ordinal: int) -> None:
        self._loop.at(self._loop.now_us + round(seconds * 1e6), self._answer, alert, answer, ordinal)

    def _answer(self, alert: Alert, answer: Literal["shown", "clear"], ordinal: int) -> None:
        self._answers += 1
        now = self._clock.wall()
        said = Answer(
            id=f"{self._answers:016x}", gateway=self.gateway.bundle.gateway, node=alert.node, sequence=alert.sequence,
            tag=alert.tag, answer=answer, ordinal=ordinal, captain=None, at=now, expires=now + 600,
        )  # fmt: skip
        self.gateway.told(said)
        self._work()

    def _watch(self) -> None:
        """A dashboard's heartbeat: one person is on watch."""
        self.gateway.watchers.heard(b"dashboard", Watch(at=self._clock.wall(), store="22" * 8, watchers=1))
        self._loop.at(self._loop.now_us + round(WATCH_EVERY_S * 1e6), self._watch)


def _hearing(url: str, one: Received) -> Hearing:
    hops = one.hop_start - one.hop_limit if one.hop_start else None
    data = one.data
    return Hearing(url, one.sender, one.id, data.portnum, data.payload, float(one.rssi), one.snr, hops, one.at)
