"""Whole frames: sixteen clear bytes of header (Meshtastic's PacketHeader, little-endian) and an encrypted `Data`."""

import struct

from meshwire.data import decode, encode
from meshwire.errors import Malformed, TooLarge

if False:  # names for the type checker alone, never imported
    from collections.abc import Sequence  # type: ignore[unreachable]

    from meshwire.channel import Channel
    from meshwire.data import Data


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


def last_byte(node: int) -> int:
    """Return how `relay_node` and `next_hop` name a node: its last byte, 0xFF in place of 0."""
    return node & 255 or 255


def seal(channel: "Channel", header: Header, data: "Data") -> bytes:
    """Return the frame of `data` on `channel`, whose hash is put into the header; TooLarge over 255 bytes."""
    header.channel = channel.hash
    plain = encode(data)
    if len(plain) > 239:
        raise TooLarge("a message has at most 239 bytes when encoded")
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
