"""Time on the board's side of the pipe to farside.py: `time` and asyncio go by the far clock once this is imported."""

import asyncio
import struct
import sys
import time as true

_question = bytearray(8)
_answer = memoryview(bytearray(12))
state = [0, 0, 0, 0]  # microseconds and milliseconds (30 bits each), level of the interrupt line, rises seen
handlers = []


def ask(what, byte=0, size=0, us=0, out=None, into=None):
    """Ask the far side; interrupts that it tells of are served at once. The level of the pin asked for."""
    struct.pack_into("<BBHI", _question, 0, what, byte, size, us)
    sys.stdout.buffer.write(_question)
    if out is not None:
        sys.stdout.buffer.write(out)
    exactly(_answer)
    rises, pin = _answer[9], _answer[10]
    state[0], state[1] = struct.unpack_from("<II", _answer)
    state[2] = _answer[8]
    if into is not None:
        exactly(into)
    if rises != state[3]:
        state[3] = rises
        for handler in handlers:
            handler()
    return pin


def exactly(view):
    """Fill a memoryview from the pipe."""
    at, size = 0, len(view)
    while at < size:
        got = sys.stdin.buffer.readinto(view[at:] if at else view)
        if not got:
            raise EOFError
        at += got


class _Time:
    ticks_add = staticmethod(true.ticks_add)
    ticks_diff = staticmethod(true.ticks_diff)

    @staticmethod
    def ticks_us():
        ask(84, us=10)
        return state[0]

    @staticmethod
    def ticks_ms():
        ask(84, us=10)
        return state[1]

    @staticmethod
    def sleep_us(us):
        ask(84, us=us + 10)

    @staticmethod
    def sleep_ms(ms):
        ask(84, us=ms * 1000)


class _Poll:
    """Stands where asyncio waits for files: an interrupt that sets a ThreadSafeFlag ends the wait, or its end comes."""

    def __init__(self):
        self.map = {}

    def queue_read(self, flag):
        task = asyncio.core.cur_task
        self.map[id(flag)] = (task, flag)
        task.data = self

    def remove(self, task):
        for key in list(self.map):
            if self.map[key][0] is task:
                del self.map[key]

    def wait_io_event(self, ms):
        end = state[1] + ms
        while not self._ready():
            rest = end - state[1] if ms >= 0 else 3600000
            if rest <= 0:
                return
            ask(87, us=min(rest, 3600000) * 1000)

    def _ready(self):
        found = False
        for key in list(self.map):
            if self.map[key][1].state:
                asyncio.core._task_queue.push(self.map.pop(key)[0])
                found = True
        return found


_start = true.ticks_add(true.ticks_ms(), 3600 * 1000)
asyncio.core.ticks = lambda: true.ticks_add(_start, state[1])
asyncio.core._io_queue = _Poll()
sys.modules["time"] = _Time
