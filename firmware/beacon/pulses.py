"""When a pulse goes out (section 5): exponential intervals, and the same repeats for every pulse until it is answered.

A silent alert ends the running interval early and is then a round like any other: nothing in when, how often or how long a
beacon pulses tells a silent alert from a sign of life.
"""

import math

REPEATS = (20000, 40000, 80000, 80000, 80000)  # ms from copy to copy
JITTER = 4  # a repeat comes up to a quarter early or late
CAP = 3  # an interval lasts at most so many means
STEPS = 1 << 30


class Pulses:
    """The schedule of one beacon's pulses; times in ms, `random(n)` gives a number below n."""

    def __init__(self, mean_ms: int, random: "Random", now: int) -> None:
        self._mean = mean_ms
        self._random = random
        self._round = now + self._interval()
        self._copy = len(REPEATS)
        self._repeat = 0
        self.waiting = False  # for an answer to this round

    def due(self) -> int:
        """Return when the next pulse goes out."""
        if self._copy < len(REPEATS) and self._repeat < self._round:
            return self._repeat
        return self._round

    def early(self, now: int) -> None:
        """End the running interval: the next pulse goes now, as a round of its own."""
        self._round = now

    def went(self, now: int) -> None:
        """A pulse goes out now, because it was due: arrange its repeats, or the next copy."""
        self.waiting = True
        if now >= self._round:
            self._copy = -1
            self._round = now + self._interval()
        self._copy += 1
        if self._copy < len(REPEATS):
            gap = REPEATS[self._copy]
            self._repeat = now + gap - gap // JITTER + self._random(gap // JITTER * 2)

    def answered(self) -> None:
        """A gateway has one of this round's copies: no more repeats."""
        self.waiting = False
        self._copy = len(REPEATS)

    def _interval(self) -> int:
        """Draw an exponential time of the given mean, cut at three means."""
        chance = (self._random(STEPS) + 1) / STEPS
        return min(int(-math.log(chance) * self._mean), CAP * self._mean)


if False:
    from collections.abc import Callable

    Random = Callable[[int], int]
