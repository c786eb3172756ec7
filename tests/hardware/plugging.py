"""Boards being plugged in: ports that come and go by a plan, and a Pico in BOOTSEL with its drive."""

import threading
import time
from pathlib import Path

from whistle.workbench import uf2
from whistle.workbench.ports import Port, Watching

RP2 = "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n"


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
    """A board in BOOTSEL: a folder that goes away once the whole image lies in it, unless it is `stubborn`."""

    def __init__(self, folder: Path, image: bytes, stubborn: bool = False) -> None:
        folder.mkdir(parents=True)
        (folder / uf2.INFO).write_text(RP2)
        self.folder = folder
        self.got = b""
        self.image = image
        self.stubborn = stubborn
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.got != self.image:
            time.sleep(0.01)
            files = list(self.folder.glob("*.uf2"))
            self.got = files[0].read_bytes() if files else b""
        if not self.stubborn:
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()
