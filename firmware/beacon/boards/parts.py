"""What every board has: button, lamp, whistle, battery, flash files, clock and chance. A port adds how its chip sleeps.

`wiring` is the board's file `board`, one of the tables of whistle/workbench/boards.
"""

import asyncio
import gc
import os
import sys
import time
from hashlib import sha256

from cryptolib import aes
from machine import ADC, PWM, WDT, Pin, Timer, reset

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]
    from typing import Any

    from beacon.ports import Alive, Edge

# What a cell is worth: millivolts at 0, 10, 20 ... 100 percent (a lithium cell at rest; with a load it shows less).
CELL = b"\x00\x1e\x28\x2e\x31\x34\x37\x3c\x42\x4a\x55"  # hundredths of a volt above 3.30
COLOURS = "red amber green blue white".split()
MIXED = 4, 6, 2, 1, 7  # red, green and blue as bits
STUCK_MS = 300000  # no finger stays so long


class Parts:
    """A board without its sleep: most of the Board port. Made before the radio, which needs what it switches on."""

    early_ms = 12
    watchdog_ms = hardware_ms = 60000  # what the program must keep to, and what the chip's own watchdog is set to
    timers = 0, 1  # for the sweep of the whistle, and to feed the watchdog
    plays = deep = dozes = listened = False
    volume = 100
    cause = "power"

    def __init__(self, wiring: "dict[str, Any]") -> None:
        for pin, level in wiring["still"]:
            Pin(pin, Pin.OUT, value=level)
        self._wiring = wiring
        self._buttons = [_input(wiring[name]) for name in ("button", "button2") if name in wiring]
        self._told = 0  # bits of the buttons that are down, as last told
        self._stuck = 0  # and of those that are since before a deep sleep, or for too long
        self._flag = asyncio.ThreadSafeFlag()
        self._edge: "Edge | None" = None
        lamp = wiring["lamp"]
        self._lit = lamp["on"]
        names = [name for name in ("pin", "red", "green", "blue") if name in lamp]
        self._lamps = [Pin(lamp[name], Pin.OUT, value=not self._lit) for name in names]
        self._pwms: "list[Any]" = []
        self._sweep = Timer(self.timers[0])
        self._now = self._ticks = time.ticks_ms()
        self._pool = b""
        if "battery" in wiring and "pin" in wiring["battery"]:
            adc = ADC(Pin(wiring["battery"]["pin"]))
            self.stir(bytes([adc.read_u16() & 255 for _ in range(64)]))  # the last bits of a voltage are noise
        self._dog: "Any" = None
        self._feeder: "Any" = None  # a timer that no name holds is garbage, and stops (RP2040)
        self._pmu: "Any" = None
        if "pmu_i2c" in wiring:
            self._pmu = __import__("beacon.boards.pmu", None, None, ("Pmu",)).Pmu(wiring["pmu_i2c"])
        self._screen: "Any" = None
        if "display" in wiring:
            self._screen = __import__("beacon.boards.display", None, None, ("Screen",)).Screen(wiring["display"])

    # Time and chance

    def now(self) -> int:
        ticks = time.ticks_ms()
        self._now += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._now

    def stir(self, noise: bytes) -> None:
        """Mix in what nobody can know: the chip's own generator is weak while its radio is off (ESP32)."""
        self._pool = sha256(self._pool + noise + os.urandom(16) + str(time.ticks_us()).encode()).digest()

    def random(self, n: int) -> int:
        self.stir(b"")
        return int.from_bytes(self._pool[:8], "big") % n

    def aes(self, key: bytes) -> "Callable[[bytes], bytes]":
        return aes(key, 1).encrypt

    # Flash

    def load(self, name: str) -> "bytes | None":
        try:
            with open(name, "rb") as file:
                return file.read()
        except OSError:
            return None

    def save(self, name: str, data: bytes) -> None:
        with open("new", "wb") as file:
            file.write(data)
        os.rename("new", name)  # littlefs replaces in one step

    def memory(self) -> "bytes | None":
        return None

    def hears(self) -> bool:
        return False

    # Buttons

    def button(self, edge: "Edge") -> None:
        self._edge = edge
        for pin in self._buttons:
            pin.irq(lambda pin: self._flag.set(), Pin.IRQ_FALLING | Pin.IRQ_RISING)
        self._dog = WDT(timeout=self.hardware_ms)

    async def run(self, alive: "Alive") -> None:
        """Tell of edges that lasted for 15 ms; what was down at the start went down when the board began to start."""
        at = since = self._now - self._ticks
        while True:
            down = self._down()
            self._stuck &= down
            changed, self._told = down ^ self._told, down
            if changed:
                since = at
            elif self.now() - since > STUCK_MS:
                self._stuck = down
            for i in range(len(self._buttons)):
                if changed >> i & 1:
                    # before its sleep: where a press has had its meaning
                    self._edge(i, down >> i & 1 > 0, 0 if self._stuck >> i & 1 else at)  # type: ignore[misc]
            try:
                await asyncio.wait_for_ms(self._flag.wait(), alive() or 1 << 28)
            except asyncio.TimeoutError:
                continue
            at = self.now()
            await asyncio.sleep_ms(15)

    def _down(self) -> int:
        """Bits of the buttons that are down now."""
        return sum([(1 - self._buttons[i].value()) << i for i in range(len(self._buttons))])

    # What a resident sees and hears

    def lamp(self, on: bool, colour: str, pattern: str) -> None:
        mixed = MIXED[COLOURS.index(colour)] if on and len(self._lamps) > 1 else on and 7
        for pin in self._lamps:
            pin.value(self._lit if mixed & 4 else not self._lit)
            mixed <<= 1
        if self._screen:
            self._screen.show(pattern)

    def whistle(self, on: bool, pattern: str) -> None:
        sounder = self._wiring.get("whistle")
        if not sounder:
            return
        if sounder["kind"] == "siren":
            Pin(sounder["pins"][0], Pin.OUT, value=on and self.volume > 0)
        elif not on:
            self._sweep.deinit()
            while self._pwms:
                self._pwms.pop().deinit()
        elif not self._pwms:
            hz, duty = sounder["hz"], 32768 * self.volume // 100
            for pin in sounder["pins"]:
                self._pwms.append(PWM(Pin(pin), freq=hz, duty_u16=duty, invert=len(self._pwms)))
            self._tone = 0
            self._sweep.init(period=40, callback=lambda timer: self._next_tone(hz, hz * sounder["sweep"] // 100))

    def _next_tone(self, hz: int, swing: int) -> None:
        """A little up and down around the resonance, which differs from part to part and with the cold."""
        self._tone = (self._tone + 1) % 8
        for pwm in self._pwms:
            pwm.freq(hz + swing * (abs(self._tone - 4) - 2) // 2)

    def battery(self) -> "tuple[int, int]":
        place = self._wiring.get("battery")
        if self._pmu:
            found = self._pmu.millivolts()
            return percent(found), found
        if not place:
            return 101, 0
        gate = place.get("gate")
        best = 0
        for level in () if not gate else (0, 1) if gate[1] < 0 else (gate[1],):
            Pin(gate[0], Pin.OUT, value=level)
            time.sleep_ms(5)
            best = max(best, self._millivolts(place))
        if gate:
            Pin(gate[0], Pin.IN)
        best = best or self._millivolts(place)
        return percent(best), best

    def _millivolts(self, place: "dict[str, Any]") -> int:
        adc = ADC(Pin(place["pin"]))
        return int(sum([_read(adc) for _ in range(8)]) * place["ratio"] / 8)

    def tamper(self) -> bool:
        return _open(self._wiring.get("tamper"))

    def wire(self) -> bool:
        return self._stuck > 0 or _open(self._wiring.get("wire"))

    def place(self) -> None:
        return None

    def say(self, text: str) -> None:
        sys.stdout.write(text + "\n")

    # The program's housekeeping

    def collect(self) -> None:
        gc.collect()
        gc.threshold(3072)  # often and soon, or what stays comes to lie scattered among what does not

    def spin(self, until_ms: int) -> None:
        while self.now() < until_ms:
            pass

    def feed(self) -> None:
        if self._dog:
            self._dog.feed()

    def reset(self, why: str) -> None:
        self.say(why)
        reset()

    def well(self) -> None:
        __import__("beacon.trial", None, None, ("confirm",)).confirm()

    def service(self) -> None:
        raise KeyboardInterrupt  # as a technician's Ctrl-C does

    def attended(self) -> None:
        """Somebody is at the prompt: no doze, and the watchdog, which nothing stops, is fed while power lasts."""
        self.dozes = False
        if self._dog:
            self._feeder = Timer(self.timers[1], period=2000, callback=lambda timer: self._dog.feed())


def percent(millivolts: int) -> int:
    """What is left of a lithium cell that shows so many millivolts."""
    level, at = millivolts // 10 - 330, 0
    while at < 10 and level >= CELL[at + 1]:
        at += 1
    return 100 if at == 10 else max(0, at * 10 + (level - CELL[at]) * 10 // (CELL[at + 1] - CELL[at]))


def _input(pin: int) -> Pin:
    return Pin(pin, Pin.IN, Pin.PULL_UP)


def _open(pin: "int | None") -> bool:
    """Whether a contact to ground stands open; False where there is none."""
    return pin is not None and bool(_input(pin).value())


def _read(adc: ADC) -> int:
    """Millivolts at the pin: by the chip's own calibration where it has one (ESP32), else of 3.3 V."""
    return adc.read_uv() // 1000 if hasattr(adc, "read_uv") else adc.read_u16() * 3300 >> 16
