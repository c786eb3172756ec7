"""A site's radio numbers: as the protocol fixes them for the presets it names, in between for the others."""

from itertools import pairwise

import pytest
from meshwire import plan, presets, regions

from whistle.site.command import figures
from whistle.site.errors import BadInput


def test_the_us_on_short_turbo_is_the_protocols_own_example():
    air = figures.air("US", "SHORT_TURBO", "", 60)
    assert (air.region_code, air.preset_code) == (1, 8)
    assert (air.radio.freq_hz, air.radio.sf, air.radio.bw_hz, air.radio.cr) == (926_750_000, 7, 500_000, 5)
    assert (air.radio.preamble, air.radio.sync, air.radio.power_dbm, air.radio.duty_permille) == (16, 0x2B, 22, 1000)
    assert (air.timing.slot_ms, air.timing.g0_ms, air.timing.window_ms) == (8, 2000, 3000)
    means = air.timing.pulse_mean_s
    assert (means.of("relay"), means.of("listen"), means.of("press")) == (390, 900, 27000)


@pytest.mark.parametrize(
    ("preset", "gap_ms"),
    [("SHORT_TURBO", 2000), ("SHORT_FAST", 2000), ("MEDIUM_FAST", 4000), ("LONG_TURBO", 7000), ("LONG_FAST", 10000)],
)
def test_the_first_gap_is_the_protocols(preset, gap_ms):
    assert figures.air("US", preset, "Cedar").timing.g0_ms == gap_ms


def test_a_slower_preset_never_gets_a_shorter_gap_or_window():
    usable = regions.REGIONS["US"].presets()
    lines = {name: plan.plan("US", name, "Cedar", 1)["airtime_ms"]["line"] for name in usable}
    timings = [figures.air("US", name, "Cedar").timing for name in sorted(usable, key=lines.__getitem__)]
    for faster, slower in pairwise(timings):
        assert faster.g0_ms <= slower.g0_ms and faster.window_ms <= slower.window_ms
    assert figures.air("US", "LONG_FAST", "Cedar").timing.window_ms == 14000


def test_more_beacons_pulse_less_often_so_that_the_air_stays_free():
    few, many = (figures.air("US", "LONG_FAST", "Cedar", count).timing.pulse_mean_s.relay for count in (10, 200))
    assert 390 < few < many


def test_power_is_the_regions_where_that_is_less_than_a_board_can():
    assert figures.air("EU_433", "LONG_FAST", "Cedar").radio.power_dbm == 10
    assert figures.air("EU_868", "SHORT_FAST", "Cedar").radio.power_dbm == 22
    assert figures.air("EU_868", "SHORT_FAST", "Cedar").radio.duty_permille == 100


@pytest.mark.parametrize(("region", "looks"), [("US", 100), ("EU_868", 100), ("JP", 0), ("KR", 0)])
def test_a_busy_air_is_sent_into_only_where_that_is_lawful(region: str, looks: int) -> None:
    assert figures.air(region, "LONG_FAST", "Cedar").radio.busy_looks == looks
    warnings = plan.plan(region, "LONG_FAST", "", 1)["warnings"]
    warned = any("nobody may send into a busy air" in one for one in warnings)
    assert warned == (not looks)


@pytest.mark.parametrize(
    ("region", "preset", "sentence"),
    [
        ("EU_868", "SHORT_TURBO", "wider than the whole band of EU_868: choose one of"),
        ("ITU2_2M", "TINY_FAST", "encryption is forbidden"),
        ("LORA_24", "LONG_FAST", "choose another region"),
        ("ATLANTIS", "LONG_FAST", "There is no region ATLANTIS"),
        ("US", "WARP", "There is no preset WARP"),
    ],
)
def test_a_choice_no_site_may_make_is_one_sentence(region, preset, sentence):
    with pytest.raises(BadInput, match=sentence):
        figures.air(region, preset, "Cedar")


def test_what_is_proposed_can_be_chosen_wherever_a_site_can_be():
    for name, band in regions.REGIONS.items():
        if not band.ham and not band.wide:
            assert figures.proposed(name) in presets.PRESETS
            figures.air(name, figures.proposed(name), "Cedar")
    assert (figures.proposed("US"), figures.proposed("EU_868")) == ("SHORT_TURBO", "SHORT_FAST")
