"""Whole frames: header and encrypted `Data` together."""

from meshwire import data as language
from meshwire import header as heads
from meshwire.errors import Malformed, TooLarge

if False:  # names for the type checker alone, never imported
    from collections.abc import Sequence  # type: ignore[unreachable]

    from meshwire.channel import Channel
    from meshwire.data import Data
    from meshwire.header import Header


def seal(channel: "Channel", header: "Header", data: "Data") -> bytes:
    """Return the frame of `data` on `channel`, whose hash is put into the header; TooLarge over 255 bytes."""
    header.channel = channel.hash
    plain = language.encode(data)
    if len(plain) > 239:
        raise TooLarge("a message has at most 239 bytes when encoded")
    return heads.pack(header) + channel.crypt(header.id, header.sender, plain)


def unseal(channels: "Sequence[Channel]", frame: bytes) -> "tuple[Header, Channel | None, Data | None]":
    """Read a frame: the channels with its hash are tried in order until one gives a `Data` with a port.

    Channel and data are None when none does. Malformed if the frame is not whole.
    """
    header = heads.unpack(frame)
    for channel in channels:
        if channel.hash == header.channel:
            try:
                data = language.decode(channel.crypt(header.id, header.sender, frame[16:]))
                if data.portnum:
                    return header, channel, data
            except Malformed:
                pass  # hashes have eight bits: another channel may share this one
    return header, None, None
