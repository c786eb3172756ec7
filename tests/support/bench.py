"""A bench without hardware: boards are directories, whatever process looks at them; a site beside it, and cuts."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import sites
from whistle.site.site import Site
from whistle.workbench import boards, journal
from whistle.workbench.boards import Board
from whistle.workbench.errors import BoardFailed
from whistle.workbench.provision import OnBench, Provisioner, Wish
from whistle.workbench.steps import Device, Finding, Identity, Slip

TABLE = boards.load("heltec-v3")


class Hands:
    """Steps on simulated boards under `home`: one directory a board, named by its MAC. `queue` are those that come.

    `faults`: (mac, step) to the sentence it fails with. Every step done leaves a line in `done.log`: (mac, step).
    """

    def __init__(self, home: Path, queue: list[str] | None = None, faults: dict[tuple[str, str], str] | None = None):
        self.home, self.queue, self.faults = home, list(queue or []), dict(faults or {})
        home.mkdir(exist_ok=True)

    def wait(self, last: Device | None) -> Device | None:
        return Device(f"/dev/{self.queue.pop(0)}", "0001") if self.queue else None

    def identify(self, device: Device) -> Identity:
        self._did(device, "identify")
        return Identity(device.port.removeprefix("/dev/"), "heltec-v3")

    def flash(self, device: Device, table: Board) -> Device:
        self._did(device, "flash")
        return device

    def install(self, device: Device, table: Board) -> str:
        self._did(device, "install")
        return "0.1.0"

    def provision(self, device: Device, table: Board, settings: bytes) -> None:
        self._did(device, "provision")
        folder, facts = self._of(device), json.loads(settings)
        (folder / "settings.new").write_bytes(settings)
        _line(self.home / "epochs.log", [facts["node"], facts["device_epoch"], folder.name])  # it may run with them
        os.replace(folder / "settings.new", folder / "settings")

    def wire(self, device: Device, table: Board) -> None:
        self._did(device, "wire")
        (self._of(device) / "board").write_bytes(boards.wiring(table))

    def held(self, device: Device, table: Board) -> str | None:
        file = self._of(device) / "settings"
        return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None

    def who(self, device: Device) -> tuple[int, int] | None:
        file = self._of(device) / "settings"
        found = json.loads(file.read_bytes()) if file.exists() else None
        return (found["node"], found["device_epoch"]) if found else None

    def forget(self, device: Device) -> None:
        self._did(device, "forget")
        (self._of(device) / "settings").unlink(missing_ok=True)

    def start(self, device: Device) -> None:
        self._did(device, "start")

    def check(self, device: Device, table: Board) -> Slip:
        self._did(device, "check")
        mac = device.port.removeprefix("/dev/")
        wrong = self.faults.get((mac, "slip"))
        findings = [Finding("radio", True, "0x14 0x24"), Finding("lamp", wrong is None, wrong or "")]
        return Slip(findings=findings, software="0.1.0")

    def settings(self, mac: str) -> dict:
        return json.loads((self.home / mac / "settings").read_bytes())

    def done(self) -> list[tuple[str, str]]:
        return [tuple(one) for one in _lines(self.home / "done.log")]

    def epochs(self) -> list[tuple[int, int, str]]:
        return [tuple(one) for one in _lines(self.home / "epochs.log")]

    def _of(self, device: Device) -> Path:
        folder = self.home / device.port.removeprefix("/dev/")
        folder.mkdir(exist_ok=True)
        return folder

    def _did(self, device: Device, step: str) -> None:
        mac = device.port.removeprefix("/dev/")
        if (mac, step) in self.faults:
            raise BoardFailed(self.faults[mac, step])
        _line(self.home / "done.log", [mac, step])


def on_bench(mac: str) -> OnBench:
    return OnBench(Device(f"/dev/{mac}"), TABLE, mac)


def wish(name: str = "Anna", **changes) -> Wish:
    return Wish(**{"name": name, "place": "34th & Cedar", "lat": 44.95, "lon": -93.25, **changes})


@contextmanager
def provisioner(site: Path, hands: Hands) -> Iterator[Provisioner]:
    with journal.opened(site / journal.NAME) as held:
        yield Provisioner(Site.open(site), held, hands)


def site_at(folder: Path) -> Path:
    return sites.made(folder, beacons=0).directory


def keys_of(site: Site) -> list[str]:
    """Every key of a site's boards, and the master's, hex: none of them may be seen anywhere."""
    found = [(site.directory / "master.key").read_text().strip(), site.file.channel_psk]
    for beacon in site.roster.beacons:
        if not beacon.revoked:
            found += [site.beacon_settings(beacon.node)[key] for key in ("up", "down", "status", "id", "group")]
    return found


def killed_at(point: int | None, work: Callable[[], None]) -> int:
    """Do the work in a process of its own that dies, as by kill -9, at its `point`th dealing with the disk.

    Points are the system's calls that change a disk or wait for it (open, write, fsync, replace, truncate, unlink),
    before and after each, and in the middle of a write. How many it made (`None` kills nothing), 0 when it died.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        seen = _counted(point)
        try:
            work()
            os.write(writing, str(seen[0]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return int(said) if said else 0


def _counted(point: int | None) -> list[int]:
    seen = [0]

    def cut() -> None:
        seen[0] += 1
        if seen[0] == point:
            os.kill(os.getpid(), 9)

    def watched(call: Callable) -> Callable:
        def made(*args, **options):
            cut()
            result = call(*args, **options)
            cut()
            return result

        return made

    def torn(handle: int, data: bytes) -> int:
        cut()
        seen[0] += 1
        if seen[0] == point:  # half of it reaches the disk
            write(handle, data[: len(data) // 2])
            os.kill(os.getpid(), 9)
        return write(handle, data)

    write = os.write
    for name in ("open", "fsync", "replace", "ftruncate", "unlink"):
        setattr(os, name, watched(getattr(os, name)))
    os.write = torn
    return seen


def _line(path: Path, facts: list) -> None:
    with path.open("a") as file:
        file.write(json.dumps(facts) + "\n")


def _lines(path: Path) -> list:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
