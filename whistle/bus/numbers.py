"""The numbers on envelopes: rising within a process and from one start to the next (protocol section 12).

Only state-like classes (`messages.RISING`) are held to them; alerts, answers and settlements rely on their keys.
"""

import threading
from collections.abc import Mapping
from typing import Final

from whistle.bus.envelope import Envelope
from whistle.bus.errors import CountEnded
from whistle.bus.messages import RISING, class_of

_COUNT_END: Final = 1 << 32


class Numbers:
    """A counter whose every `next()` is greater than all before it, from any thread.

    `now` is this process's start in Unix seconds. Keep `start` somewhere and hand it in as `last_start` next time:
    then numbers rise also after a restart within one second, or with a clock that went back.
    """

    def __init__(self, now: float, last_start: int = 0) -> None:
        self.start = min(max(int(now), last_start + 1), _COUNT_END - 1)
        self._count = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        """The next number, u64; CountEnded after 2^32 of them."""
        with self._lock:
            if self._count == _COUNT_END:
                raise CountEnded("this process has sent 2^32 messages: start it again")
            number = self.start << 32 | self._count
            self._count += 1
        return number


class Seen:
    """The last number of each sender and class that must rise. `marks` from an earlier run are continued."""

    def __init__(self, marks: Mapping[tuple[bytes, str], int] | None = None) -> None:
        self.marks = dict(marks or {})

    def rises(self, envelope: Envelope) -> bool:
        """True when this message may be believed as the newest; remembers it. Always True for other classes."""
        if not isinstance(envelope.message, RISING):
            return True
        who = (envelope.sender, class_of(envelope.message))
        if envelope.number <= self.marks.get(who, -1):
            return False
        self.marks[who] = envelope.number
        return True
