"""Where MicroPython's asyncio and CPython's differ: decided here, at import, and nowhere else in the program."""

import asyncio
import json

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


def kept(parts: "tuple[object, ...]", values: "list[object]") -> bytes:
    """Return what the KEEPS of all parts name, after `values`: a line of JSON, then the bytes of their rings, and four
    for each number of a list: so a full one is no longer than an empty one."""
    rings = b"\n"
    for part in parts:
        for name in part.KEEPS.split():  # type: ignore[attr-defined]
            value = getattr(part, name)
            if isinstance(value, bytearray):
                rings += value
            elif isinstance(value, list):
                rings += b"".join([number.to_bytes(4, "big") for number in value])
            else:
                values.append(value)
    return json.dumps(values).encode() + rings


def revive(parts: "tuple[object, ...]", values: "list[object]", rings: bytes) -> None:
    """Give all parts back what `kept` took of them: of `values` what came after its own."""
    at = 0
    for part in parts:
        for name in part.KEEPS.split():  # type: ignore[attr-defined]
            ring = getattr(part, name)
            if isinstance(ring, bytearray):
                ring[:] = rings[at : at + len(ring)]
                at += len(ring)
            elif isinstance(ring, list):
                for i in range(len(ring)):
                    ring[i] = int.from_bytes(rings[at : at + 4], "big")
                    at += 4
            else:
                setattr(part, name, values.pop(0))
