"""In every neighbourhood the held beacon and the gateway's radio need relays: neither ever hears the other."""

from pathlib import Path

import pytest
from meshwire.presets import PRESETS

from whistle.demo import neighbourhood, seeded, town
from whistle.demo.neighbourhood import BEACONS, RADIO, RELAYS, lay_out
from whistle.simulator import scenario
from whistle.simulator.propagation import Model, Spot, received_dbm, sensitivity_dbm
from whistle.simulator.simulation import Simulation
from whistle.site.command.figures import BOARD_DBM

SEEDS = range(100)  # the demo's own, those of all tests and benches, and many more
PRESET = PRESETS[neighbourhood.PRESET]
TENTH_OF_A_DB = 0.1  # the model's frequency is not quite the one the preset's channel has


def held_and_radio(seed: int) -> tuple[Spot, Spot]:
    place = next(place for place in town.draw(seed).places if place.name == neighbourhood.HELD)
    held, *_, radio = seeded.numbers(seed, BEACONS + len(RELAYS) + 1)
    return Spot(held, place.x, place.y, BOARD_DBM), Spot(radio, *RADIO, BOARD_DBM)


def test_the_held_beacon_and_the_gateways_radio_never_hear_each_other() -> None:
    model, least = Model(**neighbourhood.MODEL), sensitivity_dbm(PRESET.sf, PRESET.bw_hz)
    for seed in SEEDS:
        held, radio = held_and_radio(seed)
        for one, other in ((held, radio), (radio, held)):
            assert received_dbm(model, seed, one, other) < least - TENTH_OF_A_DB, f"seed {seed}"


@pytest.mark.parametrize("seed", [1, 7, 11])
def test_on_the_air_itself_alert_and_answer_have_two_ways_and_none_is_direct(tmp_path: Path, seed: int) -> None:
    made = lay_out(tmp_path, seed, 4403)
    air = Simulation(scenario.load(made.scenario), seed)
    (radio,) = air.radios.values()
    held = air.beacon(made.held).radio.ear
    assert (held.spot, radio.station.ear.spot) == held_and_radio(seed)
    there, back = set(air.air.hears(held)), set(air.air.hears(radio.station.ear))
    assert radio.number not in there and made.held not in back
    assert len(there & back) >= 2, "two relays at least stand between them"
