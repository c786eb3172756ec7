"""A virtual clock for asyncio on both interpreters: time jumps to the next timer, so an hour takes a millisecond."""

import asyncio

if hasattr(asyncio, "sleep_ms"):  # MicroPython: its loop reads one clock and waits in one place

    class _Nowhere:
        """Stands where the loop polls files: waiting there only moves the clock."""

        def wait_io_event(self, ms):
            if ms < 0:
                raise RuntimeError("every task waits for ever")
            _clock[0] += ms

    # The queue's own pushes use the true clock; a virtual one far ahead of it makes them "at once", as they are meant.
    _start = asyncio.core.ticks_add(asyncio.core.ticks(), 3600 * 1000)
    _clock = [0]
    asyncio.core._io_queue = _Nowhere()
    asyncio.core.ticks = lambda: asyncio.core.ticks_add(_start, _clock[0])

    async def sleep(ms):
        await asyncio.sleep_ms(ms)

    class Time:
        """One life of the clock: `now()` in ms from 0, `begin(coroutine)` starts a task, `run(ms)` lets time pass."""

        def __init__(self):
            loop = asyncio.new_event_loop()
            loop.set_exception_handler(lambda loop, context: None)  # a test that plants a fault says so itself
            asyncio.core._io_queue = _Nowhere()
            _clock[0] = 0  # ticks of 32 bits reach six days: a life may last so long, all lives together may not

        def now(self):
            return _clock[0]

        def begin(self, coroutine):
            return asyncio.create_task(coroutine)

        def run(self, ms):
            asyncio.get_event_loop().run_until_complete(sleep(ms))

        def close(self):
            asyncio.new_event_loop()

else:
    import selectors

    class _Jump(selectors.SelectSelector):
        """A selector that never waits: the time it should have waited is added to the clock."""

        def select(self, timeout=None):
            if timeout is None:
                raise RuntimeError("every task waits for ever")
            self.clock[0] += timeout
            return super().select(0)

    async def sleep(ms):
        await asyncio.sleep(ms / 1000)

    class Time:
        """One life of the clock: `now()` in ms from 0, `begin(coroutine)` starts a task, `run(ms)` lets time pass."""

        def __init__(self):
            self._clock = [0.0]
            selector = _Jump()
            selector.clock = self._clock
            self._loop = asyncio.SelectorEventLoop(selector)
            self._loop.time = lambda: self._clock[0]

        def now(self):
            return round(self._clock[0] * 1000)

        def begin(self, coroutine):
            return self._loop.create_task(coroutine)

        def run(self, ms):
            self._loop.run_until_complete(sleep(ms))

        def close(self):
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self._loop.run_until_complete(asyncio.wait(tasks))
            self._loop.close()
