"""ESP32 and ESP32-S3: deep sleep with 2 KB of memory, light sleep whenever the loop has nothing to do.

Button on ext0, second button on ext1, or the radio's pin there, where a frame is to end a deep sleep. A button that
stays down would end every sleep at once: it is waited for to be let go, and the other one wakes as ever. What memory
holds begins with both clocks (6 bytes each) and a byte: which buttons were down, 128 for a radio left receiving.
"""

import asyncio
import time

import esp32
import machine
from machine import RTC, Pin

from beacon.boards.parts import Parts

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]


class Board(Parts):
    deep = True

    def __init__(self, wiring: "dict[str, Any]") -> None:
        kept = RTC().memory()
        RTC().memory(b"")  # once: a later start must not go on from it again
        cause = machine.reset_cause()
        slept = cause == machine.DEEPSLEEP_RESET and len(kept) > 13
        self.listened = slept and kept[12] > 127
        self._held(wiring, False, self.listened)
        super().__init__(wiring)
        self._armed: "list[tuple[Pin, int | None]]" = [(pin, Pin.PULL_UP) for pin in self._buttons]
        if "irq" in wiring["radio"]:
            self._armed.append((Pin(wiring["radio"]["irq"]), None))
        self._claim()
        self._kept: "bytes | None" = None
        if slept:
            self._kept = kept[13:]
            self._stuck = kept[12] & 127
            before, then = int.from_bytes(kept[:6], "big"), int.from_bytes(kept[6:12], "big")
            # The chip's clock goes on through deep sleep. Should it fall, what passed since this start is known.
            self._ticks = time.ticks_ms()
            self._now = before + max(self._ticks, time.time_ns() // 1000000 - then)
            why = machine.wake_reason()
            moved = 1 if why == machine.EXT0_WAKE else 2 if why == machine.EXT1_WAKE and not self.listened else 0
            self.cause = "sleep" if moved & ~self._stuck else "timer"
            self._stuck &= ~moved  # it was let go: if it is down now, that is new
        elif cause != machine.PWRON_RESET:
            self.cause = "reset"

    def memory(self) -> "bytes | None":
        kept, self._kept = self._kept, None
        return kept

    def hears(self) -> bool:
        return bool(self._wiring["radio"].get("wakes"))

    def deep_sleep(self, ms: int, memory: bytes, listening: bool) -> None:
        down = self._told & self._down()  # only a press that was told has had its meaning: a new one wakes it
        clocks = self.now().to_bytes(6, "big") + (time.time_ns() // 1000000).to_bytes(6, "big")
        RTC().memory(clocks + bytes([down | listening << 7]) + memory)
        self._wake_by(down, not listening)
        if listening:
            esp32.wake_on_ext1((Pin(self._wiring["radio"]["irq"]),), esp32.WAKEUP_ANY_HIGH)
        self._held(self._wiring, True, listening)
        machine.deepsleep(ms)

    def _held(self, wiring: "dict[str, Any]", hold: bool, listening: bool) -> None:
        """Keep through a deep sleep what must not float: the radio's NSS high, its switch as it listens or not, siren
        and supplies off."""
        radio, whistle = wiring["radio"], wiring.get("whistle")
        levels = [[radio["nss"], 1]] if "nss" in radio else []
        levels += [[radio["rxen"], int(listening)]] if "rxen" in radio else []
        levels += [[pin, 0] for pin in whistle["pins"]] if whistle else []
        for pin, level in wiring["still"] + levels:
            Pin(pin, Pin.OUT, value=level, hold=hold)
        esp32.gpio_deep_sleep_hold(hold)

    def _wake_by(self, down: int, both: bool) -> None:
        """What ends a sleep: a button going down, or one that is down being let go."""
        levels = esp32.WAKEUP_ALL_LOW, esp32.WAKEUP_ANY_HIGH
        esp32.wake_on_ext0(self._buttons[0], levels[down & 1])
        if both:
            # without a second one an empty list, which disarms: None would leave what was armed
            esp32.wake_on_ext1(self._buttons[1:], levels[down >> 1])

    def _claim(self) -> None:
        """Take back what a sleep was armed with: such pins are the RTC's until set up anew, and read as pressed."""
        for pin, pull in self._armed:
            pin.init(Pin.IN, pull, hold=False)

    def attend(self, radio: "Any") -> None:
        """Doze from now on whenever the loop has nothing to do; a button and the radio's own pin end it too."""
        irq = self._wiring["radio"].get("irq")
        if irq is None:
            return  # a radio on a UART is not heard asleep
        self._radio = radio
        self._most = 10000  # ms of a doze: the watchdog must come to its turn
        queue = asyncio.core._io_queue
        self._wait = queue.wait_io_event
        queue.wait_io_event = self._idle
        pins, high = (Pin(irq, Pin.IN),), esp32.WAKEUP_ANY_HIGH
        self._newer = hasattr(esp32, "wake_on_gpio")
        if self._newer:
            esp32.wake_on_gpio(pins, high)
            return
        # MicroPython before 1.27: ext1 has one level, so nothing ends a doze for the second button
        if self._buttons[1:]:
            self._most = 250
        try:
            esp32.wake_on_ext1(pins, high)
        except ValueError:  # no RTC pin: frames would wait
            self._most = 0

    def _idle(self, ms: int) -> None:
        """The loop waits here. Sound needs the clock on; a finger does too, and an edge that no task has seen yet."""
        long = ms < 0 or ms > 30
        if self.dozes and self._most and long and not self._pwms and self._down() == self._told == self._stuck:
            self._wake_by(self._stuck, self._newer)
            machine.lightsleep(min(ms - 10 if ms > 0 else self._most, self._most))
            self._claim()
            self._flag.set()  # edges are not seen asleep
            self._radio.poke()
            ms = 0
        self._wait(ms)
