"""When a captain is told that this screen may be blind."""

from typing import Any

import pytest

from dashboard.alive import Facts, GatewayFacts, troubles
from tests.support.dashboards import HALL, START, Speaker, World, bundle
from tests.support.waiting import until
from whistle.bus.messages import Radio, State

UP = Radio(url="tcp://a", node=1, up=True, since=0, last_packet=None)
DOWN = Radio(url="serial:///dev/ttyUSB0", node=None, up=False, since=0, last_packet=None)


def state(**changes) -> State:
    return Speaker(bundle()).state(**({"radios": [UP]} | changes))


def gateway(name: str = "Mill", quiet: float | None = 5.0, off: float = 0.0, **changes) -> GatewayFacts:
    return GatewayFacts(name, quiet, off, None if quiet is None else state(**changes))


def said(*gateways: GatewayFacts, **changes) -> list[tuple[str, str]]:
    facts: dict[str, Any] = {"up_s": 1000.0, "link": None, "store": None, "unread": None, "dropped": 0, "watchers": 1}
    facts |= {"ingest": True, "ingest_failed": False} | changes
    return [(one.level, one.text) for one in troubles(Facts(gateways=gateways, **facts))]


def test_all_is_well() -> None:
    assert said(gateway(), gateway("Hall")) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"link": "Nothing listens there."}, "The line to the broker is down, no alert can arrive. Nothing listens"),
        ({"store": "database or disk is full"}, "Nothing can be stored (database or disk is full): make room"),
        ({"ingest": False}, "This dashboard has stopped taking in alerts: start it again."),
    ],
)
def test_our_own_trouble_is_blindness(changes, words: str) -> None:
    assert [(level, text[: len(words)]) for level, text in said(gateway(), **changes)] == [("blind", words)]


@pytest.mark.parametrize(("quiet", "level"), [(59, None), (61, "warn"), (74, "warn"), (76, "blind")])
def test_silence_of_the_only_gateway(quiet: float, level: str | None) -> None:
    assert [one for one, _ in said(gateway(quiet=quiet))] == ([level] if level else [])


def test_silence_of_one_of_two_is_no_blindness() -> None:
    ((level, text),) = said(gateway(quiet=400), gateway("Hall"))
    assert level == "warn" and text == "No word from gateway Mill for 6 min: is it on, and on the network?"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cut_off": True}, "does not hear this dashboard"),
        ({"radios": [DOWN]}, "hears nothing: no radio of it works (serial:///dev/ttyUSB0)"),
        ({"radios": []}, "hears nothing: no radio of it works."),
    ],
)
def test_a_gateway_that_cannot_do_its_work_blinds_us_unless_another_can(changes, words: str) -> None:
    ((level, text),) = said(gateway(**changes))
    assert level == "blind" and words in text
    assert [one for one, _ in said(gateway(**changes), gateway("Hall"))] == ["warn"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"radios": [UP, DOWN]}, "has lost a radio (serial:///dev/ttyUSB0)"),
        ({"freshness_proven": False}, "restored from a backup"),
        ({"off": 7300.0}, "The clock of gateway Mill is 2 h behind"),
        ({"off": -130.0}, "The clock of gateway Mill is 2 min ahead"),
        ({"quiet": None}, "Waiting for the first word of gateway Mill."),
    ],
)
def test_what_is_worth_a_note(changes, words: str) -> None:
    ((level, text),) = said(gateway(**changes), up_s=10.0)
    assert level == "warn" and words in text


def test_a_gateway_that_never_spoke_is_silent_as_soon() -> None:
    assert [level for level, _ in said(gateway(quiet=None), up_s=76.0)] == ["blind"]


def test_when_the_last_that_works_falls_silent_nobody_is_left() -> None:
    assert {level for level, _ in said(gateway(quiet=80), gateway("Hall", radios=[DOWN]))} == {"blind"}
    assert {level for level, _ in said(gateway(quiet=80), gateway("Hall", quiet=70))} == {"warn"}


def test_nobody_on_watch_is_said_and_the_worst_comes_first() -> None:
    levels = [level for level, _ in said(gateway(quiet=400), watchers=0)]
    assert levels == ["blind", "warn"]


def test_while_the_line_is_down_gateways_are_not_blamed() -> None:
    assert len(said(gateway(quiet=900), link="no broker")) == 1


def test_sentences_do_not_change_every_second() -> None:
    assert said(gateway(quiet=62)) == said(gateway(quiet=70))


def test_the_rounds_see_what_the_gateways_say(here: World, mill: Speaker) -> None:
    here.whistle.ingest.start()
    here.whistle.health.link_trouble = None
    hall = Speaker(here.site, HALL)
    here.hear(mill, mill.state())
    here.hear(hall, hall.state(name="Hall", at=START - 4000))
    here.whistle.rounds.once()
    texts = [one.text for one in here.whistle.health.troubles]
    assert any("clock of gateway Hall is 66 min behind" in text for text in texts)
    here.time.pass_(200)
    until(lambda: here.whistle.ingest.running)  # its thread has gone round since
    here.hear(hall, hall.state(name="Hall", at=here.time.wall()))
    turn = here.whistle.live.now.turn
    here.whistle.rounds.once()
    assert [one.text[:39] for one in here.whistle.health.troubles][:1] == ["No word from gateway Mill for 3 min: is"]
    assert here.whistle.live.now.turn > turn
    here.whistle.rounds.once()
    assert here.whistle.live.now.turn == turn + 1
