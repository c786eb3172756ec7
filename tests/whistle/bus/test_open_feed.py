"""The open feed says what its schema says, and never what must stay secret."""

import json
import re
from pathlib import Path

import jinja2
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.support.waiting import until
from tests.whistle.bus import samples
from whistle.bus import messages as m
from whistle.bus import open_feed
from whistle.bus.command import bus
from whistle.bus.link import Link

PAGE = Path("docs/open-feed.md")
PLACE = "34th & Cedar"
ANSWER = samples.DOWN[1]


def test_the_page_holds_the_schema_the_code_speaks():
    block = re.search(r"```json schema\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    assert json.loads(block[1]) == open_feed.schema(), "print it anew: whistle bus schema"
    assert json.loads(CliRunner().invoke(bus, ["schema"]).output) == open_feed.schema()


def test_the_examples_on_the_page_are_what_the_code_writes():
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)]
    decoders = [msgspec.json.Decoder(kind, strict=True) for kind in open_feed.DOCUMENTS.values()]
    assert len(blocks) == len(decoders)
    for block, decoder in zip(blocks, decoders, strict=True):
        document = decoder.decode(json.dumps(block))
        assert json.loads(msgspec.json.encode(document)) == block


def test_the_flow_on_the_page_is_whole_and_lets_an_event_through_that_there_is():
    flow = json.loads(re.search(r"```json flow\n(.*?)```", PAGE.read_text(), re.DOTALL)[1])
    [feed, switch, _] = flow
    assert (feed["topic"], feed["qos"], feed["datatype"]) == ("whistle/open/+/alert/+", "1", "json")
    assert [rule["v"] for rule in switch["rules"]] == ["raised"] and "raised" in open_feed.OpenEvent.__args__
    wired = {node for each in flow for output in each["wires"] for node in output}
    assert wired == {each["id"] for each in flow} - {feed["id"]}


def test_the_conditions_on_the_page_are_true_when_it_says_so():
    [alert, _, gateway] = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL))
    [condition] = re.findall(r'"(\{\{ trigger\.payload_json\.event .*\}\})"', PAGE.read_text())
    [there] = re.findall(r'value_template: "(.*)"', PAGE.read_text())
    for event in open_feed.OpenEvent.__args__:
        for drill in (False, True):
            said = {"trigger": {"payload_json": alert | {"event": event, "drill": drill}}}
            assert jinja2.Template(condition).render(said) == str(event != "cancelled" and not drill)
    for up, cut_off, state in ((2, False, "ON"), (0, False, "OFF"), (2, True, "OFF")):
        said = {"value_json": gateway | {"radios_up": up, "cut_off": cut_off}}
        assert jinja2.Template(there).render(said) == state


def test_an_alert_is_told_with_its_public_place_and_nothing_more():
    document = open_feed.of_alert(samples.SITE, samples.ALERT, PLACE, "open")
    assert json.loads(msgspec.json.encode(document)) == {
        "v": 1,
        "site": samples.SITE,
        "alert": "0a1b2c3d-01000412",
        "kind": "help",
        "place": PLACE,
        "event": "raised",
        "drill": False,
        "judged": "fresh",
        "age": "fresh",
        "at": 1764000000.25,
    }


def test_a_refinement_is_told_under_the_name_of_the_first():
    refined = samples.altered(samples.ALERT, sequence=0x01000413, event="refined", kind="fire")
    document = open_feed.of_alert(samples.SITE, refined, PLACE, "open")
    assert (document.alert, document.event, document.kind) == ("0a1b2c3d-01000412", "refined", "fire")


@given(samples.alerts, st.sampled_from(["open", "silent", "duress"]))
def test_a_silent_alert_is_never_told_and_duress_looks_like_any_cancel(alert, standing):
    document = open_feed.of_alert(samples.SITE, alert, PLACE, standing)
    if alert.event == "silent" or standing == "silent":
        assert document is None
    elif alert.event == "duress":
        plain = samples.altered(alert, event="cancelled")
        assert document == open_feed.of_alert(samples.SITE, plain, PLACE, "open")
    elif standing == "duress":
        assert document is None
    else:
        assert document.event == alert.event


@given(samples.alerts)
def test_text_position_hearings_and_tags_never_leave(alert):
    marked = samples.altered(
        alert,
        text="PRIVATE-TEXT",
        position=(12.345678, 98.765432),
        hearings=[samples.altered(samples.HEARING, source="PRIVATE-SOURCE")],
    )
    document = open_feed.of_alert(samples.SITE, marked, PLACE, "open")
    plain = msgspec.json.encode(document).decode()
    for secret in ("PRIVATE", "12.345678", "98.765432", f'"{alert.tag}"'):
        assert secret not in plain


@pytest.mark.parametrize("said", ["seen", "coming", "clear"])
def test_an_answer_is_told_without_the_captain(said):
    answer = samples.altered(ANSWER, answer=said, captain="CAPTAIN-7")
    document = open_feed.of_answer(samples.SITE, answer, 1, "open")
    assert msgspec.to_builtins(document) == {
        "v": 1,
        "site": samples.SITE,
        "alert": "00000001-00000001",
        "answer": said,
        "at": 1.0,
    }


def test_answers_no_person_gave_and_answers_to_secret_alerts_are_not_told():
    for said in ("shown", "refused"):
        assert open_feed.of_answer(samples.SITE, samples.altered(ANSWER, answer=said), 1, "open") is None
    for standing in ("silent", "duress"):
        assert open_feed.of_answer(samples.SITE, ANSWER, 1, standing) is None


def test_a_gateway_is_told_without_its_name_and_its_radios_addresses():
    state = samples.altered(samples.STATE, name="PRIVATE", outbox=4, cut_off=True)
    document = open_feed.of_gateway(samples.SITE, samples.GATEWAY, state)
    assert msgspec.to_builtins(document) == {
        "v": 1,
        "site": samples.SITE,
        "gateway": samples.GATEWAY,
        "radios": 1,
        "radios_up": 1,
        "waiting": 4,
        "cut_off": True,
        "at": 1764000000.0,
    }


def test_the_feed_is_published_where_the_page_says_and_anyone_can_read_it(broker):
    heard: list[tuple[str, dict]] = []
    site = samples.SITE

    def remember(topic: str, payload: bytes) -> None:
        heard.append((topic, json.loads(payload)))

    feed = open_feed.OpenFeed(broker.url, site)
    assert feed.alert(samples.ALERT, PLACE, "open") is False  # not connected yet: said so, not kept
    with Link(broker.url, [f"whistle/open/{site}/#"], remember) as ear:
        feed.start()
        assert ear.wait(10) and feed.link.wait(10)
        assert feed.alert(samples.ALERT, PLACE, "open")
        assert not feed.alert(samples.altered(samples.ALERT, event="silent"), PLACE, "silent")
        assert feed.answer(ANSWER, 0x01000412, "open")
        assert feed.gateway(samples.GATEWAY, samples.STATE)
        until(lambda: len(heard) == 3)
    feed.close()
    assert [topic for topic, _ in heard] == [
        f"whistle/open/{site}/alert/0a1b2c3d-01000412",
        f"whistle/open/{site}/answer/00000001-01000412",
        f"whistle/open/{site}/gateway/{samples.GATEWAY}",
    ]
    for (_, document), kind in zip(heard, open_feed.DOCUMENTS.values(), strict=True):
        msgspec.convert(document, kind)


def test_every_event_and_answer_of_the_bus_has_a_word_here_or_is_withheld():
    assert set(open_feed._EVENTS) | {"silent"} == set(m.Event.__args__)
    assert set(open_feed._ANSWERS) | {"shown", "refused"} == set(m.Said.__args__)
