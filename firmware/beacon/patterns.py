"""Every rhythm of lamp and whistle: one table. Words are told apart by rhythm alone; colour only repeats what rhythm says.

A rhythm is on, off, on, off ... in milliseconds, from the first instant. No flash comes faster than three a second save
where something is broken or a finger is on the button; none is near temporal-3 (3 x 0.5 s, pause 1.5 s: "leave the building").
"""

DARK = "dark"
SILENT = "silent"

# word: (how long it is shown in ms, 0 for as long as it is true; colour; rhythm)
LAMP = {
    "holding": (0, "white", (100, 100)),
    "sent": (0, "red", (150, 1350)),
    "heard": (0, "amber", (150, 250, 150, 1450)),
    "shown": (0, "amber", (150, 250, 150, 250, 150, 1300)),
    "seen": (0, "blue", (1000, 1000)),
    "coming": (0, "green", (3000, 250)),
    "clear": (60000, "white", (3000, 3000)),
    "cancelled": (20000, "white", (1000, 250, 150, 2000)),
    "not-yet": (0, "red", (150, 250, 150, 250, 1000, 1500)),
    "failed-radio": (0, "red", (100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 1900)),
    "bad-settings": (0, "red", (1000, 250, 100, 100, 100, 100, 100, 100, 100, 100, 100, 1900)),
    "low-battery": (0, "red", (50, 9950)),
    "covered": (6000, "green", (2000, 500, 1000, 500)),
    "not-covered": (6000, "red", (400, 150)),
    "neighbour": (0, "red", (600, 200, 150, 200, 150, 700)),
}

WHISTLE = {
    "neighbour": (0, "", (600, 200, 150, 200, 150, 700)),
    "answered": (2000, "", (100, 2000)),
    "coming": (4000, "", (100, 150, 100, 150, 100, 4000)),
}


class Player:
    """Plays one rhythm at a time through `turn(on, colour, word)`, which is called only when something changes.

    With `plays` the port keeps the rhythm: it is told the word's beginning and its end, not every edge.
    """

    def __init__(self, table: "dict[str, tuple[int, str, tuple[int, ...]]]", turn: "Turn", rest: str, plays: bool) -> None:
        self.word = rest
        self._rest = rest
        self._table = table
        self._turn = turn
        self._plays = plays
        self._step = 0
        self._next: "int | None" = None
        self._end: "int | None" = None

    def show(self, word: str, now: int) -> None:
        """Begin `word` (a key of the table, or the word of rest) now, unless it is being played already."""
        if word == self.word:
            return
        self.word = word
        self._step = 0
        self._next = self._end = None
        if word == self._rest:
            self._turn(False, "", word)
            return
        lasts, colour, rhythm = self._table[word]
        self._end = now + lasts if lasts else None
        self._next = None if self._plays else now + rhythm[0]
        self._turn(True, colour, word)

    def due(self) -> "int | None":
        """Return when `step` must be called next, in ms, or None."""
        if self._end is None or (self._next is not None and self._next < self._end):
            return self._next
        return self._end

    def step(self, now: int) -> None:
        """Do what is due: the next edge, or the end of a word that lasts for a time."""
        if self._end is not None and now >= self._end:
            self.show(self._rest, now)
        while self._next is not None and now >= self._next:
            _, colour, rhythm = self._table[self.word]
            self._step = (self._step + 1) % len(rhythm)
            self._next += rhythm[self._step]
            self._turn(self._step % 2 == 0, colour, self.word)
