"""The two ports of the beacon: what a board and a radio must do, and nothing more.

This file is read by people and by mypy; it does not exist on a board. A port is any object with these members: a real
board (`beacon/boards`, `beacon/radios`), the simulator, a test. The program is started by

    from beacon.program import Program
    program = Program(board, radio)     # raises BadSettings (one sentence) when the settings file is no use
    await program.run()                 # until a task dies: calls board.reset(why), then raises what killed the task;
                                        # or until a deep sleep: calls board.deep_sleep(), then returns

or by `beacon.program.serve(board, radio)`, which also shows bad settings; cancel `run` when the power goes. Everything
runs in one thread and one asyncio loop. `board.now()` and the loop's clock must be the same clock (a virtual loop makes
both virtual). All chance comes from `board.random`: equal seeds give equal runs. The program never polls: it sleeps
until its next due time or until a port calls one of the callbacks handed over below.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

Edge = Callable[[int, bool, int], None]
Heard = Callable[[bytes, int, float], None]
Alive = Callable[[], "int | None"]
"""What every task calls whenever it wakes: gives the ms it may sleep at most (a quarter of watchdog_ms), or None."""

class Board(Protocol):
    """Button, lamp, whistle, battery, flash, clock, chance, AES, watchdog, reset."""

    early_ms: int
    """How long before a transmit slot the program stops sleeping and calls `spin`: 12 on a board (its timers are up to
    10 ms late), 0 where timers are exact or their lateness is wanted (simulator)."""

    watchdog_ms: int
    """The hardware watchdog's period, 0 for none. Every quarter of it `feed` is called, if every task has reported
    since the last time; tasks wake for that alone, so a simulator that wants to be fast says 0 or much (600_000)."""

    plays: bool
    """True: the port plays the rhythms of `beacon.patterns` by itself: `lamp` and `whistle` are called once with
    on=True when a word begins, and once with on=False and "dark" or "silent" when it ends. False: at every edge."""

    cause: str
    """Why the board started: "power" (someone switched it on), "reset" (watchdog, brown-out, a task that died), "sleep"
    (its button woke it from deep sleep), "timer" (it woke from deep sleep by itself)."""

    deep: bool
    """Whether the board has a deep sleep that its button ends; without one it only dozes."""

    listened: bool
    """Whether the radio was left receiving when the board lay down before this start; `start` tells the radio."""

    dozes: bool
    """Set by the program: the board may sleep lightly whenever its loop has nothing to do (modes press and listen)."""

    volume: int
    """Set by the program: how loud the whistle may be, 0 (silent) to 100."""

    run: "Callable[[Alive], Coroutine[Any, Any, None]] | None"
    """A coroutine function that serves the buttons for ever, watched by the program as one of its tasks; None where
    something else calls the edge callback (simulator, test)."""

    def memory(self) -> "bytes | None":
        """What `deep_sleep` was given before this start, once: it is forgotten when this returns, so that no later
        start can go on from it again. None after any other start."""

    def hears(self) -> bool:
        """Whether a frame would end a deep sleep that began now, the radio left receiving; the second button then
        does not."""

    def deep_sleep(self, ms: int, memory: bytes, listening: bool) -> None:
        """Sleep until a button goes down or `ms` have passed, `listening` also until the radio has a frame, which it
        keeps for the next start; then the board starts anew, with `memory` (< 2 KB) and its clock going on. A button
        that is down already wakes nothing before it was up. Never returns on a board; where it does (simulator, test),
        the program has ended."""

    def now(self) -> int:
        """Milliseconds since some start, whole, never falls, never wraps (a board extends `ticks_ms`)."""

    def random(self, n: int) -> int:
        """A number from 0 to n - 1, n up to 2**32; unpredictable on a board (`os.urandom`), seeded in the simulator.
        True chance and another in every start, from the first call on: it alone keeps a beacon whose flash was put back
        from saying again what it said before. A chip whose generator is true only with a radio or converter switched on
        (ESP32 without Wi-Fi) must feed it: stir in the noise that the LoRa chip receives."""

    def aes(self, key: bytes) -> Callable[[bytes], bytes]:
        """AES-ECB encryption of whole 16-byte blocks under key (16 or 32 bytes); made once."""

    def load(self, name: str) -> "bytes | None":
        """The flash file `name`, whole; None when there is none. Names used: "settings" (the JSON a provisioned board
        gets), "state0" and "state1" (sequence, ids, open call: < 100 bytes each), "marks" (last sequences heard, 960
        bytes), "group" (new group keys that came over the air, at most 92 bytes; an update of the program keeps it),
        "survey" (what was measured where it hangs, < 400 bytes; written, never read). Called once for each name, before
        the first frame."""

    def save(self, name: str, data: bytes) -> None:
        """Write the flash file `name` (data: bytes or bytearray) so that a power cut leaves the old or the new bytes,
        and return only when it is written. OSError when it cannot be (full, worn out): the program goes on."""

    def button(self, edge: Edge) -> None:
        """From now on call edge(button, pressed, at_ms) for every debounced edge, in the loop's thread (not in an
        interrupt), within 20 ms; button 0 is the alarm button, 1 the second button (silent alert). A button already
        down when this is called gives a pressed edge at the time it went down, if known (time asleep counts)."""

    def lamp(self, on: bool, colour: str, pattern: str) -> None:
        """Light or darken the lamp; colour "red" "amber" "green" "blue" "white" (a one-colour lamp ignores it); pattern
        is the word of `beacon.patterns.LAMP` being played ("dark" for none; "bad-settings" is a steady light)."""

    def whistle(self, on: bool, pattern: str) -> None:
        """Sound or silence the whistle; pattern is the word of `beacon.patterns.WHISTLE`, "silent" for none."""

    def battery(self) -> "tuple[int, int]":
        """(percent 0..100, or 101 when powered from outside; millivolts). Read at lines, pulses and self-tests."""

    def tamper(self) -> bool:
        """The case stands open, where there is a switch for it; else False."""

    def wire(self) -> bool:
        """The cable to button or whistle is out, where there is a loop that tells, or a button is stuck down."""

    def place(self) -> "tuple[float, float] | None":
        """(latitude, longitude) in degrees only when the board knows that it is away from its roster place."""

    def say(self, text: str) -> None:
        """One line for the console (USB); never a key, never awaited."""

    def collect(self) -> None:
        """Collect garbage now (`gc.collect`); nothing in a simulator."""

    def spin(self, until_ms: int) -> None:
        """Busy-wait until now() >= until_ms; at most `early_ms` ahead. Returns at once where early_ms is 0."""

    def well(self) -> None:
        """All goes well: every task has reported for a minute, or a deep sleep begins, and the radio answers. Called
        once a start: a release on trial has passed it."""

    def feed(self) -> None:
        """Feed the hardware watchdog, where there is one. Also called once at the start, and while settings are bad."""

    def reset(self, why: str) -> None:
        """Restart the board. May return (simulator, test): `Program.run` then raises and is not used again."""

    def service(self) -> None:
        """Open the service window: the console is free and the board stays awake until power-off. On a board it ends
        the program as Ctrl-C does."""

    def attended(self) -> None:
        """Somebody is at the console: stay awake, the watchdog fed. Called by `start` alone, when it ends by Ctrl-C."""

    def attend(self, radio: "Radio") -> None:
        """Doze from now on whenever `dozes` is set and the loop has nothing to do; called once, by `start` alone. After
        each doze `radio.poke()` is called: its interrupt may have come while nothing could take it."""

class Radio(Protocol):
    """One LoRa radio. Any call may raise OSError when the chip does not answer: the lamp says so, and once a second the
    program calls `tune` and `listen` again, which must then bring the chip up from anything; frames stay queued."""

    def tune(self, radio: "dict[str, int]") -> None:
        """Take the settings' "radio" object: freq_hz, sf, bw_hz, cr (5..8), preamble, power_dbm, sync, and for radios
        that seal by themselves channel and node. Called before the first `listen`, and again after a failure."""

    def listen(self, heard: Heard) -> None:
        """Receive continuously and call heard(frame, rssi_dbm, snr_db) for every whole frame (CRC right), oldest first,
        in the loop's thread, never from an interrupt. heard is synchronous, does not raise, keeps no reference to a
        buffer it is given (frame is bytes), and may be called from inside `load`, `busy` and `send`."""

    sniffing: bool
    """Set by the program before the first `listen`: sleep between looks for a preamble, where the preset leaves room
    for that (mode listen)."""

    run: "Callable[[Alive], Coroutine[Any, Any, None]] | None"
    """A coroutine function that serves the chip for ever (on a board: wait for its interrupt, read, call heard; call
    alive() at every wake), started and watched by the program as one of its tasks; None where something else calls
    heard (simulator, test)."""

    def poke(self) -> None:
        """Look at the chip soon, as if it had interrupted. Called by a board that dozes, never by the program."""

    def load(self, frame: bytes) -> None:
        """Put frame (<= 255 bytes) into the chip's send buffer. Neither ends a reception under way nor loses a frame
        received but unread: that one is handed to heard first. What was loaded may never be sent, and loaded anew."""

    def busy(self) -> bool:
        """Listen before talk, at the instant of the call: a reception is under way, or channel activity detection over
        the last two symbols found a preamble or a packet. May block for those two symbols (66 ms at SF12/125)."""

    def send(self) -> Coroutine[Any, Any, None]:
        """Transmit the loaded frame now. Returns after its last bit with the radio receiving again (or asleep, if it
        was). A frame received but unread is handed to heard first, never lost."""

    def sleep(self) -> None:
        """Stop receiving, lowest current (mode press, between windows); `listen` or `send` wake it."""
