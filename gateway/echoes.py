"""The echoes given in gateway pulses, and what an echo proves about the age of a frame that carries it (section 8).

A frame that carries an echo was made after that echo was first on the air. Echoes are remembered on the steady clock,
and over a restart only within one boot of the machine, so that no wall clock can make an old frame look fresh.
"""

import secrets
import threading
from typing import Final, NamedTuple

from alertwire.judging import FRESH_S

from gateway.clock import Clock
from gateway.ledger import Ledger

NEW_EVERY_S: Final = 600.0
_MOST: Final = 16


class Age(NamedTuple):
    """`proven`: the echo is known and at most 15 min old. `limit_s`: not older than this; None: nothing is known."""

    proven: bool
    limit_s: int | None


class Echoes:
    """The echo to give now, and those given before. Safe from any thread; `keep` belongs to the ledger's."""

    def __init__(self, clock: Clock, before: list[tuple[int, str, float]]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        now = clock.steady()
        self._issued = {value: at for value, boot, at in before if boot == clock.boot and at <= now}
        self._now = max(self._issued, key=lambda value: self._issued[value], default=0)
        self._drawn = (0, 0.0)

    def due(self) -> bool:
        """Whether a new echo must be drawn before the next gateway pulse."""
        with self._lock:
            return not self._now or self._clock.steady() - self._issued[self._now] >= NEW_EVERY_S

    def renew(self, ledger: Ledger) -> None:
        """Draw the next echo and remember it in the ledger's transaction; it is given only after `kept`."""
        with self._lock:
            known = set(self._issued)
        value = next(one for one in iter(lambda: secrets.randbelow(0xFFFF) + 1, 0) if one not in known)
        self._drawn = (value, self._clock.steady())
        ledger.add_echo(value, self._clock.boot, self._drawn[1])

    def kept(self) -> None:
        """The transaction of `renew` is committed."""
        with self._lock:
            self._now, self._issued[self._drawn[0]] = self._drawn[0], self._drawn[1]
            while len(self._issued) > _MOST:
                del self._issued[min(self._issued, key=lambda one: self._issued[one])]

    def current(self) -> int:
        """The echo to put into a gateway pulse; 0 when none is committed yet."""
        with self._lock:
            return self._now

    def age(self, echo: int) -> Age:
        """What this echo in a frame proves."""
        with self._lock:
            issued = self._issued.get(echo)
        if not echo or issued is None:
            return Age(False, None)
        limit = int(self._clock.steady() - issued) + 1
        return Age(limit <= FRESH_S, limit)
