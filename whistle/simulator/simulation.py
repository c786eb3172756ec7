"""A whole simulation: every node of a scenario on one air, run from a seed.

sim = Simulation(scenario.load(path), seed=7, loss=0.3)
sim.press(node, hold_s=1.6)
sim.run(60)                      # a minute, as fast as possible
sim.events, sim.stats()
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from meshwire.channel import Channel, expand_key
from meshwire.errors import Malformed
from meshwire.presets import PRESETS, Preset, effective_name
from meshwire.regions import REGIONS, Region, choose_slot, frequency

from whistle.aes import ecb
from whistle.simulator.air import Air, Observer
from whistle.simulator.beacons import Beacon
from whistle.simulator.errors import BadScenario, NoSuchNode
from whistle.simulator.flash import Flash
from whistle.simulator.hostile import Hostile, port_of
from whistle.simulator.loop import VirtualLoop
from whistle.simulator.propagation import Model, Spot
from whistle.simulator.radio import Radio
from whistle.simulator.scenario import BeaconSpec, RadioSpec, RelaySpec, Scenario
from whistle.simulator.station import Identity, KnownModem, SharedChannel, Station

EPOCH = 1_800_000_000.0  # Unix seconds at which a simulation begins that is told nothing else
EVENTS_KEPT = 100_000

Event = dict[str, Any]


class Simulation:
    """All nodes of `scenario`. The same scenario, seed, loss and presses give the same run, to the microsecond.

    `flash` is a folder that keeps every beacon's files over runs (None: memory); `began` the Unix time of its
    beginning.
    """

    def __init__(
        self, scenario: Scenario, seed: int = 1, loss: float = 0.0, flash: Path | None = None, began: float = EPOCH
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.began = began
        self.loop = VirtualLoop()  # type: ignore[abstract]  # sockets are not its business
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.watchers: list[Callable[[Event], None]] = []
        self.beacons: dict[int, Beacon] = {}
        self.relays: dict[int, Station] = {}
        self.radios: dict[int, Radio] = {}
        preset, region = _found(PRESETS, "preset", scenario), _found(REGIONS, "region", scenario)
        self.channel = _channel(scenario, preset)
        modem = KnownModem(preset.sf, preset.bw_hz, preset.cr)
        self.air = Air(self.loop, seed, modem, _model(scenario, region, preset), loss)
        self.hostile = Hostile(self.air, seed, self.channel)
        self._flash = flash
        self._duty_permille = region.duty_permille
        self._check_tuning(preset)
        for spec in scenario.nodes:
            self._add(spec)
        self.air.observers.append(self.hostile.recorder.observe)
        self.air.observers.append(self._frame_event)

    # Running

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.loop.now_us / 1e6

    def unix(self) -> float:
        """The simulation's wall clock, in Unix seconds."""
        return self.began + self.now

    def run(self, seconds: float) -> None:
        """Let this much time pass, as fast as possible."""
        self.loop.run_until(self.loop.now_us + round(seconds * 1e6))

    def run_until(self, true: Callable[[], bool], within_s: float, step_s: float = 0.05) -> bool:
        """Let time pass until `true()`, looked at every step, at most `within_s`; did it become true?"""
        end = self.loop.now_us + round(within_s * 1e6)
        while not true():
            if self.loop.now_us >= end:
                return False
            self.loop.run_until(min(end, self.loop.now_us + round(step_s * 1e6)))
        return True

    def trace(self) -> str:
        """A hash of everything that was on the air; equal for equal runs."""
        return self.air.trace()

    # What people do

    def press(self, node: int, hold_s: float = 1.6, after_s: float = 0.0, which: int = 0) -> None:
        """Hold a beacon's button for this long, beginning `after_s` from now (its real edges; no time passes here)."""
        beacon = self.beacon(node)
        down = self.loop.now_us + round(after_s * 1e6)
        self.loop.at(down, beacon.press, True, which)
        self.loop.at(down + round(hold_s * 1e6), beacon.press, False, which)

    def tap(self, node: int, times: int, after_s: float = 0.0, which: int = 0, apart_s: float = 0.3) -> None:
        """Tap a beacon's button so many times, 0.1 s each."""
        for tap in range(times):
            self.press(node, 0.1, after_s + tap * apart_s, which)

    # What is there

    def beacon(self, node: int) -> Beacon:
        """The beacon with this number; NoSuchNode."""
        if node not in self.beacons:
            raise NoSuchNode(node)
        return self.beacons[node]

    def radio(self, node: int) -> Radio:
        """The stock radio with this number, for a host in this process; NoSuchNode."""
        if node not in self.radios:
            raise NoSuchNode(node)
        return self.radios[node]

    def spot(self, node: int) -> Spot:
        """Where a node stands; NoSuchNode."""
        for spec in self.scenario.nodes:
            if spec.node == node:
                return Spot(node, spec.x, spec.y, spec.power_dbm)
        raise NoSuchNode(node)

    def stats(self) -> dict[str, Any]:
        """Counts of the air, with the time, the seed, and what the stock radios' hosts handed in."""
        return {
            "seconds": round(self.now, 3),
            "seed": self.seed,
            "loss": self.air.loss,
            "jammed": self.air.jammed,
            "hostile": self.hostile.sent,
            **self.air.counts.shown(),
        }

    def observe(self, observer: Observer) -> None:
        """Call observer(node, frame, time in microseconds) at the beginning of every transmission."""
        self.air.observers.append(observer)

    def tell(self, event: str, **fields: Any) -> None:
        """Something a watcher wants to know has happened."""
        said = {"event": event, **fields, "at": round(self.now, 6)}
        self.events.append(said)
        for watcher in self.watchers:
            watcher(said)

    # Building

    def _add(self, spec: BeaconSpec | RelaySpec | RadioSpec) -> None:
        if isinstance(spec, BeaconSpec):
            folder = None if self._flash is None else self._flash / f"{spec.node:08x}"
            self.beacons[spec.node] = Beacon(self.air, self.seed, spec, Flash(folder), self.tell)
            return
        spot = Spot(spec.node, spec.x, spec.y, spec.power_dbm)
        identity = Identity(spec.name or f"{spec.node:08x}", spec.role, spec.firmware, self._duty_permille)
        station = Station(self.air, self.seed, spot, [self.channel], identity)
        if isinstance(spec, RadioSpec):
            self.radios[spec.node] = Radio(station, spec.name, self.unix)
        else:
            self.relays[spec.node] = station

    def _check_tuning(self, preset: Preset) -> None:
        for spec in self.scenario.nodes:
            if isinstance(spec, BeaconSpec):
                tuned = spec.settings["radio"].get("sf"), spec.settings["radio"].get("bw_hz")
                if tuned != (preset.sf, preset.bw_hz):
                    raise BadScenario(
                        f"beacon {spec.node} is set to SF{tuned[0]}/{tuned[1]} Hz, the scenario to {preset.name} "
                        f"(SF{preset.sf}/{preset.bw_hz} Hz); they would never hear each other: use one preset"
                    )

    def _frame_event(self, node: int, raw: bytes, now_us: int) -> None:
        if not self.watchers:
            return
        sender = int.from_bytes(raw[4:8], "little")
        said = {"event": "frame", "node": node, "port": port_of([self.channel], raw), "relay": sender != node}
        said |= {"bytes": len(raw), "at": round(now_us / 1e6, 6)}
        for watcher in self.watchers:
            watcher(said)


def _found(table: dict[str, Any], what: str, scenario: Scenario) -> Any:
    name = getattr(scenario, what)
    if name not in table:
        raise BadScenario(f"the scenario's {what} {name!r} is none; write one of {', '.join(sorted(table))}")
    return table[name]


def _channel(scenario: Scenario, preset: Preset) -> Channel:
    try:
        key = expand_key(scenario.psk())
    except Malformed as wrong:
        raise BadScenario(f"channel_psk of the scenario cannot be used: {wrong}") from wrong
    return SharedChannel(effective_name(scenario.channel_name, preset), key, ecb)


def _model(scenario: Scenario, region: Region, preset: Preset) -> Model:
    name = effective_name(scenario.channel_name, preset)
    hertz = frequency(region, preset.bw_hz, choose_slot(region, preset.bw_hz, name))
    model = scenario.model
    return Model(model.loss_1km_db, model.exponent, model.shadow_db, hertz / 1e6)
