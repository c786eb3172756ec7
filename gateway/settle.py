"""What an authentic frame means and what is stored of it, inside the ledger's transaction (protocol section 8).

An authentic alert never seen before is never refused: it becomes one row, however often and in whatever order its
frames come. What is returned is acted upon only after the commit.
"""

from typing import Final, NamedTuple

from alertwire import judging, kinds
from alertwire import line as lines
from alertwire.pulse import Pulse

from gateway import telling
from gateway.echoes import Age, Echoes
from gateway.hearing import Hearing
from gateway.ledger import Ledger
from gateway.measuring import Measuring
from gateway.outbox import packed
from gateway.proof import Proof
from gateway.reader import HeardLine, HeardPulse, Refusal
from gateway.rows import NO_TAG, AlertRow
from whistle.bus.messages import Alert


class Raised(NamedTuple):
    """A new alert, or a new line or word about one: tell dashboards, answer the beacon."""

    alert: Alert
    row: AlertRow
    hearing: Hearing
    epoch: int | None = None  # of the group key, where this is the beacon's newest word


class Again(NamedTuple):
    """An alert line already stored was heard once more."""

    row: AlertRow
    hearing: Hearing


class Alive(NamedTuple):
    """An authentic pulse. `of` is the alert it says stands, None: a routine one; `new`: it proves life now."""

    hearing: Hearing
    pulse: Pulse
    of: int | None
    new: bool


Outcome = Raised | Again | Alive | Refusal

FURTHEST_BACK: Final = 0xFFFF  # of a pulse; an alert that stands further back is said to stand there

_STANDING: Final[dict[int, str]] = {kinds.OPEN: "raised", kinds.SILENT: "silent", kinds.DURESS: "duress"}


class Settler:
    """Settles one verified frame after the other; the caller begins and commits."""

    def __init__(self, ledger: Ledger, echoes: Echoes, proof: Proof, measuring: Measuring) -> None:
        self._ledger, self._echoes, self._proof, self._measuring = ledger, echoes, proof, measuring

    def settle(self, reading: HeardLine | HeardPulse) -> list[Outcome]:
        """What this frame was, now stored; NotCommitted when the disk would not take it."""
        if isinstance(reading, HeardLine):
            self._measuring.heard(reading.hearing, reading.line.sequence)
            return [self._line(reading)]
        self._measuring.heard(reading.hearing, reading.pulse.sequence)
        return self._pulse(reading)

    def _line(self, reading: HeardLine) -> Outcome:
        node, one = reading.hearing.sender, reading.line
        above = self._above(node, one.sequence)
        stored = [] if above else self._ledger.at_sequence(node, one.sequence)  # a mark is never below what is stored
        judged = judging.line(_stored(stored, one.tag), above)
        if judged == judging.REPEAT:
            same = next(row for row in stored if row.tag == one.tag)
            self._ledger.heard_again(same, reading.hearing)
            return Again(same, reading.hearing)
        row = self._new_row(reading, above)
        if one.cancel:  # also under duress: both are answered alike, so both end the readable answers
            self._ledger.close_alert(node, row.of)
        raised = self._raised(row, reading.hearing, telling.line_alert(row, reading, judged, self._age(one.echo)))
        if not above:
            return raised
        self._measuring.keyed(node, reading.epoch, reading.hearing.at)
        return raised._replace(epoch=reading.epoch)

    def _new_row(self, reading: HeardLine, above: bool) -> AlertRow:
        node, one = reading.hearing.sender, reading.line
        of = lines.root(one.sequence, one.back)
        family = [] if above and of == one.sequence else self._ledger.family(node, of)
        before = [row.kind for row in family if row.sequence < one.sequence]
        duress = reading.how == lines.DURESS
        event = judging.event(one.sequence, of, one.cancel, duress, one.kind, before[-1] if before else None)
        closed = one.cancel or any(row.closed for row in family)
        return AlertRow(node, one.sequence, one.tag, of, one.kind, event, reading.hearing.at, closed=int(closed))

    def _pulse(self, reading: HeardPulse) -> list[Outcome]:
        node, one = reading.hearing.sender, reading.pulse
        mark = self._ledger.mark(node)
        same, above = mark is not None and mark[1] == one.tag, mark is None or one.sequence > mark[0]
        judged = judging.pulse(one.standing, same, above, self._proof.proven)
        if judged not in (judging.FRESH, judging.LATE, judging.REPEAT):
            return [Refusal(reading.hearing, judging.REPLAY, f"pulse {one.sequence} is not above the mark")]
        of = None if one.standing == kinds.ROUTINE else self._of(node, one)
        raised = [] if of is None else self._stands(reading, of)
        if judged == judging.FRESH:
            self._ledger.raise_mark(node, one.sequence, one.tag)
            self._measuring.keyed(node, one.group_epoch, reading.hearing.at)
            self._proof.shown(node, self._age(one.echo).proven)
        return [*raised, Alive(reading.hearing, one, of, new=judged == judging.FRESH)]

    def _of(self, node: int, one: Pulse) -> int:
        """The alert a pulse says stands. Its greatest `back` means that or more: then it is the last one we know of."""
        of = lines.root(one.sequence, one.back)
        if one.back < FURTHEST_BACK:
            return of
        known = self._ledger.last_alert(node, of)
        return of if known is None else known

    def _stands(self, reading: HeardPulse, of: int) -> list[Outcome]:
        """An alert that only this pulse tells of: silent, under duress, or one whose line nobody heard."""
        node, one = reading.hearing.sender, reading.pulse
        event = _STANDING[one.standing]
        sequence = one.sequence if event == "duress" else of
        stored = self._ledger.at_sequence(node, sequence)
        known = [row for row in self._ledger.family(node, of) if row.event == event] if event == "duress" else stored
        if known:
            return []
        clone = any(row.tag == NO_TAG for row in stored)  # two pulses under one sequence: then its tag tells them apart
        row = AlertRow(node, sequence, one.tag if clone else NO_TAG, of, one.kind, event, reading.hearing.at)
        judged = judging.CLONE if clone else judging.line(judging.NEW, self._above(node, one.sequence))
        alert = telling.pulse_alert(row, reading.hearing, one, judged, self._age(one.echo))
        return [self._raised(row, reading.hearing, alert)]

    def _above(self, node: int, sequence: int) -> bool:
        mark = self._ledger.mark(node)
        return mark is None or sequence > mark[0]

    def _age(self, echo: int) -> Age:
        return self._echoes.age(echo)

    def _raised(self, row: AlertRow, hearing: Hearing, alert: Alert) -> Raised:
        number = self._ledger.add_alert(row, hearing, packed(alert))
        self._ledger.raise_mark(row.node, row.sequence)
        self._proof.shown(row.node, alert.age == "fresh")
        return Raised(telling.numbered(alert, number), row, hearing)


def _stored(rows: list[AlertRow], tag: bytes) -> str:
    """What is stored under a line's identity, in `judging`'s words; what a pulse raised is no other line."""
    tags = {row.tag for row in rows} - {NO_TAG}
    if tag in tags:
        return judging.SAME
    return judging.OTHER if tags else judging.NEW
