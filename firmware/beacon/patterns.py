"""Every rhythm of lamp and whistle: one table. Words are told apart by rhythm alone; colour only repeats what rhythm says.

Nothing flashes faster than three times a second save where something is broken or a finger is on the button, and nothing is
near temporal-3 (3 x 0.5 s, pause 1.5 s: "leave the building").
"""

from beacon.loop import first

DARK = "dark"
SILENT = "silent"

# word, colour, seconds it is shown (0: as long as it is true), then on, off, on, off ... in hundredths of a second
LAMP = """
holding white 0 10 10
sent red 0 15 135
heard amber 0 15 25 15 145
shown amber 0 15 25 15 25 15 130
seen blue 0 100 100
coming green 0 300 25
clear white 60 300 300
cancelled white 60 100 25 15 200
not-yet red 0 15 25 15 25 100 150
failed-radio red 0 10 10 10 10 10 10 10 10 10 10 10 190
bad-settings red 0 100 25 10 10 10 10 10 10 10 10 10 190
low-battery red 0 5 995
covered green 0 200 50 100 50
not-covered red 0 40 15
neighbour red 0 60 20 15 20 15 70
"""

WHISTLE = """
neighbour - 0 60 20 15 20 15 70
shown - 2 10 200
coming - 4 10 15 10 15 10 400
"""


def look(table: str, word: str) -> "list[str]":
    """Return a word's colour, seconds and rhythm."""
    at = table.find("\n" + word + " ")
    return table[at : table.find("\n", at + 1)].split()[1:]


class Player:
    """Plays one rhythm at a time through `turn(on, colour, word)`, which is called only when something changes.

    With `plays` the port keeps the rhythm: it is told the word's beginning and its end, not every edge.
    """

    def __init__(self, table: str, turn: "Callable[[bool, str, str], None]", rest: str, plays: bool) -> None:
        self.word = rest
        self._rest = rest
        self._table = table
        self._turn = turn
        self._plays = plays
        self._play: "list[str]" = []
        self._step = 0
        self._next: "int | None" = None
        self._end: "int | None" = None

    def show(self, word: str, now: int) -> None:
        """Begin `word` (one of the table, or the word of rest) now, unless it is being played already."""
        if word == self.word:
            return
        self.word = word
        self._next = self._end = None
        if word == self._rest:
            self._turn(False, "", word)
            return
        self._play = play = look(self._table, word)
        if play[1] != "0":
            self._end = now + int(play[1]) * 1000
        self._step = 2
        if not self._plays:
            self._next = now + int(play[2]) * 10
        self._turn(True, play[0], word)

    def due(self) -> "int | None":
        """Return when `step` must be called next, in ms, or None."""
        return first(self._next, self._end)

    def step(self, now: int) -> None:
        """Do what is due: the next edge, or the end of a word that lasts for a time."""
        if self._end is not None and now >= self._end:
            self.show(self._rest, now)
        while self._next is not None and now >= self._next:
            self._step += 1
            if self._step == len(self._play):
                self._step = 2
            self._next += int(self._play[self._step]) * 10
            self._turn(self._step % 2 == 0, self._play[0], self.word)


if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]
