"""The queue in front of the ledger: authentic alerts overtake everything, and nothing is dropped unseen.

Only what was verified comes in here, so a flood of forgeries cannot fill a lane or delay an alert.
"""

import threading
from collections import deque
from typing import Final, Generic, TypeVar

T = TypeVar("T")

ALERT, WORD, PULSE = 0, 1, 2  # alerts; words from dashboards (settled, answers); signs of life
ROOM: Final = (4096, 4096, 1024)


class Lanes(Generic[T]):
    """Three bounded first-in first-out lanes; `take` empties the first before it looks at the second."""

    def __init__(self, room: tuple[int, int, int] = ROOM) -> None:
        self._room = room
        self._lanes: tuple[deque[T], deque[T], deque[T]] = (deque(), deque(), deque())
        self._ready = threading.Condition()
        self._woken = False

    def offer(self, lane: int, item: T) -> bool:
        """Append to a lane; False when it is full (the caller counts it). Never waits."""
        with self._ready:
            if len(self._lanes[lane]) >= self._room[lane]:
                return False
            self._lanes[lane].append(item)
            self._ready.notify()
            return True

    def take(self, most: int, patience: float) -> list[T]:
        """Up to `most` items, best lane first; waits at most `patience` seconds for the first. Empty when none came."""
        with self._ready:
            self._ready.wait_for(lambda: self._woken or any(self._lanes), patience)
            self._woken = False
            taken: list[T] = []
            for lane in self._lanes:
                while lane and len(taken) < most:
                    taken.append(lane.popleft())
            return taken

    def wake(self) -> None:
        """Let a waiting `take` return now."""
        with self._ready:
            self._woken = True
            self._ready.notify()

    def waiting(self) -> int:
        """How many items wait in all lanes."""
        with self._ready:
            return sum(map(len, self._lanes))
