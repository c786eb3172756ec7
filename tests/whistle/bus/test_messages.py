"""What may be said, and that a field out of range is refused by name."""

import json
import typing

import msgspec
import pytest

from tests.whistle.bus import samples
from whistle.bus import messages as m
from whistle.bus import topics
from whistle.bus.errors import BadId, NotOurs

everything = msgspec.json.Decoder(m.Message)
LATER = {
    "pulse": {"group_epoch"},
    "state": {"group_epoch"},
    "refused": {"kind"},
}  # of gateways older than the dashboard


def test_every_class_has_a_sample_here():
    assert {type(message) for message in samples.UP} == set(typing.get_args(m.Up))
    assert {type(message) for message in samples.DOWN} == set(typing.get_args(m.Down))


@pytest.mark.parametrize("message", samples.UP + samples.DOWN, ids=m.class_of)
def test_a_message_is_an_object_with_class_and_v(message):
    plain = json.loads(msgspec.json.encode(message))
    assert plain["class"] == m.class_of(message)
    assert plain["v"] == 1
    assert everything.decode(json.dumps(plain)) == message


@pytest.mark.parametrize("message", samples.UP + samples.DOWN, ids=m.class_of)
def test_no_field_may_be_left_out_but_those_added_later(message):
    plain = json.loads(msgspec.json.encode(message))
    later = LATER.get(m.class_of(message), set())
    without = {name: value for name, value in plain.items() if name not in later}
    assert everything.decode(json.dumps(without)) == msgspec.structs.replace(message, **dict.fromkeys(later))
    for field in set(plain) - {"v"} - later:
        with pytest.raises(msgspec.ValidationError):
            everything.decode(json.dumps({name: value for name, value in plain.items() if name != field}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("row", 0),
        ("node", -1),
        ("node", 1 << 32),
        ("sequence", 1.5),
        ("of", None),
        ("tag", "3C78698AB7BA6E28"),
        ("tag", "3c78698ab7ba6e2"),
        ("tag", "3c78698ab7ba6e28\n"),
        ("tag", "3c78698ab7ba6e2\n"),
        ("kind", "flood"),
        ("text", "x" * 234),
        ("event", ""),
        ("drill", 1),
        ("position", [91.0, 0.0]),
        ("position", [0.0, 181.0]),
        ("position", [0.0]),
        ("judged", "maybe"),
        ("age_limit_s", -1),
        ("heard_at", -1.0),
        ("hearings", [{"source": "s", "at": 1.0}] * 17),
        ("hearings", [{"source": "s" * 81, "at": 1.0}]),
        ("v", 2),
    ],
)
def test_a_field_out_of_range_is_refused_and_named(field, value):
    plain = {**json.loads(msgspec.json.encode(samples.ALERT)), field: value}
    with pytest.raises(msgspec.ValidationError, match=field):
        everything.decode(json.dumps(plain))


@pytest.mark.parametrize("payload", ["0g", "FA", "fa\n", "\n", "0" * 481])
def test_a_sample_is_hex_of_at_most_240_bytes(payload):
    plain = {**json.loads(msgspec.json.encode(samples.UP[4])), "payload": payload}
    with pytest.raises(msgspec.ValidationError, match="payload"):
        everything.decode(json.dumps(plain))


def test_topics_are_the_two_of_the_protocol_and_come_apart_again():
    site, gateway = samples.SITE, samples.GATEWAY
    assert topics.up(site, gateway) == f"whistle/1/{site}/up/{gateway}"
    assert topics.down(site, gateway) == f"whistle/1/{site}/down/{gateway}"
    assert topics.parse(topics.up(site, gateway)) == (site, "up", gateway)
    assert topics.parse(topics.down(site, gateway)) == (site, "down", gateway)
    assert topics.every_up(site) == f"whistle/1/{site}/up/+"
    assert topics.everything(site) == f"whistle/1/{site}/+/+"


@pytest.mark.parametrize(
    "odd", ["", "+", "#", "a1a2a3a4a5a6a7a", "A1A2A3A4A5A6A7A8", "a1a2a3a4a5a6a7a8\n", "../../../../../.."]
)
def test_an_id_is_16_lower_case_hex_digits(odd):
    with pytest.raises(BadId):
        topics.up(samples.SITE, odd)
    with pytest.raises(BadId):
        topics.every_up(odd)
    with pytest.raises(NotOurs):
        topics.parse(f"whistle/1/{samples.SITE}/up/{odd}")
