"""esptool, run as its makers' own program: identify a chip, write an image and have it verified.

Its settings from files and environment are kept away, so that a bench works the same on every machine. The identifying
call uses no stub: it loads nothing into the chip and leaves its flash alone.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from whistle.workbench import failures
from whistle.workbench.errors import EsptoolFailed
from whistle.workbench.ports import Port

FAST_BAUD: Final = 460_800  # with the stub; every bridge on our boards takes it
SLOW_BAUD: Final = 115_200  # the ROM loader's own
IDENTIFY_S: Final = 90.0
WRITE_S: Final = 900.0  # 2 MB at 115,200 baud take three minutes

# Else it would hold the port for minutes more. Who was its parent is compared because that one may be dead already.
_BOUND: Final = """
import ctypes, os, runpy, signal, sys
parent, name = sys.argv[1:3]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
if os.getppid() != int(parent):
    sys.exit(1)
del sys.argv[1:3]
runpy.run_module(name, run_name="__main__", alter_sys=True)
"""

Shown = Callable[[int], None]
"""Called with the percentage written so far."""


class Chip(NamedTuple):
    """What the chip says of itself: our word for it, its revision as esptool words it, MB of flash, MAC in hex."""

    chip: str
    words: str
    flash_mb: int
    mac: str


class Esptool(NamedTuple):
    """How esptool is run. `slow`: without its stub, at the loader's own speed. `before`, `attempts`: its options."""

    slow: bool = False
    before: str = "default-reset"
    attempts: int = 7

    def identify(self, port: Port) -> Chip:
        """Chip, flash and MAC of what hangs on a port; it reads only. Raises PortError or FlashError."""
        output = self._run(port, ["--no-stub", "--after", "no-reset", "flash-id"], IDENTIFY_S)
        return identity(output)

    def write(self, port: Port, image: Path, at: int, chip: str, shown: Shown = lambda _percent: None) -> None:
        """Write the image at that address and verify it, then start it. Raises PortError or FlashError."""
        options = ["--no-stub"] if self.slow else []
        baud = SLOW_BAUD if self.slow else FAST_BAUD
        words = ["--chip", chip, "--baud", str(baud), *options, "write-flash", "--compress", f"{at:#x}", str(image)]
        output = self._run(port, words, WRITE_S, shown)
        if "Hash of data verified." not in output:
            raise EsptoolFailed("esptool wrote the image and did not verify it: try again with --slow.")

    def _run(self, port: Port, words: list[str], limit_s: float, shown: Shown = lambda _percent: None) -> str:
        line = ["--port", port.device, "--before", self.before, "--connect-attempts", str(self.attempts), *words]
        code, output = run(module("esptool", *line), limit_s, shown)
        if code != 0:
            raise failures.of_esptool(output, port)
        return output


def module(name: str, *words: str) -> list[str]:
    """The command that runs a module as a program which dies with this process, even of kill -9 (on Linux alone)."""
    return [sys.executable, "-c", _BOUND, str(os.getpid()), name, *words]


def run(command: list[str], limit_s: float, shown: Shown) -> tuple[int, str]:
    """(exit code, everything it said); a program that takes longer than the limit, or is interrupted, is ended."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment(),
        cwd=Path(sys.prefix),
        process_group=0,  # Ctrl-C reaches us alone; we end it
    ) as process:
        timer = threading.Timer(limit_s, process.kill)
        timer.start()
        try:
            output = _listen(process, shown)
            return process.wait(), output
        finally:
            timer.cancel()
            if process.poll() is None:
                process.kill()


def environment() -> dict[str, str]:
    """This process's environment without what would change esptool's ways."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ESPTOOL", "ESPPORT", "ESPBAUD"))}
    return kept | {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def identity(output: str) -> Chip:
    """The chip that esptool's flash-id describes; EsptoolFailed when it is not all there."""
    kind = re.search(r"^Detecting chip type\W+ (ESP[\w-]+)\s*$|^Connected to (ESP[\w-]+) on", output, re.M)
    words = re.search(r"^Chip type:\s+(.+)$", output, re.M)
    mac = re.search(r"^MAC:\s+((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b", output, re.M)
    flash = re.search(r"^Detected flash size:\s+(\d+)MB", output, re.M)
    if not (kind and words and mac):
        raise EsptoolFailed("esptool did not say which chip this is: unplug the board, plug it in and try again.")
    chip = (kind[1] or kind[2]).lower().replace("-", "")
    return Chip(chip, words[1].strip(), int(flash[1]) if flash else 0, mac[1].replace(":", ""))


def _listen(process: "subprocess.Popen[str]", shown: Shown) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        percent = re.match(r"Writing at .*?(\d+)\.\d+%", line)
        if percent:
            shown(int(percent[1]))
    return "".join(said)
