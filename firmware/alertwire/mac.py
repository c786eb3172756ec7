"""HMAC-SHA256 by hand: boards have hashlib and no hmac (RFC 2104; checked against RFC 4231)."""

import hashlib

_BLOCK = 64
_INNER = int.from_bytes(b"\x36" * _BLOCK, "big")
_OUTER = int.from_bytes(b"\x5c" * _BLOCK, "big")


def pads(key: bytes) -> "tuple[bytes, bytes]":
    """Inner and outer pad of a key, for `keyed`, where one key makes many tags."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    number = int.from_bytes(key + bytes(_BLOCK - len(key)), "big")
    return (number ^ _INNER).to_bytes(_BLOCK, "big"), (number ^ _OUTER).to_bytes(_BLOCK, "big")


def keyed(both: "tuple[bytes, bytes]", *parts: bytes) -> bytes:
    """HMAC-SHA256 (32 bytes) of the joined parts under ready-made pads."""
    inner = hashlib.sha256(both[0])
    for part in parts:
        inner.update(part)
    outer = hashlib.sha256(both[1])
    outer.update(inner.digest())
    return outer.digest()


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 (32 bytes) of the joined parts."""
    return keyed(pads(key), *parts)


def tag(key: bytes, n: int, *parts: bytes) -> bytes:
    """The first n bytes of the HMAC of the joined parts: T[n] H(key, parts)."""
    return keyed(pads(key), *parts)[:n]


def same(a: bytes, b: bytes) -> bool:
    """Whether two tags are equal, in a time that does not tell where they differ."""
    if len(a) != len(b):
        return False
    differ = 0
    for i in range(len(a)):
        differ |= a[i] ^ b[i]
    return differ == 0


def label(name: bytes) -> bytes:
    """D(name): what a tag is for, 16 bytes, so that no tag can stand in for another."""
    return (b"WHISTLE1" + name + bytes(8))[:16]


def u32(number: int) -> bytes:
    """Four bytes, big-endian."""
    return number.to_bytes(4, "big")
