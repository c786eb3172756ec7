"""A board on a serial line: MicroPython for a Cortex-M3 (tools/qemu.py) under QEMU, whose pty anything may open.

It starts as a stock board does (boot.py, main.py from a littlefs of 2 MiB) and has 192 KiB of heap, or less if wanted.
Its flash is a file: what was written stays through `machine.reset()`, a killed emulator and a new one on the same file.
"""

import os
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools import qemu

FLASH = 16 << 20  # the machine's second memory, of which the board uses two megabytes; the file is sparse
START_S = 20.0
LIFE_S = 300  # it ends by itself, whatever becomes of who started it
# Under COUNTED an instruction takes 64 ns of the board's time, and its timer counts 40 ns: no instruction goes unseen.
COUNTED = ("-icount", "shift=6")
PTY = re.compile(r"redirected to (\S+)")


class Board:
    """One board, off at first: `start` gives it power, `cut` takes it away in the middle of whatever it does."""

    def __init__(self, flash: Path, counted: bool = False, life_s: int = LIFE_S, heap_k: int = 0) -> None:
        """`flash`: its file, made when there is none. `counted`: time is instructions, not the clock on the wall.

        `heap_k`: KiB of heap, 0 for all there is.
        """
        self.port = ""
        self._process: subprocess.Popen[str] | None = None
        with flash.open("ab") as file:
            file.truncate(FLASH)
        with flash.open("r+b") as file:
            file.seek(FLASH - 4)
            file.write((heap_k * 1024).to_bytes(4, "little"))  # where the board looks for it
        memory = f"memory-backend-file,id=flash,size={FLASH},mem-path={flash},share=on"
        self._command = [
            "timeout", "--signal=KILL", str(life_s), qemu.EMULATOR, "-machine", "mps2-an385,memory-backend=flash",
            "-object", memory, "-kernel", str(qemu.firmware()), "-display", "none", "-monitor", "none",
            "-serial", "pty", *(COUNTED if counted else ()),
        ]  # fmt: skip

    def start(self) -> str:
        """Switch it on; the device file of its serial line, another one each time."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.port = announced(self._process.stdout)
        return self.port

    def cut(self) -> None:
        """Take its power away, now."""
        if self._process:
            if self._process.poll() is None:  # its time may have been up
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def announced(said: IO[str]) -> str:
    """The pty that the emulator says it has made; AssertionError with what it said instead."""
    deadline, text = time.monotonic() + START_S, ""
    while time.monotonic() < deadline:
        if select.select([said], [], [], 0.1)[0]:
            line = said.readline()
            text += line
            if found := PTY.search(line):
                return found[1]
            assert line, f"the emulator ended: {text}"
    raise AssertionError(f"the emulator made no serial line: {text}")


@contextmanager
def board(flash: Path | None = None, counted: bool = False, life_s: int = LIFE_S, heap_k: int = 0) -> Iterator[str]:
    """`with board() as port:` a board that is switched on, with an empty flash unless one is given."""
    with tempfile.TemporaryDirectory() as folder:
        one = Board(flash or Path(folder) / "flash", counted=counted, life_s=life_s, heap_k=heap_k)
        try:
            yield one.start()
        finally:
            one.cut()
