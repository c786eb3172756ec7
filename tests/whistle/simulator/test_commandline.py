"""The unmodified `meshtastic` command line against the stock radio on TCP."""

import re
import socket
import subprocess
import sys
import time

import pytest
from meshtastic.protobuf import mesh_pb2

from whistle.simulator import stream
from whistle.simulator.scenario import build
from whistle.simulator.simulation import Simulation

RADIO, RELAY = 0x11111111, 0x22222222
LISTENS = f"radio !{RADIO:08x}"


@pytest.fixture
def radio(served):
    """A radio and a relay whose names are already known, an hour into their life; its port."""
    scenario = build(
        {
            "centre": [45.0, -93.2],
            "channel_name": "Cedar",
            "channel_psk": bytes(range(16)).hex(),
            "region": "US",
            "preset": "SHORT_TURBO",
            "model": {"shadow_db": 0.0},
            "nodes": [
                {"kind": "radio", "node": RADIO, "name": "Gateway radio", "x": 0, "y": 0},
                {"kind": "relay", "node": RELAY, "name": "Roof", "x": 200, "y": 0, "role": "ROUTER"},
            ],
        }
    )
    simulation = Simulation(scenario, began=time.time() - 3600)
    simulation.run(3600)
    return served(simulation, [("127.0.0.1", 0)]).ports[LISTENS]


def meshtastic(port, *arguments):
    """Run the command line; its exit code and what it printed."""
    command = [sys.executable, "-m", "meshtastic", "--host", f"127.0.0.1:{port}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


def test_info(radio):
    code, said = meshtastic(radio, "--info")
    assert code == 0
    assert "Owner: Gateway radio (1111)" in said
    assert '"modemPreset": "SHORT_TURBO"' in said
    assert "PRIMARY psk=secret" in said and '"name": "Cedar"' in said
    assert "https://meshtastic.org/e/#" in said


def test_nodes(radio):
    code, said = meshtastic(radio, "--nodes")
    assert code == 0
    assert re.search(r"Gateway radio.*!11111111", said)
    assert re.search(r"Roof.*!22222222.*ROUTER.*12 dB", said), said


def test_sendtext_with_acknowledgement(radio):
    code, said = meshtastic(radio, "--sendtext", "hello", "--ack")
    assert code == 0
    assert "Received an implicit ACK" in said


def test_sendtext_to_one_node_with_acknowledgement(radio):
    code, said = meshtastic(radio, "--sendtext", "hello", "--dest", "!22222222", "--ack")
    assert code == 0
    assert "Received an ACK." in said


def test_export_config(radio):
    code, said = meshtastic(radio, "--export-config")
    assert code == 0
    for line in ("owner: Gateway radio", "modemPreset: SHORT_TURBO", "region: US", "usePreset: true"):
        assert line in said


class Host:
    """A bare host on a socket."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self._decoder = stream.Decoder()

    def ask(self, **content):
        self.socket.sendall(stream.frame(mesh_pb2.ToRadio(**content).SerializeToString()))

    def until(self, kind):
        """Read until the radio says this; False when it hangs up first."""
        while data := self.socket.recv(4096):
            for message in self._decoder.feed(data):
                if mesh_pb2.FromRadio.FromString(message).WhichOneof("payload_variant") == kind:
                    return True
        return False


def test_a_new_host_takes_the_place_of_the_old(radio):
    old, new = Host(radio), Host(radio)
    new.ask(want_config_id=5)
    assert new.until("config_complete_id")
    assert old.until("config_complete_id") is False
    old.socket.close()
    new.socket.close()


def test_garbage_and_half_frames_on_the_socket_leave_it_working(radio):
    host = Host(radio)
    host.socket.sendall(b"\xc3" * 32 + bytes(range(256)) * 40 + b"\x94\xc3\xff\xff" + b"\x94\xc3\x00\x05ab")
    host.socket.close()
    host = Host(radio)
    host.ask(want_config_id=6)
    assert host.until("config_complete_id")
    host.socket.close()
