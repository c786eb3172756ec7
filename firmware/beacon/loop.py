"""Where MicroPython's asyncio and CPython's differ: decided here, at import, and nowhere else in the program."""

import asyncio

if False:  # what the type checker sees, on CPython
    from beacon.hostloop import Alarm as Alarm  # type: ignore[unreachable]
elif hasattr(asyncio, "wait_for_ms"):  # MicroPython

    class Alarm:  # type: ignore[no-redef]
        """A task's sleep that others can end early. One task waits, anybody rings; a ring before the wait is kept."""

        def __init__(self) -> None:
            self._event = asyncio.Event()
            self.ring = self._event.set

        def within(self, ms: int) -> None:
            """End the wait, or the next one, in `ms` milliseconds at the latest: here by waking the task at once."""
            self._event.set()

        async def wait(self, ms: "int | None") -> None:
            """Sleep until rung, or for `ms` milliseconds (None: without end)."""
            if ms is None:
                await self._event.wait()
            elif ms > 0:
                try:
                    # ticks reach six days; who wakes early looks when it is due and waits again
                    await asyncio.wait_for_ms(self._event.wait(), min(ms, 1 << 28))  # type: ignore[attr-defined]
                except asyncio.TimeoutError:
                    pass
            self._event.clear()

else:  # by its name only: no board needs that file
    Alarm = __import__("beacon.hostloop", None, None, ("Alarm",)).Alarm  # type: ignore[misc]


def first(*times: "int | None") -> "int | None":
    """Return the soonest of some times, or of some durations; None stands for never."""
    return min([time for time in times if time is not None], default=None)


def kept(part: object) -> "list[object]":
    """Return the values that a part's KEEPS names, as plain as JSON: of rings their bytes as numbers."""
    values = [getattr(part, name) for name in part.KEEPS.split()]  # type: ignore[attr-defined]
    return [list(value) if isinstance(value, bytearray) else value for value in values]


def revive(part: object, values: "list[object]") -> None:
    """Give a part back what `kept` took of it."""
    for name, value in zip(part.KEEPS.split(), values):  # type: ignore[attr-defined]
        ring = isinstance(getattr(part, name), bytearray)
        setattr(part, name, bytearray(value) if ring else value)  # type: ignore[call-overload]
