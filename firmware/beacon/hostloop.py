"""The Alarm of beacon.loop for CPython: a future and a timer, far cheaper there than an event under a timeout."""

import asyncio


class Alarm:
    """A task's sleep that others can end early. One task waits, anybody rings; a ring before the wait is kept."""

    def __init__(self) -> None:
        self._rung = False
        self._future: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def ring(self) -> None:
        """End the wait now, or the next one at once."""
        self._rung = True
        _release(self._future)

    def within(self, ms: int) -> None:
        """End the wait, or the next one, in `ms` milliseconds at the latest: here without waking the task for it."""
        future = self._future
        if future is None:
            self._rung = True
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = future.get_loop().call_later(ms / 1000, _release, future)

    async def wait(self, ms: int | None) -> None:
        """Sleep until rung, or for `ms` milliseconds (None: without end)."""
        if not self._rung and (ms is None or ms > 0):
            loop = asyncio.get_running_loop()
            self._future = future = loop.create_future()
            if ms is not None:
                self._timer = loop.call_later(ms / 1000, _release, future)
            try:
                await future
            finally:
                self._future = None
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
        self._rung = False


def _release(future: "asyncio.Future[None] | None") -> None:
    """Let the waiting task go on, once."""
    if future is not None and not future.done():
        future.set_result(None)
