"""The power chip of a T-Beam (AXP192 or AXP2101 on I2C): it feeds the radio, and alone can see the battery.

Registers: AXP192 datasheet 1.1, section 9; AXP2101 datasheet 1.0, section 6. Both answer at one address; register 3
tells them apart.
"""

from machine import I2C, Pin

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]

ADDRESS = 0x34
AXP2101 = 0x4A
# For each chip: registers and bits to clear and to set, in this order. 3.3 V for the radio (LDO2; ALDO2), the GPS off
# (LDO3; ALDO3), the battery's converter on.
AXP192_BEGIN = ((0x28, 0xF0, 0xF0), (0x12, 0x08, 0x04), (0x82, 0x00, 0x80))
AXP2101_BEGIN = ((0x93, 0x1F, 0x1C), (0x90, 0x04, 0x02), (0x30, 0x00, 0x01))


class Pmu:
    """Made with [sda, scl]; the radio has its supply when it is made. OSError when no such chip answers."""

    def __init__(self, pins: "list[int]") -> None:
        self._bus: "Any" = I2C(0, sda=Pin(pins[0]), scl=Pin(pins[1]), freq=400000)
        self._new = self._read(3) == AXP2101
        for register, clear, set in AXP2101_BEGIN if self._new else AXP192_BEGIN:
            value = self._read(register) & ~clear | set
            self._bus.writeto_mem(ADDRESS, register, bytes([value]))

    def _read(self, register: int) -> int:
        return self._bus.readfrom_mem(ADDRESS, register, 1)[0]

    def millivolts(self) -> int:
        """The battery's voltage."""
        if self._new:
            return (self._read(0x34) & 0x3F) << 8 | self._read(0x35)
        return ((self._read(0x78) << 4 | self._read(0x79) & 0x0F) * 11) // 10
