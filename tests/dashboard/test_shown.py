"""*Shown* is a promise to somebody in fear: a person on watch has it on the screen."""

import pytest

from dashboard.watches import ASKS_S, FRESH_S, GRACE_S
from tests.support.dashboards import Captain, Speaker, World, add
from whistle.bus.messages import Answer, Told, Watch

PAGE = "?page=p1&armed=1&paints=1"


def watchers(here: World) -> int:
    here.whistle.rounds.once()
    return here.told(Watch)[-1].watchers


def shown(here: World) -> int:
    here.whistle.rounds.once()
    return len({one.id for one in here.told(Answer) if one.answer == "shown"})


def here_is(captain: Captain, painted: int, *, armed: bool = True, page: str = "p1") -> None:
    assert captain.json("/live/here", {"page": page, "armed": armed, "painted": painted}).status_code == 204


def paints(here: World, captain: Captain, stream) -> None:
    """Her page takes what has come, and has it on the screen."""
    newest = here.whistle.live.now.newest
    while b"id: %d\n" % newest not in next(stream):
        pass  # how things stand comes between
    here_is(captain, newest)


@pytest.fixture
def stream(maria: Captain):
    """A page of Maria's with an open stream."""
    answer = maria.client.get(f"/live{PAGE}", buffered=False)
    lines = iter(answer.response)
    next(lines)
    yield lines
    answer.close()


def test_nothing_is_shown_while_nobody_is_on_watch(here: World, mill: Speaker, maria: Captain) -> None:
    here.hear(mill, mill.alert())
    maria.get("/")
    here_is(maria, 99)  # a page that is there, but hears nothing
    assert (watchers(here), shown(here)) == (0, 0)


def test_a_page_without_sound_is_no_watch(here: World, mill: Speaker, maria: Captain, stream) -> None:
    here_is(maria, 99, armed=False)
    here.hear(mill, mill.alert())
    assert (watchers(here), shown(here)) == (0, 0)


def test_shown_once_the_screen_has_painted_it(here: World, mill: Speaker, maria: Captain, stream) -> None:
    here_is(maria, 0)
    assert watchers(here) == 1
    here.hear(mill, mill.alert())
    next(stream)
    assert shown(here) == 0  # stored and sent, but not yet on the screen
    here_is(maria, here.whistle.live.now.newest)
    assert shown(here) == 1
    here_is(maria, here.whistle.live.now.newest)
    assert shown(here) == 1


def test_what_only_adds_to_a_card_waits_for_the_next_alert_or_a_second(
    here: World, mill: Speaker, maria: Captain, stream
) -> None:
    """Each of these is a card drawn anew, and the next alert's row would stand behind it."""
    here_is(maria, 0)
    here.hear(mill, mill.alert())
    before = here.whistle.live.now
    paints(here, maria, stream)
    (sent,) = {one.id for one in here.told(Answer) if one.answer == "shown"}
    here.hear(mill, Told(id=sent, node=1, sequence=1, answer="shown", state="sent"))
    now = here.whistle.live.now
    assert now.newest == before.newest + 2 and now.urgent == before.urgent
    maria.answer(1, "coming")  # a captain's word is news at once
    assert here.whistle.live.now.urgent == here.whistle.live.now.newest > now.newest


def test_what_came_while_nobody_watched_is_shown_as_soon_as_somebody_does(
    here: World, mill: Speaker, maria: Captain, stream
) -> None:
    here_is(maria, 0, armed=False)
    here.hear(mill, mill.alert(), mill.alert(sequence=7, tag="b" * 16))
    next(stream)
    assert shown(here) == 0
    here_is(maria, here.whistle.live.now.newest)
    assert shown(here) == 2


def lamp_words(here: World) -> list[tuple[str, int, int]]:
    """(answer, ordinal, sequence named) in the order sent, once each."""
    sent = {one.id: (one.answer, one.ordinal, one.sequence) for one in here.told(Answer)}
    return list(sent.values())


def test_every_line_is_shown_anew_with_the_best_that_was_said(
    here: World, mill: Speaker, maria: Captain, stream
) -> None:
    """A beacon forgets what it was told with every new line: it is told again as soon as somebody has that line."""
    here.hear(mill, mill.state(), mill.alert())
    paints(here, maria, stream)
    here.hear(mill, mill.alert(event="refined", kind="medical", sequence=1043, of=1042, tag="a" * 16))
    here.whistle.rounds.once()
    assert lamp_words(here) == [("shown", 0, 1042)], "not yet on the screen"
    paints(here, maria, stream)
    maria.answer(1, "coming")
    here.hear(mill, Told(id=here.told(Answer)[-1].id, node=1, sequence=1, answer="coming", state="seen-by-beacon"))
    assert "their beacon shows it" in maria.get("/").get_data(as_text=True)
    here.hear(mill, mill.alert(event="again", kind="medical", sequence=1044, of=1042, tag="b" * 16))
    paints(here, maria, stream)
    assert lamp_words(here) == [("shown", 0, 1042), ("shown", 0, 1043), ("coming", 1, 1043), ("coming", 1, 1044)]
    card = maria.get("/").get_data(as_text=True)
    assert "not yet on the air" in card and "their beacon shows it" not in card
    assert maria.get("/alerts/1").get_data(as_text=True).count("</b>: coming") == 1, "she said it once"
    here.hear(mill, Told(id=here.told(Answer)[-1].id, node=1, sequence=1, answer="coming", state="seen-by-beacon"))
    assert "their beacon shows it" in maria.get("/").get_data(as_text=True)


@pytest.mark.parametrize("over", ["clear", "duress"])
def test_a_press_after_the_end_is_told_no_more_than_shown(
    here: World, mill: Speaker, maria: Captain, stream, over: str
) -> None:
    here.hear(mill, mill.state(), mill.alert())
    paints(here, maria, stream)
    maria.answer(1, "coming")
    if over == "clear":
        maria.answer(1, "clear")
    else:
        here.hear(mill, mill.alert(event="duress", sequence=1043, of=1042, tag="a" * 16))
    paints(here, maria, stream)
    here.said.clear()
    here.hear(mill, mill.alert(event="again", sequence=1044, of=1042, tag="b" * 16))
    paints(here, maria, stream)
    assert lamp_words(here) == [("shown", 0, 1044)]


def test_a_failed_write_owes_the_newer_line_too(here: World, mill: Speaker, maria: Captain, stream) -> None:
    here.hear(mill, mill.state(), mill.alert())
    here_is(maria, 0)
    here.hear(mill, mill.alert(event="again", sequence=1044, of=1042, tag="a" * 16))
    here_is(maria, 1)  # the first line is painted, the second is not
    assert shown(here) == 0


def test_what_is_owed_outlives_the_process(here: World, mill: Speaker, maria: Captain, tmp_path) -> None:
    from tests.support.dashboards import world

    here.hear(mill, mill.alert())
    here.whistle.stop()
    again = world(tmp_path, here.site)
    captain = Captain(again)
    captain.sign_in()
    answer = captain.client.get(f"/live{PAGE}", buffered=False)
    next(iter(answer.response))
    here_is(captain, again.whistle.live.now.newest)
    assert shown(again) == 1
    answer.close()
    again.whistle.stop()


def test_a_page_that_falls_silent_is_no_watch_although_its_line_is_open(
    here: World, mill: Speaker, maria: Captain, stream
) -> None:
    here_is(maria, 0)
    here.time.pass_(FRESH_S + 1)
    assert watchers(here) == 0
    here.hear(mill, mill.alert())
    next(stream)
    assert shown(here) == 0
    here_is(maria, here.whistle.live.now.newest)
    assert (watchers(here), shown(here)) == (1, 1)


def test_leaving_counts_after_a_moment_so_that_a_turned_page_does_not(here: World, maria: Captain) -> None:
    answer = maria.client.get(f"/live{PAGE}", buffered=False)
    next(iter(answer.response))
    assert watchers(here) == 1
    answer.close()
    here.time.pass_(GRACE_S - 1)
    assert watchers(here) == 1
    here.time.pass_(2)
    assert watchers(here) == 0


def test_people_are_counted_not_pages(here: World, maria: Captain) -> None:
    add(here, "Jo")
    jo = Captain(here, "Jo")
    jo.sign_in()
    open_pages = [
        captain.client.get(f"/live?page={page}&armed=1", buffered=False)
        for captain, page in ((maria, "a"), (maria, "b"), (jo, "a"))
    ]
    for page in open_pages:
        next(iter(page.response))
    assert watchers(here) == 2
    for page in open_pages:
        page.close()


def test_a_page_that_asks_instead_of_listening_is_on_watch_too(here: World, mill: Speaker, maria: Captain) -> None:
    maria.get("/live/since?page=p1&after=0")
    here_is(maria, 0)
    assert watchers(here) == 1
    here.hear(mill, mill.alert())
    here_is(maria, here.whistle.live.now.newest)
    assert shown(here) == 0  # it has not even been told
    maria.get("/live/since?page=p1&after=0")
    here_is(maria, here.whistle.live.now.newest)
    assert shown(here) == 1
    here.time.pass_(ASKS_S + GRACE_S + 1)
    assert watchers(here) == 0


def test_a_page_claims_nothing_that_it_was_not_sent(here: World, mill: Speaker, maria: Captain, stream) -> None:
    here_is(maria, 2**53)
    here.hear(mill, mill.alert())
    here_is(maria, here.whistle.live.now.newest)
    assert (watchers(here), shown(here)) == (1, 0)
    next(stream)
    assert shown(here) == 0  # what it claimed before is not counted later
    here_is(maria, here.whistle.live.now.newest)
    assert shown(here) == 1


def test_a_page_that_claims_to_have_been_sent_it_before_it_came_is_not_believed(
    here: World, mill: Speaker, maria: Captain
) -> None:
    maria.get(f"/live/since?page=p1&after={10**9}")
    here_is(maria, 10**9)
    here.hear(mill, mill.alert())
    assert (watchers(here), shown(here)) == (1, 0)


@pytest.mark.parametrize(
    "said",
    [
        {"page": "p1", "armed": True, "painted": True},
        {"page": "p1", "armed": True, "painted": -1},
        {"page": "p1", "armed": True, "painted": 10**400},
        {"page": "p1", "armed": True, "painted": 1.5},
        {"page": "p1", "armed": True},
        {"page": ["p1"], "armed": True, "painted": 1},
        {"page": "p1", "armed": 1, "painted": 1},
        [1],
        None,
    ],
)
def test_a_word_of_another_shape_is_refused_with_a_sentence(here: World, maria: Captain, stream, said) -> None:
    answer = maria.json("/live/here", said)
    assert (answer.status_code, answer.get_data(as_text=True)) == (400, "page, armed and painted are wanted.")


def test_a_word_nested_without_end_is_refused_too(here: World, maria: Captain) -> None:
    headers = {"X-CSRFToken": maria.token, "Content-Type": "application/json"}
    for body in ('{"page":' + "[" * 30_000, '{"painted":1,"x":' * 3000, "[" * 60_000, "", '{"painted":1e999}'):
        assert maria.client.post("/live/here", data=body, headers=headers).status_code == 400


def test_a_plain_client_has_painted_what_it_was_sent(here: World, mill: Speaker, maria: Captain) -> None:
    answer = maria.client.get("/live?page=bench&armed=1", buffered=False)
    lines = iter(answer.response)
    next(lines)
    here.hear(mill, mill.alert())
    assert b"event: alert" in next(lines)
    assert shown(here) == 0
    here.hear(mill, mill.pulse())
    next(lines)
    assert shown(here) == 1
    answer.close()


def test_the_heartbeat_comes_every_fifteen_seconds_and_at_once_on_a_change(here: World, maria: Captain) -> None:
    here.whistle.rounds.once()
    beats = len(here.told(Watch))
    here.time.pass_(14)
    here.whistle.rounds.once()
    assert len(here.told(Watch)) == beats
    here.time.pass_(1)
    here.whistle.rounds.once()
    assert len(here.told(Watch)) == beats + 2  # one to each gateway
    maria.get("/live/since?page=p1&after=0")
    here_is(maria, 0)
    here.whistle.rounds.once()
    assert here.told(Watch)[-1].watchers == 1
