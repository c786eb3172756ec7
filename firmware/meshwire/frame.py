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
    return seal_plain(channel, header, language.encode(data))


def seal_plain(channel: "Channel", header: "Header", plain: bytes) -> bytes:
    """Return the frame of a message that is already encoded, the header as it stands."""
    if len(plain) > heads.LARGEST_FRAME - heads.SIZE:
        raise TooLarge("a message has at most 239 bytes when encoded, this one has %d" % len(plain))
    return heads.pack(header) + channel.crypt(header.id, header.sender, plain)


def unseal(channels: "Sequence[Channel]", frame: bytes) -> "tuple[Header, Channel | None, Data | None]":
    """Read a frame; channel and data are None when no channel with its hash gives a message. Malformed if not whole."""
    header = heads.unpack(frame)
    channel, data = read(channels, header, frame)
    return header, channel, data


def read(channels: "Sequence[Channel]", header: "Header", frame: bytes) -> "tuple[Channel | None, Data | None]":
    """Try the channels with the frame's hash, in order, until one gives a `Data` with a port."""
    for channel in channels:
        if channel.hash != header.channel:
            continue
        try:
            data = language.decode(channel.crypt(header.id, header.sender, frame[heads.SIZE :]))
        except Malformed:
            continue  # hashes have eight bits: another channel may share this one
        if data.portnum:
            return channel, data
    return None, None
