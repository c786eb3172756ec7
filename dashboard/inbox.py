"""The queue between the link's thread and the one that writes the store: alerts overtake everything else.

Of pulses and heartbeats only the newest of each beacon and gateway is worth writing: one that still waits is replaced,
so that a flood of them costs no more than a handful.
"""

import threading
from collections import Counter, deque
from itertools import islice
from typing import Final, NamedTuple

from whistle.bus.envelope import Envelope
from whistle.bus.messages import Alert, Pulse, State

ROOM: Final = 20_000  # of each kind; beyond it the newest is dropped, counted, and sent again by its gateway
BATCH: Final = 64
BATCH_OF_REST: Final = 16  # short, so that an alert that comes now need not wait for many


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
        self._rest: dict[object, Arrival] = {}  # in order of arrival
        self._some = threading.Condition()
        self._closed = False

    def put(self, arrival: Arrival) -> None:
        """Queue one arrival; when its lane is full it is dropped and counted."""
        with self._some:
            taken = self._urgent(arrival) if isinstance(arrival.envelope.message, Alert) else self._later(arrival)
            if taken:
                self._some.notify()

    def take(self, timeout_s: float = 1.0) -> list[Arrival]:
        """Wait for arrivals, at most so long; the longest wait returns none."""
        with self._some:
            self._some.wait_for(lambda: self._alerts or self._rest or self._closed, timeout_s)
            if self._alerts:
                return [self._alerts.popleft() for _ in range(min(BATCH, len(self._alerts)))]
            return [self._rest.pop(key) for key in list(islice(self._rest, BATCH_OF_REST))]

    def _urgent(self, arrival: Arrival) -> bool:
        if len(self._alerts) >= self._room:
            self.dropped["alert"] += 1
            return False
        self._alerts.append(arrival)
        return True

    def _later(self, arrival: Arrival) -> bool:
        key = _newest_of(arrival)
        waiting = self._rest.get(key)
        if waiting is None and len(self._rest) >= self._room:
            self.dropped["other"] += 1
            return False
        if waiting is None or _at(arrival) >= _at(waiting):
            self._rest[key] = arrival
        return True

    @property
    def waiting(self) -> int:
        """How much is queued."""
        return len(self._alerts) + len(self._rest)

    def close(self) -> None:
        """Wake whoever waits; what is queued may still be taken."""
        with self._some:
            self._closed = True
            self._some.notify_all()


def _newest_of(arrival: Arrival) -> object:
    """What this arrival is the newest word of; itself, when every one counts."""
    said = arrival.envelope.message
    if isinstance(said, Pulse):
        return "pulse", said.node
    return ("state", arrival.gateway) if isinstance(said, State) else object()


def _at(arrival: Arrival) -> float:
    """When it was said: numbers of a State rise, a pulse names its time."""
    said = arrival.envelope.message
    return said.at if isinstance(said, Pulse) else float(arrival.envelope.number)
