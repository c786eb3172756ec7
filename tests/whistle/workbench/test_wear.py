"""Flash: writes in a year, counted from what the beacon's own program does, and how long it bears them."""

import pytest
from alertwire.sequence import Reserve

from whistle.workbench import power, wear


def test_numbers_are_written_as_often_as_the_beacons_own_reserve_writes() -> None:
    written: list[int] = []
    reserve = Reserve(1, lambda copy: None, lambda copy, raw: written.append(copy), lambda n: 0)
    frames = 6400
    for _ in range(frames):
        reserve.take()
        reserve.take_id()
    assert len(written) == pytest.approx(frames / wear.RESERVED, abs=2)


@pytest.mark.parametrize(("mode", "most"), [("press", 200), ("listen", 2_000), ("relay", 4_000)])
def test_a_beacon_writes_rarely_and_flash_outlives_it(mode: power.Mode, most: int) -> None:
    worn = wear.wear(mode, "SHORT_TURBO", power.mean_s(mode, "SHORT_TURBO"))
    assert worn.writes < most
    assert worn.years_of_one_sector > 5
    assert worn.years_at_worst > 20


def test_more_pulses_are_more_writes_and_fewer_years() -> None:
    rare, often = (wear.wear("relay", "SHORT_TURBO", every) for every in (390, 60))
    assert often.numbers > 6 * rare.numbers - wear.CALLS.value * 10
    assert often.years_of_one_sector < rare.years_of_one_sector


def test_only_who_listens_marks_neighbours() -> None:
    press, relay = (wear.wear(mode, "SHORT_TURBO", 27_000) for mode in ("press", "relay"))
    assert press.marks == 0
    assert relay.marks == wear.HEARD.value
    assert "every minute" in wear.sentence(relay) and "every minute" not in wear.sentence(press)
