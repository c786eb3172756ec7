"""A site of beacons, air, gateway and dashboard on one virtual clock: hours of it pass in minutes, and repeat.

The beacons' program, the air, the gateway's reading and speaking, and the dashboard are the real ones. The gateway's
threads and its radio's cable are left out: what it hears is read at once, and answered with the next gateway pulse.
"""

from collections import deque
from pathlib import Path

from alertwire import kinds
from alertwire.answering import Reply

from gateway.airplan import AirPlan
from gateway.clock import Clock
from gateway.counts import Counts
from gateway.echoes import Echoes
from gateway.hearing import Hearing
from gateway.keyring import Keyring
from gateway.reader import HeardPulse, Reader
from gateway.sources.port import Outgoing, Status
from gateway.speaker import Speaker as Voice
from gateway.telling import sign_of_life
from tests.support.dashboards import START, Speaker, World, world
from whistle.bus.messages import Radio
from whistle.demo.neighbourhood import lay_out
from whistle.simulator import scenario
from whistle.simulator.radio import HostPacket
from whistle.simulator.simulation import Simulation
from whistle.site.bundles import load_dashboard_bundle, load_gateway_bundle

TICK_S = 20


class Time(Clock):
    """The simulation's clock, for the gateway's parts."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.boot = "one"

    def wall(self) -> float:
        return self._simulation.unix()

    def steady(self) -> float:
        return self._simulation.now


class Numbers:
    """Numbers of gateway pulses."""

    def __init__(self) -> None:
        self._last = int(START)

    def next(self) -> int:
        self._last += 1
        return self._last


class Town:
    """The demo's neighbourhood; `pass_` lets time go by for all of it."""

    def __init__(self, folder: Path, seed: int, beacons: int) -> None:
        made = lay_out(folder, seed, radio_port=1, beacons=beacons)
        bundle = load_gateway_bundle(made.gateway_bundle)
        site = load_dashboard_bundle(made.dashboard_bundle)
        self.simulation = Simulation(scenario.load(made.scenario), seed, began=START)
        (self.radio,) = self.simulation.radios.values()
        self.url = "tcp://radio"
        keyring, clock = Keyring(bundle), Time(self.simulation)
        self._reader = Reader(keyring)
        plan = AirPlan(bundle.region, bundle.preset, clock)
        numbers: object = Numbers()
        self._voice = Voice(
            keyring=keyring, sources=[self], plan=plan, echoes=Echoes(clock, []), numbers=numbers,  # type: ignore[arg-type,list-item]
            counts=Counts(), clock=clock,
        )  # fmt: skip
        self._replies: deque[Reply] = deque(maxlen=6)
        self._last_packet: float | None = None
        self.dashboard: World = world(folder, site)
        self._bus = Speaker(site, bundle.gateway)
        self.dashboard.whistle.health.link_trouble = None

    def pass_(self, seconds: int) -> None:
        """Let so many seconds pass."""
        for _ in range(seconds):
            self.simulation.run(1)
            self.dashboard.time.pass_(1)
            self._hear()
            if round(self.simulation.now) % TICK_S == 0:
                self._voice.ticks(list(self._replies))
                self._replies.clear()
                self._heartbeat()

    def troubles(self, word: str) -> list[str]:
        """What captains are told now that has this word in it."""
        self.dashboard.whistle.rounds.once()
        return [one.text for one in self.dashboard.whistle.health.troubles if word in one.text]

    # what the gateway's voice asks of a radio

    def ready_in(self, _port: int) -> float:
        return 0.0

    def status(self) -> Status:
        return Status(self.url, self.radio.number, True, START, self._last_packet, None)

    def submit(self, packet: Outgoing) -> bool:
        self.radio.submit(HostPacket(packet.port, packet.payload))
        return True

    def _hear(self) -> None:
        while (got := self.radio.take()) is not None:
            if got.sender == self.radio.number:
                continue
            self._last_packet = got.at
            hearing = Hearing(
                self.url, got.sender, got.id, got.data.portnum, bytes(got.data.payload), got.rssi, got.snr, 0, got.at
            )
            reading = self._reader.read(hearing)
            if isinstance(reading, HeardPulse):
                pulse = reading.pulse
                self._replies.append(Reply(got.sender, pulse.sequence, pulse.tag, kinds.RECEIVED))
                self.dashboard.hear(self._bus, sign_of_life(hearing, pulse))

    def _heartbeat(self) -> None:
        wall = self.simulation.unix()
        radio = Radio(url=self.url, node=self.radio.number, up=True, since=START, last_packet=self._last_packet)
        self.dashboard.hear(self._bus, self._bus.state(at=wall, radios=[radio]))
