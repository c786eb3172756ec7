"""RP2040: no deep sleep that a pin ends, so it only dozes; its watchdog reaches 8.3 s, and a timer helps it out."""

import asyncio
import time

import machine
from machine import Pin, Timer

from beacon.boards.parts import Parts

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]

    from beacon.ports import Edge


class Board(Parts):
    hardware_ms = 8000  # of 8388: RP2040 datasheet 4.7, 24 bits at two ticks a microsecond
    timers = -1, -1

    def __init__(self, wiring: "dict[str, Any]") -> None:
        super().__init__(wiring)
        if machine.reset_cause() != machine.PWRON_RESET:
            self.cause = "reset"

    def button(self, edge: "Edge") -> None:
        """A frame may be on the air for longer than the watchdog's longest: a timer feeds it as long as we are fed."""
        super().button(edge)
        self._fed = time.ticks_ms()
        self._feeder = Timer(-1, period=2000, callback=self._relay)

    def feed(self) -> None:
        self._fed = time.ticks_ms()

    def _relay(self, timer: Timer) -> None:
        if time.ticks_diff(time.ticks_ms(), self._fed) < self.watchdog_ms:
            super().feed()

    def attend(self, radio: "Any") -> None:
        """Doze from now on whenever the loop has nothing to do; any pin with a handler ends it."""
        irq = self._wiring["radio"].get("irq")
        if irq is None:
            return  # a radio on a UART is not heard asleep
        self._radio, self._irq = radio, Pin(irq, Pin.IN, Pin.PULL_DOWN)  # driven by nobody while the chip sleeps
        queue = asyncio.core._io_queue
        self._wait = queue.wait_io_event
        queue.wait_io_event = self._idle

    def _idle(self, ms: int) -> None:
        """The loop waits here. What came while tasks ran ends no sleep any more: then it is looked at first."""
        new = self._down() != self._told or self._irq()
        if self.dozes and (ms < 0 or ms > 30) and not self._pwms and not new:
            machine.lightsleep(min(ms - 10 if ms > 0 else 1000, 1000))  # the watchdog's timer must come to its turn
            self._flag.set()
            self._radio.poke()
            ms = 0
        self._wait(ms)
