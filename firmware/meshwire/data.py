"""`Data`, the protobuf message inside every readable frame, written out by hand.

Encoding gives the canonical bytes (fields in order, defaults left out, the bitfield kept even when 0). Decoding takes
what protobuf takes: any order, unknown fields, the last of repeated ones; groups are refused, as stock radios do.
"""

from meshwire.errors import Malformed, TooLarge

TEXT, POSITION, NODEINFO, ROUTING, ADMIN, ALERT, TELEMETRY = 1, 3, 4, 5, 6, 11, 67

# The nine fields in order, and how each stands in the message: 0 varint, 2 bytes, 5 four bytes.
_NAMES = ("portnum", "payload", "want_response", "dest", "source", "request_id", "reply_id", "emoji", "bitfield")
_KINDS = b"\0\2\0\5\5\5\5\5\0"


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


def encode(data: Data) -> bytes:
    """Return the canonical bytes of `data`; TooLarge when the payload is over 233 bytes."""
    if len(data.payload) > 233:
        raise TooLarge("a payload has at most 233 bytes")
    out = bytearray()
    for number in range(9):
        value = getattr(data, _NAMES[number])
        if value or number == 8 and value is not None:
            kind = _KINDS[number]
            out.append(number + 1 << 3 | kind)
            if kind == 5:
                out.extend(value.to_bytes(4, "little"))
            elif kind:
                _append(out, len(value))
                out.extend(value)
            else:
                _append(out, value)
    return bytes(out)


def decode(raw: bytes) -> Data:
    """Read a `Data`; Malformed when protobuf or a stock radio would refuse it. Port 0 is not judged here."""
    data = Data(0, b"")
    at = 0
    try:
        while at < len(raw):
            at = _field(data, raw, at)
    except IndexError:
        at = 1 << 16
    if at > len(raw) or len(data.payload) > 233:
        raise Malformed("this is not a whole message")
    data.want_response = bool(data.want_response)
    if data.portnum > 255:  # an enum is a signed number of 32 bits
        data.portnum = (data.portnum + 0x80000000 & 0xFFFFFFFF) - 0x80000000
    if data.bitfield:
        data.bitfield &= 0xFFFFFFFF
    return data


def _field(data: Data, raw: bytes, at: int) -> int:
    """Read one field into `data`; return where the next begins: far beyond the end if it is not whole."""
    tag, at = _varint(raw, at, 5)
    number = tag >> 3
    kind = tag & 7
    value: "int | bytes" = 0
    if not 0 < number < 1 << 29:
        return 1 << 16
    if kind == 1:
        at += 8
    elif kind == 5:
        value = int.from_bytes(raw[at : at + 4], "little")
        at += 4
    elif kind == 0:
        value, at = _varint(raw, at, 10)
    elif kind == 2:
        size, start = _varint(raw, at, 5)
        if size > 255:
            return 1 << 16
        at = start + size
        value = raw[start:at]
    else:
        return 1 << 16
    if number < 10 and _KINDS[number - 1] == kind:
        setattr(data, _NAMES[number - 1], value)
    return at


def _append(out: bytearray, value: int) -> None:
    """Append a varint; a negative number as its 64 bits."""
    if value < 0:
        value += 1 << 64
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _varint(raw: bytes, at: int, most: int) -> "tuple[int, int]":
    """Return the varint at `at` and where it ends; IndexError when the end or `most` bytes come first."""
    value = shift = 0
    while shift < 7 * most:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise IndexError
