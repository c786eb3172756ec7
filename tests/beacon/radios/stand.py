"""A stand for radios: boards with chip models on one ether in virtual time, on MicroPython."""

import asyncio

from clock import clock, do, fresh, wait  # noqa: F401  first: it replaces `time`, which the others import

# isort: split
from ether import Ether, Misuse, Modulation  # noqa: F401
from machine import SPI, Pin, bus, unplug  # noqa: F401

SHORT_TURBO = {"freq_hz": 926750000, "sf": 7, "bw_hz": 500000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43}
MEDIUM_FAST = {"freq_hz": 913125000, "sf": 9, "bw_hz": 250000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43}
LONG_FAST = {"freq_hz": 906875000, "sf": 11, "bw_hz": 250000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43}

FRAME = bytes(range(60))
LONGEST = bytes(range(255))


def wiring(place=0, **changes):
    """A board's `radio` table; boards at different places share no pin."""
    made = {
        "driver": "sx126x", "model": "sx1262", "spi": place, "sck": 9, "mosi": 10, "miso": 11, "nss": 100 + place,
        "reset": 200 + place, "busy": 300 + place, "irq": 400 + place, "tcxo_mv": 1800, "dio2_switch": True,
    }  # fmt: skip
    made.update(changes)
    return made


def modulation(radio):
    """The settings' radio object as the ether knows it."""
    slow = 1000000 * (1 << radio["sf"]) >= 16000 * radio["bw_hz"]
    return Modulation(
        radio["freq_hz"], radio["sf"], radio["bw_hz"], radio["sync"], False, radio["preamble"], radio["cr"], True, slow
    )


class Spot:
    """A board at its place: wiring, chip model, Radio, what it heard; its `run` task lives in asyncio."""

    def __init__(self, make, chip, ether, place=0, tcxo_us=3000, **changes):
        self.wiring = wiring(place, **changes)
        self.ether = ether
        self.chip = chip(ether, self.wiring, tcxo_us, "board %d" % place)
        self.radio = make(self.wiring)
        self.got = []
        self.alive = 0
        self.task = None

    def start(self, settings, run=True):
        self.settings = settings
        self.radio.tune(settings)
        self.radio.listen(self.heard)
        if run:
            self.task = asyncio.create_task(self.radio.run(self._alive))
            wait(1)

    def heard(self, frame, rssi, snr):
        assert isinstance(frame, bytes)
        self.got.append((frame, rssi, snr))

    def _alive(self):
        self.alive += 1
        return 2000

    def frames(self):
        return [one[0] for one in self.got]

    def send(self, frame):
        """As the program does it: load, look, send; whether the air was busy."""
        self.radio.load(frame)
        busy = self.radio.busy()
        do(self.radio.send())
        return busy

    def neighbour(self, frame, dbm=22):
        """A frame of somebody else's goes on the air now; returns its Wave."""
        return self.ether.send("neighbour", frame, modulation(self.settings), dbm)


class Listener:
    """Whoever receives what a chip sends; `got`: of each frame, whether it came whole."""

    visit, held = 0, None

    def __init__(self, bare):
        self.ear = bare.chip._signal
        self.got = []
        bare.chip.ether.chips.append(self)

    def preamble(self, wave):
        pass

    def header(self, wave, fine):
        pass

    def done(self, wave, fine, rssi, snr):
        self.got.append(fine)


def begin(**air):
    """A new stand: time 0, no wires; the ether."""
    fresh()
    unplug()
    return Ether(**air)


def symbols(settings, count):
    """Milliseconds of so many symbols."""
    return count * (1000 << settings["sf"]) / settings["bw_hz"]


def raises(kind, call, *args):
    """The error of that kind that the call ends with."""
    try:
        call(*args)
    except kind as error:
        return error
    raise AssertionError("%s was expected" % kind.__name__)
