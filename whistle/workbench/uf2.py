"""Boards that show a drive: find it by its INFO_UF2.TXT, copy the image, and wait until the board takes it and goes."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import Final, NamedTuple

from whistle.site import files
from whistle.workbench.errors import NoDrive

INFO: Final = "INFO_UF2.TXT"
PIECE: Final = 64 * 1024
EVERY_S: Final = 0.2
NOTICED_S: Final = 10.0  # until every system has noticed that a drive is gone

# Where systems mount sticks: two levels below for Linux desktops, one below for a Mac.
ROOTS: Final = (Path("/media"), Path("/run/media"), Path("/Volumes"), Path("/mnt"))

# Board-ID of the ROM's drive: our word for the chip behind it.
CHIPS: Final = {"RPI-RP2": "rp2040", "RP2350": "rp2350"}


class Drive(NamedTuple):
    """A board's drive: where it is mounted and the Board-ID its INFO_UF2.TXT gives."""

    path: Path
    board: str

    @property
    def chip(self) -> str:
        """Our word for the chip, the Board-ID itself when we do not know it."""
        return CHIPS.get(self.board, self.board)


def drives(roots: tuple[Path, ...] = ROOTS) -> list[Drive]:
    """All UF2 drives below these folders."""
    found = []
    for root in roots:
        for path in sorted(glob(f"*/{INFO}", root_dir=root) + glob(f"*/*/{INFO}", root_dir=root)):
            info = root / path
            try:
                text = files.take(info).decode(errors="replace")
            except OSError:  # it went away while we looked, or is not ours to read
                continue
            found.append(Drive(info.parent, _board_id(text)))
    return found


def wait_for(
    look: Callable[[], list[Drive]],
    patience_s: float,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Drive:
    """The one UF2 drive, waited for; NoDrive says how a board shows it, or that there are two."""
    deadline = now() + patience_s
    while not (found := look()):
        if now() >= deadline:
            raise NoDrive(
                "No UF2 drive came: hold the board's BOOTSEL button while you plug it in, and mount the drive if your "
                "system does not do so by itself."
            )
        sleep(EVERY_S)
    return only(found)


def only(found: list[Drive]) -> Drive:
    """The one drive; NoDrive when there are several."""
    if len(found) > 1:
        raise NoDrive(f"{len(found)} UF2 drives are mounted: leave one board in BOOTSEL and unplug the others.")
    return found[0]


def copy(
    image: bytes,
    drive: Drive,
    shown: Callable[[int], None] = lambda _percent: None,
    patience_s: float = 30.0,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Copy an image to the drive and wait until the board has taken it, restarted, and the drive is gone.

    Raises NoDrive when the drive does not take it, or stays: then the board refused the image.
    """
    try:
        late = _write(image, drive, shown)
    except OSError as error:
        raise _not_taken(drive, error) from None
    deadline = now() + (NOTICED_S if late else patience_s)
    while os.path.exists(drive.path / INFO):  # false, too, where a drive that is gone is still mounted and unreadable
        if now() >= deadline:
            raise (
                _not_taken(drive, late)
                if late
                else NoDrive(
                    f"The board took the image and did not restart: its drive {drive.path} is still there. "
                    "Check that the image is for this board, and try another cable."
                )
            )
        sleep(EVERY_S)


def _not_taken(drive: Drive, error: OSError) -> NoDrive:
    return NoDrive(
        f"The drive {drive.path} did not take the image ({error.strerror}): unplug the board, hold BOOTSEL, "
        "plug it in, and try again."
    )


def _write(image: bytes, drive: Drive, shown: Callable[[int], None]) -> OSError | None:
    """The fault of the last piece, if it had one; that of an earlier one is raised.

    The board restarts with its last block and takes the drive away under this write: that is the good ending.
    """
    handle = os.open(drive.path / "firmware.uf2", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    late = None
    try:
        for at in range(0, len(image), PIECE):
            try:
                _write_piece(handle, image[at : at + PIECE])
            except OSError as error:
                if at + PIECE < len(image):
                    raise
                late = error
            shown(min(100, (at + PIECE) * 100 // len(image)))
    finally:
        with suppress(OSError):  # the drive may have gone, as it should
            os.close(handle)
    return late


def _write_piece(handle: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(handle, piece) :]
    os.fsync(handle)


def _board_id(text: str) -> str:
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "board-id":
            return value.strip()
    return ""
