"""Who is on watch: browsers with sound armed, a live line to this dashboard, and a recent word that they are there.

An open connection alone proves little: a phone that lost its radio keeps one for minutes. So a page answers every
heartbeat (`here`) and says what it has painted; a watch that was not heard of for 40 s does not count.
"""

import threading
from dataclasses import dataclass, field
from typing import Final

from dashboard.clock import Clock

FRESH_S: Final = 40.0  # two heartbeats of 15 s and some patience
ASKS_S: Final = 15.0  # a page without a stream asks every 3 s
GRACE_S: Final = 3.0  # going from page to page is not leaving the watch


@dataclass
class Watch:
    """One page. `painted`: the change id up to which its screen is true; `sent`: up to which it was told at all."""

    person: int
    armed: bool = False
    streams: int = 0
    sent: int = -1
    painted: int = -1
    here_at: float = field(default=-1e9)
    asked_at: float = field(default=-1e9)
    left_at: float = field(default=-1e9)

    def live(self, now: float) -> bool:
        """Somebody is there: armed, connected, and heard of."""
        joined = self.streams > 0 or now - self.asked_at <= ASKS_S
        return self.armed and joined and now - self.here_at <= FRESH_S


class Watches:
    """All pages that are open, by the id each page draws for itself. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watches: dict[tuple[int, str], Watch] = {}
        self._lock = threading.Lock()

    def join(self, person: int, page: str, armed: bool) -> None:
        """A page opened its stream; to connect counts as a first word."""
        with self._lock:
            watch = self._watch(person, page)
            watch.streams += 1
            watch.armed, watch.here_at = armed, self._clock.steady()

    def leave(self, person: int, page: str) -> None:
        """Its stream ended."""
        with self._lock:
            watch = self._watch(person, page)
            watch.streams -= 1
            watch.left_at = self._clock.steady()

    def here(self, person: int, page: str, armed: bool, painted: int) -> None:
        """The page's own word: whether its sound is armed, and up to which change (of what it was sent) it is true."""
        with self._lock:
            watch = self._watch(person, page)
            watch.armed, watch.here_at = armed, self._clock.steady()
            watch.painted = max(watch.painted, min(painted, watch.sent))

    def sent(self, person: int, page: str, newest: int) -> None:
        """The page is being told all changes up to this id, or had them when it was made."""
        with self._lock:
            watch = self._watch(person, page)
            watch.sent = max(watch.sent, newest)

    def asks(self, person: int, page: str) -> None:
        """A page without a stream asked what is new."""
        with self._lock:
            self._watch(person, page).asked_at = self._clock.steady()

    def silent_s(self, person: int, page: str) -> float:
        """Seconds since this page last said a word."""
        with self._lock:
            return self._clock.steady() - self._watch(person, page).here_at

    def painted(self) -> int:
        """The newest change that a page on watch shows; -1 when nobody is on watch."""
        now = self._clock.steady()
        with self._lock:
            return max((watch.painted for watch in self._watches.values() if watch.live(now)), default=-1)

    def people(self) -> set[int]:
        """Captains on watch, by number; one who is just turning a page still counts."""
        now = self._clock.steady()
        with self._lock:
            self._forget(now)
            return {
                watch.person
                for watch in self._watches.values()
                if watch.live(now) or (watch.armed and now - watch.left_at <= GRACE_S)
            }

    def _watch(self, person: int, page: str) -> Watch:
        return self._watches.setdefault((person, page), Watch(person))

    def _forget(self, now: float) -> None:
        gone = [
            key
            for key, watch in self._watches.items()
            if watch.streams <= 0 and now - max(watch.here_at, watch.asked_at, watch.left_at) > FRESH_S
        ]
        for key in gone:
            del self._watches[key]
