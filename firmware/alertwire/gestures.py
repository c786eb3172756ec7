"""What a finger means (section 11): one table, and the few times that make a press a tap or a hold.

No hold cancels: only five taps do. A run of taps ends when the button stays up for GAP; a press that is neither tap nor
hold ends the run and means nothing. Times in ms.
"""

TAP = 600  # shorter is a tap
GAP = 600  # up for so long ends a run of taps
HOLD = 1500
SERVICE = 5000
CORRECT = 30000  # after opening, taps still say what kind it is

# The gestures: a hold; 1..5 taps; five taps of which the last was held; held from power-on for SERVICE.
HELD, FIVE_HELD, LONG = 0, 6, 7

# situation: what hold, 1, 2, 3, 4, 5 taps and five with the last held mean there; "" nothing
TABLE = {
    "idle": ("help", "selftest", "", "", "", "silent", "silent"),
    # A board is blind for 0.6 s when it wakes from deep sleep: of five taps it sees three.
    "woken": ("help", "selftest", "", "silent", "silent", "silent", "silent"),
    "open": ("again", "", "medical", "fire", "watch", "cancel", "duress"),
    "late": ("again", "", "", "", "", "cancel", "duress"),
}


class Gestures:
    """Edges of the button in, meanings out; "holding" and "released" are hints for the lamp only.

    `opened`: since when an alert stands open here, or None (a silent or cancelled one does not count: the beacon looks
    idle). Set it whenever that changes. Call `timeout` at `due`.
    """

    def __init__(self, power_on: bool = False, woken: bool = False) -> None:
        """`power_on`: somebody switched the beacon on, no call is open; `woken`: its button woke it from deep sleep."""
        self.opened: "int | None" = None
        self._power_on = power_on
        self._woken = woken
        self._down: "int | None" = None  # since when the button is down, until that press has had its meaning
        self._up = 0
        self._taps = 0
        self._hinted = False

    def due(self) -> "int | None":
        """When `timeout` must be called next."""
        if self._down is None:
            return self._up + GAP if self._taps else None
        if self._taps == 4 or self._taps and not self._hinted:
            return self._down + TAP
        return self._down + (SERVICE if self._power_on else HOLD)

    def edge(self, pressed: bool, now: int) -> "str | None":
        """The button went down or up at `now` (time asleep counts: the edge may lie in the past)."""
        before = self.timeout(now)  # what fell due before this edge comes first
        if not pressed:
            return self._released(now) or before
        self._down = now
        # Only the first tap lights the lamp at once: five taps must not flash five times.
        self._hinted = not self._taps
        return before or ("holding" if self._hinted else None)

    def _released(self, now: int) -> "str | None":
        down, self._down = self._down, None
        power_on, self._power_on = self._power_on, False
        if down is None:
            return None
        if now - down < TAP:
            self._taps += 1
            self._up = now
        else:
            self._taps = 0
            if power_on and now - down >= HOLD:  # not long enough for service: it was a call for help
                return self._meaning(HELD, down)
        return "released" if self._hinted else None

    def timeout(self, now: int) -> "str | None":
        """What became certain by `now`."""
        due = self.due()
        if due is None or now < due:
            return None
        down = self._down
        if down is None:
            return self._run(due)
        if self._power_on:
            self._down = None
            return "service"
        if self._taps == 4:
            return self._meaning(FIVE_HELD, down)
        if not self._hinted:
            self._hinted = True
            return self.timeout(now) or "holding"
        return self._meaning(HELD, down)

    def _run(self, now: int) -> "str | None":
        taps, self._taps = self._taps, 0
        return self._meaning(taps, now) if taps < FIVE_HELD else None

    def _meaning(self, gesture: int, now: int) -> "str | None":
        self._down = None
        self._taps = 0
        if self.opened is not None:
            situation = "open" if now - self.opened <= CORRECT else "late"
        else:
            situation = "woken" if self._woken else "idle"
        self._woken = False
        return TABLE[situation][gesture] or None
