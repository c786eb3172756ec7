"""`Data` and `User` against the protobufs of the `meshtastic` package, byte for byte."""

import struct

import pytest
from google.protobuf.message import DecodeError
from hypothesis import assume, example, given
from hypothesis import strategies as st
from meshtastic.protobuf import mesh_pb2, portnums_pb2, telemetry_pb2
from meshwire import data as language
from meshwire.data import Data
from meshwire.errors import Malformed
from meshwire.nodeinfo import user

FIELDS = ("portnum", "payload", "want_response", "dest", "source", "request_id", "reply_id", "emoji")
u32 = st.integers(0, 2**32 - 1)

messages = st.builds(
    Data,
    st.integers(0, 511) | st.integers(0, 2**31 - 1),
    st.binary(max_size=233),
    st.booleans(),
    *[st.just(0) | u32] * 5,
    bitfield=st.none() | u32,
)


def protobuf(message):
    made = mesh_pb2.Data(**{name: getattr(message, name) for name in FIELDS})
    if message.bitfield is not None:
        made.bitfield = message.bitfield
    return made


@given(messages)
@example(Data(1, b"hi", bitfield=0))
def test_encoding_is_what_protobuf_serialises(message):
    assert language.encode(message) == protobuf(message).SerializeToString(deterministic=True)


def assert_same(ours, theirs):
    """All fields equal; protobuf's port is signed, ours not, since no port is negative."""
    for name in FIELDS:
        value = getattr(theirs, name)
        assert getattr(ours, name) == (value & 0xFFFFFFFF if name == "portnum" else value), name
    assert ours.bitfield == (theirs.bitfield if theirs.HasField("bitfield") else None)


def varint(value, longer=0):
    out = []
    while value > 127 or longer:
        longer -= value <= 127
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


numbers = st.integers(1, 12) | st.integers(1, 2**29 - 1)
any_varint = st.builds(varint, st.integers(0, 300) | st.integers(0, 2**64 - 1)).flatmap(
    lambda raw: st.just(raw) | st.integers(0, 10 - len(raw)).map(lambda extra: varint_longer(raw, extra))
)


def varint_longer(raw, extra):
    """The same number in more bytes than it needs: allowed up to ten."""
    return raw if not extra else raw[:-1] + bytes([raw[-1] | 128]) + b"\x80" * (extra - 1) + b"\x00"


@st.composite
def field(draw):
    """One field, known or not, of any wire type that a sender of today or tomorrow may use."""
    kind = draw(st.sampled_from((0, 1, 2, 5)))
    tag = varint(draw(numbers) << 3 | kind)
    if kind == 0:
        return tag + draw(any_varint)
    if kind == 2:
        payload = draw(st.binary(max_size=40))
        return tag + varint(len(payload)) + payload
    return tag + draw(st.binary(min_size=8, max_size=8) if kind == 1 else st.binary(min_size=4, max_size=4))


@given(st.lists(field(), max_size=12).map(b"".join))
@example(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
@example(b"\x08\x80\x80\x80\x80\x08")
@example(b"\x48\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
@example(b"\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")
@example(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")
def test_what_protobuf_takes_is_taken_alike(raw):
    """Any order, unknown fields, repeated ones, numbers written longer than needed, negative ones."""
    assert_same(language.decode(raw), mesh_pb2.Data.FromString(raw))


def groups_and_long_keys(raw):
    """(whether a group begins, whether a tag or length takes over five bytes) among the top-level fields.

    Protobuf skips groups, stock radios and we do not; about the second its releases disagree.
    """
    at = long = 0
    while at < len(raw):
        tag, began, at = scan(raw, at)
        long |= at - began > 5
        kind = tag & 7
        if kind == 0:
            _, _, at = scan(raw, at)
        elif kind == 2:
            size, began, at = scan(raw, at)
            long |= at - began > 5
            at += size
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            return kind == 3, bool(long)
    return False, bool(long)


def scan(raw, at):
    """(value, where it begins, where it ends) of a varint."""
    value, began = 0, at
    while at < len(raw):
        value |= (raw[at] & 127) << 7 * (at - began)
        at += 1
        if raw[at - 1] < 128:
            break
    return value, began, at


@given(st.binary(max_size=60) | st.lists(field(), max_size=4).map(b"".join).flatmap(
    lambda raw: st.integers(0, max(0, len(raw) - 1)).map(lambda cut: raw[:cut])
))  # fmt: skip
@example(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
@example(b"\x05\x00\x00\x00\x00")
@example(b"\x01" + bytes(8))
def test_garbage_is_refused_where_protobuf_refuses(raw):
    group, long = groups_and_long_keys(raw)
    assume(not long)
    try:
        theirs = mesh_pb2.Data.FromString(raw)
    except DecodeError:
        with pytest.raises(Malformed):
            language.decode(raw)
        return
    if group:
        with pytest.raises(Malformed):
            language.decode(raw)
        return
    assert_same(language.decode(raw), theirs)


@given(messages)
def test_decoding_undoes_encoding(message):
    assert_same(language.decode(language.encode(message)), protobuf(message))


def test_port_numbers_are_the_packages():
    for name in ("POSITION", "NODEINFO", "ROUTING", "ADMIN", "ALERT", "TELEMETRY"):
        assert getattr(language, name) == getattr(portnums_pb2, name + "_APP"), name
    assert portnums_pb2.TEXT_MESSAGE_APP == language.TEXT


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.integers(4, 2**32 - 2), text, text, st.integers(0, 12), st.booleans())
def test_user_is_what_protobuf_serialises(node, long_name, short_name, role, unmessagable):
    found = mesh_pb2.User.FromString(user(node, long_name, short_name, role, unmessagable))
    assert found.id == f"!{node:08x}"
    assert long_name.startswith(found.long_name) and len(found.long_name.encode()) <= 24
    assert short_name.startswith(found.short_name) and len(found.short_name.encode()) <= 4
    assert (found.hw_model, found.role, found.is_unmessagable) == (255, role, unmessagable)
    assert found.SerializeToString(deterministic=True) == user(node, long_name, short_name, role, unmessagable)


def test_routing_acknowledgement_is_the_packages():
    assert mesh_pb2.Routing(error_reason=0).SerializeToString() == b"\x18\x00"
    assert mesh_pb2.Routing(error_reason=35).SerializeToString() == b"\x18\x23"


def test_telemetry_passes_through_unchanged():
    """A pulse is a Telemetry with a field no one knows: the payload is carried as it is."""
    body = telemetry_pb2.Telemetry(device_metrics=telemetry_pb2.DeviceMetrics(battery_level=87, voltage=3.9))
    payload = body.SerializeToString() + b"\xfa\x07\x14" + struct.pack("20s", b"seal")
    found = language.decode(protobuf(Data(67, payload, bitfield=0)).SerializeToString())
    assert found.payload == payload
