"""Answers: which reach the beacon, under which ordinal, and what becomes of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import replies
from tests.support.dashboards import HALL, MILL, START, TAG, Captain, Speaker, World, add
from whistle.bus.messages import NO_TAG, Answer, Told


@pytest.fixture
def jo(here: World, maria: Captain) -> Captain:
    add(here, "Jo")
    captain = Captain(here, "Jo")
    captain.sign_in()
    return captain


def said(here: World) -> list[tuple[str, int]]:
    """What was sent, once however many gateways it went to."""
    sent = {one.id: (one.answer, one.ordinal) for one in here.told(Answer) if one.answer != "shown"}
    return list(sent.values())


def told(mill: Speaker, here: World, made: str, state: str) -> None:
    here.hear(mill, Told(id=made, node=1, sequence=1, answer="coming", state=state))  # type: ignore[arg-type]


def page(captain: Captain) -> str:
    return captain.get("/").get_data(as_text=True)


def test_an_answer_names_everything_a_gateway_needs_and_no_captain(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.state(), mill.alert())
    maria.answer(1, "coming")
    (answer,) = here.told(Answer)
    assert (answer.gateway, answer.node, answer.sequence, answer.tag) == (MILL, 0x0A1B2C3D, 1042, TAG)
    assert (answer.answer, answer.ordinal, answer.at, answer.expires) == ("coming", 1, START, START + 600)
    assert len(answer.captain) == 16 and int(answer.captain, 16) and "aria" not in repr(answer)


def named(here: World) -> dict[str, tuple[int, str]]:
    """The line each gateway was last named."""
    return {gateway: (one.sequence, one.tag) for gateway, one in here.said if isinstance(one, Answer)}


def test_each_gateway_is_named_the_newest_line_it_has_told_of(here: World, mill: Speaker, maria: Captain) -> None:
    hall = Speaker(here.site, HALL)
    later = {"sequence": 1044, "of": 1042, "tag": "a" * 16, "event": "refined"}
    here.hear(mill, mill.state(), mill.alert(), mill.alert(**later))
    here.hear(hall, hall.state(name="Hall"), hall.alert())
    maria.answer(1, "seen")
    assert named(here) == {MILL: (1044, "a" * 16), HALL: (1042, TAG)}
    here.hear(hall, hall.alert(**later))
    maria.answer(1, "coming")
    assert named(here) == dict.fromkeys((MILL, HALL), (1044, "a" * 16))


def test_a_gateway_that_told_of_nothing_is_named_the_root(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert(event="refined", sequence=1044, of=1042, tag="a" * 16))
    maria.answer(1, "seen")
    assert named(here) == {MILL: (1044, "a" * 16), HALL: (1042, NO_TAG)}


def test_an_answer_never_speaks_of_a_line_that_came_after_it(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.state(), mill.alert())
    maria.answer(1, "clear")
    here.hear(mill, mill.alert(event="again", sequence=1044, of=1042, tag="a" * 16))
    here.said.clear()
    here.time.pass_(15)
    here.whistle.rounds.once()
    assert named(here) == {MILL: (1042, TAG)}


def test_ordinals_rise_and_only_what_changes_the_lamp_is_sent(
    here: World, mill: Speaker, maria: Captain, jo: Captain
) -> None:
    here.hear(mill, mill.alert())
    for captain, word in ((maria, "seen"), (jo, "coming"), (maria, "seen"), (maria, "coming"), (jo, "seen")):
        assert captain.answer(1, word).status_code == 302
    assert said(here) == [("seen", 1), ("coming", 2)]
    maria.answer(1, "seen")  # nobody comes any more
    maria.answer(1, "clear")
    assert said(here)[2:] == [("seen", 3), ("clear", 4)]


def test_clear_always_wins_however_many_answers_there_were(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    for _ in range(12):
        maria.answer(1, "coming")
        maria.answer(1, "seen")
    maria.answer(1, "clear")
    ordinals = [number for _, number in said(here)]
    assert ordinals == sorted(ordinals) and ordinals[-2:] == [14, 15]


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["seen", "coming"])), max_size=40))
def test_the_lamp_shows_the_best_that_stands(words: list[tuple[int, str]]) -> None:
    latest: dict[int, str] = {}
    lamp = None
    for captain, word in words:
        sent = replies.to_send(word, latest, captain, state="open", duress=False)
        latest[captain] = word
        lamp = sent or lamp
        assert lamp == replies.best(latest)


@pytest.mark.parametrize("event", ["duress", "cancelled"])
def test_a_call_that_looks_over_is_told_nothing_but_the_end(
    here: World, mill: Speaker, maria: Captain, event: str
) -> None:
    here.hear(mill, mill.alert(), mill.alert(event=event, sequence=1043, of=1042, tag="a" * 16))
    maria.answer(1, "seen")
    assert said(here) == []
    maria.answer(1, "clear")
    assert said(here) == [("clear", 1)]


def test_answers_go_to_the_gateways_that_heard_it_and_live_else_to_all(
    here: World, mill: Speaker, maria: Captain
) -> None:
    hall = Speaker(here.site, HALL)
    here.hear(mill, mill.alert())
    maria.answer(1, "seen")
    assert {gateway for gateway, message in here.said if isinstance(message, Answer)} == {MILL, HALL}
    here.said.clear()
    here.hear(mill, mill.state())
    here.hear(hall, hall.state(name="Hall"))
    maria.answer(1, "coming")
    assert [gateway for gateway, message in here.said if isinstance(message, Answer)] == [MILL]


def test_the_way_of_an_answer_is_shown(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    maria.answer(1, "coming")
    made = here.told(Answer)[0].id
    assert "not yet on the air" in page(maria)
    told(mill, here, made, "sent")
    assert "sent on the air" in page(maria)
    told(mill, here, made, "seen-by-beacon")
    told(mill, here, made, "expired")  # of another gateway, that could not reach it
    assert "their beacon shows it" in page(maria)


def test_an_answer_nobody_confirms_ends_with_a_word_to_the_captain(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    maria.answer(1, "coming")
    here.time.pass_(599)
    here.whistle.rounds.once()
    assert "they may not know" not in page(maria)
    here.time.pass_(11)
    here.whistle.rounds.once()
    assert "no word from their beacon in 10 minutes: they may not know" in page(maria)
    before = here.whistle.live.now.newest
    here.whistle.rounds.once()
    assert here.whistle.live.now.newest == before
    told(mill, here, here.told(Answer)[0].id, "seen-by-beacon")  # late, but a word
    assert "their beacon shows it" in page(maria)


def test_what_is_on_its_way_is_said_again_when_a_gateway_starts(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert(), mill.state())
    maria.answer(1, "coming")
    here.whistle.rounds.once()
    here.said.clear()
    here.hear(mill, mill.state())
    here.whistle.rounds.once()
    assert here.told(Answer) == []
    here.hear(mill, mill.state(started=START))
    here.whistle.rounds.once()
    assert [one.answer for one in here.told(Answer)] == ["coming"]


def test_what_no_gateway_has_sent_is_published_again_every_fifteen_seconds(
    here: World, mill: Speaker, maria: Captain
) -> None:
    here.hear(mill, mill.state(), mill.alert())
    maria.answer(1, "coming")
    here.whistle.rounds.once()
    made = here.told(Answer)[0].id
    for _ in range(2):
        here.said.clear()
        here.time.pass_(14)
        here.whistle.rounds.once()
        assert here.told(Answer) == []
        here.time.pass_(1)
        here.whistle.rounds.once()
        assert [one.id for one in here.told(Answer)] == [made]
    told(mill, here, made, "sent")
    here.said.clear()
    here.time.pass_(15)
    here.whistle.rounds.once()
    assert here.told(Answer) == [], "the gateway has it in its hands"


def test_pressed_again_after_a_clear_every_captain_can_answer_anew(
    here: World, mill: Speaker, maria: Captain, jo: Captain
) -> None:
    here.hear(mill, mill.alert())
    maria.answer(1, "clear")
    here.hear(mill, mill.alert(event="again", sequence=1044, of=1042, tag="a" * 16))
    assert "Nobody has answered yet" in page(maria) and "says all clear" not in page(maria)
    jo.answer(1, "coming")
    assert said(here) == [("clear", 1), ("coming", 2)]
    assert "Jo is coming" in page(maria)


def test_pressed_again_after_a_cancel_nobody_is_said_to_come_who_was_called_off(
    here: World, mill: Speaker, maria: Captain
) -> None:
    here.hear(mill, mill.alert())
    maria.answer(1, "coming")
    here.hear(mill, mill.alert(event="cancelled", sequence=1043, of=1042, tag="a" * 16))
    here.hear(mill, mill.alert(event="again", sequence=1044, of=1042, tag="b" * 16))
    assert "Nobody has answered yet" in page(maria)


def test_all_clear_is_refused_to_who_has_not_seen_the_last_press(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    assert 'name="newest" value="1042"' in page(maria)
    here.hear(mill, mill.alert(event="again", sequence=1044, of=1042, tag="a" * 16))
    answer = maria.post("/alerts/1/answer", {"answer": "clear", "newest": "1042"})
    assert answer.status_code == 409 and "new word from their beacon" in answer.get_data(as_text=True)
    assert maria.post("/alerts/1/answer", {"answer": "coming", "newest": "1042"}).status_code == 302
    assert maria.post("/alerts/1/answer", {"answer": "clear", "newest": "1044"}).status_code == 302


def test_answers_to_what_is_over_are_refused_in_words(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    maria.answer(1, "clear")
    answer = maria.answer(1, "coming")
    assert answer.status_code == 409 and "closed already" in answer.get_data(as_text=True)
    assert maria.answer(99, "coming").status_code == 409
    assert maria.answer(1, "maybe").status_code == 400


def test_an_answer_hushes_every_page(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    assert maria.client.get("/live/since?after=0").get_json()["alive"]["ringing"] != []
    maria.answer(1, "seen")
    after: dict[str, Any] = maria.client.get("/live/since?after=0").get_json()
    assert after["alive"]["ringing"] == []
    assert [one["data"]["ring"] for one in after["events"] if one["event"] == "alert"] == ["none"]
