# mypy: disable-error-code=unreachable
"""The life of a call as one table (sections 5 and 9): what goes on the air, when, and which word the lamp shows.

A call is what one press begins. Its frames are lines (the first is the alert; later ones refine, repeat or cancel it)
and pulses that say it stands. The newest line is the one being called: an answer to an older frame counts only when the
newest has been shown. Nothing here sends, stores, waits or draws; `alertwire.drawing` has the table in words.

States: I idle, C calling, W calling on (unheard for a minute, or heard by a gateway that is cut off), H heard,
V heard and not shown for long, S shown, N seen, G coming, X cancelling, Y the same under duress, Q silent, D duress.
Events: h hold, a pressed again, m other kind, s silent, x l cancel early and late, d e the same under duress,
0 heard but cut off, 1 heard, 2 shown, 3 seen, 4 coming, 5 clear, 6 refused, u long unheard or unshown, z time is up.
Effects: N new call and its line, L a line about this call, A pulse at once, P poll soon, + clear, ! cancelled, . none.
Rows: state, event, new state, effect. `*` is any open state, `-` any other; a state's own row wins. No row: nothing.
"""

import struct

from .gestures import MEANINGS
from .wire import rank

TABLE = (
    "-hCN-sQA"
    "*aCL*mCL*xXL*lCL*dYL*eCL*2SP*3NP*4GP*5I+*6SP"
    "C0W.C1H.CuW.W1H.HuV."
    "SzI.NzI.GzI."
    "X1I!X2I!X3I!X4I!X5I!X6SPXzI."
    "Y1D!Y2D!Y3D!Y4D!Y5I!Y6SPYzD."
    "D5I.Q5I."
)
LAMP = "CWHVSNGXY+!"  # the open states, other states and last effects, and the words they show
WORDS = "sent not-yet heard not-yet shown seen coming sent sent clear cancelled".split()
MINUTE = 60000


class Calling:
    """One beacon's call. Before any frame leaves: if `dirty`, put `record(now)` on flash and clear `dirty`.

    state (a letter), kind, cancel, duress and root say what line or pulse is wanted; head, sequence and tag are the
    newest line's, copies how often it went out until heard; known is the answer obeyed for it, best that of the whole
    call; opened is when it began. Times in ms. KEEPS is what a deep sleep must not lose beside `record`.
    """

    KEEPS = "copies opened _at _gap _pressed _sent"

    def __init__(self, g0: int, window: int, random: "Random") -> None:
        """`g0`, `window`: the preset's first gap and round trip; random(n) gives a number below n."""
        self._g0 = g0
        self._window = window
        self._random = random
        self.state = "I"
        self.dirty = False
        self._at: "int | None" = None
        self._ended = ".", 0
        self._new(0)
        self._newest(-15 * MINUTE)

    def _new(self, now: int) -> None:
        self.opened = now
        self.kind = self.root = self.best = self.sequence = 0
        self.root_tag = self.tag = bytes(8)
        self.head = b""
        self.duress: int = False

    def _newest(self, now: int) -> None:
        self.known = self.copies = 0
        self._pressed = self._sent = now
        self._gap = self._g0
        self.cancel: int = False
        self._pulses: "list[tuple[int, bytes]]" = []

    def event(self, meaning: str, now: int) -> bool:
        """A gesture's meaning. True: a line is wanted, to be made and handed to `lined` before the next frame."""
        number = MEANINGS.index(meaning)
        # 30 s after opening a cancel no longer holds by itself.
        effect = self._step(("-h-sammmle" if now - self.opened > 30000 else "-h-sammmxd")[number], now)
        if not effect or effect not in "NLA":
            return False
        if effect != "L":
            self._new(now)
        self._newest(now)
        self.cancel = number > 7
        self.duress |= number > 8
        if 4 < number < 8:
            self.kind = number - 4
        return effect != "A"

    def _step(self, event: str, now: int) -> str:
        # Only a row's first two letters are an upper-case one and then a small one or a digit.
        at = TABLE.find(self.state + event)
        if at < 0:
            at = TABLE.find(("*" if self.state in LAMP[:7] else "-") + event)
            if at < 0:
                return ""
        self.state, effect = TABLE[at + 2], TABLE[at + 3]
        self.dirty = True
        if effect in "NLA":
            self._at = now
        elif effect == "P":
            self._at = now + self._g0 + self._random(self._g0)
        elif self.state == "H":
            self._at = now + self._spread(MINUTE)
            self._gap, self.copies = MINUTE, 7
        elif self.state in "ID":
            self._at = None
            if effect != ".":
                self._ended = effect, now
        return effect

    def _spread(self, gap: int) -> int:
        return gap * 3 // 4 + self._random(gap // 2 + 1)

    def lined(self, sequence: int, tag8: bytes, head: bytes) -> None:
        """The line that `event` wanted: its sequence, device tag and head (9 or 15 bytes)."""
        self.sequence, self.tag, self.head = sequence, tag8, head
        if not self.root:
            self.root, self.root_tag = sequence, tag8

    def pulsed(self, sequence: int, tag8: bytes) -> None:
        """A pulse was built; the last four are remembered, for answers to them."""
        self._pulses = self._pulses[-3:] + [(sequence, tag8)]

    def forget(self) -> None:
        """Answers to pulses sent so far mean nothing any more."""
        self._pulses = []

    def standing(self, sequence: int) -> "tuple[int, int]":
        """(what stands << 4 | kind, back) for a pulse with that sequence; the first of a silent alert is its root."""
        if self.state in "IX":
            return 0, 0
        if not self.root:
            self.root = sequence
            self.dirty = True
        what = 3 if self.duress else 2 if self.state == "Q" else 1
        return what << 4 | self.kind, sequence - self.root

    def pairs(self) -> "list[tuple[int, bytes]]":
        """The (sequence, tag) that answers may name, at most four: newest and first line and two pulses, or four."""
        if not self.head:
            return self._pulses
        lines = [(self.sequence, self.tag), (self.root, self.root_tag)]
        return lines[: 1 + (self.root != self.sequence)] + self._pulses[-2:]

    def answer(self, sequence: int, byte: int, now: int) -> bool:
        """An authentic answer to the frame with that sequence. True when it was news."""
        # A pulse tells of the alert, not of what a later line says about it.
        newest = sequence == self.sequence or sequence > self.sequence == self.root
        if (
            self.state == "I"
            or not 0 < byte & 7 < 7
            or rank(byte) <= rank(self.known)
            or not newest
            and self.state not in "SNGQD"
        ):
            return False
        self.known = byte
        self.dirty = True
        if rank(byte) > rank(self.best):
            self.best = byte
        elif byte & 7 > 1:
            byte = self.best
        self._step("0" if byte & 15 == 9 else str(byte & 7), now)
        return True

    def due(self) -> "int | None":
        """When `take` has something to send."""
        return self._at

    def take(self, now: int, utilisation: int = 0, rest: int = 0) -> str:
        """What to send now: "line", "pulse" or "". `utilisation` in percent; `rest`: ms the duty cycle asks for."""
        if self._at is None or now < self._at:
            return ""
        # Listening lasts 15 min after a press, and so does a cancel that nobody hears; polls come for a day.
        age = (now - self._pressed) // MINUTE
        if age >= (15 if self.state in "XY" else 1440) and self._step("z", now):
            return ""
        self._sent = now
        if self.state in "SNG":
            gap = 5 if age < 120 else 15
            self._at = max(self._pressed + 15 * MINUTE, now + self._spread(gap * MINUTE))
        elif self.state == "Q":
            self._at = None
        else:
            self.copies += 1
            self._at = now + max(rest, self._spread(self._gap) * (20 + utilisation) // 20)
            if self.copies > 4:
                self._gap = min(self._gap * 7 // 5, MINUTE)
            if self.copies == 10:
                self._step("u", now)
            return "line"
        return "pulse"

    def lamp(self, now: int) -> str:
        """The word to show now, "" for dark."""
        effect, at = self._ended
        i = LAMP.find(self.state)
        if i < 0 and now - at < MINUTE:
            i = LAMP.find(effect)
        return WORDS[i] if i >= 0 else ""

    def listen_until(self) -> int:
        """Until when the radio must listen, as far as the call goes."""
        return max(self._pressed + 15 * MINUTE, self._sent + self._window)

    def record(self, now: int) -> bytes:
        """What a reset must not lose (at most 47 bytes), b"" when nothing is open."""
        if self.state == "I":
            return b""
        numbers = self.kind, self.cancel, self.duress, self.known, self.best, self.root, self.sequence
        age = (now - self._pressed) // MINUTE
        return self.state.encode() + struct.pack(">BBBBBIII", *numbers, age) + self.root_tag + self.tag + self.head

    def resume(self, raw: bytes, now: int) -> None:
        """Go on with the call of a record after a reset: what has to go out goes out at once. A later cancel asks."""
        if raw:
            found = struct.unpack(">BBBBBIII", raw[1:18])
            self._newest(now - found[7] * MINUTE)
            self.kind, self.cancel, self.duress, self.known, self.best, self.root, self.sequence = found[:7]
            self.state = raw[:1].decode()
            self.root_tag, self.tag, self.head = raw[18:26], raw[26:34], raw[34:]
            self.opened = now - 30001
            if self.state != "D" and (self.state != "Q" or not self.known):
                self._at = now


if False:
    from collections.abc import Callable

    Random = Callable[[int], int]
