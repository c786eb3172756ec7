"""Chance, all of it from one seed: every stream is named, so a node more or less changes nobody else's draws."""

import hashlib
import math
import random
from collections.abc import Callable

MASK = (1 << 64) - 1
SPREAD = 0x9E3779B97F4A7C15  # odd, so multiplying by it permutes the 64-bit numbers
_UNIT = 2.0**-53


def number(seed: int, *names: object) -> int:
    """The 64-bit number that belongs to these names under this seed; the same on every machine and Python."""
    text = "/".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def stream(seed: int, *names: object) -> random.Random:
    """A random stream of its own for these names."""
    return random.Random(number(seed, *names))


def normal(seed: int, *names: object) -> float:
    """One draw from the standard normal distribution (Box-Muller on two numbers of the seed)."""
    first = ((number(seed, *names, "u") >> 11) + 1) * _UNIT
    second = (number(seed, *names, "v") >> 11) * _UNIT
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)


def below(draws: random.Random) -> Callable[[int], int]:
    """A function random(n) -> 0..n-1 for n up to 2**32, as meshwire and the beacon's board port ask for it."""
    draw = draws.random

    def random_below(n: int) -> int:
        return int(draw() * n)

    return random_below


def threshold(share: float) -> int:
    """The 32-bit threshold under which a draw of `lost` falls in `share` of the cases (share 0..1)."""
    return round(share * (1 << 32))
