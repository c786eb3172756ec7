"""A scripted board, a scripted radio and a gateway's pen, for driving the real program through a virtual time."""

import json

from alertwire import gatewaypulse, line, pulse, receipt, rekey, telemetry
from beacon.program import Program
from meshwire.wire import Channel, Data, Header, seal, unseal
from virtual import Time, sleep

try:
    from cryptolib import aes as _aes

    def ecb(key):
        return _aes(key, 1).encrypt

except ImportError:
    from whistle.aes import ecb

NODE = 0x0A1B2C3D
GATEWAY = 0x6A7E0001
NEIGHBOUR = 0x0A1B2C99
UP = bytes(range(32))
DOWN = bytes(range(32, 64))
STATUS = bytes(range(64, 96))
GROUP = bytes(range(96, 128))
PSK = bytes(range(128, 144))

RADIO = {"freq_hz": 926750000, "sf": 7, "bw_hz": 500000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43,
         "duty_permille": 1000, "busy_looks": 100}  # fmt: skip


def settings(radio_settings=None, **changes):
    """The settings of a beacon as the site writes them, on SHORT_TURBO."""
    made = {
        "v": 1, "site": "0001020304050607", "node": NODE, "device_epoch": 1, "group_epoch": 1,
        "up": UP.hex(), "down": DOWN.hex(), "status": STATUS.hex(), "id": bytes(32).hex(),
        "group": GROUP.hex(), "group_previous": None, "channel_name": "Cedar", "channel_psk": PSK.hex(),
        "place": "34th & Cedar", "words": ["HELP", "MEDICAL", "FIRE", "WATCH"], "name": "34th & Cedar", "short": "34CE",
        "mode": "relay", "captain": False, "hop_limit": 3,
        "radio": RADIO,
        "timing": {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 390, "window_ms": 3000},
        "second_button": False, "whistle": True,
    }  # fmt: skip
    made.update(changes)
    if radio_settings:
        made["radio"] = radio_settings
    return json.dumps(made).encode()


class Board:
    """A board whose every part is scripted: flash is a dict, lamp and whistle are logs, chance is a seeded sequence."""

    early_ms = 0
    watchdog_ms = 0
    plays = False
    cause = "power"
    deep = listened = False
    run = None

    def __init__(self, time, files=None, seed=1):
        self.time = time
        self.files = {"settings": settings()} if files is None else files
        self.full = False
        self.saves = []
        self.lamps = []
        self.whistles = []
        self.said = []
        self.resets = []
        self.services = self.wells = 0
        self.fed = []
        self.collected = 0
        self.power = (87, 3900)
        self.opened = self.cable_out = False
        self.edge = None
        self._chance = seed

    def now(self):
        return self.time.now()

    def random(self, n):
        self._chance = (self._chance * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (self._chance >> 16) % n

    def aes(self, key):
        return ecb(key)

    def load(self, name):
        return self.files.get(name)

    def save(self, name, data):
        if self.full:
            raise OSError(28)
        self.saves.append((self.now(), name))
        self.files[name] = bytes(data)

    def memory(self):
        return None

    def hears(self):
        return False

    def button(self, edge):
        self.edge = edge

    def lamp(self, on, colour, pattern):
        self.lamps.append((self.now(), on, pattern))

    def whistle(self, on, pattern):
        self.whistles.append((self.now(), on, pattern))

    def battery(self):
        return self.power

    def wire(self):
        return self.cable_out

    def tamper(self):
        return self.opened

    def place(self):
        return None

    def say(self, text):
        self.said.append(text)

    def collect(self):
        self.collected += 1

    def spin(self, until_ms):
        pass

    def well(self):
        self.wells += 1

    def feed(self):
        self.fed.append(self.now())

    def reset(self, why):
        self.resets.append(why)

    def service(self):
        self.services += 1

    def words(self):
        """The lamp's words in the order they were shown, each once."""
        out = []
        for _, _, word in self.lamps:
            if not out or out[-1] != word:
                out.append(word)
        return out


class Radio:
    """A radio whose air is the test: `sent` is (ms, frame); `give` is a frame arriving; `noise` makes the air busy."""

    run = None

    def __init__(self, time):
        self.time = time
        self.sent = []
        self.unread = []
        self.tuned = None
        self.heard = None
        self.noise = 0
        self.dead = False
        self.asleep = False
        self.steps = []
        self._loaded = None

    def tune(self, radio):
        self.tuned = radio

    def listen(self, heard):
        self._alive("listen")
        self.heard = heard
        self.asleep = False

    def load(self, frame):
        self._alive("load")
        self._loaded = frame
        self._read()

    def busy(self):
        self._alive("busy")
        self.noise -= 1
        return self.noise >= 0

    async def send(self):
        self._alive("send")
        self._read()
        frame = self._loaded
        await sleep(40)
        self.sent.append((self.time.now(), frame))

    def sleep(self):
        self._alive("sleep")
        self.asleep = True

    def give(self, frame, rssi=-80, snr=6.0):
        """A frame arrives, if anybody listens."""
        if not self.asleep and self.heard:
            self.heard(frame, rssi, snr)

    def _alive(self, step):
        self.steps.append(step)
        if self.dead:
            raise OSError(5)

    def _read(self):
        while self.unread:
            self.give(self.unread.pop(0))


class Pen:
    """A gateway's or a neighbour's hand: writes frames of the site's channel, reads those the beacon sent."""

    def __init__(self):
        self.channel = Channel("Cedar", PSK, ecb)
        self._id = 0x51000000
        self._number = 1800000000

    def frame(self, port, payload, sender=GATEWAY, hops=3, channel=None):
        self._id += 1
        header = Header(0xFFFFFFFF, sender, self._id, hops, 3)
        return seal(channel or self.channel, header, Data(port, payload, bitfield=0))

    def receipt(self, node, sequence, tag, answer, down=DOWN):
        """A receipt with one entry."""
        entry = receipt.entry(node, down, sequence, tag, answer)
        return self.frame(1, receipt.build([entry], GROUP, 1, b"heard #1"))

    def rekey(self, epoch, key, node=NODE, down=DOWN, number=7):
        """A new group key for a beacon."""
        body = telemetry.metrics(101, 5000, None, None, 60)
        return self.frame(67, rekey.build(node, down, epoch, number, key, body))

    def tick(self, answers=(), echo=0xBEEF, group=GROUP, down=DOWN, sender=GATEWAY, number=None, epoch=1):
        """A gateway pulse with slots for (sequence, tag, answer byte), of the next number or of `number`."""
        if number is None:
            number = self._number = self._number + 20
        slots = [gatewaypulse.slot(NODE, down, sequence, tag, byte, number) for sequence, tag, byte in answers]
        while len(slots) < 6:
            slots.append(bytes([number & 255, len(slots), 7, 7, 7, 7, 7, 7]))
        body = telemetry.metrics(101, 5000, None, None, 60)
        return self.frame(67, gatewaypulse.build(sender, group, epoch, number, echo, slots, body), sender)

    def neighbour(self, sequence, node=NEIGHBOUR, group=GROUP, echo=0, cancel=False, drill=False, port=11):
        """A neighbour's line."""
        text = line.compose("FIRE", "12th & Oak", sequence)
        made = line.build(node, bytes(32), group, 1, text, sequence, kind=2, echo=echo, cancel=cancel, drill=drill)
        return self.frame(port, made, node)

    def read(self, frame):
        """(header, data) of a frame."""
        header, _, data = unseal([self.channel], frame)
        return header, data


class Street:
    """One beacon with its program running, and everything a test does to it and sees of it."""

    def __init__(self, files=None, seed=1, board=Board, radio=Radio, **changes):
        self.time = Time()
        self.pen = Pen()
        if files is None:
            files = {"settings": settings(**changes)}
        self.board = board(self.time, files, seed)
        self.radio = radio(self.time)
        self.program = Program(self.board, self.radio)
        self.task = self.time.begin(self.program.run())
        self.run(50)

    def run(self, ms):
        self.time.run(ms)

    def end(self):
        """Pull the battery: what was on flash is all that stays."""
        self.task.cancel()
        self.run(1)
        self.time.close()
        return self.board.files

    def press(self, ms=1600):
        """Hold the button."""
        self.board.edge(0, True, self.time.now())
        self.run(ms)
        self.board.edge(0, False, self.time.now())

    def taps(self, count, held=False):
        """Quick taps; with `held` the last one is held."""
        for tap in range(count):
            self.press(900 if held and tap == count - 1 else 100)
            self.run(150)
        self.run(700)

    def sent(self, port, since=0):
        """(ms, header, payload) of the frames of one port that were sent since some time."""
        out = []
        for at, frame in self.radio.sent:
            header, data = self.pen.read(frame)
            if data and data.portnum == port and at >= since and header.sender == NODE:
                out.append((at, header, data.payload))
        return out

    def lines(self, since=0):
        """The lines sent, read strictly."""
        return [line.parse(payload) for _, _, payload in self.sent(11, since)]

    def pulses(self, since=0):
        """The pulses sent, opened with the beacon's keys."""
        out = []
        for _, _, payload in self.sent(67, since):
            one = pulse.parse(payload)
            assert pulse.open_status(one, NODE, UP, STATUS)
            out.append(one)
        return out

    def answer(self, answer, to=None):
        """A receipt for a line or pulse (default: the newest line) arrives."""
        to = to or self.lines()[-1]
        self.radio.give(self.pen.receipt(NODE, to.sequence, to.tag, answer))
        self.run(50)

    def slot(self, answer, to=None):
        """A gateway pulse with an answer in a slot arrives."""
        to = to or self.lines()[-1]
        self.radio.give(self.pen.tick([(to.sequence, to.tag, answer)]))
        self.run(50)
