"""The town of the benches is the same every day, and nobody in it stands alone."""

import pytest

from bench.town import paths, town, ways
from whistle.simulator.simulation import Simulation


def test_two_towns_are_one() -> None:
    assert town("SHORT_TURBO", beacons=12) == town("SHORT_TURBO", beacons=12)


def test_pulses_are_the_sites_own_unless_told() -> None:
    means = [
        [node.settings["timing"]["pulse_mean_s"] for node in made.scenario.nodes if hasattr(node, "settings")]
        for made in (town("SHORT_TURBO", 12), town("SHORT_TURBO", 12, pulse_mean_s=900))
    ]
    assert means[0] == [390] * 12  # protocol section 5
    assert means[1] == [900] * 12


@pytest.mark.slow
def test_every_beacon_has_two_ways_to_the_radio() -> None:
    place = town("SHORT_TURBO")
    made = Simulation(place.scenario)
    assert min(paths(made, node) for node in place.beacons) >= 2


def test_ways_share_no_relay() -> None:
    one_door = {1: {2}, 2: {3, 4}, 3: {9}, 4: {9}, 9: set[int]()}
    assert ways(one_door, 1, 9) == 1
    assert ways({**one_door, 1: {2, 4}}, 1, 9) == 2


def test_a_direct_way_counts_once() -> None:
    assert ways({1: {9, 2}, 2: {9}, 9: set()}, 1, 9) == 2


def test_a_way_is_no_longer_than_a_packet_may_go() -> None:
    chain = {node: {node + 1} for node in range(1, 6)} | {6: set()}
    assert [ways(chain, 1, goal) for goal in (5, 6)] == [1, 0]
