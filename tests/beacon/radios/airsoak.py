# The beacon of heap/soak.py with a real radio driver, its chip model behind a pipe: airsoak.py FRAMES COUNT MODEL HEAP
# stdin and stdout are the pipe to hardware/farside.py; what there is to say goes to stderr. HEAP is this interpreter's:
# what exceeds a board's 100 KiB, and what this script and the pipe take of it, is blocked before the program starts.
import gc

gc.collect()
script = gc.mem_alloc() - 1024  # an empty interpreter has some 1 KiB in use
import asyncio  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402


def cost(*names):
    """Import modules; the bytes of heap they take."""
    gc.collect()
    before = gc.mem_alloc()
    for name in names:
        __import__(name)
    gc.collect()
    return gc.mem_alloc() - before


class Time:
    """heap/soak.py's idea of time, by the far clock."""

    def now(self):
        return clock.state[1]

    def begin(self, coroutine):
        return asyncio.create_task(coroutine)

    def run(self, ms):
        asyncio.get_event_loop().run_until_complete(sleep(ms))


async def sleep(ms):
    await asyncio.sleep_ms(ms)


class _Virtual:
    pass


_Virtual.Time, _Virtual.sleep = Time, sleep
sys.modules["virtual"] = _Virtual
script += cost("clock", "machine")  # first: it replaces `time`
program = cost("beacon.program")
script += cost("soak")
clock, soak, Program = sys.modules["clock"], sys.modules["soak"], sys.modules["beacon.program"].Program


def tell():
    """What the far side has to say: judge, sent, heard."""
    head = memoryview(bytearray(2))
    clock.ask(74, into=head)
    text = bytearray(head[0] | head[1] << 8)
    clock.exactly(memoryview(text))
    return json.loads(text)


class Air:
    """Where heap/soak.py gives its frames: on the air, for the chip to hear."""

    def __init__(self, time):
        self._time = time

    def heard(self, frame, rssi, snr):
        clock.ask(65, size=len(frame), out=frame)
        self._time.run(150)


class Soak(soak.Soak):
    def __init__(self, path, model, wiring):
        self.time = Time()
        with open("settings.json", "rb") as file:
            self.board = soak.Board(self.time, file.read())
        self.radio = Air(self.time)
        self.driver = __import__("beacon.radios." + model, None, None, ("Radio",)).Radio(wiring)
        self.program = Program(self.board, self.driver)
        self.board.settings = None
        self.task = self.time.begin(self.program.run())
        self.frames = soak.Frames(path)
        self.time.run(100)
        self.calls = self.gateway = 0

    def answer(self, byte):
        """As often as it takes: a beacon that sends hears nothing."""
        for _ in range(8):
            if self.program.calling.known:
                break
            soak.Soak.answer(self, byte)

    def clear(self):
        before = self.calls
        for _ in range(8):
            if self.program.calling.state == "I":
                break
            soak.Soak.clear(self)
        self.calls = before + (self.program.calling.state == "I")


def say(name, value):
    sys.stderr.write("%s %s\n" % (name, value))


def main(path, count, model, heap):
    block = bytearray(heap * 1024 - 100 * 1024 - script)
    others = script + len(block)
    with open("wiring.json") as file:
        wiring = json.load(file)
    driver = cost("lora." + model)
    radio = cost("beacon.radios." + model)
    long = Soak(path, model, wiring)
    gc.collect()
    say("script", script)
    say("driver", driver)
    say("radio", radio)
    say("started", gc.mem_alloc() - others)
    long.feed(100)
    say("hundred", long.live() - others)
    long.feed(count - 100)
    say("end", long.live() - others)
    say("free", gc.mem_free())
    far = tell()
    for name in far:
        say(name, far[name])
    say("calls", long.calls)
    say("dropped", long.program.node.dropped)
    say("resets", long.board.resets)
    say("done", long.task.done())


main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
