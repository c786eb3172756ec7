"""Channels: a name and a key give a one-byte hash and an AES-CTR key stream (Meshtastic's Channels, CryptoEngine)."""

import struct

from meshwire.errors import Malformed

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]

DEFAULT_KEY = b"\xd4\xf1\xbb\x3a\x20\x29\x07\x59\xf0\xbc\xff\xab\xcf\x4e\x69\x01"


def expand_key(psk: bytes, primary: bytes = b"") -> bytes:
    """Return the AES key (16 or 32 bytes, or empty for none) that a configured key of 0..32 bytes stands for.

    An empty key is `primary` (for a secondary channel: that of the primary). One byte n counts up from the default key.
    """
    size = len(psk)
    if size > 32:
        raise Malformed("a channel key has at most 32 bytes")
    if not size:
        return primary
    if size > 1:
        return psk + bytes((16 if size <= 16 else 32) - size)
    if not psk[0]:
        return b""
    return DEFAULT_KEY[:15] + bytes((DEFAULT_KEY[15] + psk[0] - 1 & 255,))


def channel_hash(name: str, key: bytes) -> int:
    """Return the header's channel byte: XOR of all bytes of the effective name and of the expanded key."""
    value = 0
    for byte in name.encode() + key:
        value ^= byte
    return value


class Channel:
    """A channel ready for use: its effective name, its hash, and `crypt`.

    `aes(key)` gives a function that encrypts a multiple of 16 bytes in ECB mode; an empty key leaves everything plain.
    """

    def __init__(self, name: str, key: bytes, aes: "Callable[[bytes], Callable[[bytes], bytes]]") -> None:
        self.name = name
        self.key = key
        self.hash = channel_hash(name, key)
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
