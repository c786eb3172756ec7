"""The processes of `bench.page`: broker, gateway and dashboard as in life, their radio in this process; and the bare
ones beside them.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from alertwire import line

from tests.support.radios import StockRadio
from whistle.demo.broker import broker
from whistle.demo.neighbourhood import Neighbourhood, lay_out
from whistle.demo.ports import free_port
from whistle.demo.process import Process, whistle
from whistle.site.bundles import load_gateway_bundle

BARE = Path(__file__).parent / "bare.py"
CAPTAIN, PASSWORD = "Maria", "one two three four"
READY_S = 60.0
ROW = 1100  # bytes of an alert on the bus, sealed; the bare ones carry as many
SEQUENCE = 0x01000001


class Street:
    """Everything but the browser. `press` and `press_bare` return the Unix seconds of their socket's write."""

    def __init__(self, folder: Path, seed: int, beacons: int, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self.page, self.bare_page, self._bus, self._bare = (free_port() for _ in range(4))
        town = lay_out(folder, seed, free_port(), beacons)
        bundle = load_gateway_bundle(town.gateway_bundle)
        self.radio = StockRadio(bundle.channel_name, bundle.psk_bytes)
        stack.callback(self.radio.close)
        self._settings = _settings(town)
        self.places = [str(one["place"]) for one in self._settings]
        self._start(town)

    def press(self, which: int) -> float:
        """The radio hears the alert of one beacon."""
        own = self._settings[which]
        up, group = bytes.fromhex(own["up"]), bytes.fromhex(own["group"])
        text = line.compose("HELP", own["place"], SEQUENCE)
        payload = line.build(own["node"], up, group, own["group_epoch"], text, SEQUENCE)
        written = time.time()
        self.radio.hear(own["node"], 11, payload, packet_id=1000 + which, hops=1)
        return written

    def press_bare(self, which: int) -> float:
        """The same for the bare chain."""
        text = self.places[which].encode() + b"|"
        written = time.time()
        self._socket.sendall(text.ljust(ROW, b".") + b"\n")
        return written

    def _start(self, town: Neighbourhood) -> None:
        data = str(self._folder / "dashboard")
        words = whistle("dashboard", "add-person", CAPTAIN, "--data", data, "--password-stdin")
        subprocess.run(words, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
        bus = f"mqtt://127.0.0.1:{self._bus}"
        self._run(broker(self._bus, self._folder), self._bus)
        words = ["--bundle", str(town.dashboard_bundle), "--data", data, "--broker", bus]
        words += ["--listen", f"127.0.0.1:{self.page}", "--basemap", str(town.basemap)]
        self._run(self._process("dashboard", whistle("dashboard", "run", *words)), self.page)
        words = ["--bundle", str(town.gateway_bundle), "--data", str(self._folder / "ledger"), "--broker", bus]
        self._run(self._process("gateway", whistle("gateway", "run", *words, "--source", self.radio.url)), None)
        self.radio.until_connected()
        for role, port in (("dashboard", self.bare_page), ("gateway", self._bare)):
            bare = [sys.executable, str(BARE), role, str(port), str(self._bus)]
            self._run(self._process(f"bare-{role}", bare), port if role == "dashboard" else None)
        self._socket = self._stack.enter_context(_connected(self._bare))

    def _process(self, name: str, argv: list[str]) -> Process:
        return Process(name, argv, self._folder / f"{name}.log")

    def _run(self, process: Process, port: int | None) -> None:
        """Start it, wait for its port, stop it at the end."""
        process.start()
        self._stack.callback(process.stop)
        if port is not None:
            process.wait_port(port, READY_S)


@contextmanager
def street(folder: Path, seed: int, beacons: int) -> Iterator[Street]:
    """A street with that many beacons, every process stopped at the end."""
    with ExitStack() as stack:
        yield Street(folder, seed, beacons, stack)


def _settings(town: Neighbourhood) -> list[dict[str, Any]]:
    nodes = json.loads(town.scenario.read_text())["nodes"]
    return [node["settings"] for node in nodes if node["kind"] == "beacon"]


def _connected(port: int) -> socket.socket:
    """A connection to a program that is just starting."""
    end = time.monotonic() + READY_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
