"""Small airs for the tests: radios at stated distances, no shadowing, so that levels can be worked out by hand."""

import asyncio
import threading

import pytest

from whistle.simulator.air import Air
from whistle.simulator.loop import VirtualLoop
from whistle.simulator.propagation import Model, Spot
from whistle.simulator.running import serve
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


class Served:
    """A simulation beside the wall clock, its sockets served in a thread; `ports` by what listens there."""

    def __init__(self, simulation, radios=()):
        self.simulation = simulation
        self.ports = {}
        self._ready = threading.Event()
        self._radios = list(radios)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._ready.wait(20)

    async def _serve(self):
        self._net, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await serve(self.simulation, ("127.0.0.1", 0), self._radios, self._listens, self._ended)

    def _listens(self, what, where):
        self.ports[what] = where[1]
        if what == "control":
            self._ready.set()

    def close(self):
        self._net.call_soon_threadsafe(self._ended.set)
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def served():
    open_ones = []

    def start(simulation, radios=()):
        open_ones.append(Served(simulation, radios))
        return open_ones[-1]

    yield start
    for each in open_ones:
        each.close()
