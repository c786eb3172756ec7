"""Hostile browsers, and a disk that takes nothing: who watches goes on watching."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from dashboard import accounts
from dashboard.stream import SILENT_S
from tests.support.dashboards import Captain, Speaker, World, add


def test_guesses_at_passwords_leave_threads_for_everybody_else(here: World) -> None:
    """Each guess is checked alone and takes its time; those for whom there is no room are told so at once."""
    add(here)
    captains = [Captain(here) for _ in range(accounts.ROOM + 12)]
    for one in captains:
        one.get("/sign-in")
    told: list[int] = []
    done = threading.Event()

    def count(future: "Future[TestResponse]") -> None:
        told.append(future.result().status_code)
        if len(told) == 12:
            done.set()

    with ThreadPoolExecutor(len(captains)) as pool, accounts._one_guess:  # a slow one is being checked
        tried = [pool.submit(one.post, "/sign-in", {"name": "Maria", "password": "x" * 20}) for one in captains]
        for one in tried:
            one.add_done_callback(count)
        waited, refused = done.wait(20), list(told)
    assert waited and refused == [429] * 12
    assert all(one.result().status_code in (401, 429) for one in tried)
    add(here, "Jo")
    assert Captain(here, "Jo").sign_in().status_code == 302


def test_a_page_that_never_says_a_word_gives_its_place_back(here: World, maria: Captain) -> None:
    """A phone that lost its radio keeps its line for minutes; a hostile one reads nothing for ever."""
    with maria.client.get("/live?page=p1&armed=1&paints=1", buffered=False) as stream:
        lines = iter(stream.response)
        next(lines)
        here.time.pass_(SILENT_S - 1)
        assert maria.json("/live/here", {"page": "p1", "armed": True, "painted": 0}).status_code == 204
        here.time.pass_(SILENT_S - 1)
        next(lines)
        here.time.pass_(16)  # the next heartbeat
        assert list(lines) == []


def test_a_captain_can_look_although_the_disk_is_full(here: World, mill: Speaker, maria: Captain) -> None:
    def full(*_: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(here.whistle.store._writer, "commit", full)
    here.time.pass_(accounts.TOUCH_S + 1)
    assert maria.get("/").status_code == 200
    assert maria.json("/live/here", {"page": "p1", "armed": True, "painted": 0}).status_code == 204
    event.remove(here.whistle.store._writer, "commit", full)
