"""Two clocks and the rule between them: the steady one measures, the wall one is only written down.

A gateway without a battery-backed clock wakes up in 1970, and a wrong time server moves it by years. Nothing is ever
dropped, refused or answered because of the wall clock; gateway pulse numbers rise whatever it does.
"""

import time
from pathlib import Path
from typing import Final

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_U32: Final = 0xFFFFFFFF


class Clock:
    """`wall()` in Unix seconds, `steady()` in seconds since the machine started, the same for every process of it."""

    def __init__(self) -> None:
        self.boot = _boot_id()

    def wall(self) -> float:
        """Unix seconds as the machine believes them; never negative."""
        return max(time.time(), 0.0)

    def steady(self) -> float:
        """Seconds that never jump; comparable between two processes while `boot` is the same."""
        return time.clock_gettime(_STEADY)


def next_number(last: int, wall: float) -> int:
    """The number of the next gateway pulse (protocol section 6): max(last + 1, Unix seconds), u32.

    A clock ten years ahead must not use the numbers up: a leap is followed only as far as half of what is left.
    """
    leap = min(int(wall), last + (_U32 - last) // 2)
    return min(max(last + 1, leap), _U32)


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return f"no-boot-id-{time.time_ns()}"  # then no two processes share a boot, which is the careful answer


_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
