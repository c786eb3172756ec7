"""A box of boards that are not there, and a desk to plug them in at: bare chips for real esptool, MicroPython after.

    with Desk(folder) as desk:
        desk.plug(Board(folder / "one", "f0f5bd000001"))     ttyUSB0 is there: a CP2102, as on every Heltec V3
        desk.unplug()

A bare board is the model of its ROM loader until esptool has written and verified an image, then MicroPython behind the
same port. One that takes UF2 files shows its ROM's drive instead, in `desk.media`, until it has all blocks of one; then
its own USB comes as ttyACM0, and goes for a second at every reset of the chip. `desk.ports` is a file of what is
plugged in now, for `python -m tests.hardware.desk`; `desk.lister` tells it to this process.
"""

import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from tests.hardware import emulated
from tests.hardware.emulated import Emulated
from tests.hardware.plugging import Bootsel
from tests.hardware.romloader import RomLoader
from whistle.workbench import boards
from whistle.workbench.ports import Port

BRIDGE = ("10c4:ea60", "0001", "1-1", "CP2102 USB to UART Bridge Controller")  # all with the same serial number
AWAY_S = 1.0  # how long a chip that is its own USB device is gone when it starts anew
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
        self.table = boards.load(key)
        facts = {"mac": mac, "chip": chip, "wiring": json.loads(boards.wiring(self.table)), "broken": broken}
        (self.room / "facts").write_bytes(msgspec.json.encode(facts))
        self.loader: Loader | None = None
        self.drive: Bootsel | None = None
        self.running: Emulated | None = None
        self.trace: list[str] = []
        self.commands: list[int] = []  # of the ROM loader
        self._path = folder / "none"
        self._there = False

    def port(self, folder: Path) -> Port:
        """Its serial port, as the system lists it, when it has one."""
        if self.table.uf2:
            return Port(str(folder / "ttyACM0"), self.table.usb[-1], self.mac, "1-1", "Board in FS mode")
        return Port(str(folder / "ttyUSB0"), *BRIDGE)

    def plug(self, path: Path, media: Path) -> None:
        """Its cable goes in: `path` is its port from now on, `media` where a drive is mounted."""
        self._path, self._there = path, True
        if self.bare and self.table.uf2:
            self.drive = Bootsel(media / self.table.uf2, self._comes_back)
        elif self.bare:
            self.loader = Loader(self.chip, bytes.fromhex(self.mac), self._starts)
            self.loader.__enter__()
            self._lead(self.loader.path)
        else:
            self._starts()

    def unplug(self) -> None:
        """Its cable comes out."""
        self._there = False
        self._path.unlink(missing_ok=True)
        if self.drive:
            self.drive.close()
        if self.running:
            self.running.close()
            self.trace += self.running.trace
        if self.loader:
            self.loader.__exit__()
            self.commands += self.loader.seen
        self.running = self.loader = self.drive = None

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
        away = self._goes_for_a_moment if self.table.uf2 else lambda: None
        self.running = Emulated(self.flash, cut=self.cut, models=(emulated.HERE, self.room), away=away)
        self._lead(self.running.port)

    def _comes_back(self) -> None:
        time.sleep(AWAY_S)
        if self._there:
            self._starts()

    def _goes_for_a_moment(self) -> None:
        self._path.unlink(missing_ok=True)
        time.sleep(AWAY_S)
        if self._there and self.running:
            self._lead(self.running.port)

    def _lead(self, port: str) -> None:
        beside = self._path.with_name("next")
        beside.symlink_to(port)
        os.replace(beside, self._path)  # whoever has the old one open keeps it


class Desk:
    """One socket with a cable. `ports` is the file of what is plugged in, `path` its port; drives come in `media`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.ports, self.media = folder, folder / "ports.json", folder / "media"
        self.path = folder / "ttyUSB0"
        self.board: Board | None = None
        self._tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.unplug()

    def plug(self, board: Board) -> None:
        """Take the next board."""
        self.unplug()
        self.path = Path(board.port(self.folder).device)
        board.plug(self.path, self.media)
        self.board = board
        self._tell()

    def unplug(self) -> None:
        """Nothing is plugged in then."""
        if self.board:
            board, self.board = self.board, None
            self._tell()
            board.unplug()

    def lister(self) -> list[Port]:
        """What pyserial would list: a board whose cable came out, or that has no port yet, is not among it."""
        there = self.board is not None and not self.board.gone() and self.path.exists()
        return [self.board.port(self.folder)] if there and self.board else []

    def _tell(self) -> None:
        beside = self.ports.with_name("ports.new")
        listed = [self.board.port(self.folder)._asdict()] if self.board else []
        beside.write_bytes(msgspec.json.encode(listed))
        os.replace(beside, self.ports)
