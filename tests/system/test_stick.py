"""Machine A has the master key, machine B runs gateway and dashboard; only a stick goes from one to the other.

Nothing on B is started anew: a beacon that was provisioned after B's bundles is heard, and one that was revoked is
refused where captains see it.
"""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.brokers import with_mosquitto
from tests.support.captain import Captain
from tests.support.waiting import until
from tests.system.technician import typed
from whistle.demo.ports import free_port
from whistle.demo.process import Process, whistle
from whistle.simulator.control import Control

pytestmark = [pytest.mark.system, pytest.mark.slow]
PASSWORD = "one two three four"
READY_S, NOTICED_S, SEEN_S = 60.0, 2.0, 5.0
NOISE_S = 1.0  # what two busy cores may add to the time in which a stick is noticed


class MachineA:
    """The technician's: the site's directory, which nothing on machine B ever reads."""

    def __init__(self, folder: Path, stick: Path) -> None:
        self.folder, self.stick = folder, stick
        self._at = ["--site", str(folder / "site")]
        named = ["--name", "Cedar", "--region", "us", "--preset", "short_turbo", "--channel", "Cedar", "--yes"]
        typed("site", "init", str(folder / "site"), *named)

    def beacon(self, name: str, place: str) -> dict[str, object]:
        """A beacon provisioned: what its board gets."""
        where = ["--place", place, "--lat", "44.95", "--lon", "-93.2", "--door", "SECRET"]
        typed("site", "add-beacon", name, *where, *self._at)
        typed("site", "settings", name, "--out", str(self.folder / f"{name}.json"), *self._at)
        made: dict[str, object] = json.loads((self.folder / f"{name}.json").read_text())
        return made

    def bundles(self) -> None:
        typed("site", "bundle", "gateway", "--out", str(self.stick / "gateway.json"), *self._at)
        typed("site", "bundle", "--dashboard", "--out", str(self.stick / "dashboard.json"), *self._at)

    def revoke(self, name: str) -> None:
        typed("site", "revoke", name, "--yes", *self._at)

    def roster(self, name: str) -> Path:
        typed("site", "export", str(self.stick / name), *self._at)
        return self.stick / name


class MachineB:
    """Gateway, dashboard, broker and the air around them."""

    def __init__(self, folder: Path, stick: Path, beacons: list[dict], mosquitto: Path, closing: ExitStack) -> None:
        self.folder, self._closing = folder, closing
        self.radio, self.control_port, self.page = free_port(), free_port(), free_port()
        broker = with_mosquitto(mosquitto, folder).start()
        closing.callback(broker.stop)
        desk = str(folder / "desk")
        add = whistle("dashboard", "add-person", "Maria", "--data", desk, "--password-stdin")
        subprocess.run(add, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
        self._start("simulator", self._air(beacons), self.control_port)
        words = ["--bundle", str(stick / "dashboard.json"), "--data", desk, "--broker", broker.url]
        self._start("dashboard", ["dashboard", "run", *words, "--listen", f"127.0.0.1:{self.page}"], self.page)
        words = ["--bundle", str(stick / "gateway.json"), "--data", str(folder / "ledger"), "--broker", broker.url]
        self._start("gateway", ["gateway", "run", *words, "--source", f"tcp://127.0.0.1:{self.radio}"], None)
        self.control = closing.enter_context(Control("127.0.0.1", self.control_port))
        self.captain = Captain(self.page, "Maria", PASSWORD)
        until(lambda: "Radio works" in self.captain.page("/gateways"), READY_S)

    def press(self, node: int) -> float:
        """A hold; when it ended."""
        self.control.button(node, True)
        time.sleep(1.8)
        self.control.button(node, False)
        return time.monotonic()

    def take(self, stick: Path, *, fine: bool = True) -> str:
        """The stick is put into the gateway and the dashboard; what the commands said."""
        said = ""
        for part, data in (("gateway", "ledger"), ("dashboard", "desk")):
            command = whistle(part, "roster", str(stick), "--data", str(self.folder / data))
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode == (0 if fine else 1), done.stdout + done.stderr
            said += done.stdout + done.stderr
        return said

    def versions(self) -> set[str]:
        """The rosters by which gateway and dashboard go."""
        gateway = re.findall(r"roster (\d+)", self.captain.page("/gateways"))
        dashboard = re.findall(r"[Rr]oster version (\d+)|[Rr]oster (\d+)", self.captain.page("/settings"))
        return {*gateway, *(one for pair in dashboard for one in pair if one)}

    def _air(self, beacons: list[dict]) -> list[str]:
        nodes: list[dict] = [{"kind": "beacon", "x": 200 * n, "y": 0, "settings": s} for n, s in enumerate(beacons)]
        nodes.append({"kind": "radio", "node": 0x11111142, "name": "Gateway", "x": 100, "y": 60})
        street = {"centre": [44.95, -93.2], "channel_name": "Cedar", "channel_psk": beacons[0]["channel_psk"],
                  "region": "US", "preset": "SHORT_TURBO", "model": {"shadow_db": 0.0}, "nodes": nodes}  # fmt: skip
        path = self.folder / "street.json"
        path.write_text(json.dumps(street))
        listens = ["--control", f"127.0.0.1:{self.control_port}", "--radio-listen", f"127.0.0.1:{self.radio}"]
        return ["simulator", "run", "--scenario", str(path), "--seed", "5", *listens]

    def _start(self, name: str, words: list[str], port: int | None) -> None:
        process = Process(name, whistle(*words), self.folder / f"{name}.log")
        process.start()
        self._closing.callback(process.stop)
        if port is not None:
            process.wait_port(port, READY_S)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    made = tmp_path / "a", tmp_path / "b", tmp_path / "stick"
    for folder in made:
        folder.mkdir()
    return made


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_stick_brings_a_beacon_in_and_puts_another_out(
    folders: tuple[Path, Path, Path], closing: ExitStack, need: Callable[[str], Path], tell: Callable[[str], None]
) -> None:
    mosquitto, (a, b, stick) = need("mosquitto"), folders
    technician = MachineA(a, stick)
    anna = technician.beacon("Anna", "34th & Cedar")
    technician.bundles()
    old = technician.roster("old")
    bo = technician.beacon("Bo", "Mill Lane 4")
    here = MachineB(b, stick, [anna, bo], mosquitto, closing)

    here.press(int(bo["node"]))  # type: ignore[call-overload]
    until(lambda: here.captain.refused().get("unknown-node", 0) > 0, READY_S)
    assert here.captain.cards() == []
    began = time.monotonic()
    here.take(technician.roster("new"))
    # The beacon still calls; its name comes with the dashboard's own copy of the roster.
    [card] = here.captain.until(lambda cards: [card.place for card in cards] == ["Bo"])
    assert card.state == "open"
    tell(f"a beacon provisioned on machine A is heard on machine B {time.monotonic() - began:.1f} s after its stick")

    technician.revoke("Anna")
    latest = technician.roster("latest")
    version = str(json.loads(latest.read_text())["version"])
    here.take(latest)
    began = time.monotonic()
    until(lambda: here.versions() == {version}, NOTICED_S + NOISE_S)
    noticed = time.monotonic() - began
    before = len(here.captain.cards())
    released = here.press(int(anna["node"]))  # type: ignore[call-overload]
    until(lambda: "refused: revoked" in here.captain.page("/"), SEEN_S)
    seen = time.monotonic() - released
    page = here.captain.page("/").partition('id="away"')[2].partition("</section>")[0]
    assert "Anna" in page and "34th &amp; Cedar" in page and "Help" in page
    assert len(here.captain.cards()) == before and seen < SEEN_S
    tell(
        f"a revoked beacon's press is a refused row {seen:.1f} s after it; its roster was in use after {noticed:.1f} s"
    )

    said = here.take(old, fine=False)
    assert said.count("is held and stays") == 2 and here.versions() == {version}
