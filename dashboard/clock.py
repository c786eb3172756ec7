"""Two clocks: the wall's, which people set and which may jump, and one that only goes forward."""

import time


class Clock:
    """`wall` Unix seconds for records; `steady` seconds that never jump, near Unix time when the process began.

    Ages and silences are measured on `steady`, so that a clock set wrong at night neither ages an alert by an hour
    nor makes a dead gateway look alive.
    """

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def wall(self) -> float:
        """Unix seconds as the machine believes them now."""
        return time.time()

    def steady(self) -> float:
        """Seconds on a line that only rises; equal to `wall` at the start of this process."""
        return time.monotonic() + self._offset
