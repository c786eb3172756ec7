"""The real chain on real air: simulated beacons run the real program, a relay, a stock radio on TCP, this gateway.

Needs nothing but the simulator of this repository; every part is a process of its own but the gateway.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.gateway import Gateway
from tests.support.brokers import Broker
from tests.support.gateways import Desk, World
from tests.support.waiting import until
from whistle.bus.messages import Alert, Told
from whistle.simulator.control import Control

RADIO = 0x12345678


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Street:
    """A simulator with two beacons, a plain relay between, and the gateway's radio."""

    def __init__(self, world: World, folder: Path) -> None:
        bundle, self.port, control = world.bundle, free_port(), free_port()
        scenario = {
            "centre": [44.95, -93.25],
            "channel_name": bundle.channel_name,
            "channel_psk": bundle.channel_psk,
            "region": bundle.region,
            "preset": bundle.preset,
            "nodes": [
                *(
                    {"kind": "beacon", "x": 40 * n, "y": 0, "settings": world.site.beacon_settings(one.node)}
                    for n, one in enumerate(world.beacons[:2])
                ),
                {"kind": "relay", "node": 305419897, "name": "Roof", "x": 200, "y": 20},
                {"kind": "radio", "node": RADIO, "name": "Gateway", "x": 400, "y": 0},
            ],
        }
        path = folder / "street.json"
        path.write_text(json.dumps(scenario))
        argv = [sys.executable, "-m", "whistle", "simulator", "run", "--scenario", str(path), "--seed", "3"]
        argv += ["--control", f"127.0.0.1:{control}", "--radio-listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        until(lambda: all(open_port(port) for port in (self.port, control)), 20)
        self.control = Control("127.0.0.1", control)

    def hold(self, node: int, seconds: float = 1.8) -> None:
        self.control.button(node, True)
        time.sleep(seconds)
        self.control.button(node, False)

    def taps(self, node: int, number: int) -> None:
        for _ in range(number):
            self.control.button(node, True)
            time.sleep(0.12)
            self.control.button(node, False)
            time.sleep(0.15)

    def close(self) -> None:
        self.control.close()
        self.process.terminate()
        self.process.communicate(timeout=10)


def open_port(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def street(world: World, tmp_path: Path) -> Iterator[Street]:
    one = Street(world, tmp_path)
    yield one
    one.close()


@pytest.fixture
def running(street: Street, world: World, broker: Broker, tmp_path: Path) -> Iterator[Gateway]:
    one = Gateway(world.bundle, tmp_path / "data", [f"tcp://127.0.0.1:{street.port}"], broker.url)
    one.start()
    until(lambda: one.bus.connected and one.sources[0].status().up)
    yield one
    one.stop()


@pytest.fixture
def desk(running: Gateway, world: World, broker: Broker) -> Iterator[Desk]:
    one = Desk(world, broker.url)
    one.watch()
    yield one
    one.close()


def pattern(street: Street, node: int) -> str:
    return str(street.control.state(node)["pattern"])


@pytest.mark.slow
def test_a_hold_to_the_lamp_and_back(street: Street, running: Gateway, desk: Desk, world: World, tell) -> None:
    beacon = world.beacons[0]
    until(lambda: running.counts.snapshot()["ticks"] >= 1)
    time.sleep(1)
    began = time.monotonic()
    street.hold(beacon.node)
    until(lambda: desk.alerts)
    heard = time.monotonic() - began - 1.5
    [alert] = desk.alerts
    assert (alert.node, alert.kind, alert.event, alert.judged) == (beacon.node, "help", "raised", "fresh")
    assert alert.age == "fresh", "the beacon had heard our echo"
    desk.answer(alert, "shown", ordinal=0, id="b" * 16)
    until(lambda: pattern(street, beacon.node) == "shown", 30)
    shown = time.monotonic() - began - 1.5
    desk.watch()
    desk.answer(alert, "coming", ordinal=1)
    until(lambda: pattern(street, beacon.node) == "coming", 40)
    until(lambda: ("a" * 16, "seen-by-beacon") in {(told.id, told.state) for told in desk.of(Told)}, 40)
    desk.watch()
    desk.answer(alert, "clear", ordinal=2, id="c" * 16)
    until(lambda: pattern(street, beacon.node) in ("clear", "dark"), 60)
    assert len(desk.rows) == 1
    tell(f"end of the hold to the desk {heard:.1f} s, to the lamp's *shown* {shown:.1f} s, over real frames")


@pytest.mark.slow
def test_a_silent_press_is_told_and_nothing_is_said_in_text(street, running, desk, world) -> None:
    beacon = world.beacons[1]
    time.sleep(1)
    street.taps(beacon.node, 5)
    until(lambda: desk.alerts, 20)
    assert (desk.alerts[0].event, desk.alerts[0].tag, desk.alerts[0].node) == ("silent", "0" * 16, beacon.node)
    time.sleep(15)
    assert running.counts.snapshot()["receipts"] == 0
    assert len({(one.node, one.sequence) for one in desk.of(Alert)}) == 1


@pytest.mark.slow
def test_a_cancel_within_thirty_seconds(street, running, desk, world) -> None:
    beacon = world.beacons[0]
    time.sleep(1)
    street.hold(beacon.node)
    until(lambda: desk.alerts, 20)
    street.taps(beacon.node, 5)
    until(lambda: [one.event for one in desk.alerts] == ["raised", "cancelled"], 30)
    assert desk.alerts[1].of == desk.alerts[0].sequence
    until(lambda: pattern(street, beacon.node) in ("cancelled", "dark"), 30)
