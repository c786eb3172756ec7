"""`machine` on the board's side of the pipe to farside.py: pins and SPI of the far side."""

from clock import ask, handlers


class Pin:
    IN, OUT = 0, 1
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, id, mode=-1, pull=-1, value=None):
        self._id = id
        self.init(mode, pull, value)

    def init(self, mode=-1, pull=-1, value=None):
        if value is not None:
            ask(80, value, self._id, 3)

    def __call__(self, level=None):
        return ask(80, 2 if level is None else int(bool(level)), self._id, 3)

    def irq(self, handler=None, trigger=3):
        handlers[:] = [lambda: handler(self)] if handler else []


class SPI:
    def __init__(self, id, baudrate=1000000, sck=None, mosi=None, miso=None):
        self._id = id

    def _move(self, out, into):
        ask(83, self._id, len(out), 10 + len(out), out, into)

    def write(self, buf):
        self._move(buf, memoryview(bytearray(len(buf))))

    def readinto(self, buf, write=0):
        self._move(bytes([write]) * len(buf), memoryview(buf))

    def write_readinto(self, out, into):
        self._move(out, memoryview(into))
