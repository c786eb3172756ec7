"""What a finger means (section 11): one table, and the few times that make a press a tap or a hold.

No hold cancels: only five taps do, no more, no less. A run of taps ends when the button stays up for 600 ms; a press of
600 ms or more that is no hold ends the run and means nothing. Times in ms.
"""

MEANINGS = "- help selftest silent again medical fire watch cancel duress".split()
# A row for each situation: idle; just woken; a call open; open for more than 30 s. In it the number of the meaning of a
# hold, 1, 2, 3, 4, 5 taps, five with the last one held, more; 0 is nothing. A board is blind for 0.6 s when its button
# wakes it from deep sleep: of five taps it sees three. Fear does not count: more taps call as well, and never cancel.
TABLE = "12000333 12033333 40567894 40000894".split()


class Gestures:
    """Edges of the button in, meanings out; "holding" and "released" are hints for the lamp only.

    `opened`: since when an alert stands open here, or None (a silent or cancelled one does not count: the beacon looks
    idle). Set it whenever that changes. Call `timeout` at `due`.
    """

    def __init__(self, power_on: bool = False, woken: bool = False) -> None:
        """`power_on`: somebody switched the beacon on, no call is open; `woken`: its button woke it from deep sleep."""
        self.opened: "int | None" = None
        self._hold = 5000 if power_on else 1500
        self._woken = woken
        self._down: "int | None" = None  # since when the button is down, until that press has had its meaning
        self._up = self._taps = 0
        self._hinted = False

    def due(self) -> "int | None":
        """When `timeout` must be called next."""
        if self._down is None:
            return self._up + 600 if self._taps else None
        if self._taps == 4 or not self._hinted:
            return self._down + 600
        return self._down + self._hold

    def edge(self, pressed: bool, now: int) -> "str | None":
        """The button went down or up at `now` (time asleep counts: the edge may lie in the past)."""
        before = self.timeout(now)  # what fell due before this edge comes first
        down = self._down
        if pressed:
            self._down = now
            # Only the first tap lights the lamp at once: five taps must not flash five times.
            self._hinted = not self._taps
            return before or ("holding" if self._hinted else None)
        if down is None:
            return before
        self._down = None
        self._hold = 1500
        if now - down < 600:
            self._taps += 1
            self._up = now
        elif now - down >= 1500:  # at power-on, not long enough for service: it was a call for help
            return self._meaning(0, down)
        elif self._taps > 4:  # too slow for a tap: what was tapped before it stands
            return self._meaning(7, down)
        else:
            self._taps = 0
        return "released" if self._hinted else None

    def timeout(self, now: int) -> "str | None":
        """What became certain by `now`."""
        due = self.due()
        if due is None or now < due:
            return None
        if self._down is None:
            return self._meaning(self._taps if self._taps < 6 else 7, self._up)
        if self._taps == 4:
            return self._meaning(6, self._down)
        if not self._hinted:
            self._hinted = True
            return self.timeout(now) or "holding"
        if self._hold > 1500:
            self._down = None
            return "service"
        return self._meaning(0, self._down)

    def _meaning(self, gesture: int, now: int) -> "str | None":
        row = TABLE[self._woken if self.opened is None else 2 + (now - self.opened > 30000)]
        self._down = None
        self._taps = 0
        self._woken = False
        number = int(row[gesture])
        return MEANINGS[number] if number else None
