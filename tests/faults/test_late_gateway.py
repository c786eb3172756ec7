"""Everybody has called while the gateway was away: the air is full of repeats, and its answers must get through.

In virtual time, with the real beacon program on the simulated air and the real gateway's parts at its stock radio.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host import VirtualGateway
from bench.town import RADIO, town
from whistle.simulator.simulation import Simulation

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SEED, BEACONS, LOSS = 7, 100, 0.3
PRESSED_S, AWAY_S, ANSWERED_S = 60.0, 120.0, 120.0
MOST_LEFT = 15


def press_all(made: Simulation, nodes: list[int]) -> None:
    """Every beacon once, at its own moment of the seed."""
    chance = random.Random(SEED)
    edges = []
    for node in nodes:
        at = chance.uniform(0, PRESSED_S)
        edges += [(at, node, True), (at + 1.8, node, False)]
    begun = made.now
    for at, node, down in sorted(edges):
        made.run(max(0.0, begun + at - made.now))
        made.beacon(node).press(down)
    made.run(max(0.0, begun + AWAY_S - made.now))


def test_a_hundred_who_called_while_the_gateway_was_away_are_answered_when_it_is_back(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    here = town("SHORT_TURBO", BEACONS)
    made = Simulation(here.scenario, SEED, LOSS)
    press_all(made, here.beacons)
    rows: set[int] = set()
    gateway = VirtualGateway(made, made.radio(RADIO), here.bundle, tmp_path, lambda alert: rows.add(alert.node))
    made.run(ANSWERED_S)
    gateway.close()
    left = [node for node in here.beacons if made.beacon(node).call == "calling"]
    tell(f"{ANSWERED_S:.0f} s after the gateway is back: {len(rows)} of {BEACONS} stored, {len(left)} not told")
    assert len(rows) >= BEACONS - MOST_LEFT and len(left) <= MOST_LEFT
