"""A board as the gateway's modem: the real program on MicroPython behind a real serial port, on the simulated air."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.clock import Clock
from gateway.gateway import Gateway
from gateway.sources import addresses, kept, kept_sources
from gateway.sources.kept import KeptSource
from gateway.sources.port import Outgoing, SiteChannel
from tests.gateway.test_radio import Listener
from tests.hardware.aerial import Aerial
from tests.hardware.boards import Cable, Process
from tests.support.brokers import Broker
from tests.support.gateways import Desk, World
from tests.support.waiting import until
from whistle.simulator import scenario
from whistle.simulator.propagation import Spot
from whistle.simulator.simulation import Simulation


class Street:
    """A simulated street beside the wall clock, with a modem of the gateway's at its end."""

    def __init__(self, world: World, folder: Path, interpreter: Path) -> None:
        bundle = world.bundle
        self.simulation = Simulation(
            scenario.build(
                {
                    "centre": [44.95, -93.25],
                    "channel_name": bundle.channel_name,
                    "channel_psk": bundle.channel_psk,
                    "region": bundle.region,
                    "preset": bundle.preset,
                    "nodes": [
                        {"kind": "beacon", "x": 0, "y": 0, "settings": world.site.beacon_settings(one.node)}
                        for one in world.beacons[:2]
                    ]
                    + [{"kind": "radio", "node": 305419897, "name": "Phone", "x": 80, "y": 20}],
                }
            ),
            seed=3,
        )
        self.aerial = Aerial(self.simulation, Spot(77, 200, 0, 22))
        self._interpreter, self._folder = interpreter, folder
        self._air = threading.Thread(target=self.simulation.loop.run_paced, daemon=True)
        self._air.start()
        self.board = self.started()
        self.cable = Cable(folder / "ttyACM0", self.board.cable_end)
        self.url = f"modem://{self.cable.path}"

    def started(self) -> Process:
        return Process(self._interpreter, "modem_main.py", self._folder / "board", str(self.aerial.port))

    def swap(self) -> None:
        """Another board, just started, behind the same cable."""
        old, self.board = self.board, self.started()
        self.cable.join(self.board.cable_end)
        old.close()

    def press(self, node: int, seconds: float = 1.8) -> None:
        self.simulation.loop.call_soon_threadsafe(self.simulation.press, node, seconds)

    def pattern(self, node: int) -> str:
        return str(self.simulation.beacon(node).state()["pattern"])

    def close(self) -> None:
        self.cable.close()
        self.board.close()
        self.aerial.close()
        self.simulation.loop.stop()
        self._air.join(10)
        self.simulation.loop.close()


@pytest.fixture
def street(world: World, tmp_path: Path, need: Callable[[str], Path]) -> Iterator[Street]:
    one = Street(world, tmp_path, need("micropython"))
    yield one
    one.close()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def keep(world: World, listener: Listener, tmp_path: Path) -> Iterator[Callable[[str], KeptSource]]:
    started: list[KeptSource] = []
    bundle = world.bundle
    channel = SiteChannel(bundle.channel_name, bundle.psk_bytes, bundle.region, bundle.preset, bundle.radio)

    def begin(url: str) -> KeptSource:
        [source] = kept_sources(addresses([url]), channel, listener, Clock(), tmp_path)
        started.append(source)
        source.start()
        return source

    yield begin
    for source in started:
        source.stop(3.0)


def up(source: KeptSource) -> bool:
    return source.status().up


def test_it_is_found_and_tuned_as_the_beacons_are(street: Street, world: World, keep) -> None:
    source = keep(street.url)
    until(lambda: up(source))
    radio = world.bundle.radio
    assert radio is not None
    until(lambda: street.aerial.tuned == (radio.freq_hz, radio.bw_hz, radio.sf))
    assert source.status().node not in (None, 0) and source.status().why is None
    assert source.ready_in(1) == source.ready_in(67) == 0


def test_frames_both_ways_are_the_meshs(street: Street, world: World, listener: Listener, keep) -> None:
    source = keep(street.url)
    until(lambda: up(source))
    phone = street.simulation.radio(305419897)
    street.simulation.loop.call_soon_threadsafe(phone.station.send, 1, b"hello")
    until(lambda: [one for one in listener.hearings if one.port == 1])
    [one] = [one for one in listener.hearings if one.port == 1]
    assert (one.sender, one.payload, one.hops) == (305419897, b"hello", 0) and -130 < one.rssi < -20
    assert (one.relay, one.radio) == (305419897 & 255, source.status().node)
    assert source.submit(Outgoing(5, 67, b"\x12\x02\x08\x50", urgent=False))
    until(lambda: (5, True, "") in listener.fates)
    until(lambda: source.status().node in phone.known, 20)
    assert "foreign" not in listener.counts


def test_a_pulled_cable_is_noticed_and_the_same_node_speaks_again(street: Street, listener: Listener, keep) -> None:
    source = keep(street.url)
    until(lambda: up(source))
    node = source.status().node
    street.cable.pull()
    until(lambda: not up(source), 5)
    street.cable.plug()
    until(lambda: up(source), 20)
    assert source.status().node == node
    assert source.submit(Outgoing(1, 67, b"\x12\x02\x08\x50", urgent=False))
    until(lambda: node in street.simulation.radio(305419897).known, 20)


def test_a_board_that_starts_anew_is_tuned_again(street: Street, keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "HEARTBEAT_S", 0.3)
    source = keep(street.url)
    until(lambda: up(source) and street.aerial.tuned is not None)
    whys: list[str | None] = []
    monkeypatch.setattr(source, "_down", lambda why, real=source._down: (whys.append(why), real(why)))
    street.aerial.tuned = None
    street.swap()
    until(lambda: street.aerial.tuned is not None and up(source), 30)
    assert "the modem started anew" in whys


def test_text_and_noise_on_the_cable_cost_nothing(street: Street, listener: Listener, keep) -> None:
    source = keep(street.url)
    until(lambda: up(source))
    street.cable.say(b"\r\x03\x03 mpremote was here \x04" + bytes(range(256)))
    assert source.submit(Outgoing(1, 67, b"\x12\x02\x08\x50", urgent=False))
    until(lambda: source.status().node in street.simulation.radio(305419897).known, 20)
    assert up(source) and street.board.process.poll() is None


def test_a_technician_may_stop_an_idle_modem_and_no_other(street: Street, keep) -> None:
    source = keep(street.url)
    until(lambda: up(source))
    street.cable.say(b"\x03")
    time.sleep(0.3)
    assert street.board.process.poll() is None
    idle = street.started()
    try:
        idle.cable_end.sendall(b"\r\x03")
        until(lambda: idle.process.poll() is not None and {"tell": "service"} in idle.said)
        assert idle.process.poll() == 0
    finally:
        idle.close()


@pytest.fixture
def running(street: Street, world: World, broker: Broker, tmp_path: Path) -> Iterator[Gateway]:
    one = Gateway(world.bundle, tmp_path / "data", [street.url], broker.url)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def desk(running: Gateway, world: World, broker: Broker) -> Iterator[Desk]:
    until(lambda: running.bus.connected and running.sources[0].status().up, 30)
    one = Desk(world, broker.url)
    one.watch()
    yield one
    one.close()


@pytest.mark.slow
def test_an_alert_to_the_ledger_and_the_answer_to_the_lamp(
    street: Street, running: Gateway, desk: Desk, world: World, tell
) -> None:
    node = world.beacons[0].node
    until(lambda: running.counts.snapshot()["ticks"] >= 1)
    time.sleep(1)
    began = time.monotonic()
    street.press(node)
    until(lambda: desk.alerts, 30)
    stored = time.monotonic() - began - 1.5
    [alert] = desk.alerts
    assert (alert.node, alert.kind, alert.event, alert.judged, alert.age) == (node, "help", "raised", "fresh", "fresh")
    until(lambda: street.pattern(node) in ("heard", "shown"), 30)
    desk.answer(alert, "coming", ordinal=1)
    until(lambda: street.pattern(node) == "coming", 40)
    tell(f"through a modem: end of the hold to the desk {stored:.1f} s, to *coming* {time.monotonic() - began:.1f} s")
    assert len(desk.rows) == 1
