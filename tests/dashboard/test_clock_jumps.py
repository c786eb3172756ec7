"""A clock that is set, wrong or right again, signs nobody out, lets nobody in, and makes no dead beacon look alive."""

from collections.abc import Iterator

import pytest

from dashboard import store_air
from tests.support.dashboards import CORNER, START, Captain, Speaker, World
from whistle.bus.messages import Answer, Settled

YEAR_S = 365 * 86400.0


@pytest.fixture
def jump(here: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """`jump(seconds)`: the machine's clock is set, for every library that asks for it."""
    import time

    real, off = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + off[0])

    def set_(seconds: float) -> None:
        off[0] += seconds
        here.time.wall_now += seconds

    yield set_


@pytest.mark.parametrize("seconds", [YEAR_S, -YEAR_S, -30.0])
def test_a_captain_stays_signed_in_and_on_watch(here: World, maria: Captain, jump, seconds: float) -> None:
    with maria.client.get("/live?page=p1&armed=1&paints=1", buffered=False) as stream:
        lines = iter(stream.response)
        next(lines)
        jump(seconds)
        assert maria.get("/").status_code == 200
        assert maria.json("/live/here", {"page": "p1", "armed": True, "painted": 0}).status_code == 204
        here.time.pass_(16)
        assert b"signed-out" not in next(lines)
        here.whistle.rounds.once()
        assert len(here.whistle.rounds.on_watch) == 1


@pytest.mark.parametrize("seconds", [YEAR_S, -YEAR_S])
def test_a_session_lasts_no_longer_for_it(here: World, maria: Captain, jump, seconds: float) -> None:
    jump(seconds)
    for _ in range(26):
        here.time.pass_(1800)
        maria.get("/beacons")
    assert maria.get("/").status_code == 302


@pytest.mark.parametrize("seconds", [YEAR_S, -YEAR_S])
def test_a_session_of_another_time_is_over_after_a_restart(
    here: World, maria: Captain, jump, seconds: float, tmp_path
) -> None:
    from tests.support.dashboards import world

    here.whistle.stop()
    again = world(tmp_path, here.site)
    again.time.wall_now = again.time.steady_now = START + seconds
    again_client = again.app.test_client()
    for cookie in maria.client._cookies.values():  # type: ignore[union-attr]
        again_client.set_cookie(cookie.key, cookie.value)
    assert again_client.get("/").status_code == 302
    again.whistle.stop()


def test_a_pulse_from_a_time_that_never_came_does_not_keep_a_beacon_alive(here: World, mill: Speaker, jump) -> None:
    """Gateway and dashboard on one machine, whose clock was a year ahead and is set right."""
    jump(YEAR_S)
    here.hear(mill, mill.pulse(at=here.time.wall()))
    jump(-YEAR_S)
    here.time.pass_(100)
    here.hear(mill, mill.pulse(at=here.time.wall(), battery=12))
    with here.whistle.store.read() as connection:
        row = store_air.all_beacons(connection)[CORNER]
    pulse = store_air.pulse(row)
    assert row.at == START + 100 and pulse is not None and pulse.battery == 12


def test_an_alert_is_stored_and_answered_whatever_the_clock_says(
    here: World, mill: Speaker, maria: Captain, jump
) -> None:
    for number, seconds in enumerate((YEAR_S, -YEAR_S, -YEAR_S, 3 * YEAR_S), 1):
        jump(seconds)
        here.hear(mill, mill.alert(sequence=number, tag=f"{number:016x}", heard_at=START))
        assert maria.answer(number, "coming").status_code == 302
    assert len(here.told(Settled)) == 4 and {one.answer for one in here.told(Answer)} == {"coming"}
