"""Random numbers for new beacons, gateways and sites: never from a MAC address, never one that misleads a radio."""

import secrets
from collections import Counter
from collections.abc import Collection
from typing import Final

_LAST_BYTES: Final = range(1, 256)  # Meshtastic writes last byte 0x00 as 0xFF in `relay_node`: 0 would clash with 0xFF


def node(taken: Collection[int]) -> int:
    """A random u32 node number, none of `taken`, none reserved (0-3 and 0xFFFFFFFF).

    Relays are told apart on the air by the last byte of their number alone, so its last byte is one that the fewest
    of `taken` have: none, up to 255 beacons.
    """
    used = Counter(number & 0xFF for number in taken)
    fewest = min(used[byte] for byte in _LAST_BYTES)
    free = [byte for byte in _LAST_BYTES if used[byte] == fewest]
    while True:
        number = secrets.randbits(24) << 8 | secrets.choice(free)
        if 3 < number < 0xFFFFFFFF and number not in taken:
            return number


def id8() -> str:
    """A random id of 8 bytes, in hex: a site, or a gateway on the bus."""
    return secrets.token_hex(8)
