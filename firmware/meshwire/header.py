"""The sixteen clear bytes before every frame's ciphertext (Meshtastic's PacketHeader, little-endian)."""

import struct

from meshwire.errors import Malformed


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
    flags = header.hop_limit & 7 | (header.hop_start & 7) << 5
    if header.want_ack:
        flags |= 8
    if header.via_mqtt:
        flags |= 16
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
    return Header(to, sender, id, flags & 7, flags >> 5, flags & 8 != 0, flags & 16 != 0, channel, next_hop, relay)


def last_byte(node: int) -> int:
    """Return how `relay_node` and `next_hop` name a node: its last byte, 0xFF in place of 0."""
    return node & 255 or 255
