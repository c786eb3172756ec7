# mypy: disable-error-code=unreachable
"""The life of a call as one table (sections 5 and 9): what goes on the air, when, and which word the lamp shows.

A call is what one press begins. Its frames are lines (the first is the alert; later ones refine, repeat or cancel it)
and pulses that say it stands. The newest line is the one being called: an answer to an older frame counts only when the
newest has been shown. Nothing here sends, stores, waits or draws; `alertwire.drawing` has the table in words.
"""

import struct

MINUTE = 60000
LISTEN = 15 * MINUTE  # after a press: listening without a break; and a cancel that nobody hears is given up
DAY = 1440 * MINUTE  # polling ends
SOON = 30000  # so long after opening a cancel holds by itself; later it asks the captain
REPEATS = 10  # lines sent unheard before the lamp says so, about a minute
OPEN = "CWHVSNG"

# States: I idle, C calling, W calling on (unheard for a minute, or heard by a gateway that is cut off), H heard,
# V heard and not shown for long, S shown, N seen, G coming, X cancelling, Y the same under duress, Q silent, D duress.
# Events: h hold, a hold again, m other kind, s silent, x l cancel early and late, d e the same under duress,
# 0 heard but cut off, 1 heard, 2 shown, 3 seen, 4 coming, 5 clear, 6 refused, u long unheard or unshown, z time is up.
# Effects: n new call and its line, L a line about this call, p pulse now, P poll soon, c says clear, x says cancelled.
# Rows: state, event, new state, effect. `*` is any open state, `-` any other; a state's own row wins. No row: nothing.
TABLE = (
    "-hCn-sQp"
    "*aCL*mCL*xXL*lCL*dYL*eCL*2SP*3NP*4GP*5Ic*6SP"
    "C0W.C1H.CuW.W1H.HuV."
    "SzI.NzI.GzI."
    "X1IxX2IxX3IxX4IxX5IxX6SPXzIx"
    "Y1DxY2DxY3DxY4DxY5IxY6DxYzDx"
    "D5I.Q5I."
)
WORDS = {"C": "sent", "W": "not-yet", "H": "heard", "V": "not-yet", "S": "shown", "N": "seen", "G": "coming",
         "X": "sent", "Y": "sent", "c": "clear", "x": "cancelled"}  # fmt: skip
KINDS = ("help", "medical", "fire", "watch")
MEANINGS = {"help": "h", "again": "a", "medical": "m", "fire": "m", "watch": "m", "silent": "s", "cancel": "x",
            "duress": "d"}  # fmt: skip


def look(state: str, event: str) -> str:
    """New state and effect, or "" where the table has no row."""
    for row in state + event, ("*" if state in OPEN else "-") + event:
        for at in range(0, len(TABLE), 4):
            if TABLE[at : at + 2] == row:
                return TABLE[at + 2 : at + 4]
    return ""


def worth(byte: int) -> int:
    """What makes an answer newer than another: ordinal, then answer, then a gateway that is not cut off."""
    return byte >> 4 << 4 | (byte & 7) << 1 | (byte & 8 ^ 8) >> 3


class Calling:
    """One beacon's call. Before any frame leaves: if `dirty`, put `record(now)` on flash and clear `dirty`.

    state (a letter), kind, cancel, duress and root say what line or pulse is wanted; head, sequence and tag are the
    newest line's; known is the answer obeyed for it, best that of the whole call; opened is when it began. Times in ms.
    """

    def __init__(self, g0: int, window: int, random: "Random") -> None:
        """`g0`, `window`: the preset's first gap and round trip; random(n) gives a number below n."""
        self._g0 = g0
        self._window = window
        self._random = random
        self.state = "I"
        self._at: "int | None" = None
        self._gap = self._count = 0
        self.dirty = self.duress = False
        self._ended = -MINUTE
        self._word = ""
        self._new(0)
        self._newest(False, 0)

    def _new(self, now: int) -> None:
        self.opened = now
        self.kind = self.root = self.best = self.sequence = 0
        self.root_tag = self.tag = bytes(8)
        self.head = b""
        self.duress = False

    def _newest(self, cancel: bool, now: int) -> None:
        self.cancel = cancel
        self.known = 0
        self._pressed = self._sent = now
        self._pulses: "list[tuple[int, bytes]]" = []

    def event(self, meaning: str, now: int) -> bool:
        """A gesture's meaning. True: a line is wanted, to be made and handed to `lined` before the next frame."""
        event = MEANINGS.get(meaning, "")
        if now - self.opened > SOON:
            event = {"x": "l", "d": "e"}.get(event, event)
        effect = self._step(event, now)
        if effect not in ("n", "L", "p"):
            return False
        if effect != "L":
            self._new(now)
        self._newest(event in ("x", "l", "d", "e"), now)
        self.duress |= event in ("d", "e")
        if event == "m":
            self.kind = KINDS.index(meaning)
        return effect != "p"

    def _step(self, event: str, now: int) -> str:
        row = look(self.state, event)
        if not row:
            return ""
        self.state, effect = row[0], row[1]
        self.dirty = True
        if effect in "nLp":
            self._at = now
            self._gap, self._count = self._g0, 0
        elif effect == "P":
            self._at = now + self._g0 + self._random(self._g0)
        elif self.state == "H":
            self._at, self._count = now + self._spread(MINUTE), 0
        elif self.state in "ID":
            self._at = None
            self._word, self._ended = effect, now
        return effect

    def _spread(self, gap: int) -> int:
        return gap - gap // 4 + self._random(gap // 2 + 1)

    def lined(self, sequence: int, tag8: bytes, head: bytes) -> None:
        """The line that `event` wanted: its sequence, device tag and head (9 or 15 bytes)."""
        self.sequence, self.tag, self.head = sequence, tag8, head
        if not self.root:
            self.root, self.root_tag = sequence, tag8

    def pulsed(self, sequence: int, tag8: bytes) -> None:
        """A pulse was built; the last four are remembered, for answers to them."""
        self._pulses = self._pulses[-3:] + [(sequence, tag8)]

    def standing(self, sequence: int) -> "tuple[int, int]":
        """(what stands << 4 | kind, back) for a pulse with that sequence; the first of a silent alert is its root."""
        what = {"I": 0, "X": 0, "Q": 2, "D": 3, "Y": 3}.get(self.state, 3 if self.duress else 1)
        if not what:
            return 0, 0
        if not self.root:
            self.root = sequence
            self.dirty = True
        return what << 4 | self.kind, sequence - self.root

    def pairs(self) -> "list[tuple[int, bytes]]":
        """The (sequence, tag) that answers may name: newest line, first line, last pulses; at most six."""
        lines = [(self.sequence, self.tag), (self.root, self.root_tag)] if self.head else []
        return lines[: 1 + (self.root != self.sequence)] + self._pulses

    def answer(self, sequence: int, byte: int, now: int) -> bool:
        """An authentic answer to the frame with that sequence. True when it was news."""
        newest = sequence == self.sequence or sequence > self.sequence and not self.cancel
        digit = byte & 7
        if self.state == "I" or digit in (0, 7) or worth(byte) <= worth(self.known):
            return False
        if not newest and self.state not in "SNGQD":
            return False
        self.known = byte
        self.dirty = True
        if worth(byte) > worth(self.best):
            self.best = byte
        elif digit > 1:
            digit = self.best & 7
        self._step("0" if byte & 15 == 9 else str(digit), now)
        return True

    def due(self) -> "int | None":
        """When `take` has something to send."""
        return self._at

    def take(self, now: int, utilisation: int = 0, rest: int = 0) -> str:
        """What to send now: "line", "pulse" or "". `utilisation` in percent; `rest`: ms the duty cycle asks for."""
        if self._at is None or now < self._at:
            return ""
        age = now - self._pressed
        if age > (LISTEN if self.state in "XY" else DAY) and self._step("z", now):
            return ""
        self._sent = now
        if self.state in "SNG":
            self._at = max(self._pressed + LISTEN, now) + self._spread((5 if age < 120 * MINUTE else 15) * MINUTE)
        elif self.state in "QID":
            self._at = None
        else:
            return self._line(now, utilisation, rest)
        return "pulse"

    def _line(self, now: int, utilisation: int, rest: int) -> str:
        self._count += 1
        gap = self._gap
        if self.state in "HV":
            gap = MINUTE
        elif self._count > 4:
            self._gap = min(gap * 7 // 5, MINUTE)
        self._at = now + max(rest, self._spread(gap) * (20 + utilisation) // 20)
        if self._count == (3 if self.state == "H" else REPEATS):
            self._step("u", now)
        return "line"

    def lamp(self, now: int) -> str:
        """The word to show now, "" for dark."""
        over = self._word if now - self._ended < MINUTE else ""
        return WORDS.get(self.state) or WORDS.get(over, "")

    def listen_until(self) -> int:
        """Until when the radio must listen, as far as the call goes."""
        return max(self._pressed + LISTEN if self.state != "I" else 0, self._sent + self._window)

    def record(self, now: int) -> bytes:
        """What a reset must not lose (41 bytes), b"" when nothing is open."""
        if self.state == "I":
            return b""
        flags = self.kind | self.cancel << 4 | self.duress << 5
        age = min((now - self._pressed) // MINUTE, 0xFFFF)
        raw = struct.pack(">BBBBHII", ord(self.state), flags, self.known, self.best, age, self.root, self.sequence)
        return raw + self.root_tag + self.tag + self.head

    def resume(self, raw: bytes, now: int) -> None:
        """Go on with the call of a record after a reset: what has to go out goes out at once. A later cancel asks."""
        if not raw:
            return
        state, flags, self.known, self.best, age, self.root, self.sequence = struct.unpack(">BBBBHII", raw[:14])
        self.state = chr(state)
        self.kind, self.cancel, self.duress = flags & 15, bool(flags & 16), bool(flags & 32)
        self.root_tag, self.tag, self.head = raw[14:22], raw[22:30], raw[30:]
        self._pressed = now - age * MINUTE
        self.opened = self._pressed - SOON - 1
        self._gap, self._count = self._g0, 0
        if self.state not in "D" and (self.state != "Q" or not self.known):
            self._at = now


if False:
    from collections.abc import Callable

    Random = Callable[[int], int]
