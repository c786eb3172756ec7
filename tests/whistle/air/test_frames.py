"""Frames and objects: decode and encode undo each other, for frames built by others' libraries and for noise."""

import base64
import json
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import example, given
from hypothesis import strategies as st
from meshtastic.protobuf import mesh_pb2
from meshwire.channel import expand_key
from meshwire.errors import MeshwireError
from meshwire.presets import PRESETS

from whistle.air.channels import Channels, channels
from whistle.air.errors import AirError, NotAFrame, NotAnObject
from whistle.air.frames import from_object, parse_hex, to_object

PSKS = {
    "": "AQ==",
    "Cedar": base64.b64encode(bytes(range(32))).decode(),
    "Short": base64.b64encode(b"0123456789abcdef").decode(),
    "Odd": base64.b64encode(b"odd").decode(),
    "Open": "AA==",
}
ALL = channels(tuple(PSKS), tuple(PSKS.values()), PRESETS["LONG_FAST"])
NAMES = {"": "LongFast"}

u8, u32, hops = st.integers(0, 255), st.integers(0, 2**32 - 1), st.integers(0, 7)


def key_of(name: str) -> bytes:
    """The key as an app would expand it, written out independently of meshwire."""
    psk = base64.b64decode(PSKS[name])
    if psk == b"\x01":
        return base64.b64decode("1PG7OiApB1nwvP+rz05pAQ==")
    if psk == b"\x00":
        return b""
    return psk.ljust(16 if len(psk) <= 16 else 32, b"\x00")


def sealed(name: str, sender: int, id: int, plain: bytes) -> tuple[int, bytes]:
    """Channel hash and ciphertext, by CTR mode of `cryptography` itself."""
    key, value = key_of(name), 0
    for byte in NAMES.get(name, name).encode() + key:
        value ^= byte
    if not key:
        return value, plain
    nonce = struct.pack("<QII", id, sender, 0)
    return value, Cipher(algorithms.AES(key), modes.CTR(nonce)).encryptor().update(plain)


@st.composite
def built(draw: st.DrawFn) -> tuple[str, dict[str, int], mesh_pb2.Data, bytes]:
    """A frame as a stock radio sends it: (channel, header, message, frame), made without meshwire."""
    name = draw(st.sampled_from(sorted(PSKS)))
    head = {field: draw(u32) for field in ("to", "from", "id")}
    head |= {"hop_limit": draw(hops), "hop_start": draw(hops), "next_hop": draw(u8), "relay_node": draw(u8)}
    head |= {"want_ack": draw(st.booleans()), "via_mqtt": draw(st.booleans())}
    message = mesh_pb2.Data(
        portnum=draw(st.integers(1, 511)),
        payload=draw(st.binary(max_size=200)),
        want_response=draw(st.booleans()),
        request_id=draw(st.just(0) | u32),
        reply_id=draw(st.just(0) | u32),
    )
    if draw(st.booleans()):
        message.bitfield = draw(st.integers(0, 3))
    flags = head["hop_limit"] | head["want_ack"] << 3 | head["via_mqtt"] << 4 | head["hop_start"] << 5
    value, cipher = sealed(name, head["from"], head["id"], message.SerializeToString())
    ends = bytes([flags, value, head["next_hop"], head["relay_node"]])
    return name, head, message, struct.pack("<III", head["to"], head["from"], head["id"]) + ends + cipher


@given(built())
def test_a_frame_built_by_others_is_read_and_written(case: tuple[str, dict[str, int], mesh_pb2.Data, bytes]) -> None:
    name, head, message, frame = case
    found = json.loads(json.dumps(to_object(frame, ALL)))
    assert {field: found[field] for field in head} == head
    assert found["channel"] == NAMES.get(name, name)
    assert found["channel_hash"] == frame[13]
    assert bytes.fromhex(found["payload"]) == message.payload
    assert (found["portnum"], found["want_response"]) == (message.portnum, message.want_response)
    assert (found["request_id"], found["reply_id"]) == (message.request_id, message.reply_id)
    assert found["bitfield"] == (message.bitfield if message.HasField("bitfield") else None)
    assert "data" not in found and "ciphertext" not in found
    assert from_object(found, ALL) == frame


@given(st.binary(min_size=16, max_size=255), st.sampled_from([None, *PSKS]))
@example(bytes(16), None)
@example(bytes(16), "Open")
def test_noise_survives(noise: bytes, name: str | None) -> None:
    """Nothing is lost of what nobody can read, nor of what only looks like a message."""
    if name is not None:
        value, _ = sealed(name, 0, 0, b"")
        noise = noise[:13] + bytes([value]) + noise[14:]
    assert from_object(json.loads(json.dumps(to_object(noise, ALL))), ALL) == noise


odd = st.lists(
    st.sampled_from(
        [
            b"\x08\x01",
            b"\x08\x81\x00",
            b"\x12\x02hi",
            b"\x12\x82\x00hi",
            b"\x18\x00",
            b"\x35\x00\x00\x00\x00",
            b"\x48\x00",
            b"\x7a\x03new",
            b"\x81\x01" + bytes(8),
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ]
    ),
    min_size=1,
    max_size=8,
).map(b"".join)


@given(odd, u32, u32)
def test_messages_not_in_canonical_form_survive(plain: bytes, sender: int, id: int) -> None:
    """Order, repeats, unknown fields, zeros written out: the exact bytes come back."""
    value, cipher = sealed("Cedar", sender, id, plain)
    frame = struct.pack("<III4B", 0xFFFFFFFF, sender, id, 0x63, value, 0, 1) + cipher
    found = json.loads(json.dumps(to_object(frame, ALL)))
    assert from_object(found, ALL) == frame
    if "data" in found:
        assert found["data"] == plain.hex() and found["channel"] == "Cedar"


def test_keys_of_every_length() -> None:
    for size in range(2, 33):
        psk = bytes(range(size))
        known = channels(("Any",), (base64.b64encode(psk).decode(),), PRESETS["LONG_FAST"])
        assert known.all[0].key == psk.ljust(16 if size <= 16 else 32, b"\x00") == expand_key(psk)


def test_an_empty_key_is_none_for_the_first_channel_and_the_firsts_for_others() -> None:
    known = channels(("", "Second"), ("AQ==", ""), PRESETS["SHORT_TURBO"])
    assert [channel.name for channel in known.all] == ["ShortTurbo", "Second"]
    assert known.all[0].key == known.all[1].key
    assert channels(("Plain",), ("",), PRESETS["SHORT_TURBO"]).all[0].key == b""


def test_two_channels_of_one_name() -> None:
    """A technician may try several keys for one name: the object says which it was."""
    known = channels(("Cedar", "Cedar"), (PSKS["Short"], PSKS["Cedar"]), PRESETS["LONG_FAST"])
    value, cipher = sealed("Cedar", 7, 9, b"\x08\x01\x12\x02hi\x48\x00")
    frame = struct.pack("<III4B", 0xFFFFFFFF, 7, 9, 0x63, value, 0, 7) + cipher
    found = to_object(frame, known)
    assert (found["channel"], found["channel_index"]) == ("Cedar", 1)
    assert from_object(found, known) == frame
    del found["channel_index"]
    with pytest.raises(AirError, match="channel_index"):
        from_object(found, known)


def test_hex_is_taken_as_technicians_paste_it() -> None:
    for text in ("0aFF10", "0a ff 10", "0x0aFF10", "0x0A 0xff 0X10", "0A:FF:10", "\t0aff10 "):
        assert parse_hex(text) == b"\x0a\xff\x10", text
    for text in ("0", "0g", "x0a", "0a,ff", "0a0x", "{}"):
        with pytest.raises(NotAFrame):
            parse_hex(text)


def test_the_least_that_makes_a_frame() -> None:
    described = {"from": 0x0A1B2C00, "id": 5, "channel": "LongFast", "portnum": 1, "payload": b"hi".hex()}
    frame = from_object(described, ALL)
    found = to_object(frame, ALL)
    assert frame[:16] == struct.pack("<III4B", 0xFFFFFFFF, 0x0A1B2C00, 5, 0x63, 0x08, 0, 0xFF)
    assert (found["bitfield"], found["hop_limit"], found["hop_start"], found["to"]) == (0, 3, 3, 0xFFFFFFFF)


WHOLE = {"from": 1, "id": 2, "channel": "LongFast", "portnum": 1, "payload": "00"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"from": None}, "'from' is missing"),
        ({"id": 2**32}, "'id' must be a whole number from 0 to 4294967295"),
        ({"id": -1}, "'id' must be"),
        ({"id": True}, "'id' must be"),
        ({"id": "2"}, "'id' must be"),
        ({"id": 2.0}, "'id' must be"),
        ({"hop_limit": 8}, "'hop_limit' must be a whole number from 0 to 7"),
        ({"want_ack": 1}, "'want_ack' must be true or false"),
        ({"channel": "Elsewhere"}, "'Elsewhere' is not among those given"),
        ({"channel": 5}, "'channel' must be a name"),
        ({"channel": None}, "'ciphertext' is missing"),
        ({"payload": "0"}, "'payload' must be hex"),
        ({"payload": None}, "'payload' is missing"),
        ({"payload": "00" * 234}, "at most 233 bytes"),
        ({"payload": "00" * 233, "request_id": 5}, "at most 239"),
        ({"portnum": 2**32}, "'portnum' must be"),
        ({"portnum": -1}, "'portnum' must be"),
        ({"chanel": "LongFast"}, "'chanel' is not a field"),
        ({"error": "cut"}, "not a whole frame"),
        ({"data": "00" * 240}, "at most 239 bytes"),
    ],
)
def test_what_describes_no_frame_is_refused_with_the_reason(change: dict[str, object], said: str) -> None:
    with pytest.raises((AirError, MeshwireError), match=said):
        from_object(WHOLE | change, ALL)


@pytest.mark.parametrize("described", [None, 5, "text", [], [WHOLE]])
def test_what_is_no_object_is_refused(described: object) -> None:
    with pytest.raises(NotAnObject):
        from_object(described, ALL)


def test_channels_are_given_in_pairs() -> None:
    for names, psks, said in (
        (("a",), (), "1 --channel and 0 --psk"),
        (("a" * 12,), ("AQ==",), "at most 11 bytes"),
        (("a",), ("not base64",), "not base64"),
        (("a",), (base64.b64encode(bytes(33)).decode(),), "at most 32"),
    ):
        with pytest.raises(AirError, match=said):
            channels(names, psks, PRESETS["LONG_FAST"])
    assert isinstance(channels((), (), PRESETS["SHORT_FAST"]), Channels)
    assert channels((), (), PRESETS["SHORT_FAST"]).all[0].name == "ShortFast"
