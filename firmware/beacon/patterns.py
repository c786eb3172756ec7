"""What a resident sees and hears: one word at a time on lamp and whistle, and the rhythm of every word.

Words are told apart by rhythm alone; colour only repeats what rhythm says. A steady light is a board without settings.
Nothing flashes faster than three times a second save where something is broken or a finger is on the button, and
nothing is near temporal-3 (3 x 0.5 s, pause 1.5 s: "leave the building").
"""

from beacon.loop import first

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]

    from beacon.caller import Caller, Ears
    from beacon.ports import Board
    from beacon.sender import Sender
    from beacon.settings import Settings

# A word in each row, its colour, seconds it is shown (0: as long as it is true), then on, off, on, off ... in
# hundredths of a second.
LAMP = """
holding white 0 10 10
sent red 0 15 135
on-air red 0 15 60
heard amber 0 15 25 15 145
shown amber 0 15 25 15 25 15 130
seen blue 0 100 100
coming green 0 300 25
clear white 60 300 300
cancelled white 60 100 25 15 200
not-yet red 0 15 25 15 25 100 150
failed-radio red 0 10 10 10 10 10 10 10 10 10 10 10 190
wire-out red 0 5 40 5 950
low-battery red 0 5 995
covered green 0 200 50 100 50
not-covered red 0 40 15
good green 0 200 50 15 50
weak amber 0 100 300
none red 0 5 195
neighbour red 0 60 20 15 20 15 70
"""

WHISTLE = """
neighbour - 0 60 20 15 20 15 70
shown - 2 10 200
coming - 4 10 15 10 15 10 400
"""


class Player:
    """Plays one rhythm at a time through `turn(on, colour, word)`, which is called only when something changes.

    `word` is what is being played, or `rest`; `end` is when that is over, None where it lasts. With `plays` the port
    keeps the rhythm: it is told the word's beginning and its end, not every edge.
    """

    def __init__(self, table: str, turn: "Callable[[bool, str, str], None]", rest: str, plays: bool) -> None:
        self.word = rest
        self._rest = rest
        self._table = table
        self._turn = turn
        self._plays = plays
        self._next: "int | None" = None
        self.end: "int | None" = None

    def show(self, word: str, now: int) -> None:
        """Begin `word` (one of the table, or the word of rest) now, unless it is being played already."""
        if word != self.word:
            self.word = word
            self._next = self.end = None
            at = self._table.find("\n" + word + " ")
            self._play = play = self._table[at : self._table.find("\n", at + 1)].split()[1:]
            if play:
                self._at = 1
                self._next = now
                if play[1] != "0":
                    self.end = now + int(play[1]) * 1000
                self.step(now)
            else:
                self._turn(False, "", word)

    def due(self) -> "int | None":
        """Return when `step` must be called next, in ms, or None."""
        return first(self._next, self.end)

    def step(self, now: int) -> None:
        """Do what is due: the next edge, or the end of a word that lasts for a time."""
        if self.end is not None and now >= self.end:
            self.show(self._rest, now)
        while self._next is not None and now >= self._next:
            play, self._at = self._play, self._at + 1
            if self._at == len(play):
                self._at = 2
            self._next = None if self._plays else self._next + int(play[self._at]) * 10
            self._turn(self._at % 2 == 0, play[0], self.word)


class Face:
    """`finger` and `test` are told what the button did; `step` shows what is true and is called at `due`."""

    def __init__(self, board: "Board", settings: "Settings", caller: "Caller", ears: "Ears", sender: "Sender") -> None:
        self._settings = settings
        self._caller = caller
        self._ears = ears
        self._sender = sender
        self._lamp = Player(LAMP, board.lamp, "dark", board.plays)
        self._whistle = Player(WHISTLE, lambda on, _, word: board.whistle(on, word), "silent", board.plays)
        self._held: "int | None" = None  # from when the lamp says that the button is held
        self._test: "int | None" = None  # until when the lamp says what the self-test or the survey found
        self._call = caller.calling.lamp(board.now())

    def finger(self, down: bool, at: int) -> None:
        """The button is held down since `at`, or is not, or that has had its meaning."""
        # After 80 ms: most quick taps are shorter and light nothing.
        self._held = at + 80 if down else None

    def test(self, now: int) -> None:
        """Self-test: say whether a gateway was heard lately; with a cable out or a battery that is low only that.

        Soon after power-on a survey begins, too.
        """
        heard = self._ears.gateway_at
        self._caller.look()
        # Lately: for a beacon that sleeps within 25 hours, for others within ten minutes.
        covered = heard is not None and now - heard < (600000 if self._settings.mode else 90000000)
        self._tested = self._lacks() or ("covered" if covered else "not-covered")
        self._test = now + 6000
        self._ears.begin(now)

    def due(self) -> "int | None":
        """When `step` must be called next."""
        return first(
            self._lamp.due(),
            self._whistle.due(),
            None if self._lamp.word == "holding" else self._held,
            self._ears.whistling.until * 1000 if self._whistle.word == "neighbour" else None,
            self._test,
            self._ears.survey,
        )

    def resting(self, now: int) -> bool:
        """Whether all that is shown is what stands, with no finger on the button, and nothing sounds."""
        ends = first(self._held, self._test, self._ears.survey, self._lamp.end, self._whistle.end)
        return ends is None and self._whistle.word == "silent" and not self._ears.whistling.sounding(now // 1000)

    def _quiet(self, now: int) -> bool:
        """Whether neighbours' alerts make no sound at this hour. Unknown hours are loud."""
        hours, clock = self._settings.quiet, self._ears.clock
        if not hours or clock is None:
            return False
        begin, end, zone = hours
        minute = ((clock + now // 1000) // 60 + zone) % 1440
        return begin <= minute < end if begin <= end else not end <= minute < begin

    def step(self, now: int) -> None:
        """Show and sound what is true now."""
        lamp, whistle, call = self._lamp, self._whistle, self._caller.calling.lamp(now)
        sounding = self._ears.whistling.sounding(now // 1000)
        if self._test is not None and now >= self._test:
            self._test = None
        if now >= (self._ears.survey or now + 1):
            self._tested = self._ears.end(now)
            self._test = now + 20000 if self._tested else None
        lamp.step(now)
        lamp.show(self._word(call, sounding, now), now)
        whistle.step(now)
        if sounding and not self._quiet(now):
            whistle.show("neighbour", now)
        elif whistle.word == "neighbour":
            whistle.show("silent", now)
        elif call != self._call and call in ("shown", "coming") and self._settings.whistle:
            whistle.show(call, now)
        self._call = call

    def _word(self, call: str, sounding: bool, now: int) -> str:
        """The word for the lamp: the finger first, then our call, then others, then what a keeper should know."""
        failed = self._sender.failed
        if self._held is not None and now >= self._held:
            return "holding"
        if call and not (failed and call in ("sent", "not-yet")):
            return "on-air" if call == "sent" and self._caller.passed_on else call
        if sounding:
            return "neighbour"
        if self._test is not None:
            return self._tested
        return "failed-radio" if failed else self._lacks() or "dark"

    def _lacks(self) -> str:
        """The word for what a keeper should mend, "" when there is nothing."""
        return "wire-out" if self._caller.wire else "low-battery" if self._caller.low else ""
