"""Numbers of gateway pulses: rising for ever, over restarts and whatever the clock does (protocol section 6)."""

import threading
from typing import Final

from gateway.clock import Clock, next_number
from gateway.ledger import Ledger

_AHEAD: Final = 4096  # reserved at a time: one write in an hour or more
_META: Final = "tick_ceiling"


class TickNumbers:
    """`next` from any thread; the rest belongs to the ledger's. A disk that takes nothing does not stop the numbers."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = self._ceiling = int(ledger.meta(_META) or 0)
        self._reserved = self._ceiling

    def next(self) -> int:
        """The next number, u32, above all before it."""
        with self._lock:
            self._last = next_number(self._last, self._clock.wall())
            return self._last

    def due(self) -> bool:
        """Whether a reservation must be written."""
        with self._lock:
            return next_number(self._last, self._clock.wall()) + _AHEAD // 2 > self._ceiling

    def write(self, ledger: Ledger) -> None:
        """Reserve ahead, in the ledger's transaction."""
        with self._lock:
            self._reserved = next_number(self._last, self._clock.wall()) + _AHEAD
        ledger.set_meta(_META, self._reserved)

    def written(self) -> None:
        """The transaction of `write` is committed."""
        with self._lock:
            self._ceiling = self._reserved
