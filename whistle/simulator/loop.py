"""One event loop for both ways to run: as fast as possible on virtual time, or paced by the wall clock.

Everything that happens in a simulation happens in this loop's single thread, in the order of (time, order of asking),
on its own clock, so a seed gives the same run whether it takes an hour or a second. Paced, an event is never early;
when the machine is slow it is late on the wall but not in the simulation. Sockets live in other threads and hand
their work in with `call_soon_threadsafe`, the one door.
"""

import asyncio
import contextvars
import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any

Call = Callable[..., object]

lateness: contextvars.ContextVar[Callable[[], int]] = contextvars.ContextVar("lateness")
"""Set in a board's context: how late, in microseconds, its next asyncio timer fires (boards' timers are not exact)."""


class _Soon(asyncio.Handle):
    """A callback of `call_soon`; slimmer than asyncio's own, which is most of what a task's wake-up costs."""

    __slots__ = ("call", "given", "off", "where")

    def __init__(self, call: Call, given: tuple[Any, ...], where: contextvars.Context | None) -> None:
        self.call = call
        self.given = given
        self.where = where
        self.off = False

    def cancel(self) -> None:
        self.off = True

    def cancelled(self) -> bool:
        return self.off

    def run(self) -> None:
        if self.off:
            return
        if self.where is None:
            self.call(*self.given)
        else:
            self.where.run(self.call, *self.given)


class _Timer(asyncio.TimerHandle):
    """A callback of `call_at`."""

    __slots__ = ("call", "given", "off", "seconds", "where")

    def __init__(self, seconds: float, call: Call, given: tuple[Any, ...], where: contextvars.Context) -> None:
        self.seconds = seconds
        self.call = call
        self.given = given
        self.where = where
        self.off = False

    def when(self) -> float:
        return self.seconds

    def cancel(self) -> None:
        self.off = True

    def cancelled(self) -> bool:
        return self.off

    def run(self) -> None:
        if not self.off:
            self.where.run(self.call, *self.given)


class VirtualLoop(asyncio.AbstractEventLoop):
    """An asyncio loop whose clock is the simulation's. `now_us` is that clock in whole microseconds since the start."""

    def __init__(self) -> None:
        self.now_us = 0
        self._order = 0
        self._heap: list[tuple[int, int, Call, tuple[Any, ...]]] = []
        self._ready: deque[_Soon] = deque()
        self._posted: deque[_Soon] = deque()
        self._bell = threading.Event()
        self._stopping = False
        self._running = False
        self._closed = False

    # The simulation's own events: no handle, no context, a tuple on a heap

    def at(self, when_us: int, call: Call, *given: Any) -> None:
        """Run call(*given) at `when_us` (never before now); cannot be taken back: what is stale must know it."""
        self._order += 1
        heapq.heappush(self._heap, (when_us, self._order, call, given))

    # Running

    def run_until(self, when_us: int) -> None:
        """Run everything due up to and including `when_us`, then stand at that time."""
        with _Running(self):
            self._take_posted(self.now_us)
            self._advance(when_us)
            self.now_us = max(self.now_us, when_us)

    def run_paced(self) -> None:
        """Run for ever beside the wall clock, until `stop` (also from another thread)."""
        self._stopping = False
        origin = time.monotonic_ns() // 1000 - self.now_us
        with _Running(self):
            while not self._stopping:
                wall = time.monotonic_ns() // 1000 - origin
                self._take_posted(wall)
                self._advance(wall)
                self._wait(origin)

    def _advance(self, until_us: int) -> None:
        heap, ready, pop = self._heap, self._ready, heapq.heappop
        while True:
            while ready:
                ready.popleft().run()
            if not heap or heap[0][0] > until_us:
                return
            when, _, call, given = pop(heap)
            if when > self.now_us:
                self.now_us = when
            call(*given)

    def _take_posted(self, wall: int) -> None:
        self._bell.clear()
        if self._posted:
            self._advance(wall)
            self.now_us = max(self.now_us, wall)
        while self._posted:
            self._ready.append(self._posted.popleft())

    def _wait(self, origin: int) -> None:
        if self._ready or self._stopping:
            return
        if not self._heap:
            self._bell.wait()
            return
        ahead = self._heap[0][0] - (time.monotonic_ns() // 1000 - origin)
        if ahead > 0:
            self._bell.wait(ahead / 1e6)

    # Asyncio's side

    def time(self) -> float:
        return self.now_us / 1e6

    def call_soon(  # type: ignore[override]
        self, callback: Call, *args: Any, context: contextvars.Context | None = None
    ) -> _Soon:
        handle = _Soon(callback, args, context)
        self._ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Call, *args: Any, context: contextvars.Context | None = None
    ) -> _Timer:
        return self._timer(self.now_us + round(delay * 1e6), callback, args, context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Call, *args: Any, context: contextvars.Context | None = None
    ) -> _Timer:
        return self._timer(round(when * 1e6), callback, args, context)

    def _timer(self, when: int, call: Call, given: tuple[Any, ...], context: contextvars.Context | None) -> _Timer:
        late = lateness.get(None)
        if late is not None:
            when += late()
        timer = _Timer(when / 1e6, call, given, contextvars.copy_context() if context is None else context)
        self.at(max(when, self.now_us), timer.run)
        return timer

    def call_soon_threadsafe(self, callback: Call, *args: Any, context: contextvars.Context | None = None) -> _Soon:  # type: ignore[override]
        handle = _Soon(callback, args, context)
        self._posted.append(handle)
        self._bell.set()
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def stop(self) -> None:
        self._stopping = True
        self._bell.set()

    def is_running(self) -> bool:
        return self._running

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True
        self._heap.clear()
        self._ready.clear()

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A task died and nobody asked for its end: a fault, to be seen. (A simulation thrown away is none.)"""
        failure = context.get("exception")
        if isinstance(failure, BaseException):
            raise failure


class _Running:
    """Marks the loop as the running one of this thread while events are run."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._before: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> None:
        self._before = asyncio._get_running_loop()
        asyncio._set_running_loop(self._loop)
        self._loop._running = True

    def __exit__(self, *_: object) -> None:
        self._loop._running = False
        asyncio._set_running_loop(self._before)
