"""Virtual time in microseconds for boards and chips in one MicroPython: once imported, `time` and asyncio go by it.

Import it before anything that imports `time`. Time passes when the program sleeps, waits, reads a pin or moves bytes;
what a chip does meanwhile happens at its own instant, in the middle of a sleep if need be, as an interrupt would.
"""

import asyncio
import sys
import time as true

LOOK = 3  # what a look at a pin costs MicroPython on a board, in microseconds, and what a call of `time` does
CALL = 10
MASK = true.ticks_add(0, -1)


class Clock:
    """`now` in microseconds; `at(when, do)` plans; `run(us)` lets time pass; `stop` cancels a plan."""

    def __init__(self):
        self.now = 0
        self._plans = []  # [when, number, do], sorted, the next one last
        self._number = 0

    def at(self, when, do):
        self._number += 1
        plan = [max(when, self.now), self._number, do]
        at = len(self._plans)
        while at and self._plans[at - 1][:2] < plan[:2]:
            at -= 1
        self._plans.insert(at, plan)
        return plan

    def after(self, us, do):
        return self.at(self.now + us, do)

    def stop(self, plan):
        if plan in self._plans:
            self._plans.remove(plan)

    def step(self, limit):
        """Do the next thing planned until `limit` (None: whenever it is); False, with now = limit, if there is none."""
        plans = self._plans
        if plans and (limit is None or plans[-1][0] <= limit):
            when, _, do = plans.pop()
            self.now = max(self.now, when)
            do()
            return True
        if limit is not None:
            self.now = max(self.now, limit)
        return False

    def run(self, us):
        limit = self.now + us
        while self.step(limit):
            pass


clock = Clock()


class _Time:
    """What `import time` gives from now on."""

    ticks_add = staticmethod(true.ticks_add)
    ticks_diff = staticmethod(true.ticks_diff)

    @staticmethod
    def ticks_us():
        clock.run(CALL)
        return clock.now & MASK

    @staticmethod
    def ticks_ms():
        clock.run(CALL)
        return clock.now // 1000 & MASK

    @staticmethod
    def sleep_us(us):
        clock.run(us + CALL)

    @staticmethod
    def sleep(s):
        clock.run(int(s * 1000000) + CALL)

    @staticmethod
    def sleep_ms(ms):
        clock.run(ms * 1000 + CALL)


class _Poll:
    """Stands where asyncio waits for files: a ThreadSafeFlag set by an interrupt ends the wait, or its end comes."""

    def __init__(self):
        self.map = {}

    def queue_read(self, flag):
        task = asyncio.core.cur_task
        self.map[id(flag)] = (task, flag)
        task.data = self

    def remove(self, task):
        for key in [key for key in self.map if self.map[key][0] is task]:
            del self.map[key]

    def wait_io_event(self, ms):
        limit = None if ms < 0 else clock.now + ms * 1000
        while not self._ready():
            if not clock.step(limit):
                if limit is None:
                    raise RuntimeError("every task waits for ever")
                return

    def _ready(self):
        ready = [key for key in self.map if self.map[key][1].state]
        for key in ready:
            asyncio.core._task_queue.push(self.map.pop(key)[0])
        return ready


# The queue's own pushes use the true clock; a virtual one far ahead of it makes them "at once", as they are meant.
_start = true.ticks_add(true.ticks_ms(), 3600 * 1000)
asyncio.core.ticks = lambda: true.ticks_add(_start, clock.now // 1000)
asyncio.core.IOQueue = _Poll  # of every new loop
asyncio.core._io_queue = _Poll()
sys.modules["time"] = _Time


def fresh():
    """Time from 0, no plan, no task: a test begins."""
    global _start
    asyncio.new_event_loop().set_exception_handler(_loud)
    _start = true.ticks_add(_start, clock.now // 1000)
    clock.__init__()
    del died[:]
    return clock


died = []  # what killed tasks that nobody waits for


def _loud(loop, context):
    died.append(context["exception"])


def wait(ms):
    """Let tasks and chips live for so long; what killed a task in the meantime is raised."""
    do(_sleep(ms))
    if died:
        raise died.pop()


async def _sleep(ms):
    await asyncio.sleep_ms(ms)


def do(coroutine):
    """Run a coroutine to its end and return what it returns."""
    return asyncio.get_event_loop().run_until_complete(coroutine)
