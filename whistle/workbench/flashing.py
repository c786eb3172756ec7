"""From a board on a cable to a board that runs MicroPython: find it, identify it, refuse what is wrong, write, follow.

Nothing is erased before chip, flash and image are known to belong together. What comes after (our files on the board)
is handed in as `hand_on`; it is called with what was flashed and where the board is now.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from whistle.site import files
from whistle.workbench import download, identify, images, ports, uf2
from whistle.workbench.boards import Board
from whistle.workbench.cache import Cache
from whistle.workbench.errors import NotInCache
from whistle.workbench.esptool import Chip, Esptool
from whistle.workbench.ports import Port, Watching
from whistle.workbench.uf2 import Drive

DRIVE_S: Final = 120.0  # a person has to find a button

Tell = Callable[..., None]
"""tell(event, words, **facts), as Say.event."""
Probe = Callable[[Port, str], str]
"""Runs a MicroPython script on the board at a port and gives what it printed."""
Choose = Callable[[list[Board]], Board]
"""Asks which of several boards it is; raises AmbiguousBoard where nobody can be asked."""


class Flashed(NamedTuple):
    """What was done: the board, where it is now, its MAC (hex, "" for a UF2 board), the image and its version."""

    board: Board
    port: Port
    mac: str
    image: str
    version: str


class Writing(Protocol):
    """What esptool does for us; a test hands in its own."""

    def identify(self, port: Port) -> Chip: ...

    def write(self, port: Port, image: Path, at: int, chip: str, shown: Callable[[int], None] = ...) -> None: ...


class Chosen(NamedTuple):
    """An image whose bytes were verified."""

    path: Path
    data: bytes
    name: str
    version: str


@dataclass
class Bench:
    """Everything a flash needs from outside. `given` is an image instead of the cache's; `micropython` a version."""

    cache: Cache
    boards: list[Board]
    tell: Tell
    shown: Callable[[int], None] = lambda _percent: None
    choose: Choose = identify.only
    esptool: Writing = Esptool()
    watching: Watching = field(default_factory=Watching)
    roots: tuple[Path, ...] = uf2.ROOTS
    probe: Probe | None = None
    given: Path | None = None
    micropython: str | None = None
    patience_s: float = 60.0

    def flash(self, device: str | None, hand_on: Callable[[Flashed], None] = lambda _flashed: None) -> Flashed:
        """Flash the board on that port, or the next that is plugged in. Raises any WorkbenchError; see errors.py."""
        found = ports.named(device, self.watching.lister) if device else self._awaited()
        if isinstance(found, Port) and self._wants_drive(found):
            found = self._drive()
        flashed = self._by_drive(found) if isinstance(found, Drive) else self._by_esptool(found)
        hand_on(flashed)
        return flashed

    def _awaited(self) -> Port | Drive:
        """Whatever of our boards is there first: a serial port, or the drive of a UF2 board."""
        deadline, asked = self.watching.now() + self.patience_s, False
        while self.watching.now() < deadline:
            mounted = self._mounted()
            if mounted:
                return uf2.only(mounted)
            if any(ports.matching(port.usb, self.boards) for port in self.watching.lister()):
                break
            if not asked:
                words = f"Plug a board in; waiting {self.patience_s:.0f} s."
                self.tell("waiting", words, seconds=self.patience_s)
            asked = True
            self.watching.sleep(ports.EVERY_S)
        return self.watching.first(self.boards, 0)

    def _mounted(self) -> list[Drive]:
        kinds = {board.uf2 for board in self.boards}
        return [drive for drive in uf2.drives(self.roots) if drive.board in kinds]

    def _wants_drive(self, port: Port) -> bool:
        seen = identify.by_usb(port, self.boards) or self.boards  # a named board behind a bridge of another batch
        return all(board.flash_at is None for board in seen)

    def _drive(self) -> Drive:
        self.tell("bootsel", "Unplug the board, hold its BOOTSEL button, and plug it in again.")
        return uf2.wait_for(self._mounted, DRIVE_S, self.watching.now, self.watching.sleep)

    def _by_esptool(self, port: Port) -> Flashed:
        chip = self.esptool.identify(port)
        self.tell(
            "identified",
            f"{port.device}: {chip.words}, {chip.flash_mb} MB of flash, MAC {chip.mac}",
            port=port.device,
            chip=chip.chip,
            flash_mb=chip.flash_mb,
            mac=chip.mac,
        )
        boards = self._narrowed(chip.chip, identify.by_usb(port, self.boards))
        image = self._image(boards[0])
        self._refuse(image, boards[0], chip.flash_mb)
        at = boards[0].flash_at
        assert at is not None, "images.fits let a board without an address through"
        self.tell("writing", f"Writing {image.name} {image.version} at {at:#x}.", image=image.name, at=at)
        self.esptool.write(port, image.path, at, chip.chip, self.shown)
        now = self.watching.again(port)
        return self._known(Flashed(boards[0], now, chip.mac, image.name, image.version), boards)

    def _by_drive(self, drive: Drive) -> Flashed:
        self.tell("identified", f"{drive.path}: {drive.board}", drive=str(drive.path), chip=drive.chip)
        boards = self._narrowed(drive.chip, [board for board in self.boards if board.flash_at is None])
        image = self._image(boards[0])
        self._refuse(image, boards[0], 0)
        before = self.watching.lister()
        self.tell("writing", f"Copying {image.name} {image.version} to {drive.path}.", image=image.name)
        uf2.copy(image.data, drive, self.shown, now=self.watching.now, sleep=self.watching.sleep)
        port = self.watching.new(before, boards)
        return self._known(Flashed(boards[0], port, "", image.name, image.version), boards)

    def _narrowed(self, chip: str, seen: list[Board]) -> list[Board]:
        """The boards it may still be, all to be written alike; WrongChip when there is but one and its chip is not."""
        if len(self.boards) == 1:
            images.right_chip(chip, self.boards[0])
            return self.boards
        fitting = identify.by_chip(chip, seen)
        alike = len({(board.image, board.flash_at) for board in fitting}) == 1
        return fitting if alike and (self.probe or len(fitting) == 1) else [self.choose(fitting)]

    def _image(self, board: Board) -> Chosen:
        if self.given is None:
            item = self.cache.newest("image", board.image, self.micropython)
            return Chosen(self.cache.path(item), self.cache.read(item), item.name, item.version)
        try:
            return Chosen(self.given.resolve(), files.take(self.given, download.MOST), self.given.name, "given")
        except OSError as error:
            raise NotInCache(f"{self.given} cannot be read ({error.strerror}): give another image.") from None

    def _refuse(self, chosen: Chosen, board: Board, flash_mb: int) -> None:
        image = images.read(chosen.data, chosen.name)
        images.fits(image, len(chosen.data), board, chosen.name)
        images.has_room(image, len(chosen.data), board, flash_mb)

    def _known(self, flashed: Flashed, boards: list[Board]) -> Flashed:
        """With the board that the probe of the radio tells, where several were left."""
        if len(boards) > 1 and self.probe:
            boards = identify.by_probe(boards, self.probe(flashed.port, identify.script(boards)))
            flashed = flashed._replace(board=boards[0] if len(boards) == 1 else self.choose(boards))
        words = f"{flashed.board.name} on {flashed.port.device} runs MicroPython {flashed.version}."
        self.tell("flashed", words, board=flashed.board.key, **_facts(flashed))
        return flashed


def _facts(flashed: Flashed) -> dict[str, Any]:
    return {"port": flashed.port.device, "mac": flashed.mac, "image": flashed.image, "version": flashed.version}
