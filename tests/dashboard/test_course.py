"""The course of an alert: every state with every event."""

from itertools import product

import pytest

from dashboard import course

EVENTS = ("raised", "refined", "again", "cancelled", "asked", "duress", "silent", "answered", "clear")


def step(state, event, *, ring="siren", newest=True, silent=False, drill=False):
    return course.step(state, ring, event, newest=newest, silent=silent, drill=drill)


@pytest.mark.parametrize("state", [None, "open", "cancelled", "clear"])
def test_duress_is_always_open_and_sounds(state) -> None:
    for newest in (True, False):
        assert step(state, "duress", ring="none", newest=newest) == ("open", "siren")


def test_only_a_cancel_or_a_captain_closes() -> None:
    closing = {(state, event) for state, event in product((None, "open"), EVENTS) if step(state, event).state != "open"}
    assert closing == {(None, "cancelled"), ("open", "cancelled"), ("open", "clear")}


def test_what_is_late_changes_no_state_and_no_sound() -> None:
    for state, event in product(("open", "cancelled", "clear"), ("raised", "again", "refined", "cancelled", "silent")):
        if (state, event) == ("open", "refined"):
            continue  # a kind that is named late still calls people
        ring = "none" if state != "open" else "siren"
        assert step(state, event, ring=ring, newest=False) == (state, ring), (state, event)


def test_pressing_again_reopens_and_sounds() -> None:
    for state in ("open", "cancelled", "clear"):
        assert step(state, "again", ring="none") == ("open", "siren")


def test_an_answer_hushes_for_everyone_and_closes_nothing() -> None:
    assert step("open", "answered") == ("open", "none")


def test_silent_never_becomes_the_siren_and_a_drill_sounds_once() -> None:
    assert step(None, "silent", ring="none", silent=True) == ("open", "soft")
    assert step("open", "silent", ring="soft", silent=True) == ("open", "soft")
    assert step(None, "raised", ring="none", drill=True) == ("open", "once")


def test_a_cancel_after_thirty_seconds_only_asks() -> None:
    assert course.heard_as("cancelled", 30.0) == "cancelled"
    assert course.heard_as("cancelled", 30.1) == "asked"
    assert course.heard_as("cancelled", None) == "cancelled"
    assert course.heard_as("duress", 99.0) == "duress"
    assert step("open", "asked") == ("open", "siren")
