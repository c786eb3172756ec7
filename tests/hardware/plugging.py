"""Boards being plugged in: ports that come and go by a plan, and a Pico in BOOTSEL with its drive."""

import shutil
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from whistle.workbench import uf2
from whistle.workbench.ports import Port, Watching

RP2 = "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n"
NOTICED_S = 0.3
RP2040 = 0xE48BFF56  # the family whose blocks its ROM takes


class Plan:
    """What is on USB as time goes by: `at(seconds, ports)`, and a clock that only sleeping moves."""

    def __init__(self, *steps: tuple[float, list[Port]], usb: list[str] = []) -> None:  # noqa: B006
        self.steps = steps
        self.time = 0.0
        self.watching = Watching(self.lister, lambda: usb, lambda: self.time, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def lister(self) -> list[Port]:
        return [found for since, found in self.steps if since <= self.time][-1]


class Bootsel:
    """A board in BOOTSEL as the RP2040's ROM shows it: a folder that takes the blocks of a UF2 file as they come.

    With the last block it goes away, before whoever copies has heard that it took it, and `taken` is called; the system
    notices a moment later, and until then shows what it remembers of the drive. Blocks of another family are passed
    over without a word, and so is every file that is no UF2 (RP2040 datasheet, 2.8.4.2); `got` is what was taken. A
    `stubborn` one stays. `progress` beside the folder says how many bytes were looked at.
    """

    def __init__(self, folder: Path, taken: Callable[[], None] = lambda: None, stubborn: bool = False) -> None:
        folder.mkdir(parents=True)
        (folder / uf2.INFO).write_text(RP2, newline="\r\n")
        self.folder, self.got, self.stubborn = folder, b"", stubborn
        self.progress = beside(folder)
        self._taken, self._end = taken, False
        self._blocks: dict[int, bytes] = {}
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Its cable comes out: the drive is gone."""
        self._end = True
        self.thread.join(5)

    def _live(self) -> None:
        whole = False
        while not self._end and not whole:
            time.sleep(0.005)
            for path in self.folder.glob("*.uf2"):
                whole = self._look(path.read_bytes()) and not self.stubborn
        for path in (self.progress, *self.folder.glob("*.uf2")):
            path.unlink(missing_ok=True)
        time.sleep(NOTICED_S)
        shutil.rmtree(self.folder)
        if whole:
            self._taken()

    def _look(self, data: bytes) -> bool:
        """Take what is new in a file; True once every block that it announces is here."""
        total = 0
        for at in range(0, len(data) - 511, 512):
            start, magic, flags, _, _, number, total_, family = struct.unpack_from("<8I", data, at)
            if (start, magic, family) == (0x0A324655, 0x9E5D5157, RP2040) and flags & 0x2000:
                self._blocks[number], total = data[at : at + 512], total_
        self.got = b"".join(block for _, block in sorted(self._blocks.items()))
        if total and len(self._blocks) == total:
            return True
        new = self.progress.with_suffix(".new")
        new.write_text(str(len(data)))
        new.replace(self.progress)
        return False


def beside(drive: Path) -> Path:
    """Where a drive says how much it has looked at."""
    return drive.with_name(f"{drive.name}.progress")
