"""The small OLED of some boards (SSD1306, 128 x 64, on I2C): the word that the lamp plays, in letters of 16 pixels.

Command bytes: SSD1306 datasheet, section 9.
"""

import time

from framebuf import MONO_VLSB, FrameBuffer
from machine import I2C, Pin

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]

ADDRESS = 0x3C
# Off, clock, 64 rows, no shift, from row 0, pump on, columns first, both directions turned, pins, contrast, charge,
# level, show memory, not inverted.
BEGIN = b"\xae\xd5\x80\xa8\x3f\xd3\x00\x40\x8d\x14\x20\x00\xa1\xc8\xda\x12\x81\xcf\xd9\xf1\xdb\x40\xa4\xa6"
# The lamp's words where they say too little, or too much.
PLAIN = {
    "sent": "calling", "on-air": "calling", "holding": "...", "not-yet": "not yet heard", "failed-radio": "no radio",
    "low-battery": "battery low", "not-covered": "no gateway", "neighbour": "alert nearby",
    "wire-out": "button or cable", "cancelled": "call taken back",
}  # fmt: skip


class Screen:
    """Shows one word; dark while the lamp is. A display that does not answer is left alone."""

    def __init__(self, wiring: "dict[str, Any]") -> None:
        self._word = "dark"
        if "power" in wiring:
            Pin(wiring["power"][0], Pin.OUT, value=wiring["power"][1])
        if "reset" in wiring:
            reset = Pin(wiring["reset"], Pin.OUT, value=0)
            time.sleep_ms(1)
            reset.value(1)
        self._bus = I2C(0, sda=Pin(wiring["sda"]), scl=Pin(wiring["scl"]), freq=400000)
        self._send(0x00, BEGIN)

    def show(self, word: str) -> None:
        """Show what the lamp plays; `dark` switches the display off."""
        if word != self._word:
            self._word = word
            if word == "dark":
                self._send(0x00, b"\xae")
            else:
                self._draw(PLAIN.get(word, word).upper().split())

    def _draw(self, lines: "list[str]") -> None:
        """Draw the words small, then each point as four."""
        small, large = FrameBuffer(bytearray(256), 64, 32, MONO_VLSB), bytearray(1024)
        screen = FrameBuffer(large, 128, 64, MONO_VLSB)
        for i in range(len(lines)):
            small.text(lines[i], max(0, 32 - 4 * len(lines[i])), 16 - 4 * len(lines) + 8 * i)
        for y in range(32):
            for x in range(64):
                if small.pixel(x, y):
                    screen.fill_rect(2 * x, 2 * y, 2, 2, 1)
        self._send(0x00, b"\x21\x00\x7f\x22\x00\x07")
        self._send(0x40, large)
        self._send(0x00, b"\xaf")

    def _send(self, kind: int, data: "bytes | bytearray") -> None:
        try:
            self._bus.writevto(ADDRESS, (bytes([kind]), data))
        except OSError:
            pass  # the lamp says the same
