"""What dashboards say and the ledger must remember: rows they stored, and what people answered."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from alertwire import kinds

from gateway.clock import Clock
from gateway.ledger import Ledger
from gateway.outbox import Outbox
from gateway.proof import Proof
from gateway.rows import AnswerRow
from gateway.stores import Stores
from gateway.watchers import Watchers
from whistle.bus.messages import Answer, Settled

LONGEST_ANSWER_S: Final = 600.0  # an answer expires after ten minutes (protocol section 9)
WAITING, SEEN, EXPIRED = "waiting", "seen", "expired"


class Closed(NamedTuple):
    """An outbox row was settled by a dashboard, and is closed in the ledger."""

    row: int


class Said(NamedTuple):
    """An answer is in the ledger: tell the beacon."""

    answer: AnswerRow


class TooLate(NamedTuple):
    """An answer came after it had expired: tell the captain."""

    answer: AnswerRow


class SaidBefore(NamedTuple):
    """An answer that is in the ledger came again: its dashboard has missed what became of it. Tell it once more."""

    answer: AnswerRow


Done = Closed | Said | TooLate | SaidBefore


class Words:
    """Settles what came from dashboards, in the ledger's thread and transaction."""

    def __init__(
        self,
        *,
        gateway: str,
        ledger: Ledger,
        outbox: Outbox,
        stores: Stores,
        proof: Proof,
        watchers: Watchers,
        clock: Clock,
    ) -> None:
        self._gateway, self._ledger, self._outbox, self._stores = gateway, ledger, outbox, stores
        self._proof, self._watchers, self._clock = proof, watchers, clock

    def settle(self, word: Settled | Answer) -> Sequence[Done]:
        """What is to be done about it after the commit; nothing for what is not ours, known or of other bytes."""
        if word.gateway != self._gateway:
            return []
        return self._settled(word) if isinstance(word, Settled) else self._answer(word)

    def undone(self) -> None:
        """The transaction came to nothing."""
        self._stores.reload()

    def _settled(self, word: Settled) -> Sequence[Done]:
        if word.row > self._ledger.highest_row():
            self._proof.lose(self._ledger)  # a dashboard has rows of ours that we do not: our ledger was put back
        if not self._outbox.sent(word):
            return []
        self._stores.settled(word)
        self._outbox.close(self._ledger, word)
        return [Closed(word.row)]

    def _answer(self, word: Answer) -> Sequence[Done]:
        left = min(self._watchers.left(word.at, word.expires), LONGEST_ANSWER_S)
        row = AnswerRow(
            id=word.id,
            node=word.node,
            of=self._root(word),
            sequence=word.sequence,
            tag=bytes.fromhex(word.tag),
            answer=kinds.ANSWERS.index(word.answer) + 1,
            ordinal=word.ordinal,
            captain=word.captain,
            state=WAITING if left > 0 else EXPIRED,
            boot=self._clock.boot,
            until=self._clock.steady() + left,
        )
        if not self._ledger.add_answer(row):
            return self._answered_before(row)
        if left <= 0:
            return [TooLate(row)]
        if row.answer == kinds.CLEAR:
            self._ledger.close_alert(row.node, row.of)
        return [Said(row)]

    def _answered_before(self, row: AnswerRow) -> Sequence[Done]:
        known = self._ledger.answer(row.id)
        if known is None:
            return []
        if known.state == row.state == WAITING and known.boot != row.boot:
            self._ledger.renew_answer(row)  # a power cut took our word for how long it is good; the dashboard knows
            return [Said(row)]
        return [SaidBefore(known)]

    def _root(self, word: Answer) -> int:
        stored = self._ledger.at_sequence(word.node, word.sequence)
        return next((row.of for row in stored if row.tag.hex() == word.tag), word.sequence)
