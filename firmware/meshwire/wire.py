"""Every byte of a frame, in one file to be small on a board: header, `Data`, channel, and the User of a NodeInfo.

Sixteen clear bytes of header (Meshtastic's PacketHeader, little-endian), then a protobuf `Data` in AES-CTR. Protobufs
are written out by hand: encoding gives the canonical bytes (fields in order, defaults left out, the bitfield kept even
when 0); decoding takes what protobuf takes (any order, unknown fields, the last of repeated ones) but for groups, which
stock radios refuse too. Hosts may import by the names of things: header, data, channel, frame, nodeinfo.
"""

import struct

from meshwire import BROADCAST
from meshwire.errors import Malformed, TooLarge

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable, Sequence  # type: ignore[unreachable]

# The nine fields in order, and how each stands in the message: 0 varint, 2 bytes, 5 four bytes.
_NAMES = ["portnum", "payload", "want_response", "dest", "source", "request_id", "reply_id", "emoji", "bitfield"]
_KINDS = b"\0\2\0\5\5\5\5\5\0"
DEFAULT_KEY = b"\xd4\xf1\xbb\x3a\x20\x29\x07\x59\xf0\xbc\xff\xab\xcf\x4e\x69\x01"


class Header:
    """Who, to whom, which, how far: `to`, `sender`, `id` are u32; hops 0..7; the last three are one byte each."""

    def __init__(
        self,
        to: int,
        sender: int,
        id: int,
        hop_limit: int = 3,
        hop_start: int = 3,
        want_ack: bool = False,
        via_mqtt: bool = False,
        channel: int = 0,
        next_hop: int = 0,
        relay_node: int = 0,
    ) -> None:
        self.to = to
        self.sender = sender
        self.id = id
        self.hop_limit = hop_limit
        self.hop_start = hop_start
        self.want_ack = want_ack
        self.via_mqtt = via_mqtt
        self.channel = channel
        self.next_hop = next_hop
        self.relay_node = relay_node


def pack(header: Header) -> bytes:
    """Return the header's 16 bytes."""
    flags = header.hop_limit & 7 | header.want_ack << 3 | header.via_mqtt << 4 | (header.hop_start & 7) << 5
    return struct.pack(
        "<IIIBBBB",
        header.to,
        header.sender,
        header.id,
        flags,
        header.channel,
        header.next_hop,
        header.relay_node,
    )


def unpack(frame: bytes) -> Header:
    """Read the header of a frame; Malformed unless the frame has 16..255 bytes. Addresses are not judged here."""
    if not 16 <= len(frame) <= 255:
        raise Malformed("a frame has 16 to 255 bytes")
    to, sender, id, flags, channel, next_hop, relay = struct.unpack_from("<IIIBBBB", frame, 0)
    return Header(to, sender, id, flags & 7, flags >> 5, bool(flags & 8), bool(flags & 16), channel, next_hop, relay)


class Data:
    """One message: a port number, its payload, and what it answers. `bitfield` None means absent.

    Numbers are u32; a negative one of protobuf's is its 32 bits.
    """

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

    def asks(self) -> bool:
        """Say whether the sender wants an answer: the field says so, or its copy in the bitfield."""
        return self.want_response or (self.bitfield or 0) & 2 > 0


def encode(data: Data) -> bytes:
    """Return the canonical bytes of `data`."""
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
    data.portnum &= BROADCAST
    if data.bitfield:
        data.bitfield &= BROADCAST
    return data


def _field(data: Data, raw: bytes, at: int) -> int:
    """Read one field into `data`; return where it ends, which may be beyond the end, or IndexError."""
    tag, at = _varint(raw, at, 5)
    number = tag >> 3
    kind = tag & 7
    value: "int | bytes" = 0
    if kind == 1:
        at += 8
    elif kind == 5:
        value = int.from_bytes(raw[at : at + 4], "little")
        at += 4
    elif kind == 0:
        value, at = _varint(raw, at, 10)
    else:
        size, start = _varint(raw, at, 5)
        if kind != 2 or size > 255:
            raise IndexError
        at = start + size
        value = raw[start:at]
    if not 0 < number < 1 << 29:
        raise IndexError
    if number < 10 and _KINDS[number - 1] == kind:
        setattr(data, _NAMES[number - 1], value)
    return at


def _append(out: bytearray, value: int) -> None:
    """Append a varint."""
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
            return value, at
        shift += 7
    raise IndexError


def expand_key(psk: bytes, primary: bytes = b"") -> bytes:
    """Return the AES key (16 or 32 bytes, or empty for none) that a configured key of 0..32 bytes stands for.

    An empty key is `primary` (for a secondary channel: that of the primary). One byte n counts up from the default key.
    """
    if len(psk) > 32:
        raise Malformed("a channel key has at most 32 bytes")
    if len(psk) == 1:
        return DEFAULT_KEY[:15] + psk if psk[0] else b""  # the default key ends in 1
    return psk + bytes(-len(psk) % 16) or primary


class Channel:
    """A channel ready for use: its effective name, its hash, and `crypt`.

    `aes(key)` gives a function that encrypts a multiple of 16 bytes in ECB mode; an empty key leaves everything plain.
    """

    def __init__(self, name: str, key: bytes, aes: "Callable[[bytes], Callable[[bytes], bytes]]") -> None:
        self.name = name
        self.key = key
        self.hash = 0  # the header's channel byte: XOR of all bytes of name and key
        for byte in name.encode() + key:
            self.hash ^= byte
        self._encrypt = aes(key) if key else None
        self._blocks = bytearray(240)
        for block in range(15):
            self._blocks[16 * block + 15] = block

    def crypt(self, id: int, sender: int, data: bytes) -> bytes:
        """Encrypt, or decrypt, up to 239 bytes of the packet (sender, id)."""
        size = len(data)
        if self._encrypt is None or not size:
            return bytes(data)
        nonce = struct.pack("<III", id, 0, sender)
        whole = (size + 15) & 240
        for at in range(0, whole, 16):
            self._blocks[at : at + 12] = nonce
        stream = self._encrypt(bytes(self._blocks[:whole]))
        # one XOR of two long numbers: on boards seven times faster than byte by byte
        mixed = int.from_bytes(stream[:size], "big") ^ int.from_bytes(data, "big")
        return mixed.to_bytes(size, "big")


def seal(channel: "Channel", header: Header, data: "Data") -> bytes:
    """Return the frame of `data` on `channel`, whose hash is put into the header.

    TooLarge when the payload has over 233 bytes (as much as stock radios take) or the frame over 255.
    """
    header.channel = channel.hash
    plain = encode(data)
    if len(plain) > 239 or len(data.payload) > 233:
        raise TooLarge("the message is too long for a frame")
    return pack(header) + channel.crypt(header.id, header.sender, plain)


def unseal(channels: "Sequence[Channel]", frame: bytes) -> "tuple[Header, Channel | None, Data | None]":
    """Read a frame: the channels with its hash are tried in order until one gives a `Data` with a port.

    Channel and data are None when none does. Malformed if the frame is not whole.
    """
    header = unpack(frame)
    for channel in channels:
        if channel.hash == header.channel:
            try:
                data = decode(channel.crypt(header.id, header.sender, frame[16:]))
                if data.portnum:
                    return header, channel, data
            except Malformed:
                pass  # hashes have eight bits: another channel may share this one
    return header, None, None


def user(node: int, long_name: str, short_name: str) -> bytes:
    """Return the bytes of a User with private hardware: names are cut to 24 and 4 bytes, whole characters."""
    out = b""
    for tag, text, most in ((10, "!%08x" % node, 15), (18, long_name, 24), (26, short_name, 4)):
        while len(text.encode()) > most:
            text = text[:-1]
        if text:
            out += bytes((tag, len(text.encode()))) + text.encode()
    return out + b"\x28\xff\x01"
