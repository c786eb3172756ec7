"""A revoked beacon's press is refused, and captains see that at once: a row of its own, and no sound."""

from pathlib import Path

import pytest

from dashboard import store_refused
from dashboard.store_pages import RECENT_S
from tests.support.dashboards import CORNER, GONE, START, Captain, Speaker, World, add, world
from whistle.bus.messages import Refused


@pytest.fixture
def here(tmp_path: Path) -> World:
    return world(tmp_path)


def press(node: int = GONE, at: float = START, **changes: object) -> Refused:
    facts = {"reason": "revoked", "node": node, "at": at, "port": 11, "payload": "07", "why": "revoked", "kind": "fire"}
    return Refused(**(facts | changes))  # type: ignore[arg-type]


def captain(here: World) -> Captain:
    add(here)
    one = Captain(here)
    one.sign_in()
    return one


def test_it_is_a_row_with_name_and_place_and_never_an_alert(here: World) -> None:
    one = captain(here)
    assert "refused: revoked" not in one.get("/").get_data(as_text=True)
    before = here.whistle.live.now
    here.hear(Speaker(here.site), press())
    assert here.whistle.live.now.urgent > before.urgent, "every open page is told at once"
    for path in ("/", "/away"):
        page = one.get(path).get_data(as_text=True)
        assert "Old Bakery" in page and "refused: revoked" in page and "Fire" in page
    assert "<article" not in one.get("/").get_data(as_text=True)
    assert here.told(type(None)) == [] and not [m for _, m in here.said if type(m).__name__ == "Answer"]


def test_its_repeats_add_up_in_one_row(here: World) -> None:
    speaker = Speaker(here.site)
    here.hear(speaker, *(press(at=START + n) for n in range(5)), press(CORNER, kind="help"))
    with here.whistle.store.read() as connection:
        rows = {row.node: row for row in store_refused.since(connection, START - 1)}
    assert (rows[GONE].heard, rows[GONE].first_at, rows[CORNER].heard) == (5, START, 1)
    here.time.pass_(2 * 3600)
    here.hear(speaker, press(at=START + 7200))
    with here.whistle.store.read() as connection:
        rows = {row.node: row for row in store_refused.since(connection, START - 1)}
    assert (rows[GONE].heard, rows[GONE].first_at) == (1, START + 7200)


def test_a_sign_of_life_or_a_forgery_is_no_row(here: World) -> None:
    one = captain(here)
    urgent = here.whistle.live.now.urgent
    here.hear(Speaker(here.site), press(kind=None), press(reason="tag", kind=None))
    assert "refused:" not in one.get("/").get_data(as_text=True) and here.whistle.live.now.urgent == urgent


def test_it_goes_after_twelve_hours_and_is_told_to_open_pages_by_name(here: World) -> None:
    one = captain(here)
    here.hear(Speaker(here.site), press())
    events = one.get("/live/since?page=x&after=0").get_json()["events"]
    assert {"event": "away", "data": {"ref": str(GONE)}} in [
        {"event": each["event"], "data": each["data"]} for each in events
    ]
    here.time.pass_(RECENT_S + 1)
    assert "refused: revoked" not in one.get("/").get_data(as_text=True)


def test_a_stranger_is_shown_neither(here: World) -> None:
    here.hear(Speaker(here.site), press())
    answer = Captain(here).get("/away")
    assert answer.status_code in (302, 401) and "Old Bakery" not in answer.get_data(as_text=True)
