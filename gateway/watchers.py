"""Who is there on the other side, known from dashboards' sealed heartbeats alone (protocol section 12)."""

import threading
from typing import Final, NamedTuple

from gateway.clock import Clock
from whistle.bus.messages import Watch

GONE_S: Final = 60.0
MOST: Final = 32  # dashboards remembered


class _Last(NamedTuple):
    watch: Watch
    heard: float


class Watchers:
    """The last heartbeat of each dashboard. Safe from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: dict[bytes, _Last] = {}
        self._stores: set[str] = set()
        self._met: set[str] = set()

    def heard(self, sender: bytes, watch: Watch) -> None:
        """An authentic heartbeat, newer than those before it."""
        with self._lock:
            self._last.pop(sender, None)
            self._last[sender] = _Last(watch, self._clock.steady())
            if len(self._last) > MOST:
                del self._last[next(iter(self._last))]
            if watch.store not in self._met:
                self._stores.add(watch.store)

    def silent(self) -> bool:
        """Whether no dashboard was heard for 60 s."""
        return not self._present()

    def watching(self) -> int:
        """How many people have sound armed, on all dashboards heard lately."""
        return sum(last.watch.watchers for last in self._present())

    def new_stores(self) -> set[str]:
        """The stores that have spoken, without those `met` before."""
        with self._lock:
            return set(self._stores)

    def met(self, stores: set[str]) -> None:
        """These are in the ledger now."""
        with self._lock:
            self._met |= stores
            self._stores -= stores

    def left(self, at: float, expires: float) -> float:
        """Seconds that an answer given at `at` until `expires` is still good for, by the dashboards' own clock.

        Our wall clock may be years off; theirs is read off their last heartbeat. Without any, the whole span is good.
        """
        span = max(expires - at, 0.0)
        with self._lock:
            ages = [self._clock.steady() - last.heard + last.watch.at - at for last in self._last.values()]
        return min(span - min(ages), span) if ages else span

    def _present(self) -> list[_Last]:
        oldest = self._clock.steady() - GONE_S
        with self._lock:
            return [last for last in self._last.values() if last.heard >= oldest]
