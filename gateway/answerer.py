"""Who is told what on the air, and when: `alertwire.answering` decides, this keeps it fed and lets it speak.

Everything said here speaks of something already committed. A text goes at once; pulses, silent alerts and *clear* are
answered in the slots of the next gateway pulse, which comes early when somebody waits for it. A routine pulse, a silent
alert and one under duress bring it equally early, so that its moment tells them not apart.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from alertwire import kinds, receipt
from alertwire.answering import Answering, Reply
from alertwire.receipt import Receipt
from alertwire.wire import rank

from gateway.airplan import AirPlan
from gateway.clock import Clock
from gateway.counts import Counts
from gateway.keyring import Keyring
from gateway.pushes import Pushes, byte
from gateway.reader import TELEMETRY, TEXT, HeardGateway
from gateway.rekeying import Rekeying
from gateway.rows import NO_TAG, AlertRow, AnswerRow
from gateway.settle import Again, Alive, Raised
from gateway.speaker import Speaker
from gateway.words import EXPIRED, WAITING

TEXT_GAP_MS: Final = 2100
COMBINE_MS: Final = 150  # with somebody on watch, *shown* is there before the first text has to leave
ALONE_S: Final = 600.0  # no other gateway heard for so long: no need to wait one's turn
BEST_SNR: Final = 10.0
MOST_LINES: Final = 1024
MOST_TICKETS: Final = 32
_CANCELS: Final = ("cancelled", "duress")


class Answerer:
    """One thread that speaks; the pipeline, the radios and dashboards feed it from theirs."""

    def __init__(
        self,
        *,
        keyring: Keyring,
        speaker: Speaker,
        plan: AirPlan,
        pushes: Pushes,
        rekeying: Rekeying,
        counts: Counts,
        clock: Clock,
        cut_off: Callable[[], bool],
        watching: Callable[[], int],
    ) -> None:
        self._keyring, self._speaker, self._plan = keyring, speaker, plan
        self._pushes, self._rekeying = pushes, rekeying
        self._counts, self._clock, self._cut_off, self._watching = counts, clock, cut_off, watching
        self._answering = Answering(TEXT_GAP_MS, int(plan.airtime_s(60) * 1000) + 50)
        self._lines: OrderedDict[tuple[int, int], AlertRow] = OrderedDict()
        self._before: dict[tuple[int, int], AnswerRow] = {}  # said in an earlier run, not needed yet
        self._ears: dict[int, str] = {}
        self._handed: OrderedDict[int, list[Reply]] = OrderedDict()
        self._ticked = -plan.tick_s
        self._tick_gap = plan.tick_s
        self._other_heard = -ALONE_S
        self._cond = threading.Condition(threading.RLock())
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="answerer", daemon=True)

    def start(self) -> None:
        """Begin to speak."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Say no more."""
        with self._cond:
            self._stopping = True
            self._cond.notify()
        if self._thread.is_alive():
            self._thread.join(patience)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    # what was settled, after its commit

    def resume(self, said: Sequence[AnswerRow], family: Callable[[AnswerRow], Sequence[AlertRow]]) -> None:
        """After a start: what people had answered; what their beacons have not shown yet is pushed on.

        `family`: every row of the alert that was answered, the newest last.
        """
        standing = [(one, lines) for one in said if not void(one, lines := family(one))]
        with self._cond:
            for one, _ in standing:
                self._remember(one)
            for one, lines in standing:
                if one.state == WAITING and one.boot == self._clock.boot:
                    self._push_on(one, [row for row in lines if row.tag != NO_TAG])

    def raised(self, one: Raised) -> None:
        """A new alert, or a new line about one. One raised by a pulse is answered as that pulse."""
        with self._cond:
            self._ears[one.row.node] = one.hearing.source
            if one.row.tag != NO_TAG:
                self._line(one.row, one.hearing.snr)
                self._cond.notify()

    def again(self, one: Again) -> None:
        """A line stored before was heard again."""
        with self._cond:
            self._line(one.row, one.hearing.snr)
            self._cond.notify()

    def pulse(self, one: Alive) -> None:
        """A pulse: answered in a slot, soon."""
        node, pulse, now = one.hearing.sender, one.pulse, self._now_ms()
        of = pulse.sequence if one.of is None else one.of
        last = pulse.last_answer if one.new else 0  # an old pulse brought back proves nothing
        with self._cond:
            self._ears[node] = one.hearing.source
            self._answering.pulse(node, pulse.sequence, pulse.tag, pulse.standing, of, last, now)
            self._recall(node, of)
            for answer in self._pushes.shown(node, one.of, pulse) if one.new else []:
                if answer.answer == kinds.CLEAR:
                    self._answering.forget(node, answer.of)
            self._want_tick(0.0 if pulse.standing == kinds.OPEN else self._plan.early_s)

    def said(self, one: AnswerRow) -> None:
        """An answer of a person or a dashboard: on the air at once."""
        with self._cond:
            self._before.pop((one.node, one.of), None)
            self._push(one)
            self._pushes.add(one, self._clock.steady())
            self._cond.notify()

    def said_before(self, one: AnswerRow) -> None:
        """The same answer came once more."""
        with self._cond:
            self._pushes.again(one)

    def overheard(self, one: HeardGateway) -> None:
        """Another gateway spoke: what it has answered need not be answered twice."""
        with self._cond:
            self._other_heard = self._clock.steady()
            if isinstance(one.said, Receipt):
                for row, answer in self._answered_by(one.said):
                    self._answering.overheard(row.node, row.of, answer)

    def fate(self, ticket: int, sent: bool) -> None:
        """What became of a packet handed to a radio; what did not leave is wanted again."""
        with self._cond:
            replies = self._handed.get(ticket, [])
            if sent:
                self._pushes.handed(replies)
                return
            self._handed.pop(ticket, None)
            self._counts.add("unsent")
            for reply in replies:
                self._want_again(reply)
            self._cond.notify()

    # our own thread

    def _run(self) -> None:
        while not self._stopping:
            pause = self.turn()
            with self._cond:
                if not self._stopping:
                    self._cond.wait(min(max(pause, 0.01), 0.5))

    def turn(self) -> float:
        """Say what is due now; seconds until something will be."""
        with self._cond:
            for one in self._pushes.due(self._clock.steady()):
                self._push(one)
        if self._speaker.ready_in(TEXT) <= 0:
            with self._cond:
                replies = self._answering.receipt(self._now_ms(), self._cut_off(), self._plan.share())
            if replies:
                self.send_receipt(replies)
        self._give_key()
        if self._tick_in() <= 0:
            with self._cond:
                replies = self._answering.slots(self._now_ms(), self._cut_off())
                self._ticked, self._tick_gap = self._clock.steady(), self._plan.tick_s
            self.send_tick(replies)
        return min(self._text_in(), self._tick_in())

    def _give_key(self) -> None:
        """A new group key to who waits for one, unless somebody waits for a word about an alert."""
        with self._cond:
            calm = self._tick_gap > 0 and self._answering.due() is None
        due = self._rekeying.due(self._plan.share()) if calm else None
        if due is not None and self._speaker.rekey(due) is not None:
            self._rekeying.given(due)

    def send_receipt(self, replies: list[Reply]) -> None:
        """Answer up to eight alerts in one text. Each of them is committed."""
        with self._cond:  # its fate waits until the ticket is noted
            ticket = self._speaker.receipt(replies, self._ears.get(replies[0].node))
            if ticket is not None:
                self._note(ticket, replies)
            else:
                for reply in replies:
                    self._want_again(reply)

    def send_tick(self, replies: list[Reply]) -> None:
        """A gateway pulse with up to six answers, from every radio."""
        with self._cond:
            for ticket in self._speaker.ticks(replies):
                self._note(ticket, replies)

    # with the lock held

    def _note(self, ticket: int, replies: list[Reply]) -> None:
        self._handed[ticket] = replies
        while len(self._handed) > MOST_TICKETS:
            self._handed.popitem(last=False)

    def _line(self, row: AlertRow, snr: float | None) -> None:
        now = self._now_ms() + (COMBINE_MS if self._watching() else 0)
        cancel = row.event in _CANCELS
        self._answering.line(row.node, row.of, row.sequence, row.tag, cancel, now, self._turn_snr(snr))
        self._recall(row.node, row.of)
        self._lines[row.node, row.sequence] = row
        self._lines.move_to_end((row.node, row.sequence))
        while len(self._lines) > MOST_LINES:
            self._lines.popitem(last=False)
        if row.closed:
            self._want_tick(0.0)

    def _push(self, one: AnswerRow) -> None:
        until = int(one.until * 1000)
        self._answering.answer(one.node, one.of, one.sequence, byte(one), self._now_ms(), until)
        if one.answer > kinds.SHOWN:  # a person's word rides in a gateway pulse too, the next one comes early
            self._want_tick(0.0)

    def _push_on(self, one: AnswerRow, lines: Sequence[AlertRow]) -> None:
        if lines:
            self._line(lines[-1], None)
        self._push(one)
        self._pushes.add(one, self._clock.steady())

    def _remember(self, one: AnswerRow) -> None:
        before = self._before.get((one.node, one.of))
        if one.state != EXPIRED and (before is None or rank(byte(one)) >= rank(byte(before))):
            self._before[one.node, one.of] = one

    def _recall(self, node: int, of: int) -> None:
        """At the first word about an alert after a restart: what was answered before is still the answer."""
        one = self._before.pop((node, of), None)
        if one is not None:
            now = self._now_ms()
            self._answering.answer(node, of, one.sequence, byte(one), now, min(int(one.until * 1000), now - 1))

    def _want_again(self, reply: Reply) -> None:
        row = self._lines.get((reply.node, reply.sequence))
        if row is not None:
            self._line(row, None)

    def _want_tick(self, gap: float) -> None:
        self._tick_gap = min(self._tick_gap, gap)
        self._cond.notify()

    def _answered_by(self, said: Receipt) -> Iterator[tuple[AlertRow, int]]:
        starts = {entry[:3] for entry in said.entries}
        for row in [row for row in self._lines.values() if row.tag[:3] in starts]:
            known = self._keyring.known(row.node)
            if known is None:
                continue
            down = self._keyring.keys_for(known, row.sequence).down
            found = receipt.answered(said, row.node, down, [(row.sequence, row.tag)])
            if found is not None:
                yield row, found[1]

    def _turn_snr(self, snr: float | None) -> float:
        if self._clock.steady() - self._other_heard > ALONE_S:
            return BEST_SNR
        return 0.0 if snr is None else snr

    def _text_in(self) -> float:
        with self._cond:
            due = self._answering.due()
            again = self._pushes.next_due()
        waits = [] if due is None else [max(due / 1000 - self._clock.steady(), self._speaker.ready_in(TEXT))]
        waits += [] if again is None else [again - self._clock.steady()]
        return min(waits, default=0.5)

    def _tick_in(self) -> float:
        with self._cond:
            wait = self._ticked + self._tick_gap - self._clock.steady()
        return max(wait, self._speaker.ready_in(TELEMETRY))

    def _now_ms(self) -> int:
        return int(self._clock.steady() * 1000)


def void(one: AnswerRow, rows: Sequence[AlertRow]) -> bool:
    """Whether that answer no longer holds, because the alert was pressed again after a cancel, or after its clear."""
    last = max((row.sequence for row in rows if row.event not in _CANCELS), default=0)
    ended = one.answer == kinds.CLEAR or any(
        one.sequence <= row.sequence < last for row in rows if row.event in _CANCELS
    )
    return ended and last > one.sequence
