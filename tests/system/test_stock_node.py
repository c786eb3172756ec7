"""Frames are real: what a stock node makes of ours, and ours of its own.

The stock side is written from the protocol's description (`stock`), set up from the channel link as a person would, and
driven by the unmodified `meshtastic` command line; frames are taken off the simulated air as they are sent.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from meshtastic.protobuf import config_pb2  # type: ignore[import-untyped]

from tests.support import stock
from tests.support.served import Served
from tests.system.technician import PLACES, Technician
from whistle.simulator.scenario import build
from whistle.simulator.simulation import Simulation

pytestmark = [pytest.mark.system, pytest.mark.slow]
RADIO = 0x11111142
LISTENS = f"radio !{RADIO:08x}"


class Street:
    """Two beacons and a stock radio on TCP; `frames` is all that was sent, as (who transmitted, frame)."""

    def __init__(self, folder: Path) -> None:
        self.technician = Technician(folder)
        station = {"kind": "radio", "node": RADIO, "name": "Phone", "x": 100, "y": 60}
        self.simulation = Simulation(build(self.technician.scenario(station)), began=time.time())
        self.channels = [self.technician.channel]
        self.beacon: int = self.technician.settings[0]["node"]
        self.frames: list[tuple[int, bytes]] = []
        self.simulation.observe(lambda node, frame, at: self.frames.append((node, frame)))
        self.simulation.run(2)
        program = self.simulation.beacon(self.beacon).program
        assert program is not None
        self.events: list[tuple[int, int, int]] = []
        told = program.node.event
        program.node.event = lambda *event: (self.events.append(event), told(*event))

    def serve(self) -> None:
        self._served = Served(self.simulation, [("127.0.0.1", 0)])  # type: ignore[no-untyped-call]
        self.port = self._served.ports[LISTENS]

    def close(self) -> None:
        self._served.close()  # type: ignore[no-untyped-call]

    def hold(self) -> None:
        """The press of a resident, in a simulation that is served."""
        self.simulation.loop.call_soon_threadsafe(self.simulation.press, self.beacon)

    def of(self, sender: int, port: int, by: int | None = None) -> list[bytes]:
        """Frames a node began on this port, as it sent them itself (or, `by`, as that one relayed them)."""
        return [
            frame
            for who, frame in list(self.frames)
            if stock.header(frame).sender == sender
            and who == (sender if by is None else by)
            and self._port(frame) == port
        ]

    def _port(self, frame: bytes) -> int | None:
        data = stock.opened(self.channels, frame)
        return None if data is None else int(data.portnum)

    def command(self, *words: str) -> str:
        """What the unmodified `meshtastic` command line prints."""
        argv = [sys.executable, "-m", "meshtastic", "--host", f"127.0.0.1:{self.port}", *words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


@pytest.fixture
def served(street: Street) -> Iterator[Street]:
    street.serve()
    yield street
    street.close()


def test_the_link_is_what_a_stock_app_expects(street: Street) -> None:
    lora, found = street.technician.lora, street.technician.settings[0]
    assert (street.technician.channel.name, len(street.technician.channel.psk)) == ("Cedar", 32)
    assert street.technician.channel.psk.hex() == found["channel_psk"]
    assert lora.use_preset and lora.modem_preset == config_pb2.Config.LoRaConfig.SHORT_TURBO
    assert lora.region == config_pb2.Config.LoRaConfig.US and lora.tx_enabled and lora.hop_limit == 3


def test_a_stock_node_decodes_shows_and_relays_our_alert_and_we_take_its_relay_as_on_the_air(street: Street) -> None:
    simulation = street.simulation
    simulation.beacon(street.technician.settings[1]["node"]).power(False)  # the stock node alone may relay
    simulation.press(street.beacon)
    assert simulation.run_until(lambda: bool(street.of(street.beacon, 11, by=RADIO)), 20)
    simulation.run(1)
    [first, *_] = street.of(street.beacon, 11)
    head, data = stock.header(first), stock.opened(street.channels, first)
    assert (head.to, head.hop_limit, head.hop_start, head.want_ack) == (stock.BROADCAST, 3, 3, False)
    assert head.relay == (street.beacon & 255 or 255) and head.channel == street.channels[0].hash
    assert data is not None and data.HasField("bitfield") and len(data.payload) <= 232
    text = stock.shown(data)
    assert text is not None and re.fullmatch(rf"\x07HELP {PLACES[0][1]} #\d+ ~[\w-]{{28}}", text)

    [relayed, *_] = street.of(street.beacon, 11, by=RADIO)
    onward = stock.header(relayed)
    assert onward.id == head.id
    assert (onward.hop_limit, onward.hop_start, onward.relay) == (2, 3, RADIO & 255)
    assert relayed[16:] == first[16:], "a relay must not touch what it cannot have written"
    assert (1, head.id, 0) in street.events, "the relay was not taken as on the air"
    lamps = [one["pattern"] for one in simulation.events if one["event"] == "lamp" and one["node"] == street.beacon]
    assert "on-air" in lamps, "and the one who pressed is given the hint"


def test_a_stranger_with_another_key_reads_nothing(street: Street) -> None:
    street.simulation.press(street.beacon)
    assert street.simulation.run_until(lambda: bool(street.of(street.beacon, 11)), 20)
    [first, *_] = street.of(street.beacon, 11)
    wrong = stock.Channel("Cedar", bytes(32))
    assert stock.opened([wrong, stock.Channel("Elm", street.channels[0].psk)], first) is None


def test_the_stock_command_line_shows_our_alert(served: Street, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "meshtastic", "--host", f"127.0.0.1:{served.port}", "--listen"]
    said = tmp_path / "listener.txt"
    with said.open("wb") as output:
        listener = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: b"config_complete_id" in said.read_bytes() or b"Connected" in said.read_bytes(), "no connection")
        served.hold()
        until(lambda: f"HELP {PLACES[0][1]} #".encode() in said.read_bytes(), "the listener never showed the alert")
    finally:
        listener.terminate()
        listener.wait(10)
    assert b"ALERT_APP" in said.read_bytes()


def test_we_relay_a_stock_nodes_text_byte_for_byte(served: Street) -> None:
    assert "Received an implicit ACK" in served.command("--sendtext", "who has a ladder?", "--ack")
    [first, *_] = served.of(RADIO, 1)
    relays = [
        frame
        for beacon in (one["node"] for one in served.technician.settings)
        for frame in served.of(RADIO, 1, by=beacon)
    ]
    assert relays
    for frame in relays:
        head = stock.header(frame)
        assert frame[16:] == first[16:] and frame[:12] == first[:12], "the message itself must stay as it was"
        assert (head.hop_limit, head.hop_start) == (2, 3)


def test_we_acknowledge_a_stock_nodes_message_to_us(served: Street) -> None:
    assert "Received an ACK." in served.command(
        "--sendtext", "is your lamp green?", "--dest", f"!{served.beacon:08x}", "--ack"
    )
    asked = stock.header(served.of(RADIO, 1)[0])
    [answer, *_] = served.of(served.beacon, 5)
    head, data = stock.header(answer), stock.opened(served.channels, answer)
    assert asked.want_ack and asked.to == served.beacon
    assert data is not None and (head.to, data.request_id, data.payload) == (RADIO, asked.id, b"\x18\x00")


def until(true: Callable[[], bool], otherwise: str, patience_s: float = 40.0) -> None:
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)
