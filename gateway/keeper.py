"""Housekeeping of the ledger: what may wait is written with a later transaction, and old rows go in pieces."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from gateway.clock import Clock
from gateway.echoes import Echoes
from gateway.ledger import Ledger
from gateway.measuring import Measuring
from gateway.outbox import MOST_UNDER_WAY, Outbox
from gateway.proof import Proof
from gateway.refusals import Refusals
from gateway.stores import Stores
from gateway.ticknumbers import TickNumbers
from gateway.watchers import Watchers
from whistle.bus.numbers import Seen

KEEP_EVERY_S: Final = 1.0
MARKS_EVERY_S: Final = 60.0
PURGE_EVERY_S: Final = 600.0
LOOK_EVERY_S: Final = 0.5


class Keeper:
    """`keep` inside a transaction, `kept` after its commit, `idle` between; all in the ledger's thread."""

    def __init__(
        self,
        *,
        refusals: Refusals,
        echoes: Echoes,
        proof: Proof,
        stores: Stores,
        outbox: Outbox,
        watchers: Watchers,
        numbers: TickNumbers,
        measuring: Measuring,
        seen: Seen,
        clock: Clock,
        changed: Callable[[], None],
        wake: Callable[[], None],
        look: Callable[[], None],
    ) -> None:
        self._refusals, self._echoes, self._proof, self._stores = refusals, echoes, proof, stores
        self._outbox, self._watchers, self._numbers, self._seen = outbox, watchers, numbers, seen
        self._measuring, self._clock = measuring, clock
        self._changed, self._wake, self._look = changed, wake, look
        self._answers: deque[tuple[str, str]] = deque(maxlen=1024)
        self._keep_due = self._marks_due = self._look_due = 0.0
        self._purge_due = clock.steady() + PURGE_EVERY_S
        self._after: list[Callable[[], object]] = []
        self.waiting = 0

    def note_answer(self, id: str, state: str) -> None:
        """An answer was seen by its beacon, or expired; from any thread."""
        self._answers.append((id, state))

    def due(self) -> bool:
        """Whether there is something to write although no hearing came."""
        if self._clock.steady() < self._keep_due:
            return False
        return (
            self._refusals.waiting()
            or self._echoes.due()
            or self._numbers.due()
            or self._measuring.waiting()
            or bool(self._answers)
            or bool(self._watchers.new_stores())
            or self._clock.steady() >= min(self._marks_due, self._purge_due)
        )

    def keep(self, ledger: Ledger) -> None:
        """Write what is due."""
        self._after = []
        now = self._clock.steady()
        if now < self._keep_due:
            return
        self._keep_due = now + KEEP_EVERY_S
        self._write_notes(ledger)
        if now >= self._marks_due:
            self._marks_due = now + MARKS_EVERY_S
            self._write_marks(ledger)
        if now >= self._purge_due:
            self._purge_due = now + (PURGE_EVERY_S if not ledger.purge() else KEEP_EVERY_S)

    def kept(self) -> None:
        """What `keep` wrote is committed."""
        for one in self._after:
            one()
        self._after = []

    def idle(self, ledger: Ledger) -> None:
        """Look after the outbox: count what waits in the ledger, and take it up as room gets free. And look round."""
        now = self._clock.steady()
        if now >= self._look_due:
            self._look_due = now + LOOK_EVERY_S
            self._look()
            before, self.waiting = self.waiting, ledger.waiting()
            if before != self.waiting:
                self._changed()
        if self._outbox.held() < min(self.waiting, MOST_UNDER_WAY // 2) and self._outbox.refill(ledger):
            self._wake()

    def _write_notes(self, ledger: Ledger) -> None:
        if self._refusals.waiting():
            self._refusals.write(ledger)
            self._after.append(self._refusals.written)
        if self._echoes.due():
            self._echoes.renew(ledger)
            self._after.append(self._echoes.kept)
        if self._numbers.due():
            self._numbers.write(ledger)
            self._after.append(self._numbers.written)
        if self._measuring.waiting():
            self._measuring.write(ledger)
            self._after.append(self._measuring.written)
        if stores := self._watchers.new_stores():
            for store in stores:
                self._stores.met(store)
            self._after.append(partial(self._watchers.met, stores))
        noted = list(self._answers)
        for id, state in noted:
            ledger.set_answer(id, state)
        self._after += [self._answers.popleft] * len(noted)

    def _write_marks(self, ledger: Ledger) -> None:
        marks = dict(self._seen.marks)
        ledger.set_heartbeats({sender: number for (sender, name), number in marks.items() if name == "watch"})
        if self._proof.look(ledger):
            self._after.append(self._changed)
