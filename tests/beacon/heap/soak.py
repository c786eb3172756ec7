# A beacon in a busy place, on the board's interpreter: micropython soak.py FRAMES COUNT
# FRAMES is a file by corpus.py, read again from its start as often as needed. Once in 250 frames a resident presses, is
# answered, and the call is cleared. Prints `name value` lines; the host judges them. With a third word the heap is
# broken up after the start, so that no free piece is larger than so many bytes.
import gc
import sys

import micropython
from alertwire import wire
from beacon.program import Program
from cryptolib import aes
from virtual import Time, sleep


class Board:
    early_ms = 12
    watchdog_ms = 8000
    plays = False
    cause = "power"
    deep = listened = False
    run = None

    def __init__(self, time, settings):
        self.now = time.now
        self.settings = settings
        self.edge = None
        self.lamps = self.sounds = self.writes = self.resets = self.fed = 0
        self._files = {}
        self._chance = 1

    def random(self, n):
        self._chance = (self._chance * 1103515245 + 12345) & 0x3FFFFFFF
        return (self._chance >> 4) * n >> 26 if n < 1 << 26 else self._chance % n

    def aes(self, key):
        return aes(key, 1).encrypt

    def load(self, name):
        return self.settings if name == "settings" else self._files.get(name)

    def save(self, name, data):
        self.writes += 1
        self._files[name] = data

    def memory(self):
        return None

    def hears(self):
        return False

    def button(self, edge):
        self.edge = edge

    def lamp(self, on, colour, pattern):
        self.lamps += 1

    def whistle(self, on, pattern):
        self.sounds += 1

    def battery(self):
        return 90, 4000

    def wire(self):
        return False

    def tamper(self):
        return False

    def place(self):
        return None

    def say(self, text):
        say("said", text)

    def collect(self):
        gc.collect()
        gc.threshold(3072)

    def spin(self, until_ms):
        pass

    def well(self):
        pass

    def feed(self):
        self.fed += 1

    def reset(self, why):
        self.resets += 1

    def service(self):
        pass


class Radio:
    run = None

    def __init__(self):
        self.heard = self.deaf
        self.sent = 0
        self._turn = 0

    def tune(self, radio):
        pass

    def listen(self, heard):
        self.heard = heard

    def deaf(self, frame, rssi, snr):
        """Asleep: the frame is lost."""

    def load(self, frame):
        self.frame = frame

    def busy(self):
        self._turn += 1
        return self._turn % 7 == 0

    async def send(self):
        await sleep(40)
        self.sent += 1

    def sleep(self):
        self.heard = self.deaf


class Frames:
    """The frames of a file, one after the other, for ever, through one buffer."""

    def __init__(self, path):
        self._file = open(path, "rb")
        self._buffer = memoryview(bytearray(256))

    def next(self):
        if not self._file.readinto(self._buffer[:1]):
            self._file.seek(0)
            self._file.readinto(self._buffer[:1])
        size = self._buffer[0]
        self._file.readinto(self._buffer[1 : 1 + size])
        return bytes(self._buffer[1 : 1 + size])


class Soak:
    def __init__(self, path):
        self.time = Time()
        with open("settings.json", "rb") as file:
            self.board = Board(self.time, file.read())
        self.radio = Radio()
        self.program = Program(self.board, self.radio)
        self.board.settings = None
        self.task = self.time.begin(self.program.run())
        self.frames = Frames(path)
        self.time.run(100)
        self.calls = 0
        self.gateway = 0

    def feed(self, count):
        for i in range(count):
            self.radio.heard(self.frames.next(), -90, 5.0)
            self.time.run(120 if i % 4 else 900)
            if i % 250 == 50:
                self.press()
            if i % 250 == 60:
                self.answer(2)
            if i % 250 == 70:
                self.clear()

    def press(self):
        self.board.edge(0, True, self.time.now())
        self.time.run(1600)
        self.board.edge(0, False, self.time.now())
        self.time.run(1000)

    def pair(self):
        return self.program.calling.sequence, self.program.calling.tag

    def frame(self, port, payload):
        """A frame of the gateway's, sealed with the beacon's own channel."""
        from meshwire.wire import Data, Header, seal

        self.gateway += 1
        header = Header(0xFFFFFFFF, 0x6A7E0001, 0x70000000 + self.gateway, 3, 3)
        return seal(self.program.node.channels[0], header, Data(port, payload, bitfield=0))

    def answer(self, byte):
        own = self.program.settings
        pair = self.pair()
        entry = pair[1][:3] + bytes([byte]) + wire.answer_tag(b"rcpt-d", own.node, own.down, pair, bytes([byte]))
        self.radio.heard(self.frame(1, wire.seal(b"shown", b"\x21\x10" + entry + bytes(4))), -80, 8.0)
        self.time.run(1000)

    def clear(self):
        """A gateway pulse whose first slot says clear."""
        own, calling = self.program.settings, self.program.calling
        number = (self.gateway + 1).to_bytes(4, "big")
        body = wire.metrics(101, 5000, 60)
        byte = bytes([5 | (calling.known >> 4) + 1 << 4])
        slot = wire.answer_tag(b"slot-d", own.node, own.down, self.pair(), byte, number)
        head = b"\x41\x01" + number + b"\x01\x02" + slot + bytes(40)
        tag = wire.signed(own.group, 4, b"tick-g", 0x6A7E0001, body, head)
        self.radio.heard(self.frame(67, body + b"\xfa\x07\x3c" + head + tag), -80, 8.0)
        self.time.run(1000)
        self.calls += calling.state == "I"

    def live(self):
        """Bytes of heap in use, in rest: every frame has left and nothing is under way."""
        self.time.run(400000)
        gc.collect()
        return gc.mem_alloc()


def broken(most):
    """Break up what is free: fill it with links of two blocks, then let all go but one a piece of `most` bytes.

    The allocator takes the first place that fits, so the links lie in memory as they hang together.
    """
    block = 16 if sys.maxsize < 1 << 32 else 32
    chain = None
    try:
        while True:
            chain = [chain]
    except MemoryError:
        pass
    link = chain
    while link:
        after = link[0]
        for _ in range(most // (2 * block) - 2):
            after = after and after[0]
        link[0] = after
        link = after
    gc.collect()
    return chain


def say(name, value):
    sys.stdout.write("%s %s\n" % (name, value))


def main(path, count, most=0):
    gc.collect()
    before = gc.mem_alloc()
    soak = Soak(path)
    gc.collect()
    kept = broken(most) if most else None
    if kept:
        micropython.mem_info()
    say("empty", before)
    say("started", gc.mem_alloc())
    soak.feed(100)
    first = soak.live()
    say("hundred", first)
    soak.feed(count - 100)
    say("end", soak.live())
    say("free", gc.mem_free())
    board, program = soak.board, soak.program
    for name in ("lamps", "sounds", "writes", "resets", "fed"):
        say(name, getattr(board, name))
    say("sent", soak.radio.sent)
    say("calls", soak.calls)
    say("dropped", program.node.dropped)
    say("done", soak.task.done())


if __name__ == "__main__":
    main(sys.argv[1], *[int(word) for word in sys.argv[2:]])
