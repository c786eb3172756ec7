"""The control port: requests, refusals, events, and a watcher that does not read."""

import json
import signal
import socket
import subprocess
import sys
import time

import msgspec
import pytest

from whistle.simulator.control import Control
from whistle.simulator.errors import BadRequest, ControlError
from whistle.simulator.scenario import build
from whistle.simulator.simulation import Simulation

ONE, TWO = 0x11111111, 0x22222222
WHISTLE = [sys.executable, "-c", "from whistle.cli import main; main()"]


def scenario():
    nodes = [
        {"kind": "relay", "node": ONE, "name": "Roof", "x": 0, "y": 0},
        {"kind": "relay", "node": TWO, "name": "Mill", "x": 100, "y": 0},
    ]
    return build(
        {
            "centre": [45.0, -93.2],
            "channel_name": "Cedar",
            "channel_psk": bytes(range(16)).hex(),
            "region": "US",
            "preset": "SHORT_TURBO",
            "nodes": nodes,
        }
    )


@pytest.fixture
def simulation():
    return Simulation(scenario(), seed=9)


@pytest.fixture
def port(served, simulation):
    return served(simulation).ports["control"]


@pytest.fixture
def control(port):
    with Control("127.0.0.1", port) as control:
        yield control


def test_what_is_there(control):
    nodes = control.nodes()
    assert [(node["node"], node["kind"], node["name"]) for node in nodes] == [
        (ONE, "relay", "Roof"),
        (TWO, "relay", "Mill"),
    ]
    assert control.seed() == 9


def test_stats_and_switches(control):
    control.loss(0.25)
    control.jam(True)
    stats = control.stats()
    assert (stats["loss"], stats["jammed"], stats["frames"]) == (0.25, True, 0)


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ({"do": "fly"}, "no request 'fly'"),
        ({"do": "button", "node": 5, "down": True}, "no node 5"),
        ({"do": "button", "node": "x", "down": True}, "no node number"),
        ({"do": "loss", "share": 2}, "from 0 to 1"),
        ({"do": "loss", "share": True}, "from 0 to 1"),
        ({"do": "jam", "on": "yes"}, "true nor false"),
        ({"do": "inject", "frame": "zz"}, "in hex"),
        ({"do": "inject", "frame": "00" * 256}, "255 bytes"),
        ({"do": "watch", "events": "lamp"}, "list"),
        ({"do": ["x"]}, "no request"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(control, request_, word):
    do = request_.pop("do")
    with pytest.raises(BadRequest, match=word):
        control.ask(do, **request_)
    assert control.stats()["seed"] == 9


def test_garbage_is_refused_and_the_connection_goes_on(port):
    with socket.create_connection(("127.0.0.1", port), 10) as raw, raw.makefile("rb") as lines:
        raw.sendall(b"nonsense\n[1]\n" + b'{"id": 3, "do": "seed"}\n')
        said = [json.loads(lines.readline()) for _ in range(3)]
    assert "error" in said[0] and "error" in said[1]
    assert (said[2]["re"], said[2]["seed"]) == (3, 9)


def test_a_line_without_end_is_cut_off(port):
    with socket.create_connection(("127.0.0.1", port), 10) as raw, raw.makefile("rb") as lines:
        raw.sendall(b"x" * 70_000)
        assert "65536" in json.loads(lines.readline())["error"]
        assert lines.readline() == b""


def test_frames_are_seen_by_watchers_and_only_what_they_asked_for(control, port):
    with Control("127.0.0.1", port) as other:
        events = control.watch("frame", timeout=5)
        lamps = other.watch("lamp", timeout=0.3)
        other.inject(bytes(20), near=ONE)
        event = next(events)
        assert (event["event"], event["bytes"], event["port"]) == ("frame", 20, None)
        assert list(lamps) == []


def test_forged_frames_are_alert_lines_and_are_relayed_like_any(control):
    events = control.watch("frame", timeout=5)
    assert control.forge(node=0x0A1B2C3D, near=ONE) == 0x0A1B2C3D
    seen = [next(events) for _ in range(2)]
    assert [(event["port"], event["relay"]) for event in seen] == [(11, True), (11, True)]
    assert seen[1]["node"] in (ONE, TWO)


def test_a_watcher_that_does_not_read_loses_events_and_holds_nobody(simulation, port, control):
    with socket.create_connection(("127.0.0.1", port), 10) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b'{"id": 1, "do": "watch"}\n')
        time.sleep(0.1)
        flood = "x" * 1000

        def tell(left):
            for _ in range(200):
                simulation.tell("noise", text=flood)
            if left:
                simulation.loop.at(simulation.loop.now_us + 10_000, tell, left - 1)

        simulation.loop.call_soon_threadsafe(tell, 60)
        time.sleep(1)
        began = time.monotonic()
        stats = control.stats()
        assert time.monotonic() - began < 1
        assert stats["events_dropped"] > 0
        assert stats["seconds"] > 1


def test_a_simulator_that_is_not_there_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    with pytest.raises(ControlError, match="whistle simulator run"):
        Control("127.0.0.1", free)


def test_the_command_runs_until_it_is_told_to_end(tmp_path):
    file = tmp_path / "scenario.json"
    file.write_bytes(msgspec.json.encode(scenario()))
    command = [*WHISTLE, "simulator", "run", "--scenario", str(file), "--seed", "5"]
    process = subprocess.Popen([*command, "--control", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("control listens on 127.0.0.1:")
        with Control("127.0.0.1", int(line.rsplit(":", 1)[1])) as control:
            assert control.seed() == 5
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.stdout.close()


def test_the_command_says_in_a_sentence_what_is_wrong(tmp_path):
    command = [*WHISTLE, "simulator", "run", "--scenario", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "name an existing file" in done.stderr and "Traceback" not in done.stderr
