"""When a silence of the air is no chance any more."""

import math
import random
from itertools import pairwise

import pytest

from dashboard.silence import ARRIVING, CHANCE_S, Silence, Words, limit_s
from tests.support.dashboards import CORNER, COURT, GONE, HALL, MILL, QUIET, START, Speaker, World, place
from tests.support.dashboards import bundle as site
from whistle.site.bundles import DashboardBundle

MEAN_S = 390.0  # of a relay on SHORT_TURBO (protocol 5)


def usual(relays: int) -> float:
    return MEAN_S / relays / ARRIVING


@pytest.mark.parametrize(("relays", "noticed_s"), [(80, 71), (40, 134), (34, 156), (30, 175), (20, 253), (10, 477)])
def test_a_site_of_thirty_relays_notices_within_three_minutes(relays: int, noticed_s: int) -> None:
    """The table of docs/captain.md."""
    assert round(limit_s(usual(relays))) == noticed_s


@pytest.mark.parametrize("every_s", [0.5, 11.0, 60.0, 390.0, 40_000.0])
def test_chance_alone_makes_such_a_silence_once_in_thirty_days(every_s: float) -> None:
    gaps = CHANCE_S / every_s
    assert gaps * math.exp(-limit_s(every_s) / every_s) == pytest.approx(1.0)


def test_where_hardly_a_word_is_usual_no_silence_means_anything() -> None:
    assert not Silence(1e9, CHANCE_S).meaningful


def test_pulses_as_beacons_send_them_are_called_jammed_about_as_rarely_as_promised() -> None:
    """Exponential intervals cut at three means; one in ten rounds lost. A year of a site of forty."""
    chance, year, times = random.Random(7), 365 * 86400.0, []
    for _ in range(40):
        at = 0.0
        while (at := at + min(chance.expovariate(1 / MEAN_S), 3 * MEAN_S)) < year:
            if chance.random() < ARRIVING:
                times.append(at)
    times.sort()
    false = sum(after - before > limit_s(usual(40)) for before, after in pairwise(times))
    assert false <= 2 * year / CHANCE_S


@pytest.fixture
def bundle() -> DashboardBundle:
    return site()


@pytest.fixture
def words(bundle: DashboardBundle) -> Words:
    return Words(bundle)


def test_only_beacons_heard_lately_through_that_gateway_make_a_word_usual(words: Words) -> None:
    words.state(MILL, True, START)
    assert words.silence(MILL, START) is None
    words.pulse(MILL, 1, CORNER, START)
    words.pulse(MILL, 2, COURT, START)
    words.pulse(MILL, 3, GONE, START)  # revoked
    words.pulse(MILL, 4, 99, START)  # not in the roster
    words.pulse(HALL, 1, QUIET, START)
    assert words.silence(MILL, START) == Silence(0.0, usual(2))
    words.pulse(MILL, 5, CORNER, START + 1801)  # the other has been silent for more than half an hour
    words.state(MILL, True, START + 1801)
    assert words.silence(MILL, START + 1801) == Silence(0.0, usual(1))


def test_a_long_silence_is_measured_by_what_was_usual_when_it_began(words: Words) -> None:
    words.pulse(MILL, 1, CORNER, START)
    for at in range(0, 7220, 20):
        words.state(MILL, True, START + at)
    found = words.silence(MILL, START + 7200)
    assert found is not None and found.every_s == usual(1) and found.for_s == 7200


@pytest.mark.parametrize("what", ["gap", "deaf"])
def test_what_may_have_been_missed_is_no_silence(words: Words, what: str) -> None:
    """A line that was cut, a gateway that was off, a radio that was down."""
    words.state(MILL, True, START)
    words.pulse(MILL, 1, CORNER, START)
    if what == "deaf":
        words.state(MILL, False, START + 20)
        words.state(MILL, True, START + 40)
    else:
        words.state(MILL, True, START + 50)
    found = words.silence(MILL, START + 50)
    assert found is not None and found.for_s <= 30


def test_a_heartbeat_vouches_for_no_more_than_its_time(words: Words) -> None:
    words.state(MILL, True, START)
    words.pulse(MILL, 1, CORNER, START)
    found = words.silence(MILL, START + 400)
    assert found is not None and found.for_s == 20.0


def test_an_old_pulse_brought_back_does_not_feign_a_lively_air(here: World, mill: Speaker) -> None:
    old = mill.sealed(mill.pulse())
    here.whistle.ingest.arrived(*old)
    here.hear(mill, mill.state(), mill.pulse(node=COURT))
    here.time.pass_(30)
    here.whistle.ingest.arrived(*old)
    here.hear(mill, mill.state())
    found = here.whistle.air.silence(MILL, here.time.steady())
    assert found is not None and found.for_s == 30.0


def relays_expected(words: Words) -> int:
    words.state(MILL, True, START + 5)
    found = words.silence(MILL, START + 5)
    return 0 if found is None else round(usual(1) / found.every_s)


def test_a_new_dashboard_expects_every_beacon_of_the_roster_for_half_an_hour(words: Words) -> None:
    words.remember([], START)
    assert relays_expected(words) == 3
    words.state(MILL, True, START + 1805)
    assert words.silence(MILL, START + 1805) is None


def test_a_store_that_knows_less_than_half_an_hour_is_new(words: Words) -> None:
    words.remember([(MILL, CORNER, START - 600), (MILL, COURT, START - 20)], START)
    assert relays_expected(words) == 3


@pytest.mark.parametrize("off_s", [10, 300_000])
def test_after_a_restart_it_is_known_what_was_usual(words: Words, off_s: int) -> None:
    """However long the dashboard was off: who was there at its end counts, who had fallen silent does not."""
    end = START - off_s
    words.remember([(MILL, CORNER, end), (MILL, COURT, end - 1700), (MILL, QUIET, end - 1900)], START)
    assert relays_expected(words) == 2


def test_a_started_dashboard_remembers(here: World, mill: Speaker, tmp_path) -> None:
    from tests.support.dashboards import world

    here.hear(mill, mill.pulse(at=START - 3000), mill.pulse(node=COURT))
    here.whistle.stop()
    again = world(tmp_path, here.site)
    assert relays_expected(again.whistle.air) == 1
    again.whistle.stop()


def test_a_bundle_of_an_earlier_release_judges_no_silence(bundle: DashboardBundle) -> None:
    import msgspec

    words = Words(msgspec.structs.replace(bundle, pulse_mean_s=None))
    words.state(MILL, True, START)
    words.pulse(MILL, 1, CORNER, START)
    assert words.silence(MILL, START + 9999) is None


def test_the_captain_is_told_and_told_when_it_is_over(tmp_path) -> None:
    from tests.support.dashboards import world

    extra = [place(0x0B000000 + n, f"House {n}", n, 0) for n in range(30)]
    made = site(extra, gateways=((MILL, "Mill"),), mode="relay")
    one = world(tmp_path, made)
    one.whistle.health.link_trouble = None
    speaker = Speaker(made)
    one.hear(speaker, speaker.state(), *[speaker.pulse(node=beacon.node) for beacon in made.roster.beacons])

    def told_after(seconds: float) -> list[str]:
        while seconds > 0:
            one.time.pass_(min(20.0, seconds))
            one.hear(speaker, speaker.state(at=one.time.wall()))
            seconds -= 20.0
        one.whistle.rounds.once()
        return [trouble.text for trouble in one.whistle.health.troubles if "jammed" in trouble.text]

    assert told_after(120) == []
    (text,) = told_after(60)
    assert text == (
        "Gateway Mill has heard no beacon for 3 min, where one every 13 s is usual: the air may be jammed, or its "
        "antenna off. Look there first."
    )
    one.hear(speaker, speaker.pulse(at=one.time.wall()))
    assert told_after(1) == []
    one.whistle.stop()
