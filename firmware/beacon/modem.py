"""A board as a plain LoRa modem on USB: a gateway tunes it, hears every frame and sends its own. It holds no key.

Same two ports as the beacon's program, and the same rule: a task that dies resets the board. The words on the cable are
meshwire.cable's, in docs/modem.md. When is the host's decision; whether the air is free at that instant is looked here.
"""

import asyncio
import struct

from meshwire import cable, const

from beacon.errors import Stopped
from beacon.loop import Alarm

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable, Coroutine  # type: ignore[unreachable]
    from typing import Any, Protocol

    from beacon.ports import Alive, Board, Radio

    Work = Callable[[Alive], Coroutine[Any, Any, None]]

    class Line(Protocol):
        """The cable: `read` waits for bytes and gives what came, `write` returns when all has been taken."""

        async def read(self) -> bytes: ...
        async def write(self, data: bytes) -> None: ...


_RING = const(16)  # messages that wait for the cable
_FOR_ANSWERS = const(4)  # of which frames heard leave so many free
_CTRL_C = b"\x03"
_TRIAL_MS = const(60000)
_QUIET_MS = const(30000)  # a host that has said nothing for so long does not mind a technician


class Modem:
    """One life of the modem. `name` is what it tells of itself: the board, and its radio's model."""

    def __init__(self, board: "Board", radio: "Radio", line: "Line", name: bytes = b"") -> None:
        self.heard = self.sent = self.busy = self.dropped = 0
        self.reader = cable.Reader(self._told)
        self._board = board
        self._radio = radio
        self._line = line
        self._name = name
        self._tuning: "dict[str, int]" = {}
        self._listening = self._failed = self._listened = False
        self._token, self._frame = b"", b""  # what is to be sent
        self._spoken: "int | None" = None  # when the host last said something
        self._fine_at = 0  # when a release on trial has passed; 0: not tuned yet, or told
        self._work, self._writing = Alarm(), Alarm()
        self._ring: "list[bytes]" = [b""] * _RING
        self._first = self._waiting = 0

    async def run(self) -> None:
        """Serve the host until a task dies (resets the board, raises) or a technician stops it (returns)."""
        board, reset = self._board, True
        works: "list[Work]" = [self._serve, self._write]
        if self._radio.run:
            works.append(self._radio.run)
        self._silent = self._all = (1 << len(works)) - 1
        tasks = [asyncio.create_task(works[at](self._alive(1 << at))) for at in range(len(works))]
        tasks += [asyncio.create_task(self._read()), asyncio.create_task(self._watch())]
        try:
            await asyncio.gather(*tasks)
        except Stopped:
            reset = False
            board.service()
        except asyncio.CancelledError:
            reset = False
            raise
        finally:
            for task in tasks:
                task.cancel()
            if reset:
                board.reset("a task died")

    # From the host

    async def _read(self) -> None:
        """Take what comes; waits for the host as long as it likes, so the watchdog does not ask this task."""
        while True:
            data = await self._line.read()
            self.reader.feed(data)
            if _CTRL_C in data:
                if self._spoken is None or self._board.now() - self._spoken > _QUIET_MS:
                    raise Stopped("the modem was stopped from its console")

    def _told(self, kind: int, payload: bytes) -> None:
        """The host has said something; what it should not say is passed over."""
        self._spoken = self._board.now()
        what = bytes([kind])
        if what == cable.HELLO:
            self._tell(
                cable.HERE, struct.pack(cable.HERE_FORM, cable.VERSION, self._state(), self._noise()) + self._name
            )
        elif what == cable.PING:
            counts = self.heard, self.sent, self.busy, self.dropped, self.reader.garbled
            self._tell(cable.PONG, struct.pack(cable.PONG_FORM, self._state(), self._noise(), *counts))
            self._fine()
        elif what == cable.TUNE and len(payload) == struct.calcsize(cable.TUNING_FORM):
            values = struct.unpack(cable.TUNING_FORM, payload)
            self._tuning = {cable.TUNING[at]: values[at] for at in range(len(values))}
            self._listening = self._failed = False
            self._work.ring()
        elif what == cable.SEND and len(payload) > 2:
            self._submit(payload[:2], payload[2:])

    def _fine(self) -> None:
        """Tell the board, once, that this program runs, its radio answers and its host speaks."""
        if self._listening and 0 < self._fine_at <= self._board.now():
            self._fine_at = 0
            self._board.well()

    def _submit(self, token: bytes, frame: bytes) -> None:
        """Take one frame to send as soon as the task comes to it, or say why not."""
        why = 0
        if not self._tuning:
            why = cable.UNTUNED
        elif self._failed:
            why = cable.DEAF
        elif self._frame:
            why = cable.ENGAGED
        elif len(frame) > 255:
            why = cable.TOO_LONG
        if why:
            self._tell(cable.REFUSED, token + bytes([why]))
        else:
            self._token, self._frame = token, frame
            self._work.ring()

    # To the host

    def _state(self) -> int:
        return (cable.TUNED if self._listening else 0) | (cable.FAILED if self._failed else 0)

    def _noise(self) -> int:
        """The noise floor in dBm where the radio knows it (a member beyond the port), else 0."""
        noise = getattr(self._radio, "noise", None)
        try:
            return int(noise()) if callable(noise) and self._listening else 0
        except OSError:
            return 0

    def _tell(self, kind: bytes, payload: bytes) -> None:
        """Put a message into the ring; answers find room there when frames find none."""
        if self._waiting >= (_RING - _FOR_ANSWERS if kind == cable.HEARD else _RING):
            self.dropped += 1
            return
        self._ring[(self._first + self._waiting) % _RING] = cable.message(kind, payload)
        self._waiting += 1
        self._writing.ring()

    async def _write(self, alive: "Alive") -> None:
        """Write what waits, the oldest first."""
        while True:
            most = alive()
            if self._waiting:
                data, self._ring[self._first] = self._ring[self._first], b""
                self._first = (self._first + 1) % _RING
                self._waiting -= 1
                await self._line.write(data)
            else:
                await self._writing.wait(most)

    # The radio

    async def _serve(self, alive: "Alive") -> None:
        """Tune when told to, or every second while the chip does not answer; send what is to be sent."""
        while True:
            most = alive()
            if self._tuning and not self._listening:
                self._tune()
            if self._frame:
                await self._send()
                self._board.collect()
            elif not self._tuning or self._listening:
                await self._work.wait(most)
            else:
                await self._work.wait(min(most or 1000, 1000))

    def _tune(self) -> None:
        """Bring the chip up from anything, and tell how that went when it is news."""
        told, failed = self._failed, False
        try:
            if not told:
                self._radio.sleep()  # it may be receiving, and takes no tuning then
            self._radio.tune(self._tuning)
            self._radio.listen(self._hear)
            if not self._listened:
                self._fine_at = self._board.now() + _TRIAL_MS
            self._listening = self._listened = True
        except OSError:
            failed = True
        self._failed = failed
        if not failed or not told:
            self._tell(cable.STATE, bytes([self._state()]))

    async def _send(self) -> None:
        """Load the frame, look whether the air is free, send; the host learns which of it."""
        kind, why = cable.BUSY, b""
        try:
            self._radio.load(self._frame)
            if self._radio.busy():
                self.busy += 1
            else:
                await self._radio.send()
                self.sent += 1
                kind = cable.SENT
        except OSError:
            self._failed, self._listening = True, False
            kind, why = cable.REFUSED, bytes([cable.DEAF])
            self._tell(cable.STATE, bytes([self._state()]))
        token, self._token, self._frame = self._token, b"", b""
        self._tell(kind, token + why)

    def _hear(self, frame: bytes, rssi: int, snr: float) -> None:
        """A frame arrives from the radio."""
        self.heard += 1
        quarters = max(-128, min(127, int(snr * 4)))
        self._tell(cable.HEARD, struct.pack(cable.HEARD_FORM, rssi, quarters) + frame)

    # The watchdog

    def _alive(self, bit: int) -> "Alive":
        """Return what a task calls when it wakes: it reports, and learns how long it may sleep."""

        def alive() -> "int | None":
            self._silent &= ~bit
            return self._board.watchdog_ms // 4 or None

        return alive

    async def _watch(self) -> None:
        """Feed the watchdog each time that every task has reported since the last time."""
        while True:
            if not self._silent:
                self._silent = self._all
                self._board.feed()
            await Alarm().wait(self._board.watchdog_ms // 4 or None)


class Console:
    """The interpreter's own stdin and stdout as the cable, which on a board are its USB port (MicroPython only)."""

    def __init__(self) -> None:
        import select
        import sys

        self._in = sys.stdin.buffer
        self._reader = asyncio.StreamReader(self._in)  # type: ignore[arg-type]
        self._writer = asyncio.StreamWriter(sys.stdout.buffer, {})  # type: ignore[call-arg, arg-type]
        self._poll = select.poll()
        self._poll.register(self._in, 1)

    async def read(self) -> bytes:
        """Wait for a byte, then take what else is there: reading more than that at once would wait for it."""
        data = bytearray(await self._reader.read(1))
        if not data:
            raise OSError("the console is gone")
        while len(data) < 64 and self._poll.poll(0):
            data.extend(self._in.read(1))
        return bytes(data)

    async def write(self, data: bytes) -> None:
        """Write all of it."""
        self._writer.write(data)
        await self._writer.drain()


def start(board: "Board", radio: "Radio", name: bytes = b"") -> None:
    """Be a modem on this board's USB port; meanwhile Ctrl-C is ours to judge."""
    import micropython

    micropython.kbd_intr(-1)
    try:
        asyncio.run(Modem(board, radio, Console(), name).run())
    finally:
        micropython.kbd_intr(3)
