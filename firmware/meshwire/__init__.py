"""The language of the air: Meshtastic's radio protocol as pure functions and a node without I/O.

Bytes and rules are those of Meshtastic 2.7 and 2.8. Time, randomness and AES are handed in; only `struct` is imported,
so the same files run on MicroPython and CPython.
"""

BROADCAST = 0xFFFFFFFF


def const(value: int) -> int:
    """Return `value`. The boards' compiler knows this word and puts the number wherever the name stands."""
    return value
