"""Every golden frame with every bit flipped, and with every byte inserted at every place: none is taken.

The board's interpreter runs a part of this (test_hostile); here it is the whole, on every vector.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.alertwire.golden import load, raw
from tests.alertwire.test_hostile import strict_tick, take_line, take_pulse, take_receipt, take_tick, taken

READERS = (
    ("lines", take_line),
    ("receipts", take_receipt),
    ("pulses", take_pulse),
    ("gateway-pulses", take_tick),
    ("gateway-pulses", strict_tick),
)


def flipped(good: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(good)):
        yield good[: bit // 8] + bytes([good[bit // 8] ^ 1 << bit % 8]) + good[bit // 8 + 1 :]


def inserted(good: bytes) -> Iterator[bytes]:
    for at in range(len(good) + 1):
        for byte in range(256):
            yield good[:at] + bytes([byte]) + good[at:]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "take"), READERS)
@pytest.mark.parametrize("damaged", [flipped, inserted])
def test_no_damage_is_ever_taken_and_the_genuine_copy_still_is(
    name: str,
    take: Callable[[bytes, Any], bool],
    damaged: Callable[[bytes], Iterator[bytes]],
    tell: Callable[[str], None],
) -> None:
    offered = 0
    for vector in load(name):
        good = raw(vector["payload"])
        assert taken(take, good, vector)
        for bad in damaged(good):
            assert not taken(take, bad, vector), (vector["payload"], bad.hex())
            offered += 1
        assert taken(take, good, vector), "and the genuine one still is"
    tell(f"{name}, {take.__name__}: {offered:,} frames with one {damaged.__name__}, 0 taken")
    assert offered > 500
