"""`machine` as radios and drivers see it, wired to chips instead of silicon: Pin with interrupts, SPI with time.

A line (`line(number)`) has one level. Who holds the other end gives `watch` to see the program drive it, or calls
`drive` to drive it himself, which fires the program's interrupt at that instant. `bus(id)` is where chips are attached:
objects with `nss` (a line) and `exchange(bytes) -> bytes`.
"""

from clock import LOOK, clock

_lines = {}
_buses = {}


class Line:
    def __init__(self):
        self.level = 1
        self.watch = None
        self.handler = None
        self.trigger = 0
        self.kept = False  # held by the pad itself, also through a deep sleep
        self.stuck = None  # the level a broken track has, whatever anybody drives
        self.taken = ""  # by a sleep that it could end: reads 0 until it is set up anew, and "held" until let go

    def drive(self, level):
        """The other end sets the level."""
        before, self.level = self.level, level
        edge = Pin.IRQ_RISING if level > before else Pin.IRQ_FALLING if level < before else 0
        if self.handler and edge & self.trigger and self.stuck is None:
            self.handler(self)

    def set(self, level):
        """The program sets the level."""
        if self.kept:
            return  # its pad is held: nothing the program does reaches it
        before, self.level = self.level, int(bool(level))
        if self.watch and before != self.level:
            self.watch(self.level)

    def get(self):
        if self.taken:
            return 0
        return self.level if self.stuck is None else self.stuck


def line(number):
    if number not in _lines:
        _lines[number] = Line()
    return _lines[number]


class Bus:
    def __init__(self):
        self.chips = []
        self.stuck = None  # what a broken MISO reads

    def move(self, out):
        """The bytes that come back for `out`."""
        chosen = [chip for chip in self.chips if not chip.nss.level]
        if len(chosen) > 1:
            raise RuntimeError("two chips selected at once")
        back = chosen[0].exchange(out) if chosen else b"\xff" * len(out)
        return back if self.stuck is None else bytes([self.stuck]) * len(out)


def bus(id):
    if id not in _buses:
        _buses[id] = Bus()
    return _buses[id]


def unplug():
    """Forget all lines and buses: a test begins."""
    _lines.clear()
    _buses.clear()


class Pin:
    IN, OUT, OPEN_DRAIN = 0, 1, 2
    PULL_UP, PULL_DOWN = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, id, mode=-1, pull=-1, value=None, hold=None):
        self.id = id
        self._line = line(id)
        self.init(mode, pull, value, hold)

    def init(self, mode=-1, pull=-1, value=None, hold=None):
        if hold is False and self._line.taken == "held":
            self._line.taken = "taken"
        if mode >= 0 and self._line.taken == "taken":
            self._line.taken = ""
        if hold is False:
            self._line.kept = False
        if value is not None:
            self._line.set(value)
        if hold:
            self._line.kept = True

    def value(self, level=None):
        clock.run(LOOK)
        if level is None:
            return self._line.get()
        self._line.set(level)

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=3):
        self._line.handler = handler and (lambda line: handler(self))
        self._line.trigger = trigger


class SPI:
    """Master of a bus, 8 bits, mode 0; `baudrate` decides how long bytes take."""

    def __init__(self, id, baudrate=1000000, sck=None, mosi=None, miso=None):
        self._bus = bus(id)
        self._rate = baudrate

    def _move(self, out):
        back = self._bus.move(bytes(out))
        clock.run(CALL + len(out) * 8000000 // self._rate)
        return back

    def write(self, buf):
        self._move(buf)

    def readinto(self, buf, write=0):
        buf[:] = self._move(bytes([write]) * len(buf))

    def write_readinto(self, out, into):
        into[:] = self._move(out)


CALL = 10  # microseconds a transfer costs before its first bit


def idle():
    clock.run(50)
