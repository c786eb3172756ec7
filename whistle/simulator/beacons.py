"""A beacon of the simulation: the case with its buttons, flash, radio and battery, and the beacon program while it
runs.
"""

import asyncio
import contextvars
import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from beacon.errors import BadSettings
from beacon.program import Program
from meshwire.header import unpack

from whistle.simulator import draws
from whistle.simulator.air import Air
from whistle.simulator.board import TIMER_LATE_US, WATCHDOG_MS, Board, Buttons
from whistle.simulator.boardradio import BoardRadio
from whistle.simulator.flash import Flash
from whistle.simulator.loop import lateness
from whistle.simulator.propagation import Spot
from whistle.simulator.scenario import BeaconSpec

if TYPE_CHECKING:  # the ports exist only for the type checker
    from beacon import ports

    _checked: tuple[type[ports.Board], type[ports.Radio]] = (Board, BoardRadio)

BOOT_US = 600_000  # from power or reset to the program's first line; the board is blind meanwhile

# What `alertwire.calling` names by letters, as a watcher is told it. Duress looks like any cancel here too.
CALLS = {
    "I": "idle",
    "C": "calling",
    "W": "calling",
    "H": "heard",
    "V": "heard",
    "S": "shown",
    "N": "seen",
    "G": "coming",
    "X": "cancelling",
    "Y": "cancelling",
    "D": "idle",
    "Q": "silent",
}

Report = Callable[..., None]


class Beacon:
    """One case. It is switched on when made; `report(event, node=..., **fields)` is told what can be seen and heard."""

    def __init__(self, air: Air, seed: int, spec: BeaconSpec, flash: Flash, report: Report) -> None:
        self.node = spec.node
        self.name = spec.name
        self._settings = spec.settings
        self.flash = flash
        self.buttons = Buttons()
        self.percent = spec.battery
        self.failure = ""  # why the program could not start
        self.starts = 0
        self.asleep = False
        self._call = "idle"
        self.board: Board | None = None
        self.program: Program | None = None
        self._loop = air.loop
        self._report = report
        self._chance = draws.stream(seed, "board", spec.node)
        self._late = draws.stream(seed, "late", spec.node)
        spot = Spot(spec.node, spec.x, spec.y, spec.power_dbm)
        self.radio = BoardRadio(air, spot, draws.stream(seed, "read", spec.node))
        self._task: asyncio.Task[Any] | None = None
        if flash.load("settings") is None:
            flash.save("settings", json.dumps(spec.settings).encode())
        self._loop.at(self._loop.now_us, self._start, "power", self.starts)

    @property
    def on(self) -> bool:
        """Is a program running, or deeply asleep (not off, not starting)?"""
        return self.program is not None or self.asleep

    def press(self, down: bool, which: int = 0) -> None:
        """The real edge of a button, now."""
        self.buttons.press(which, down, self._loop.now_us // 1000)

    def power(self, on: bool) -> None:
        """Pull the battery out or put it in; off takes effect at once, whatever the board was doing."""
        if on and self.board is None and not self.asleep:
            self._loop.at(self._loop.now_us + BOOT_US, self._start, "power", self.starts)
        if not on:
            self._stop()

    def restart(self, cause: str = "power") -> None:
        """Off and on again."""
        self._stop()
        self._loop.at(self._loop.now_us + BOOT_US, self._start, cause, self.starts)

    @property
    def place(self) -> str:
        """The public place in its settings."""
        return str(self._settings.get("place", ""))

    @property
    def call(self) -> str:
        """The state of its own call."""
        if self.asleep:
            return self._call
        return CALLS[self.program.calling.state] if self.program is not None else "idle"

    def charge(self, percent: int) -> None:
        """The battery stands at this percentage from now on (101: powered from outside)."""
        self.percent = percent
        if self.board is not None:
            self.board.percent = percent

    def state(self) -> dict[str, Any]:
        """What can be seen and heard of it now; empty when it is off, without lamp and whistle in a deep sleep."""
        if self.asleep:
            return {"call": self.call, "battery": self.percent, "cause": "sleep"}
        if self.board is None:
            return {}
        shown = self.board.shown
        return {
            "lamp": shown.lamp,
            "colour": shown.colour,
            "pattern": shown.pattern,
            "whistle": shown.whistle,
            "sound": shown.sound,
            "call": self.call,
            "battery": self.percent,
            "cause": self.board.cause,
        }

    # One life of the program

    def _start(self, cause: str, life: int, kept: bytes | None = None) -> None:
        if life != self.starts or self.board is not None:
            return  # switched off or on meanwhile
        board = Board(self._loop, self.flash, self.radio, self._chance, self.buttons, self._tell)
        board.cause, board.percent, board.kept = cause, self.percent, kept
        self.asleep, self.buttons.wake = False, None
        context = contextvars.copy_context()
        context.run(lateness.set, _late(self._late))
        self.radio.attach(context)
        self.board = board
        try:
            self.program = context.run(Program, board, self.radio)
        except BadSettings as wrong:
            self.failure = str(wrong)
            return
        self._task = self._loop.create_task(self.program.run(), context=context)
        self._task.add_done_callback(lambda task: self._ended(board, task))
        self._loop.at(self._loop.now_us + WATCHDOG_MS * 1000, self._watchdog, board)

    def _ended(self, board: Board, task: "asyncio.Task[Any]") -> None:
        """The program has ended by itself: as on a board, whatever killed it restarts everything."""
        if task.cancelled() or board is not self.board:
            return
        if board.slept is not None:
            self._lie_down(*board.slept)
            return
        why = f"{board.ended or 'the program came to its end'}: {task.exception()!r}"
        self._report("reset", node=self.node, why=why)
        self._task = None
        self.restart("reset")

    def _lie_down(self, ms: int, memory: bytes) -> None:
        """Deep sleep: a button ends it, or its own timer; both need a start."""
        self._task = None
        self._look_at_call()
        self._stop()
        self.asleep = True
        life = self.starts

        def wake(cause: str) -> None:
            if self.asleep and life == self.starts:
                self.buttons.wake = None
                self._loop.at(self._loop.now_us + BOOT_US, self._start, cause, life, memory)

        self.buttons.wake = lambda: wake("sleep")
        self._loop.at(self._loop.now_us + ms * 1000 - BOOT_US, wake, "timer")

    def _watchdog(self, board: Board) -> None:
        if board is not self.board:
            return
        if self._loop.now_us // 1000 - board.fed_ms > WATCHDOG_MS:
            self._report("reset", node=self.node, why="watchdog")
            self.restart("reset")
        else:
            self._loop.at((board.fed_ms + WATCHDOG_MS + 1) * 1000, self._watchdog, board)

    def _stop(self) -> None:
        self.starts += 1
        self.asleep, self.buttons.wake = False, None
        self.buttons.attach(None)
        self.radio.detach()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        if self.board is not None:
            self._dark(self.board)
        self.board = self.program = None

    def _dark(self, board: Board) -> None:
        if board.shown.lamp:
            self._tell("lamp", on=False, colour="", pattern="dark")
        if board.shown.whistle:
            self._tell("whistle", on=False, pattern="silent")

    def _tell(self, event: str, **fields: object) -> None:
        self._look_at_call()
        if event != "save":
            self._report(event, node=self.node, **fields)

    def _look_at_call(self) -> None:
        """A call changes its state with a word on flash, on the lamp, or both: report the change once."""
        call = self.call
        if call != self._call:
            self._call = call
            self._report("call", node=self.node, state=call, hops=_hops(self.radio.reading))


def _hops(frame: bytes | None) -> int | None:
    """How many relays a frame has come over, as its header says."""
    if frame is None:
        return None
    head = unpack(frame)
    return int(head.hop_start - head.hop_limit)


def _late(chance: random.Random) -> Callable[[], int]:
    draw = chance.random
    return lambda: int(draw() * TIMER_LATE_US)
