"""HMAC-SHA256 and what tags are made of (section 1's conventions). For hosts; a board has the same in wire."""

from hashlib import sha256

from .wire import label as label
from .wire import same as same
from .wire import tag as tag


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 (32 bytes) of the joined parts, under a key of any length (RFC 2104; checked against RFC 4231)."""
    return tag(sha256(key).digest() if len(key) > 64 else key, 32, *parts)


def u32(number: int) -> bytes:
    """Four bytes, big-endian."""
    return number.to_bytes(4, "big")
