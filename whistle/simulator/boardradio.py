"""The radio port of a simulated board (`beacon.ports.Radio`): one chip with one receive buffer, on the simulated air.

Figures of a board that runs MicroPython: it comes to read a frame up to 10 ms after its last bit, is busy with it for
5 ms, and needs 3 ms after a transmission until it receives again. A frame that ends while another lies unread
overwrites it.
"""

import asyncio
import contextvars
import random
from collections.abc import Callable, Coroutine
from typing import Any

from whistle.simulator.air import Air
from whistle.simulator.propagation import Spot

READ_LATE_US = 10_000
HANDLING_US = 5_000
DEAF_AFTER_US = 3_000

Alive = Callable[[], int | None]
Heard = Callable[[bytes, int, float], None]
Packet = tuple[bytes, int, float]


class BoardRadio:
    """One chip. It stays in its place on the air while boards restart around it; `attach` gives it to a freshly
    started one.
    """

    run: Callable[[Alive], Coroutine[Any, Any, None]] | None = None  # the air's events hand frames over
    sniffing = False

    def __init__(self, air: Air, spot: Spot, draws: random.Random) -> None:
        self.ear = air.add(spot, self._arrived)
        self.broken = False
        self.reading: bytes | None = None  # the frame that the board is just being given
        self.free_at = 0  # until then (us) the board's processor is busy and reads nothing
        self._air = air
        self._loop = air.loop
        self._late = draws.random
        self._heard: Heard | None = None
        self._context = contextvars.Context()
        self._unread: Packet | None = None
        self._loaded = b""
        self._life = 0

    def attach(self, context: contextvars.Context) -> None:
        """A board starts: nothing loaded, nothing received, asleep until it listens."""
        self.detach()
        self._context = context

    def detach(self) -> None:
        """The board has lost its power or restarts: whatever was under way is forgotten."""
        self._life += 1
        self._heard = None
        self._unread = None
        self.free_at = 0
        self._air.shut(self.ear)

    # The port

    def tune(self, radio: dict[str, int]) -> None:
        """The scenario has checked that all share one setting."""
        self._answer()

    def listen(self, heard: Heard) -> None:
        self._answer()
        self._heard = heard
        self._air.open(self.ear)

    def poke(self) -> None:
        """Nothing is missed here."""

    def load(self, frame: bytes) -> None:
        self._answer()
        self._read()
        self._loaded = bytes(frame)

    def busy(self) -> bool:
        self._answer()
        return self._air.busy(self.ear)

    async def send(self) -> None:
        self._answer()
        self._read()
        was_open, life = self.ear.open, self._life
        over: asyncio.Future[None] = self._loop.create_future()
        self._air.transmit(self.ear, self._loaded, lambda: self._loop.at(self._again(), _release, over))
        await over
        if was_open and life == self._life:
            self._air.open(self.ear)

    def sleep(self) -> None:
        self._answer()
        self._air.shut(self.ear)

    # Behind it

    def _answer(self) -> None:
        if self.broken:
            raise OSError("the radio chip does not answer")

    def _again(self) -> int:
        return self._loop.now_us + DEAF_AFTER_US

    def _arrived(self, frame: bytes, rssi: int, snr: float) -> None:
        if self._unread is None:
            soon = self._loop.now_us + int(self._late() * READ_LATE_US)
            self._loop.at(max(soon, self.free_at), self._read)
        else:
            self._air.counts.overwritten += 1
        self._unread = (frame, rssi, snr)

    def _read(self) -> None:
        packet, self._unread = self._unread, None
        if packet is not None and self._heard is not None:
            self.free_at = max(self.free_at, self._loop.now_us) + HANDLING_US
            self.reading = packet[0]
            self._context.run(self._heard, *packet)
            self.reading = None


def _release(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)
