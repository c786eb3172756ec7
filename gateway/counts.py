"""Numbers that are shown to people: what came in, what was absorbed, and everything that could not be held."""

import threading
from collections import Counter
from typing import Final

NAMES: Final = (
    "received",  # packets of others that any radio delivered
    "alerts",  # alerts settled
    "duplicate",  # hearings of an alert or pulse already known
    "pulses",  # beacons' signs of life
    "gateways",  # frames of other gateways of this site
    "foreign",  # packets that are not of this site: chats, positions, other channels
    "own",  # our own packets, heard again
    "garbled",  # pieces of a radio's stream that were no message
    "wrong_group",  # authentic lines whose group tag did not hold: an old group key; accepted all the same
    "refused",  # frames that claimed to be ours and were not accepted, by reason in State.refused
    "dropped_alert",  # authentic, and the queue was full: the beacon calls again, it was told nothing
    "dropped_pulse",  # authentic signs of life, and the queue was full
    "dropped_word",  # settlements and answers from dashboards, and the queue was full: both are said again
    "dropped_sample",  # samples of refused frames not told to dashboards, to keep the bus free
    "dropped_bus",  # heartbeats, signs of life and later hearings not told while the bus was down or full
    "unreadable",  # messages on the bus that were not for us, not whole, or old
    "reopened",  # times a source was opened again
    "uncommitted",  # transactions the disk would not take; each was tried again
    "contradictory",  # authentic, and not to be stored beside what is stored: a mistake of ours, in the log
    "receipts",  # receipts handed to a radio
    "ticks",  # gateway pulses handed to a radio
    "rekeys",  # new group keys handed to a radio
    "newer_version",  # frames of a later version of Whistle than this one
    "unsent",  # packets a radio would not take
)


class Counts:
    """Counters by name, from any thread; a name not in NAMES is a mistake of ours and raises KeyError."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = Counter(dict.fromkeys(NAMES, 0))

    def add(self, name: str, number: int = 1) -> None:
        """Count `number` more."""
        with self._lock:
            self._numbers[name] = self._of(name) + number

    def snapshot(self) -> dict[str, int]:
        """All counters as they are now."""
        with self._lock:
            return dict(self._numbers)

    def _of(self, name: str) -> int:
        if name not in self._numbers:
            raise KeyError(name)
        return self._numbers[name]
