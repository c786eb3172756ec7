"""One frame as one radio heard it, already decoded by the radio."""

from typing import NamedTuple


class Hearing(NamedTuple):
    """What a source delivers. `rssi` in dBm, `snr` in dB, `hops` travelled; None where the radio does not say.

    `sender` is the packet's node number, not authentic before a tag says so; `at` is Unix seconds (a stamp only).
    `relay` is the last byte of the number of who sent it last, `radio` the node number of the radio that heard it.
    """

    source: str
    sender: int
    id: int
    port: int
    payload: bytes
    rssi: float | None
    snr: float | None
    hops: int | None
    at: float
    relay: int | None = None
    radio: int | None = None
