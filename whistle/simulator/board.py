"""The board port of a simulated board (`beacon.ports.Board`): button, lamp, whistle, battery, flash, clock and chance.

A board's timers are up to 10 ms late. It does not spin to a slot (`early_ms` 0), so that lateness stays in every
slot: worse than a real board, which spins the last 12 ms. Writing a file keeps its processor busy for 25 ms.
"""

import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from whistle.aes import ecb
from whistle.simulator import draws
from whistle.simulator.boardradio import BoardRadio
from whistle.simulator.flash import Flash
from whistle.simulator.loop import VirtualLoop

TIMER_LATE_US = 10_000
WRITING_US = 25_000
WATCHDOG_MS = 600_000
EMPTY_MV, FULL_MV = 3_300, 4_150

Edge = Callable[[int, bool, int], None]
Tell = Callable[..., None]
Run = Callable[[Callable[[], int | None]], Coroutine[Any, Any, None]]


class Buttons:
    """The buttons of a case, held by a finger whatever the board does; by number, with the time (ms) each went down."""

    def __init__(self) -> None:
        self._down: dict[int, int] = {}
        self._edge: Edge | None = None
        self.wake: Callable[[], None] | None = None  # called when one goes down while no board takes its edges

    def attach(self, edge: Edge | None) -> None:
        """A started board (None: a dead one) gets every edge from now on, first those of what is already down."""
        self._edge = edge
        if edge is not None:
            for which, since in sorted(self._down.items()):
                edge(which, True, since)

    def press(self, which: int, down: bool, now_ms: int) -> None:
        """An edge, as the resident makes it; pressing what is pressed changes nothing."""
        if down == (which in self._down):
            return
        if down:
            self._down[which] = now_ms
        else:
            del self._down[which]
        if self._edge is not None:
            self._edge(which, down, now_ms)
        elif down and self.wake is not None:
            self.wake()


@dataclass(slots=True)
class Shown:
    """What a resident sees and hears of a board."""

    lamp: bool = False
    colour: str = ""
    pattern: str = "dark"
    whistle: bool = False
    sound: str = "silent"


class Board:
    """One start of a board, from power or reset to the next. `tell(event, **fields)` reports what can be seen and
    heard.
    """

    early_ms = 0
    watchdog_ms = WATCHDOG_MS
    plays = True
    deep = True
    listened = False
    dozes = False  # light sleep changes nothing that can be seen: timers are as late
    volume = 100
    run: Run | None = None  # edges come by plain calls

    def __init__(
        self, loop: VirtualLoop, flash: Flash, radio: BoardRadio, chance: random.Random, buttons: "Buttons", tell: Tell
    ) -> None:
        self.cause = "power"
        self.kept: bytes | None = None  # what goes through the deep sleep before this start
        self.slept: tuple[int, bytes] | None = None  # how this start ended in one: how long at most (ms), its memory
        self.shown = Shown()
        self.percent = 101
        self.open_case = False
        self.console: list[str] = []
        self.ended: str | None = None  # why this start ended
        self.fed_ms = loop.now_us // 1000
        self._loop = loop
        self._flash = flash
        self._radio = radio
        self._tell = tell
        self.random = draws.below(chance)
        self._buttons = buttons

    def now(self) -> int:
        return self._loop.now_us // 1000

    def aes(self, key: bytes) -> Callable[[bytes], bytes]:
        return ecb(key)

    def load(self, name: str) -> bytes | None:
        return self._flash.load(name)

    def save(self, name: str, data: bytes) -> None:
        self._radio.free_at = max(self._radio.free_at, self._loop.now_us) + WRITING_US
        self._tell("save", name=name)
        self._flash.save(name, data)

    def memory(self) -> bytes | None:
        kept, self.kept = self.kept, None
        return kept

    def hears(self) -> bool:
        return False  # a simulated beacon that listens dozes: what a frame ends here is no deep sleep

    def deep_sleep(self, ms: int, memory: bytes, listening: bool) -> None:
        self.slept = ms, memory

    def button(self, edge: Edge) -> None:
        self._buttons.attach(edge)

    def lamp(self, on: bool, colour: str, pattern: str) -> None:
        self.shown.lamp, self.shown.colour, self.shown.pattern = on, colour, pattern
        self._tell("lamp", on=on, colour=colour, pattern=pattern)

    def whistle(self, on: bool, pattern: str) -> None:
        self.shown.whistle, self.shown.sound = on, pattern
        self._tell("whistle", on=on, pattern=pattern)

    def battery(self) -> tuple[int, int]:
        share = min(self.percent, 100) / 100
        return self.percent, round(EMPTY_MV + share * (FULL_MV - EMPTY_MV))

    def wire(self) -> bool:
        return False

    def tamper(self) -> bool:
        return self.open_case

    def place(self) -> tuple[float, float] | None:
        return None

    def say(self, text: str) -> None:
        del self.console[:-99]
        self.console.append(text)

    def attend(self, radio: Any) -> None:
        """Nothing dozes here."""

    def collect(self) -> None:
        """Nothing to collect here."""

    def spin(self, until_ms: int) -> None:
        """Timers are not exact here, but time does not pass within one instant of the simulation."""

    def well(self) -> None:
        """There is no trial here."""

    def feed(self) -> None:
        self.fed_ms = self.now()

    def reset(self, why: str) -> None:
        self.ended = self.ended or why

    def attended(self) -> None:
        """Nobody sits at a simulated console."""

    def service(self) -> None:
        self.say("service window open")
