"""What was not accepted: counted by reason and minute, the last hundred kept as samples, a few told to dashboards.

All of it is bounded whatever strangers send: six reasons, one number a minute, one hundred samples of 240 bytes, one
message a second and reason. Nothing here is acknowledged to anybody, so it is written with the next commit.
"""

import logging
import threading
from collections import Counter
from typing import Final

from alertwire import judging

from gateway import telling
from gateway.clock import Clock
from gateway.counts import Counts
from gateway.hearing import Hearing
from gateway.ledger import SAMPLES, Ledger
from gateway.reader import Refusal
from whistle.bus.messages import Reason, Refused

log = logging.getLogger("gateway")

TELL_EVERY_S: Final = 1.0
LOG_EVERY_S: Final = 3600.0
_PRESS: Final = "press"  # of a revoked beacon: told whatever else of it was told just now
REASONS: Final[tuple[Reason, ...]] = ("malformed", "tag", "unknown-node", "revoked", "replay")
_SHOWN_BYTES: Final = 240


class Refusals:
    """Counters and samples of what was refused; `note` from any thread, `write` from the ledger's."""

    def __init__(self, clock: Clock, counts: Counts, before: dict[str, int]) -> None:
        self._clock, self._counts = clock, counts
        self._lock = threading.Lock()
        self._totals = Counter({reason: before.get(reason, 0) for reason in REASONS})
        self._minutes: Counter[tuple[int, str]] = Counter()
        self._samples: dict[int, tuple[int, str, Hearing, str]] = {}
        self._place = sum(before.values())
        self._told: dict[str, float] = {}

    def note(self, refusal: Refusal) -> Refused | None:
        """Count one; the message for dashboards when it is this reason's turn."""
        if refusal.reason == judging.NEWER:
            self._newer(refusal)
            return None
        reason = _reason(refusal.reason)
        with self._lock:
            self._totals[reason] += 1
            self._keep(reason, refusal)
            turn = self._turn(_PRESS if refusal.kind is not None else reason, TELL_EVERY_S)
        self._counts.add("refused")
        if not turn:
            self._counts.add("dropped_sample")
        return _message(reason, refusal) if turn else None

    def _newer(self, refusal: Refusal) -> None:
        """Nobody's attack and no damage: whoever runs this gateway must hear of it, and not a hundred times an hour."""
        with self._lock:
            self._keep(judging.NEWER, refusal)
            turn = self._turn(judging.NEWER, LOG_EVERY_S)
        self._counts.add("newer_version")
        if turn:
            log.warning("%s: install the newer Whistle on this gateway, or nobody hears that beacon here", refusal.why)

    def _keep(self, reason: str, refusal: Refusal) -> None:
        self._minutes[int(self._clock.wall()) // 60, reason] += 1
        self._samples[self._place % SAMPLES] = (self._place, reason, refusal.hearing, refusal.why)
        self._place += 1

    def _turn(self, what: str, every_s: float) -> bool:
        now = self._clock.steady()
        turn = now - self._told.get(what, -every_s) >= every_s
        if turn:
            self._told[what] = now
        return turn

    def totals(self) -> dict[Reason, int]:
        """How many were refused by reason, since the ledger began."""
        with self._lock:
            return {reason: self._totals[reason] for reason in REASONS}

    def waiting(self) -> bool:
        """Whether there is something to write."""
        return bool(self._minutes)

    def write(self, ledger: Ledger) -> None:
        """Put what is new into the ledger's transaction; it is forgotten here only by `written`."""
        with self._lock:
            self._taken = (dict(self._minutes), dict(self._samples))
        ledger.add_refused(self._taken[0])
        ledger.put_samples(self._taken[1].values())

    def written(self) -> None:
        """The transaction of `write` is committed."""
        minutes, samples = self._taken
        with self._lock:
            self._minutes -= Counter(minutes)
            for place, sample in samples.items():
                if self._samples.get(place) is sample:
                    del self._samples[place]


def _reason(word: str) -> Reason:
    return next(reason for reason in REASONS if reason == word)


def _message(reason: Reason, refusal: Refusal) -> Refused:
    one = refusal.hearing
    return Refused(
        reason=reason,
        node=one.sender,
        at=one.at,
        port=one.port,
        payload=one.payload[:_SHOWN_BYTES].hex(),
        why=refusal.why[:200],
        kind=None if refusal.kind is None else telling.KINDS[refusal.kind],
    )
