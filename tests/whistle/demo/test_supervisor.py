"""The supervisor turns switches on real processes, answers in one sentence what it cannot do, and notices a death."""

import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whistle.demo import jsonlines
from whistle.demo.cable import Cable
from whistle.demo.errors import NotReady, PortBusy, Refused
from whistle.demo.ports import claim, free_port
from whistle.demo.process import Process
from whistle.demo.supervisor import Supervisor
from whistle.demo.trouble import Troubles

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


class Asked:
    """Stands where the simulator's control stands, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer: dict[str, Any] = {}

    def ask(self, do: str, **words: Any) -> dict[str, Any]:
        self.asked.append((do, words))
        return self.answer


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Process]:
    process = Process("gateway", SLEEPER, tmp_path / "gateway.log")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Process]:
    process = Process("broker", SLEEPER, tmp_path / "broker.log")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def air() -> Asked:
    return Asked()


@pytest.fixture
def cable() -> Iterator[Cable]:
    made = Cable(free_port(), free_port())
    yield made
    made.close()


@pytest.fixture
def supervisor(gateway: Process, broker: Process, cable: Cable, air: Asked) -> Supervisor:
    return Supervisor(Troubles(gateway, broker, cable, air), [gateway])


def turn(supervisor: Supervisor, name: str, on: bool) -> dict[str, bool]:
    answer = supervisor.answer({"do": "switch", "name": name, "on": on})
    return {switch["name"]: switch["on"] for switch in answer["switches"]}


@pytest.mark.parametrize("name", ["gateway", "broker"])
def test_a_switch_of_a_process_kills_and_starts_that_one_for_real(
    supervisor: Supervisor, gateway: Process, broker: Process, name: str
) -> None:
    turned, other = (gateway, broker) if name == "gateway" else (broker, gateway)
    first, untouched = turned.pid, other.pid
    assert turn(supervisor, name, True)[name] is True
    assert turned.pid is None and turned.code == -signal.SIGKILL
    assert turn(supervisor, name, False)[name] is False
    assert turned.pid not in (None, first) and other.pid == untouched


def test_the_cables_switch_pulls_it_out_and_puts_it_back(supervisor: Supervisor, cable: Cable) -> None:
    assert turn(supervisor, "dashboard", True)["dashboard"] and not cable.plugged
    assert not turn(supervisor, "dashboard", False)["dashboard"] and cable.plugged


def test_switches_of_the_air_ask_the_simulator(supervisor: Supervisor, air: Asked) -> None:
    for name in ("loss", "jam"):
        assert turn(supervisor, name, True)[name] is True
        assert turn(supervisor, name, False)[name] is False
    for name in ("forge", "replay"):
        assert turn(supervisor, name, True)[name] is False  # it springs back
    asked = [("loss", {"share": 0.3}), ("loss", {"share": 0.0}), ("jam", {"on": True}), ("jam", {"on": False})]
    assert air.asked == [*asked, ("forge", {}), ("replay", {})]


def test_presses_that_make_trouble_are_counted_and_those_that_end_it_are_not(supervisor: Supervisor) -> None:
    for on in (True, False, True):
        turn(supervisor, "loss", on)
    turn(supervisor, "forge", True)
    state = supervisor.answer({"do": "state"})["switches"]
    assert {one["name"]: one["pressed"] for one in state if one["pressed"]} == {"loss": 2, "forge": 1}


@pytest.mark.parametrize(
    ("sent", "kept", "word"),
    [(0, "pulse", "nothing to send again"), (4, "alert", "sends 4 frames"), (8, "pulse", "Nobody has called yet")],
)
def test_a_visitor_is_told_what_to_look_for_also_when_there_is_nothing_to_replay(
    supervisor: Supervisor, air: Asked, sent: int, kept: str, word: str
) -> None:
    air.answer = {"sent": sent, "kept": kept}
    assert word in supervisor.answer({"do": "switch", "name": "replay", "on": True})["said"]
    assert "goes on calling" in supervisor.answer({"do": "switch", "name": "jam", "on": True})["said"]
    assert supervisor.answer({"do": "switch", "name": "jam", "on": False})["said"] == ""


def test_an_unknown_switch_or_request_is_refused_in_one_sentence(supervisor: Supervisor) -> None:
    with pytest.raises(Refused, match="There is no switch 'moon'"):
        turn(supervisor, "moon", True)
    with pytest.raises(Refused, match="The supervisor knows switch, state"):
        supervisor.answer({"do": "dance"})


def test_a_process_that_dies_unasked_is_noticed(supervisor: Supervisor, gateway: Process) -> None:
    assert gateway.pid is not None
    threading.Timer(0.2, os.kill, [gateway.pid, signal.SIGKILL]).start()
    assert supervisor.watch() == "gateway"


def test_a_process_that_a_switch_stopped_is_no_news(supervisor: Supervisor, gateway: Process) -> None:
    turn(supervisor, "gateway", True)
    threading.Timer(1.2, supervisor.end).start()
    assert supervisor.watch() == ""


def test_ending_returns_from_watch(supervisor: Supervisor) -> None:
    threading.Timer(0.1, supervisor.end).start()
    begun = time.monotonic()
    assert supervisor.watch() == ""
    assert time.monotonic() - begun < 5


def test_requests_go_over_a_real_socket_and_errors_come_back_as_sentences(supervisor: Supervisor) -> None:
    port = free_port()
    server = jsonlines.serve(port, supervisor.answer)
    assert jsonlines.ask(port, {"do": "state"})["switches"][0]["name"] == "gateway"
    with pytest.raises(Refused, match="There is no switch"):
        jsonlines.ask(port, {"do": "switch", "name": "x"})
    with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        link.sendall(b"not json\n[1]\n")
        assert link.makefile("rb").readline() == b'{"error": "A request is one JSON object a line."}\n'
    server.shutdown()
    server.server_close()


def test_who_hangs_up_in_the_middle_leaves_no_mess(supervisor: Supervisor, capfd: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    server = jsonlines.serve(port, supervisor.answer)
    link = socket.create_connection(("127.0.0.1", port), timeout=2)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset
    link.sendall(b'{"do": "state"}')
    link.close()
    time.sleep(0.3)
    assert jsonlines.ask(port, {"do": "state"})["switches"]
    assert capfd.readouterr().err == ""
    server.shutdown()
    server.server_close()


def test_a_busy_port_is_named_with_the_option_that_picks_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy, match=f"Port {port} is in use .* --port PORT"):
            claim(port, "--port")


def test_a_process_that_dies_while_starting_says_its_last_words(tmp_path: Path) -> None:
    process = Process("gateway", [sys.executable, "-c", "raise SystemExit('no bundle here')"], tmp_path / "log")
    process.start()
    with pytest.raises(NotReady, match="stopped while starting: no bundle here"):
        process.wait_port(free_port(), 10)
