"""Who is answered when, by a gateway (section 9). For hosts. Times in ms on any clock that never falls.

Answers go two ways: in a text receipt, up to eight at once, or in the six slots of the next gateway pulse. Which way is
`receipt` and `slots`; both give Reply records, from which the gateway builds entries and slots with the beacons' keys.
"""

from .kinds import CLEAR, CUT_OFF, HEARD, RECEIVED, ROUTINE, SHOWN
from .wire import rank

EVERY = 5000  # an open alert is answered at most so often
ENTRIES, SLOTS = 8, 6
RESERVE = 0.75  # of the duty cycle; the last quarter is kept for first answers
PUSH = 600000  # a person's answer expires
MOST = 1024  # calls remembered: every beacon of the largest site, four times over; a captured beacon fills only its own
MOST_OF_ONE = 4  # calls of one beacon, which has one at a time


class Reply:
    """One answer to give: node, sequence and tag of the frame answered, byte (the answer), counter (for the text)."""

    def __init__(self, node: int, sequence: int, tag: bytes, byte: int) -> None:
        self.node = node
        self.sequence = sequence
        self.tag = tag
        self.byte = byte
        self.counter = sequence & 0xFFFFFF


class Call:
    """What a gateway knows of one alert: its newest line or pulse, what was answered, what is to be said."""

    def __init__(self, node: int, of: int) -> None:
        self.node = node
        self.of = of
        self.sequence = -1
        self.tag = b""
        self.line = False  # sequence and tag are a line's
        self.cancel = False  # and that line is a cancel
        self.shown_to = -1  # the newest line that somebody was shown, as far as we were told
        self.opened = -1  # the line that opened it again after a cancel or a clear: what was said before is void
        self.best = HEARD  # the best answer of people and dashboards
        self.closed = False
        self.first = True  # the newest line has had no text yet
        self.wants: "int | None" = None  # since when a text is wanted
        self.answered = -EVERY
        self.slotted = -1
        self.quiet = False  # another gateway's receipt was taken for ours once
        self.until = -1  # a person's answer is pushed until then

    def shown(self) -> bool:
        """Whether somebody was shown the newest line."""
        return self.shown_to >= self.sequence

    def void(self, sequence: int, byte: int) -> bool:
        """Whether that answer to that line no longer stands. A clear knows of no press after the line it names."""
        unknown = self.line and not self.cancel and sequence < self.sequence
        return sequence < self.opened or unknown and byte & 7 == CLEAR

    def newer(self, sequence: int, tag: bytes, cancel: bool) -> None:
        """The alert's newest line. Who presses again after a cancel or a clear opens it, and is told anew."""
        if not cancel and sequence > self.shown_to and (self.cancel or self.best & 7 == CLEAR):
            self.opened, self.best, self.until = sequence, HEARD, -1
        self.sequence, self.tag, self.line = sequence, tag, True
        self.first, self.quiet = True, False
        self.cancel = self.closed = cancel

    def byte(self, cut_off: bool, to_line: bool) -> int:
        """The answer now; an answer to a line not yet shown to anybody is *heard*, whatever was said before it."""
        byte = self.best if self.shown() or not to_line else HEARD
        return byte | CUT_OFF if cut_off and byte <= SHOWN else byte  # a person's word stands, whatever is cut


class Answering:
    """The answers of one gateway. Feed it what was verified and committed; ask it when a radio is free."""

    def __init__(self, text_gap: int = 2000, slot: int = 0) -> None:
        """`text_gap`: the radio takes one text in so long; `slot`: wait so long a step of signal quality (0: alone)."""
        self._gap = text_gap
        self._slot = slot
        self._text_at = 0
        self._calls: "dict[tuple[int, int], Call]" = {}
        self._pulses: "dict[int, tuple[int, bytes, int, int]]" = {}

    def line(self, node: int, of: int, sequence: int, tag: bytes, cancel: bool, now: int, snr: float = 10.0) -> None:
        """An authentic line, new or heard again, stored by now. `of`: the alert it belongs to."""
        call = self._call(node, of)
        if sequence > call.sequence or not call.line:
            call.newer(sequence, tag, cancel)
        if call.wants is None:
            call.wants = now + (self._slot * _steps(snr) if call.first else 0)

    def pulse(self, node: int, sequence: int, tag: bytes, standing: int, of: int, last: int, now: int) -> bool:
        """An authentic pulse and the last answer it shows. True: a person's answer has just proved to have arrived."""
        self._pulses.pop(node, None)
        self._pulses[node] = (sequence, tag, standing, of)
        if len(self._pulses) > MOST:
            del self._pulses[next(iter(self._pulses))]
        if standing == ROUTINE:
            return False
        call = self._call(node, of)
        if not call.line:
            call.sequence, call.tag = sequence, tag
        arrived = call.until >= now and last == call.best & 7
        if arrived:
            call.until = -1
        return arrived

    def answer(self, node: int, of: int, sequence: int, byte: int, now: int, until: "int | None" = None) -> bool:
        """A dashboard's or person's answer to line `sequence` of that alert, to be pushed. False: old or void."""
        call = self._call(node, of)
        if call.void(sequence, byte):
            return False
        shown = call.shown()
        if byte & 7 >= SHOWN:
            call.shown_to = max(call.shown_to, sequence)
        news = rank(byte) > rank(call.best) or shown != call.shown()
        if not news and rank(byte) < rank(call.best):
            return False
        call.wants = now
        if news:
            call.answered = now - EVERY  # pushed at once; only what was said before waits its five seconds
        if rank(byte) >= rank(call.best):
            call.best = byte
            if byte & 7 > SHOWN:
                call.until = now + PUSH if until is None else until
        call.closed = call.closed or call.shown() and call.best & 7 == CLEAR
        return True

    def overheard(self, node: int, of: int, byte: int) -> None:
        """Another gateway's verified receipt answered that alert: stay quiet once, unless it is cut off."""
        call = self._calls.get((node, of))
        if call and not call.quiet and not byte & CUT_OFF and call.until < 0:
            call.quiet = True
            call.first = False
            call.wants = None

    def due(self) -> "int | None":
        """When `receipt` has something to say; None when it has not."""
        waiting = [self._ready_at(call) for call in self._calls.values() if self._sayable(call)]
        return max(self._text_at, min(waiting)) if waiting else None

    def receipt(self, now: int, cut_off: bool, share: float = 0.0) -> "list[Reply]":
        """Up to eight answers for one text, first answers first; [] when none may go now.

        `share`: how much of the duty cycle is used, 0..1. From three quarters on only first answers go.
        """
        if now < self._text_at or share >= 1:
            return []
        ready = [call for call in self._calls.values() if self._sayable(call) and self._ready_at(call) <= now]
        if share >= RESERVE:
            ready = [call for call in ready if call.first]
        ready.sort(key=lambda call: (not call.first, call.until < now, call.wants or 0))
        replies = [Reply(call.node, call.sequence, call.tag, call.byte(cut_off, True)) for call in ready[:ENTRIES]]
        for call in ready[:ENTRIES]:
            call.first, call.wants, call.answered = False, None, now
        if replies:
            self._text_at = now + self._gap
        return replies

    def slots(self, now: int, cut_off: bool) -> "list[Reply]":
        """Up to six answers for the gateway pulse that goes out now: what people said first, routine pulses last."""
        wanted = self._from_pulses(now, cut_off) + self._from_calls(now, cut_off)
        wanted.sort(key=lambda one: one[:2])
        for _, _, reply, call in wanted[:SLOTS]:
            if self._pulses.get(reply.node, (0,))[0] == reply.sequence:
                del self._pulses[reply.node]
            if call:
                call.slotted = now
                call.wants = call.wants if self._sayable(call) else None
        return [reply for _, _, reply, _ in wanted[:SLOTS]]

    def _from_pulses(self, now: int, cut_off: bool) -> "list[tuple[int, int, Reply, Call | None]]":
        found: "list[tuple[int, int, Reply, Call | None]]" = []
        for node, (sequence, tag, standing, of) in self._pulses.items():
            call = self._calls.get((node, of)) if standing != ROUTINE else None
            if call:
                byte, urgency = call.byte(cut_off, False), 0 if call.until >= now else 1
            else:
                byte = (RECEIVED if standing == ROUTINE else HEARD) | (CUT_OFF if cut_off else 0)
                urgency = 2 if standing == ROUTINE else 1
            found.append((urgency, -1, Reply(node, sequence, tag, byte), call))
        return found

    def _from_calls(self, now: int, cut_off: bool) -> "list[tuple[int, int, Reply, Call | None]]":
        return [
            (0, call.slotted, Reply(call.node, call.sequence, call.tag, call.byte(cut_off, call.line)), call)
            for call in self._calls.values()
            if call.tag and not self._carried(call) and (call.until >= now or self._for_slots(call))
        ]

    def _for_slots(self, call: Call) -> bool:
        # A repeat of what is over: wanted, and not to be said in text.
        return call.line and call.wants is not None and not self._sayable(call)

    def _carried(self, call: Call) -> bool:
        # The answer to a waiting pulse about the same alert says it too.
        _, _, standing, of = self._pulses.get(call.node, (0, b"", ROUTINE, 0))
        return standing != ROUTINE and of == call.of

    def forget(self, node: int, of: int) -> None:
        """The alert is over and its beacon knows."""
        self._calls.pop((node, of), None)

    def _call(self, node: int, of: int) -> Call:
        call = self._calls.pop((node, of), None)
        if call is None:
            mine = [key for key in self._calls if key[0] == node]
            if len(mine) >= MOST_OF_ONE:
                del self._calls[mine[0]]
            elif len(self._calls) >= MOST:
                del self._calls[next(iter(self._calls))]  # longest without a word; its beacon will say it again
            call = Call(node, of)
        self._calls[node, of] = call
        return call

    def _sayable(self, call: Call) -> bool:
        # In text: what stands open, and one word to a cancel. Never clear, never to what came as a pulse.
        open_or_cancel = not call.closed or call.cancel and call.first
        return call.line and call.wants is not None and open_or_cancel and call.byte(False, True) & 7 != CLEAR

    def _ready_at(self, call: Call) -> int:
        return max(call.wants or 0, call.answered + EVERY)


def _steps(snr: float) -> int:
    """0 for the best signal (10 dB) to 7 for the worst (-18 dB)."""
    return min(max(int((10 - snr) / 4), 0), 7)


def text(replies: "list[Reply]", words: "tuple[str, ...]") -> bytes:
    """The readable part of a receipt, at most 42 bytes: ``✓ heard #1042``. `words`: the six answers in its language.

    What does not fit is said as a number (``+3``); the seal behind it is whole.
    """
    said = b""
    for i in range(len(replies)):
        reply = replies[i]
        one = (" %s #%d" % (words[(reply.byte & 7) - 1], reply.counter)).encode()
        rest = len(replies) - i - 1
        if len(said) + len(one) + (4 if rest else 0) > 39:
            return "✓".encode() + said + (" +%d" % (rest + 1)).encode()
        said += one
    return "✓".encode() + said
