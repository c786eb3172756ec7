"""A whole demo where nobody ever installed mosquitto: it comes up, presses once by itself, and tells what it may."""

import queue
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from whistle.bus.link import Link
from whistle.bus.open_feed import AlertDocument
from whistle.demo.neighbourhood import HELD
from whistle.demo.ports import free_port

pytestmark = pytest.mark.slow
# The demo looks for mosquitto also where Debian keeps it, so an empty PATH would not hide it.
BARE = """
import sys
from whistle.demo import broker
from whistle.cli import main
broker.mosquitto = lambda: None
sys.argv[0] = "whistle"
main()
"""
PRESS_S = 90.0  # ten seconds after the start, and then the way of an alert on a busy machine


@dataclass(frozen=True)
class Printed:
    """What a demo printed: its steps and box, and the commands below it by what they show."""

    said: str
    commands: dict[str, list[str]]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printed]:
    """A demo with three beacons; ended as by Ctrl-C."""
    folder = tmp_path_factory.mktemp("demo") / "town"
    words = ["demo", "--port", str(free_port()), "--beacons", "3", "--folder", str(folder)]
    argv = [sys.executable, "-c", BARE, *words]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        try:
            yield _read(child)
            assert (folder / "amqtt.yaml").exists(), "it was to do without mosquitto"
        finally:
            child.send_signal(signal.SIGINT)
            said, _ = child.communicate(timeout=30)
    assert child.returncode == 0 and "Everything is stopped." in said, said


def _read(child: "subprocess.Popen[str]") -> Printed:
    assert child.stdout is not None
    said, commands = "", {}
    for line in child.stdout:
        said += line
        what, colon, words = line.partition(":")
        if "└" in said and colon:
            commands[what] = shlex.split(words)
        if len(commands) == 2:
            return Printed(said, commands)
    raise AssertionError(f"the demo ended before it was up:\n{said}")


def _alert(heard: "queue.Queue[tuple[str, bytes]]") -> bytes:
    """The first alert that is told in time; how the gateway is, comes every 20 s and is no alert."""
    end = time.monotonic() + PRESS_S
    while True:
        name, payload = heard.get(timeout=max(end - time.monotonic(), 0.0))
        if "/alert/" in name:
            return payload


def test_the_first_press_plays_by_itself_and_the_open_feed_tells_of_it(printed: Printed) -> None:
    assert "A first press plays by itself" in printed.said
    heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
    [host, port, topic] = (printed.commands["Open feed"][index] for index in (2, 4, 6))
    with Link(f"mqtt://{host}:{port}", [topic], lambda name, payload: heard.put((name, payload))):
        document = msgspec.json.decode(_alert(heard), type=AlertDocument)
    assert (document.event, document.place) == ("raised", HELD)


def test_the_sealed_bus_can_be_watched_with_the_line_it_prints(printed: Printed) -> None:
    watch = [*printed.commands["Sealed bus"], "--count", "1"]
    assert watch[1:3] == ["bus", "watch"] and Path(watch[watch.index("--bundle") + 1]).exists()
    done = subprocess.run([sys.executable, "-m", "whistle", *watch[1:]], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.count("\n") == 1 and "cannot be opened" not in done.stdout, done
