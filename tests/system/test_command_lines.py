"""What a technician types, from an empty folder to a captain's answer on a lamp; every part a process of its own."""

import json
import queue
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.brokers import Broker, with_mosquitto
from tests.support.captain import Captain
from tests.system.technician import PLACES, Technician
from whistle.demo.ports import free_port
from whistle.demo.process import Process, whistle
from whistle.simulator.control import Control

pytestmark = [pytest.mark.system, pytest.mark.slow]
PASSWORD = "one two three four"
STOP_S, NOISE_S = 2.0, 1.0  # what is promised, and what two busy cores may add
READY_S = 60.0


class Feed:
    """A bare MQTT client of somebody who knows nothing of Whistle but the open feed's topics."""

    def __init__(self, port: int) -> None:
        self.heard: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda client, user, said: self.heard.put((said.topic, json.loads(said.payload)))
        self._client.on_connect = lambda client, *_: client.subscribe("whistle/open/#", 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def until(self, true: Callable[[str, dict[str, Any]], bool], patience_s: float = 30.0) -> dict[str, Any]:
        """The first document like that; the test fails when none comes."""
        end = time.monotonic() + patience_s
        while True:
            topic, document = self.heard.get(timeout=max(0.01, end - time.monotonic()))
            if true(topic, document):
                return document

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Site:
    """Everything started, by the commands a technician types."""

    def __init__(self, folder: Path, bus: Broker, open_broker: Broker, closing: ExitStack) -> None:
        self.technician, self.folder = Technician(folder), folder
        self.radio, self.control_port, self.page = free_port(), free_port(), free_port()
        self._data = str(folder / "store")
        self._closing = closing
        self.feed = Feed(open_broker.port)
        closing.callback(self.feed.close)
        add = whistle("dashboard", "add-person", "Maria", "--data", self._data, "--password-stdin")
        subprocess.run(add, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
        self.simulator = self._started("simulator", self._air(), self.control_port)
        self.dashboard = self._started("dashboard", self._desk(bus, open_broker), self.page)
        held = ["--bundle", str(self.technician.dashboard), "--broker", bus.url]
        self.watcher = self._started("bus-watch", ["bus", "watch", *held, "--json"], None)
        data = ["--bundle", str(self.technician.gateway), "--data", str(folder / "ledger")]
        heard = ["--source", f"tcp://127.0.0.1:{self.radio}", "--broker", bus.url]
        self.gateway = self._started("gateway", ["gateway", "run", *data, *heard], None)
        self.control = closing.enter_context(Control("127.0.0.1", self.control_port))
        self.captain = Captain(self.page, "Maria", PASSWORD)

    @property
    def processes(self) -> tuple[Process, ...]:
        """All of them, in the order in which somebody would stop them."""
        return self.watcher, self.gateway, self.dashboard, self.simulator

    @property
    def node(self) -> int:
        """The beacon in the test's hand."""
        return int(self.technician.settings[0]["node"])

    def watched(self) -> list[dict[str, Any]]:
        """What `whistle bus watch --json` has printed so far."""
        lines = (self.folder / "bus-watch.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def hold(self) -> None:
        self.control.button(self.node, True)
        time.sleep(1.8)
        self.control.button(self.node, False)

    def _air(self) -> list[str]:
        station = {"kind": "radio", "node": 0x11111142, "name": "Gateway", "x": 100, "y": 60}
        path = self.folder / "street.json"
        path.write_text(json.dumps(self.technician.scenario(station)))
        listens = ["--control", f"127.0.0.1:{self.control_port}", "--radio-listen", f"127.0.0.1:{self.radio}"]
        return ["simulator", "run", "--scenario", str(path), "--seed", "5", *listens]

    def _desk(self, bus: Broker, open_broker: Broker) -> list[str]:
        words = ["--bundle", str(self.technician.dashboard), "--data", self._data, "--broker", bus.url]
        return ["dashboard", "run", *words, "--listen", f"127.0.0.1:{self.page}", "--open-feed", open_broker.url]

    def _started(self, name: str, words: list[str], port: int | None) -> Process:
        process = Process(name, whistle(*words), self.folder / f"{name}.log")
        process.start()
        self._closing.callback(process.stop)
        if port is not None:
            process.wait_port(port, READY_S)
        return process


@pytest.fixture
def site(tmp_path: Path, need: Callable[[str], Path]) -> Iterator[Site]:
    mosquitto = need("mosquitto")
    with ExitStack() as closing:
        brokers = []
        for name in ("bus", "open"):
            (tmp_path / name).mkdir()
            brokers.append(with_mosquitto(mosquitto, tmp_path / name).start())
            closing.callback(brokers[-1].stop)
        yield Site(tmp_path, brokers[0], brokers[1], closing)


def until(true: Callable[[], bool], otherwise: str, patience_s: float = 40.0) -> None:
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)


def test_a_press_comes_through_every_command_and_each_ends_when_told(site: Site, tell: Callable[[str], None]) -> None:
    until(lambda: "Radio works" in site.captain.page("/gateways"), "the gateway never had its radio")
    site.hold()
    [card] = site.captain.until(lambda cards: len(cards) == 1)
    assert (card.kind, card.state, card.place) == ("help", "open", PLACES[0][0])

    raised = site.feed.until(lambda topic, _: "/alert/" in topic)
    assert (raised["kind"], raised["place"], raised["event"]) == ("help", PLACES[0][1], "raised")
    site.captain.post(f"/alerts/{card.id}/answer", answer="coming")
    until(lambda: site.control.state(site.node)["pattern"] == "coming", "the lamp never said that somebody is coming")
    answered = site.feed.until(lambda topic, _: "/answer/" in topic)
    assert answered["answer"] == "coming"
    said = json.dumps([raised, answered])
    assert "SECRET" not in said and "Maria" not in said and PLACES[0][0] not in said

    until(lambda: {"alert", "settled", "answer"} <= classes(site.watched()), "the bus was not watched")
    assert not [one for one in site.watched() if one.get("refused")]
    for process in site.processes:
        how = signal.SIGINT if process is site.watcher else signal.SIGTERM  # a person at a prompt types Ctrl-C
        tell(f"{process.name} ended {ended(process, how):.1f} s after {how.name}")


def classes(seen: list[dict[str, Any]]) -> set[str]:
    """The classes of message that were seen."""
    return {str(one.get("class") or one.get("message", {}).get("class")) for one in seen}


def ended(process: Process, how: signal.Signals) -> float:
    """Seconds from this signal to the end; the test fails when it takes long or ends with an error."""
    child = process._child
    assert child is not None and process.alive, f"{process.name} was not running any more"
    began = time.monotonic()
    process.wanted = False
    child.send_signal(how)
    code = child.wait(STOP_S + NOISE_S)
    assert code == 0, f"{process.name}: {code}, {process.log.read_text()[-500:]}"
    assert "Traceback" not in process.log.read_text()
    return time.monotonic() - began
