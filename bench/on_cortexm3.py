# mypy: ignore-errors
# ruff: noqa: B023, UP031
# Runs on the emulated board, beside the compiled program: instructions by the emulator's count. Prints `name value`.
#   cost       of each frame heard or sent, beside the bare hashes and AES that it cannot do without
#   driver     the import of micropython-lib's driver of the SX1262
#   wake       from the first import to the first frame handed to the radio, after a button woke a board of mode press
import gc
import hashlib
import sys

import chooser
from machine import mem32


class Counter:
    """Instructions of a piece of work: the timer counts 40 ns down, an instruction takes 64 (`-icount shift=6`)."""

    def __init__(self):
        mem32[0xE000E010] = 0  # no clock interrupt: the same count each time
        self.empty = 0
        self.empty = self.of(lambda: None)

    def begin(self):
        gc.collect()
        self.began = mem32[0x40000004]

    def end(self):
        return (self.began - mem32[0x40000004] & 0xFFFFFFFF) * 5 // 8 - self.empty

    def of(self, work):
        self.begin()
        work()
        return self.end()


def release():
    """Imports come from the pack from now on, as on a board; the bench's own files lie beside it."""
    chooser.quick("")
    sys.path.append("")


class Board:
    """A board without parts; its flash is files, or with `still` nothing."""

    early_ms = 12
    watchdog_ms = 8000
    plays = True
    deep = listened = False
    run = None

    def __init__(self, time, cause, still):
        self.now = time.now
        self.cause = cause
        self._still = still
        self._chance = 1

    def random(self, n):
        self._chance = (self._chance * 1103515245 + 12345) & 0x3FFFFFFF
        return (self._chance >> 4) * n >> 26 if n < 1 << 26 else self._chance % n

    def aes(self, key):
        from cryptolib import aes

        return aes(key, 1).encrypt

    def hears(self):
        return False

    def load(self, name):
        try:
            with open(name if name != "settings" else "settings-" + sys.argv[2], "rb") as file:
                return file.read()
        except OSError:
            return None

    def save(self, name, data):
        if not self._still:
            import os

            with open("new", "wb") as file:
                file.write(data)
            os.rename("new", name)

    def button(self, edge):
        self.edge = edge

    def battery(self):
        return 90, 4000

    def collect(self):
        gc.collect()

    def nothing(self, *_):
        return None

    lamp = whistle = tamper = wire = place = say = spin = feed = reset = service = memory = well = nothing


class Radio:
    run = None

    def __init__(self, loaded):
        self.load = loaded

    def tune(self, radio):
        pass

    def listen(self, heard):
        pass

    def busy(self):
        return False

    async def send(self):
        pass

    def sleep(self):
        pass


def say(name, value):
    sys.stdout.write("%s %d\n" % (name, value))


def median(values):
    return sorted(values)[len(values) // 2]


def bare(hashed, encrypted):
    """The work of HMACs over messages of those sizes (their pads at hand) and of AES over so many bytes."""
    for size in hashed:
        inner = hashlib.sha256(PAD)
        inner.update(ZEROS[:size])
        outer = hashlib.sha256(PAD)
        outer.update(inner.digest())
        outer.digest()
    ECB(ZEROS[:encrypted])


PAD, ZEROS = bytes(64), memoryview(bytes(256))
REST = (28, 28, 28, 28)  # of a packet's number, four rounds over 27 bytes


def cost():
    """Frames heard and sent by a running program, five of each kind."""
    global ECB
    counter = Counter()
    gc.collect()
    before = gc.mem_alloc()
    counter.begin()
    release()
    from beacon.program import Program

    say("import", counter.end())
    gc.collect()
    say("import_heap", gc.mem_alloc() - before)
    say("read", counter.of(lambda: read_all("pack")))
    from cryptolib import aes
    from virtual import Time

    ECB = aes(bytes(16), 1).encrypt
    time = Time()
    board = Board(time, "power", True)
    program = Program(board, Radio(board.nothing))
    time.begin(program.run())
    time.run(1000)
    gc.collect()
    say("started_heap", gc.mem_alloc() - before)
    say("collect", counter.of(gc.collect))
    frames = {name: read(name) for name in ("neighbour", "foreign", "gateway")}
    heard(counter, time, program, frames)
    sent(counter, time, program)
    called, tries = [], []
    for frame in frames["gateway"][5:]:
        tries.append(trials(program))
        called.append(counter.of(lambda: program.heard(frame, -90, 5.0)))
    say("heard_gateway_calling", median(called))
    say("bare_gateway_calling", counter.of(lambda: bare((100,) + (40,) * median(tries), 96)))


def trials(program):
    """How many answers will be looked for in the next gateway pulse."""
    from alertwire import wire

    calling = program.calling
    return len(calling.pairs()) * len(wire.expected(calling.known, program.ears._turn + 1))


def heard(counter, time, program, frames):
    for name in ("neighbour", "foreign", "gateway"):
        counts = []
        for frame in frames[name][:5]:
            counts.append(counter.of(lambda: program.heard(frame, -90, 5.0)))
            time.run(5000)
        say("heard_" + name, median(counts))
    say("bare_neighbour", counter.of(lambda: bare((64,), 64)))
    say("bare_foreign", counter.of(lambda: bare((), 32)))
    say("bare_gateway", counter.of(lambda: bare((100,), 96)))


def sent(counter, time, program):
    """A press's first frame, from the end of the hold until the radio has it; then its further copies."""
    calling, caller, node = program.calling, program.caller, program.node

    def press():
        now = time.now()
        calling.event("help", now)
        caller.new_line(now)
        caller.step(now)
        return node.transmit(now + 10000)

    def again():
        now = calling.due() or 0
        caller.step(now)
        return node.transmit(now + 10000)

    say("sent_press", counter.of(press))
    node.sent(time.now())
    say("sent_again", counter.of(again))
    node.sent(time.now())
    say("bare_press", counter.of(lambda: bare((64, 64) + REST, 80)))
    say("bare_again", counter.of(lambda: bare(REST, 80)))


def read_all(name):
    """A release, byte by byte nothing but read: what an import costs at least."""
    part = memoryview(bytearray(256))
    with open(name, "rb") as file:
        while file.readinto(part):
            pass


def read(name):
    """The frames of a file: length byte and frame, repeated."""
    out = []
    with open(name, "rb") as file:
        size = file.read(1)
        while size:
            out.append(file.read(size[0]))
            size = file.read(1)
    return out


def wake():
    """The button woke the board and is held: its line reaches the radio as soon as the program can do it."""
    from virtual import Time  # the emulator's clock would count the waiting for a slot

    counter = Counter()
    time = Time()
    done = []

    def loaded(frame):
        if len(frame) > 60 and not done:
            done.append(counter.end())

    counter.begin()
    release()
    from beacon.program import Program

    board = Board(time, "sleep", False)
    program = Program(board, Radio(loaded))
    time.begin(program.run())
    time.run(1)
    board.edge(0, True, time.now() - 1500)
    while not done:
        time.run(10)
    say("wake", done[0])


class Machine:
    """Port and driver ask for a board's parts when they are imported, and use them later."""

    Pin = ADC = PWM = WDT = Timer = SPI = RTC = reset = None


def driver():
    """A board's port, its radio, and micropython-lib's driver behind that."""
    counter = Counter()
    sys.modules["machine"] = sys.modules["esp32"] = Machine
    release()
    from hashlib import sha256  # noqa: F401

    import beacon.loop  # what the program has imported before them
    import cryptolib  # noqa: F401

    gc.collect()
    before = gc.mem_alloc()
    counter.begin()
    import beacon.boards.esp32
    import beacon.radios.sx126x  # noqa: F401

    say("driver", counter.end())
    gc.collect()
    say("driver_heap", gc.mem_alloc() - before)


{"cost": cost, "driver": driver, "wake": wake}[sys.argv[1]]()
