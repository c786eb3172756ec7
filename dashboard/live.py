"""Wakes the live streams the moment something was committed: one condition variable, nobody polls.

`newest` is the id of the last committed change; `urgent` the last one that is an alert or a captain's answer; `turn`
counts changes of what is not in the store (who is on watch, whether this dashboard may be blind). Only the last two
wake anyone: a flood of pulses must not keep thirty streams busy while an alert is on its way, and what only adds to a
card (it was shown, its answer is on the air) must not have it drawn again while the next row waits for the screen.
"""

import threading
from typing import NamedTuple


class Now(NamedTuple):
    """What a stream compares with what it has sent."""

    newest: int
    urgent: int
    turn: int


class Live:
    """Shared by the writer and every stream. `room` streams at the most are open at once."""

    def __init__(self, newest: int, room: int) -> None:
        self._now = Now(newest, newest, 0)
        self._room = room
        self._open = 0
        self._changed = threading.Condition()
        self.stopped = False

    @property
    def now(self) -> Now:
        """The newest change and turn."""
        return self._now

    @property
    def open(self) -> int:
        """How many streams are open."""
        return self._open

    def announce(self, newest: int, urgent: bool = True) -> None:
        """Changes up to this id are committed; ids never go back. Not `urgent`: streams see it when they next look."""
        with self._changed:
            newest = max(newest, self._now.newest)
            self._now = self._now._replace(newest=newest, urgent=newest if urgent else self._now.urgent)
            if urgent:
                self._changed.notify_all()

    def turn(self) -> None:
        """Something outside the store has changed."""
        with self._changed:
            self._now = self._now._replace(turn=self._now.turn + 1)
            self._changed.notify_all()

    def wait(self, seen: Now, timeout_s: float) -> Now:
        """Wait until something urgent is newer than `seen`, or so long, or until stopped; then all that is known."""
        with self._changed:
            self._changed.wait_for(lambda: self._now[1:] != seen[1:] or self.stopped, timeout_s)
            return self._now

    def enter(self) -> bool:
        """Take a place for a stream; False when all are taken."""
        with self._changed:
            if self._open >= self._room or self.stopped:
                return False
            self._open += 1
            return True

    def leave(self) -> None:
        """Give the place back."""
        with self._changed:
            self._open -= 1

    def stop(self) -> None:
        """End every stream; the browsers come back when the dashboard does."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()
