"""A run of a stated length: its end, on virtual time or beside the wall clock, and how far it has come."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

from whistle.simulator.simulation import Simulation

STEP_US: Final = 1_000_000  # simulated; between two looks at Ctrl-C and the progress
FIRST_S: Final = 2.0  # a run that is over sooner shows no progress
AGAIN_S: Final = 0.5
TICK_US: Final = 500_000
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Progress:
    """One line on a terminal, written over; nothing at all where there is none."""

    def __init__(self, whole_s: float, terminal: TextIO = sys.stderr, clock: Callable[[], float] = time.monotonic):
        self._whole_s, self._terminal, self._clock = whole_s, terminal, clock
        self._next = clock() + FIRST_S
        self._shown = False
        self._on = terminal.isatty()

    def show(self, now_s: float) -> None:
        """The run stands here; at most twice a second it is said."""
        if self._on and self._clock() >= self._next:
            self._write(f"{now_s:,.0f} of {self._whole_s:,.0f} s simulated ({now_s / self._whole_s:.0%})")
            self._next = self._clock() + AGAIN_S
            self._shown = True

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        self._terminal.write(f"\r\x1b[K{text}")
        self._terminal.flush()


def run_fast(simulation: Simulation, seconds: float, progress: Progress) -> dict[str, Any]:
    """So much simulated time, as fast as possible; the stats. Ctrl-C and SIGTERM end it between two steps."""
    loop, end_us = simulation.loop, round(seconds * 1e6)
    with _told_to_end() as ended:
        while loop.now_us < end_us and not ended:
            loop.run_until(min(end_us, loop.now_us + STEP_US))
            progress.show(simulation.now)
    progress.end()
    return simulation.stats()


def end_paced(simulation: Simulation, seconds: float, progress: Progress) -> Callable[[], dict[str, Any]]:
    """Let a run beside the wall clock end by itself; gives the stats of that moment, or of now if it ended before.

    The end is an event of the simulation: on a slow machine it is late on the wall, never in what the stats count.
    """
    taken: list[dict[str, Any]] = []

    def end() -> None:
        taken.append(simulation.stats())
        simulation.loop.stop()

    def tick() -> None:  # an air in which nothing happens would not know how late it is
        progress.show(simulation.now)
        simulation.loop.at(simulation.loop.now_us + TICK_US, tick)

    def stats() -> dict[str, Any]:
        progress.end()
        return taken[0] if taken else simulation.stats()

    simulation.loop.at(round(seconds * 1e6), end)
    tick()
    return stats


@contextmanager
def _told_to_end() -> Iterator[list[int]]:
    """A list that is empty until somebody asks the process to end."""
    asked: list[int] = []
    before = [signal.signal(number, lambda which, _frame: asked.append(which)) for number in SIGNALS]
    try:
        yield asked
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)
