"""The queue between the link's thread and the one that writes the store: alerts overtake everything else."""

import threading
from collections import Counter, deque
from typing import Final, NamedTuple

from whistle.bus.envelope import Envelope
from whistle.bus.messages import Alert

ROOM: Final = 20_000  # of each kind; beyond it the newest is dropped, counted, and sent again by its gateway
BATCH: Final = 64


class Arrival(NamedTuple):
    """An authentic message: from which gateway, under which name (`envelope.digest`), opened."""

    gateway: str
    digest: str
    envelope: Envelope


class Inbox:
    """Bounded, two lanes. `put` never blocks; `take` gives up to 64 arrivals, alerts first, in order of arrival."""

    def __init__(self, room: int = ROOM) -> None:
        self.dropped: Counter[str] = Counter()
        self._room = room
        self._alerts: deque[Arrival] = deque()
        self._rest: deque[Arrival] = deque()
        self._some = threading.Condition()
        self._closed = False

    def put(self, arrival: Arrival) -> None:
        """Queue one arrival; when its lane is full it is dropped and counted."""
        urgent = isinstance(arrival.envelope.message, Alert)
        lane = self._alerts if urgent else self._rest
        with self._some:
            if len(lane) >= self._room:
                self.dropped["alert" if urgent else "other"] += 1
                return
            lane.append(arrival)
            self._some.notify()

    def take(self, timeout_s: float = 1.0) -> list[Arrival]:
        """Wait for arrivals, at most so long; the longest wait returns none."""
        with self._some:
            self._some.wait_for(lambda: self._alerts or self._rest or self._closed, timeout_s)
            lane = self._alerts or self._rest
            return [lane.popleft() for _ in range(min(BATCH, len(lane)))]

    @property
    def waiting(self) -> int:
        """How much is queued."""
        return len(self._alerts) + len(self._rest)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Wake whoever waits; what is queued may still be taken."""
        with self._some:
            self._closed = True
            self._some.notify_all()
