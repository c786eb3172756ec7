"""Small airs for the tests: radios at stated distances, no shadowing, so that levels can be worked out by hand."""

import pytest

from tests.support.served import Served
from whistle.simulator.air import Air
from whistle.simulator.loop import VirtualLoop
from whistle.simulator.propagation import Model, Spot
from whistle.simulator.station import KnownModem

PLAIN = Model(shadow_db=0.0)


class Probe:
    """A radio of a test: sends what it is told, keeps what it hears as (microseconds, frame)."""

    def __init__(self, air, node, x, y=0.0, power_dbm=22.0, listening=True):
        self.air = air
        self.heard = []
        self.ear = air.add(Spot(node, x, y, power_dbm), self._take)
        if listening:
            air.open(self.ear)

    def _take(self, frame, rssi, snr):
        self.heard.append((self.air.loop.now_us, frame))

    @property
    def frames(self):
        return [frame for _, frame in self.heard]

    def send(self, at_us, frame):
        self.air.loop.at(at_us, self.air.transmit, self.ear, frame, lambda: self.air.open(self.ear))


class Kit:
    """An air of its own with probes on a line."""

    def __init__(self, sf=7, bw_hz=500_000, loss=0.0, seed=1, model=PLAIN):
        self.loop = VirtualLoop()
        self.air = Air(self.loop, seed, KnownModem(sf, bw_hz, 5), model, loss)

    def probe(self, node, x, **more):
        return Probe(self.air, node, x, **more)

    def run(self, seconds):
        self.loop.run_until(self.loop.now_us + round(seconds * 1e6))


@pytest.fixture
def kit():
    return Kit()


@pytest.fixture
def make_kit():
    return Kit


@pytest.fixture
def served():
    open_ones = []

    def start(simulation, radios=()):
        open_ones.append(Served(simulation, radios))
        return open_ones[-1]

    yield start
    for each in open_ones:
        each.close()
