"""A board behind a stock node: the real program on MicroPython, a simulated stock radio on its UART, a real gateway.

Three processes' worth of parts: the board; the radios on the simulated air, served as their hosts see them; a gateway.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.gateway import Gateway
from tests.hardware.boards import ROOT, UNIX, Process
from tests.support import brokers
from tests.support.brokers import Broker
from tests.support.gateways import Desk, World
from tests.support.served import Served
from tests.support.waiting import until
from whistle.simulator import scenario
from whistle.simulator.simulation import Simulation

GATEWAY = 0x12345678


class Street:
    """A stock node with the board's number, a neighbour's beacon, and the gateway's radio, on one air."""

    def __init__(self, world: World, folder: Path, interpreter: Path, number: int | None = None, **changes) -> None:
        bundle = world.bundle
        self.node = world.beacons[0].node
        self.folder, self.interpreter = folder, interpreter
        self.number = number or self.node
        nodes = [
            {"kind": "radio", "node": self.number, "name": "Stock", "x": 0, "y": 0},
            {"kind": "radio", "node": GATEWAY, "name": "Gateway", "x": 150, "y": 0},
            {"kind": "beacon", "x": 60, "y": 60, "settings": world.site.beacon_settings(world.beacons[1].node)},
        ]
        scene = {
            "centre": [44.95, -93.25], "channel_name": bundle.channel_name, "channel_psk": bundle.channel_psk,
            "region": bundle.region, "preset": bundle.preset, "nodes": nodes,
        }  # fmt: skip
        self.simulation = Simulation(scenario.build(scene | changes), seed=5)
        self.air = Served(self.simulation, [("127.0.0.1", 0), ("127.0.0.1", 0)])
        self.neighbour = self.simulation.beacon(world.beacons[1].node)
        self.radio = self.simulation.radio(self.number)
        (folder / "board").mkdir()
        (folder / "board" / "settings").write_text(json.dumps(world.site.beacon_settings(self.node)))
        self.board = Process(interpreter, "stream_main.py", folder / "board", str(self.port(self.number)))

    def port(self, node: int) -> int:
        return int(self.air.ports[f"radio !{node:08x}"])

    def hold(self, seconds: float = 1.8) -> None:
        self.board.press(0, True)
        time.sleep(seconds)
        self.board.press(0, False)

    def sent(self, port: int) -> list[float]:
        """When (s) our node began to send a message of ours on this port."""
        mine = [one for one in list(self.simulation.events) if one["event"] == "frame" and not one["relay"]]
        return [one["at"] for one in mine if one["node"] == self.number and one["port"] == port]

    def close(self) -> None:
        self.board.close()
        self.air.close()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def make(world: World, tmp_path: Path, need: Callable[[str], Path]) -> Iterator[Callable[..., Street]]:
    made: list[Street] = []

    def start(**more) -> Street:
        made.append(Street(world, tmp_path, need("micropython"), **more))
        made[-1].simulation.loop.call_soon_threadsafe(watched, made[-1].simulation)
        return made[-1]

    yield start
    for one in made:
        one.close()


def watched(simulation: Simulation) -> None:
    """Frames are events only for a simulation that somebody watches."""
    simulation.watchers.append(lambda event: simulation.events.append(event) if event["event"] == "frame" else None)


@pytest.fixture
def broker(tmp_path: Path, need: Callable[[str], Path]) -> Iterator[Broker]:
    running = brokers.with_mosquitto(need("mosquitto"), tmp_path).start()
    yield running
    running.kill()


@pytest.fixture
def street(make) -> Street:
    return make()


@pytest.fixture
def gateway(street: Street, world: World, broker: Broker, tmp_path: Path) -> Iterator[Gateway]:
    one = Gateway(world.bundle, tmp_path / "data", [f"tcp://127.0.0.1:{street.port(GATEWAY)}"], broker.url)
    one.start()
    until(lambda: one.bus.connected and one.sources[0].status().up, 30)
    yield one
    one.stop()


@pytest.fixture
def desk(gateway: Gateway, world: World, broker: Broker) -> Iterator[Desk]:
    one = Desk(world, broker.url)
    one.watch()
    yield one
    one.close()


@pytest.mark.slow
def test_a_press_is_heard_and_answered_through_a_stock_node(
    street: Street, gateway: Gateway, desk: Desk, world: World, tell
) -> None:
    until(lambda: gateway.counts.snapshot()["ticks"] >= 1, 30)
    time.sleep(1)
    began = time.monotonic()
    street.hold()
    until(lambda: desk.alerts, 30)
    stored = time.monotonic() - began - 1.5
    [alert] = desk.alerts
    assert (alert.node, alert.kind, alert.judged, alert.age) == (street.node, "help", "fresh", "fresh")
    until(lambda: street.neighbour.state()["whistle"], 20)
    until(lambda: street.board.lamp in ("heard", "shown"), 30)
    desk.answer(alert, "coming", ordinal=1)
    until(lambda: street.board.lamp == "coming", 40)
    assert (street.radio.counts.silent, street.radio.counts.refused, street.radio.counts.known) == (0, 0, 0)
    tell(f"behind a stock node: end of the hold to the desk {stored:.1f} s, {street.radio.counts.taken} packets")


@pytest.mark.slow
def test_a_call_without_an_answer_keeps_what_a_host_may_do(street: Street, tell) -> None:
    time.sleep(3)
    street.hold()
    time.sleep(24)
    alerts, texts = street.sent(11), street.sent(1)
    counts = street.radio.counts
    assert (counts.silent, counts.refused, counts.known) == (0, 0, 0), "nothing was handed in too soon"
    assert len(alerts) >= 2 and len(texts) >= 3, "texts fill the time between two alerts"
    assert min(b - a for a, b in zip(alerts, alerts[1:], strict=False)) > 9
    tell(f"24 s of calling behind a stock node: {len(alerts)} alerts, {len(texts)} texts, {counts.taken} packets taken")


@pytest.mark.slow
def test_a_node_with_another_number_is_no_radio(make) -> None:
    """Every seal names the sender: under a foreign number no gateway would believe it, so it must be seen at once."""
    street = make(number=0x0BADBEEF)
    street.hold()
    until(lambda: street.board.said.count({"tell": "radio", "failed": True}), 25)
    time.sleep(11)
    assert {"tell": "radio", "failed": False} not in street.board.said, "and asking it again makes it no better"
    assert street.radio.counts.taken == 0


@pytest.mark.slow
def test_a_node_without_the_channel_is_no_radio(make) -> None:
    street = make(channel_name="Other")
    street.hold()
    until(lambda: street.board.said.count({"tell": "radio", "failed": True}), 25)
    assert street.radio.counts.taken == 0


@pytest.mark.slow
def test_a_node_that_was_off_takes_the_call_when_it_is_back(street: Street) -> None:
    """Its host port is what stays: the node behind it starts anew, and has nothing of the board in its memory."""
    time.sleep(3)
    street.radio.submit, real = (lambda packet: None), street.radio.submit
    report, street.radio.report = street.radio.report, lambda *_: None
    street.hold()
    until(lambda: street.board.said.count({"tell": "radio", "failed": True}), 25)
    street.radio.submit, street.radio.report = real, report
    until(lambda: street.board.said.count({"tell": "radio", "failed": False}), 25)
    until(lambda: street.sent(11) or street.sent(1), 20)


def test_nothing_on_the_uart_stops_it(need: Callable[[str], Path], tmp_path: Path) -> None:
    """Debug text, noise, messages cut and changed at random: on the board's interpreter, where an error is a reset."""
    with socket.create_server(("127.0.0.1", 0)) as wire:
        command = [str(need("micropython")), str(UNIX / "stream_fuzz.py"), str(wire.getsockname()[1])]
        path = f"{ROOT / 'firmware'}:{UNIX}:.frozen"
        done = subprocess.run(
            command, env={**os.environ, "MICROPYPATH": path}, capture_output=True, text=True, timeout=120
        )
    assert done.stdout == "went on\n", done.stdout + done.stderr
