"""Channels, their keys and hashes, by their own name; made in wire."""

from meshwire.wire import DEFAULT_KEY as DEFAULT_KEY
from meshwire.wire import Channel as Channel
from meshwire.wire import expand_key as expand_key


def channel_hash(name: str, key: bytes) -> int:
    """Return the header's channel byte: XOR of all bytes of the effective name and of the expanded key."""
    return Channel(name, key, lambda _: bytes).hash
