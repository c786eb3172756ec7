"""`Data`, the protobuf message inside every readable frame, written out by hand.

Encoding gives the canonical bytes (fields in order, defaults left out, the bitfield kept even when 0). Decoding takes
what protobuf takes: any order, unknown fields, the last of repeated ones; groups are refused, as stock radios do.
"""

import struct

from meshwire.errors import Malformed, TooLarge

TEXT, POSITION, NODEINFO, ROUTING, ADMIN, ALERT, TELEMETRY = 1, 3, 4, 5, 6, 11, 67
LARGEST_PAYLOAD = 233

_FIXED = ("dest", "source", "request_id", "reply_id", "emoji")  # tags 4 to 8
_NAMES = {
    0x08: "portnum",
    0x12: "payload",
    0x18: "want_response",
    0x25: "dest",
    0x2D: "source",
    0x35: "request_id",
    0x3D: "reply_id",
    0x45: "emoji",
    0x48: "bitfield",
}


class Data:
    """One message: a port number, its payload, and what it answers. `bitfield` None means absent."""

    def __init__(
        self,
        portnum: int,
        payload: bytes,
        want_response: bool = False,
        dest: int = 0,
        source: int = 0,
        request_id: int = 0,
        reply_id: int = 0,
        emoji: int = 0,
        bitfield: "int | None" = None,
    ) -> None:
        self.portnum = portnum
        self.payload = payload
        self.want_response = want_response
        self.dest = dest
        self.source = source
        self.request_id = request_id
        self.reply_id = reply_id
        self.emoji = emoji
        self.bitfield = bitfield


def varint(value: int) -> bytes:
    """Return `value` (0 to 2^64 - 1) as a protobuf varint."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(data: Data) -> bytes:
    """Return the canonical bytes of `data`; TooLarge when the payload is over 233 bytes."""
    size = len(data.payload)
    if size > LARGEST_PAYLOAD:
        raise TooLarge("a payload has at most 233 bytes, this one has %d" % size)
    out = b""
    if data.portnum:
        out = b"\x08" + varint(data.portnum & 0xFFFFFFFFFFFFFFFF)
    if size:
        out += b"\x12" + varint(size) + data.payload
    if data.want_response:
        out += b"\x18\x01"
    tag = 0x25
    for name in _FIXED:
        value = getattr(data, name)
        if value:
            out += struct.pack("<BI", tag, value)
        tag += 8
    if data.bitfield is not None:
        out += b"\x48" + varint(data.bitfield)
    return out


def decode(raw: bytes) -> Data:
    """Read a `Data`; Malformed when protobuf or a stock radio would refuse it. Port 0 is not judged here."""
    data = Data(0, b"")
    try:
        at = 0
        while at < len(raw):
            at = _field(data, raw, at)
    except IndexError:
        at = 256
    if at > len(raw) or len(data.payload) > LARGEST_PAYLOAD:
        raise Malformed("the message ends in the middle of a field")
    data.want_response = bool(data.want_response)
    if data.portnum > 255:  # an enum is a signed 32-bit number
        data.portnum = (data.portnum + 0x80000000 & 0xFFFFFFFF) - 0x80000000
    if data.bitfield is not None:
        data.bitfield &= 0xFFFFFFFF
    return data


def _field(data: Data, raw: bytes, at: int) -> int:
    """Read one field into `data` and return where the next begins; it may lie beyond the end, or IndexError."""
    tag = raw[at]
    at += 1
    if tag > 127:
        tag, at = _varint(raw, at - 1, 5)
    kind = tag & 7
    value: "int | bytes" = b""
    if kind == 0:
        value, at = _varint(raw, at, 10)
    elif kind == 2:
        size, start = _varint(raw, at, 5)
        at = start + size
        value = raw[start:at]
    elif kind == 5:
        value = raw[at] | raw[at + 1] << 8 | raw[at + 2] << 16 | raw[at + 3] << 24
        at += 4
    elif kind == 1:
        at += 8
    if not 7 < tag < 0x100000000 or kind in (3, 4, 6, 7):
        raise Malformed("field %d cannot be read" % tag)
    name = _NAMES.get(tag)
    if name:
        setattr(data, name, value)
    return at


def _varint(raw: bytes, at: int, most: int) -> "tuple[int, int]":
    """Return the varint at `at` and where it ends; Malformed beyond `most` bytes, IndexError beyond the end."""
    value = shift = 0
    while shift < 7 * most:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise Malformed("a number takes more than %d bytes" % most)
