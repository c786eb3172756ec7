"""A box of boards that are not there, and a desk to plug them in at: bare chips for real esptool, MicroPython after.

    with Desk(folder) as desk:
        desk.plug(Board(folder / "one", "f0f5bd000001"))     ttyUSB0 is there: a CP2102, as on every Heltec V3
        desk.unplug()

A bare board is the model of its ROM loader until esptool has written and verified an image, then MicroPython behind the
same port. `desk.ports` is a file of what is plugged in now, for `python -m tests.hardware.desk`; `desk.lister` tells it
to this process.
"""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from tests.hardware import emulated
from tests.hardware.emulated import Emulated
from tests.hardware.romloader import RomLoader
from whistle.workbench import boards
from whistle.workbench.ports import Port

BRIDGE = "10c4:ea60"  # all of them with the same serial number
BOOT = b"import soldered\n"
OWN = ("state0", "state1", "marks", "new", "slot")  # what a beacon that runs writes by itself


class Loader(RomLoader):
    """Tells when esptool has compared what it wrote: the reset that follows starts what lies in the flash."""

    def __init__(self, chip: str, mac: bytes, started: Any) -> None:
        super().__init__(chip, mac)
        self._started = started

    def _md5(self, body: bytes) -> bytes:
        said = super()._md5(body)
        if self.stub and self.written:
            self._started()
        return said


class Board:
    """One board of the box, with its MAC. `flash` is what its MicroPython sees; it outlives unplugging.

    bare: no MicroPython on it yet. broken: code over what is soldered (`soldered.py`). cut: its cable comes out before
    that flash operation.
    """

    def __init__(
        self,
        folder: Path,
        mac: str,
        *,
        chip: str = "esp32s3",
        key: str = "heltec-v3",
        bare: bool = False,
        broken: str = "",
        cut: int = 0,
    ) -> None:
        self.mac, self.chip, self.bare, self.cut = mac, chip, bare, cut
        self.flash, self.room = folder / "flash", folder / "room"
        self.flash.mkdir(parents=True)
        self.room.mkdir()
        (self.flash / "boot.py").write_bytes(BOOT)
        wiring = json.loads(boards.wiring(boards.load(key)))
        facts = {"mac": mac, "chip": chip, "wiring": wiring, "broken": broken}
        (self.room / "facts").write_bytes(msgspec.json.encode(facts))
        self.loader: Loader | None = None
        self.running: Emulated | None = None
        self.trace: list[str] = []
        self.commands: list[int] = []  # of the ROM loader
        self._path = folder / "none"

    def plug(self, path: Path) -> None:
        """Its cable goes in: `path` is its port from now on."""
        self._path = path
        if self.bare:
            self.loader = Loader(self.chip, bytes.fromhex(self.mac), self._starts)
            self.loader.__enter__()
            self._lead(self.loader.path)
        else:
            self._starts()

    def unplug(self) -> None:
        """Its cable comes out."""
        self._path.unlink(missing_ok=True)
        if self.running:
            self.running.close()
            self.trace += self.running.trace
        if self.loader:
            self.loader.__exit__()
            self.commands += self.loader.seen
        self.running = self.loader = None

    def gone(self) -> bool:
        """Whether its cable came out by itself."""
        return self.running is not None and self.running.gone()

    def touch(self, which: str = "button", ms: int = 300) -> None:
        """A finger on a button for so long."""
        (self.room / "finger.new").write_text(json.dumps([which, ms]))
        os.replace(self.room / "finger.new", self.room / "finger")

    def sent(self) -> list[bytes]:
        """The frames that left its antenna."""
        path = self.room / "sent"
        return [bytes.fromhex(line) for line in path.read_text().split()] if path.exists() else []

    def written(self) -> list[str]:
        """What others than the beacon itself did to its flash."""
        trace = self.trace + (self.running.trace if self.running else [])
        return [one for one in trace if one.rpartition("/")[2].removesuffix(".new") not in OWN]

    def _starts(self) -> None:
        self.bare = False
        self.running = Emulated(self.flash, cut=self.cut, models=(emulated.HERE, self.room))
        self._lead(self.running.port)

    def _lead(self, port: str) -> None:
        beside = self._path.with_name("next")
        beside.symlink_to(port)
        os.replace(beside, self._path)  # whoever has the old one open keeps it


class Desk:
    """One socket with a cable. `ports` is the file of what is plugged in."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path, self.ports = folder / "ttyUSB0", folder / "ports.json"
        self.board: Board | None = None
        self._tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.unplug()

    def plug(self, board: Board) -> None:
        """Take the next board."""
        self.unplug()
        board.plug(self.path)
        self.board = board
        self._tell()

    def unplug(self) -> None:
        """Nothing is plugged in then."""
        if self.board:
            board, self.board = self.board, None
            self._tell()
            board.unplug()

    def lister(self) -> list[Port]:
        """What pyserial would list: a board whose cable came out is not among it."""
        there = self.board is not None and not self.board.gone()
        return [Port(str(self.path), BRIDGE, "0001", "1-1", "CP2102 USB to UART Bridge Controller")] if there else []

    def _tell(self) -> None:
        beside = self.ports.with_name("ports.new")
        beside.write_bytes(msgspec.json.encode([port._asdict() for port in self.lister()]))
        os.replace(beside, self.ports)
