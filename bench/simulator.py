"""`simulator.node_seconds`: a hundred real beacons over two kilometres, how much of their life a second of CPU holds.

Beside a bare event loop that does nothing but hand the same number of receptions to the same number of nodes, each of
which looks into a dictionary whether it has met the frame.
"""

import heapq
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.host import VirtualGateway
from bench.measure import Figure, Figures, note
from bench.town import RADIO, Town, town
from whistle.simulator.simulation import Simulation

SEED, LOSS = 7, 0.3
# No gateway answers here, so that every pulse is said about eleven times: one frame a node in a little less than the
# 15 minutes asked for, never more rarely; what it was is printed.
QUIET_MEAN_S = 9800
SETTLING_S = 300.0  # every beacon has told its name by then


class Dose(NamedTuple):
    """How much is measured: beacons, seconds a turn of either figure, turns."""

    beacons: int = 100
    quiet_s: float = 3600.0
    busy_s: float = 600.0
    rounds: int = 3


FULL = Dose()


def figures(dose: Dose = FULL) -> Figures:
    """Node-seconds a second of CPU: at one frame a node in 15 minutes, and at the pulses a site of this size gets."""
    place = town("SHORT_TURBO", dose.beacons, pulse_mean_s=QUIET_MEAN_S)
    made = Simulation(place.scenario, SEED, LOSS)
    quiet = _measured("one frame a node in 15 minutes", place, made, dose.quiet_s, dose.rounds)
    place = town("SHORT_TURBO", dose.beacons)
    made = Simulation(place.scenario, SEED, LOSS)
    with tempfile.TemporaryDirectory() as folder:
        host = VirtualGateway(made, made.radio(RADIO), place.bundle, Path(folder), lambda _alert: None)
        what = "the site's own pulses, answered by the real gateway (its CPU counts too)"
        busy = _measured(what, place, made, dose.busy_s, dose.rounds)
        host.close()
    return {"simulator.node_seconds": quiet, "simulator.node_seconds_configured": busy}


def _measured(what: str, place: Town, made: Simulation, seconds: float, rounds: int) -> Figure:
    """Both in turn: the simulation for so many seconds, then the bare loop with as many receptions."""
    made.run(SETTLING_S)
    own = _own(made)
    nodes, lived, bare = len(place.scenario.nodes), [], []
    for _ in range(rounds):
        before = made.air.counts.heard
        lived.append(nodes * seconds / _cpu(lambda: made.run(seconds)))
        heard = made.air.counts.heard - before
        bare.append(nodes * seconds / _cpu(lambda heard=heard: _bare(nodes, heard, seconds)))  # type: ignore[misc]
    each = rounds * seconds * len(place.beacons) / max(len(own), 1)
    note(f"{what}: one in {each:.0f} s, {made.air.counts.heard} receptions, {LOSS:.0%} of frames lost a link")
    ratio = median(a / b for a, b in zip(lived, bare, strict=True))
    return Figure(median(lived), "1/s", median(bare), ratio)


def _own(made: Simulation) -> list[int]:
    """When beacons said something of their own (relays do not count), in microseconds; grows while it runs."""
    said: list[int] = []

    def look(node: int, raw: bytes, now_us: int) -> None:
        if int.from_bytes(raw[4:8], "little") == node:
            said.append(now_us)

    made.observe(look)
    return said


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _bare(nodes: int, receptions: int, seconds: float) -> None:
    met: list[dict[int, int]] = [{} for _ in range(nodes)]
    heap: list[tuple[float, int, int]] = []
    for frame in range(receptions // nodes):
        heapq.heappush(heap, (frame * seconds * nodes / receptions, frame, -1))
    while heap:
        now, frame, node = heapq.heappop(heap)
        if node < 0:
            for other in range(nodes):
                heapq.heappush(heap, (now + 0.04, frame, other))
        elif frame not in met[node]:
            met[node][frame] = 1
