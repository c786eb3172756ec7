"""The golden files are what the independent program computes, and alertwire agrees with it on any input."""

import json
from typing import Any

import pytest
from alertwire import gatewaypulse, keys, line, pulse, receipt, rekey, telemetry, text
from alertwire.keys import BeaconKeys
from alertwire.sequence import permute
from hypothesis import given
from hypothesis import strategies as st

from tests.alertwire import independent as own
from tests.alertwire import vectors

KEY = st.binary(min_size=32, max_size=32)
U32 = st.integers(0, 2**32 - 1)
U16 = st.integers(0, 2**16 - 1)
U8 = st.integers(0, 255)
TAG = st.binary(min_size=8, max_size=8)
BODY = st.builds(own.metrics, U8, st.integers(0, 9000), st.none(), st.none(), U32)
WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F), max_size=60).filter(
    lambda one: text.proper(one.encode())
)


@pytest.mark.parametrize("name", vectors.FILES)
def test_the_file_is_what_the_independent_program_computes(name: str) -> None:
    assert (vectors.FOLDER / f"{name}.json").read_text() == vectors.written(name)


def test_every_file_says_how_it_was_made() -> None:
    for path in vectors.FOLDER.glob("alert-*.json"):
        assert "independent" in json.loads(path.read_text())["made"], path.name


@given(KEY, TAG, U32, st.tuples(U8, U8, U8, U8), st.binary(max_size=20))
def test_keys(master: bytes, site: bytes, node: int, epochs: tuple[int, int, int, int], gateway: bytes) -> None:
    of_site = own.site_keys(master, site, *epochs[:3])
    prk = keys.prk(master)
    root = keys.root(prk, site, epochs[0])
    mine = BeaconKeys.of(keys.device(root, site, node, epochs[3]))
    theirs = own.beacon_keys(of_site["root"], site, node, epochs[3])
    links = own.link_keys(of_site["bus_root"], gateway)
    assert [mine.up, mine.down, mine.status, mine.id] == [theirs[name] for name in ("up", "down", "status", "id")]
    assert keys.group(root, site, epochs[2]) == of_site["group"]
    assert keys.link(keys.bus_root(prk, site, epochs[1]), gateway) == (links["up"], links["down"])


@st.composite
def heads(draw: st.DrawFn) -> dict[str, Any]:
    cancel = draw(st.booleans())
    places = st.tuples(st.floats(-90, 90), st.floats(-180, 179.9999))
    return {
        "kind": draw(st.integers(0, 3)), "drill": draw(st.booleans()), "low": draw(st.booleans()), "cancel": cancel,
        "doubt": draw(st.booleans()), "group_epoch": draw(U8), "back": draw(st.integers(0, 15)), "sequence": draw(U32),
        "echo": draw(U16), "position": draw(st.none() | places), "duress": cancel and draw(st.booleans()),
    }  # fmt: skip


@given(KEY, KEY, U32, WORDS, heads())
def test_lines(up: bytes, group: bytes, node: int, words: str, v: dict[str, Any]) -> None:
    said = b"\x07" + words.encode()
    made = own.line(up, group, node, said, own.line_head(v), v["duress"])
    payload = line.build(node, up, group, text=said, **v)
    assert payload == made["payload"]
    found = line.parse(payload)
    assert line.authentic(found, node, up) == (line.DURESS if v["duress"] else line.PLAIN)
    assert line.group_authentic(found, node, group)
    for name in ("kind", "drill", "low", "cancel", "doubt", "back", "sequence", "echo"):
        assert getattr(found, name) == v[name]
    if v["position"]:
        assert found.position and abs(found.position[0] - v["position"][0]) < 1.1e-5
        assert abs(found.position[1] - v["position"][1]) < 2.2e-5


@given(KEY, KEY, U32, U8, WORDS, st.lists(st.tuples(U32, TAG, st.integers(0, 31)), min_size=1, max_size=8))
def test_receipts(
    down: bytes, group: bytes, node: int, epoch: int, words: str, answers: list[tuple[int, bytes, int]]
) -> None:
    said = words.encode()[:42]
    if not text.proper(said):
        said = b"x"
    entries = [(sequence, tag, (1, 2, 3, 4, 6)[n % 5] | n // 2 << 4) for sequence, tag, n in answers]
    made = [own.entry(down, node, sequence, tag, answer) for sequence, tag, answer in entries]
    assert [receipt.entry(node, down, *one) for one in entries] == made
    payload = receipt.build(made, group, epoch, said)
    assert payload == own.receipt(group, epoch, said, made)
    found = receipt.answered(receipt.parse(payload), node, down, [one[:2] for one in entries])
    assert found is not None
    assert any(entries[found[0]][:2] == one[:2] and found[1] == one[2] for one in entries)


@given(KEY, KEY, U32, BODY, st.data())
def test_pulses(up: bytes, status: bytes, node: int, body: bytes, data: st.DataObject) -> None:
    most = {
        "group_epoch": 255,
        "sequence": 2**32 - 1,
        "echo": 65535,
        "standing": 3,
        "kind": 3,
        "back": 65535,
        "doubt": 1,
    }
    most.update({"tamper": 1, "low": 1, "mode": 3, "last_answer": 7})
    v = {name: data.draw(st.integers(0, highest)) for name, highest in most.items()}
    made = own.pulse(up, status, node, body, v)
    payload = pulse.build(node, up, status, body=body, **v)  # type: ignore[arg-type]
    assert payload == made["payload"]
    found = pulse.parse(payload)
    assert pulse.open_status(found, node, up, status)
    assert {name: int(getattr(found, name)) for name in v} == v


@given(KEY, KEY, U32, U32, U32, st.integers(1, 65535), BODY, st.lists(TAG, min_size=6, max_size=6), st.data())
def test_gateway_pulses(
    down: bytes,
    group: bytes,
    node: int,
    gateway: int,
    number: int,
    echo: int,
    body: bytes,
    slots: list[bytes],
    data: Any,
) -> None:
    sequence, tag = data.draw(U32), data.draw(TAG)
    answer = data.draw(st.sampled_from(sorted(gatewaypulse.expected())))
    slots[data.draw(st.integers(0, 5))] = own.slot(down, node, sequence, tag, answer, number)
    payload = gatewaypulse.build(gateway, group, 3, number, echo, slots, body)
    assert payload == own.gateway_pulse(group, gateway, 3, number, echo, slots, body)
    found = gatewaypulse.parse(payload)
    assert gatewaypulse.group_authentic(found, gateway, group)
    assert gatewaypulse.answered(found, node, down, [(sequence, tag)]) == (0, answer)


@given(KEY, KEY, U32, st.integers(1, 255), U32, BODY)
def test_rekeys(down: bytes, key: bytes, node: int, epoch: int, number: int, body: bytes) -> None:
    payload = rekey.build(node, down, epoch, number, key, body)
    assert payload == own.rekey(down, node, epoch, number, key, body)["payload"]
    found = rekey.parse(payload)
    assert (found.group_epoch, found.number) == (epoch, number)
    assert rekey.opened(found, node, down) == key
    assert rekey.opened(found, node ^ 1, down) is None and rekey.opened(found, node, key) in (None, key)


@given(KEY, U32)
def test_packet_ids(key: bytes, counter: int) -> None:
    assert permute(key, counter) == own.packet_id(key, counter)


@given(U8, st.integers(0, 9000), st.none() | st.floats(0, 100, width=32), st.none() | st.floats(0, 100, width=32), U32)
def test_metrics(battery: int, millivolts: int, channel: float | None, air: float | None, uptime: int) -> None:
    body = telemetry.metrics(battery, millivolts, channel, air, uptime)
    assert body == own.metrics(battery, millivolts, channel, air, uptime)
    found = telemetry.read(body)
    assert (found.battery, found.millivolts, found.uptime) == (battery, millivolts, uptime)
    assert (found.channel_util, found.air_util) == (channel, air)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    from alertwire.errors import Malformed

    for start in (b"", b"\x07x ~", b"\x12", b"\x12\x00\xfa\x07"):
        for read in (line.parse, receipt.parse, pulse.parse, gatewaypulse.parse, rekey.parse, telemetry.split):
            try:
                read(start + payload)
            except Malformed:
                continue
