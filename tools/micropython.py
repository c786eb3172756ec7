"""Find the board's interpreter, or fetch it: real MicroPython, in the word size of this machine and of a board.

`$MICROPYTHON`, else the one on PATH, else Debian's, unpacked below .cache/micropython and started through its own
loader, so that it runs on an older Debian without touching the system. The 32-bit one has objects of a board's size, so
that `-X heapsize=100k` means there what it means on a board: `$MICROPYTHON32`, else Debian's i386 build.

    python -m tools.micropython     fetches what is missing and prints both
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import click

from tools import debian

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "micropython"
SUITE = "trixie"  # Debian 13: the first release with MicroPython 1.25
BITS = {"amd64": 64, "i386": 32}
NAMED = {"amd64": "MICROPYTHON", "i386": "MICROPYTHON32"}

# What our board's program needs, asked of the interpreter itself.
PROBE = """
import sys, asyncio, cryptolib, hashlib, binascii, struct, json
bits = 64 if sys.maxsize > 1 << 31 else 32
assert sys.implementation.version[:2] >= (1, 25), sys.implementation.version
assert binascii.hexlify(hashlib.sha256(b"").digest())[:8] == b"e3b0c442"
assert len(cryptolib.aes(bytes(16), 1).encrypt(bytes(16))) == 16
async def turn():
    await asyncio.sleep_ms(0)
asyncio.run(turn())
print(bits)
"""

WRAPPER = """#!/bin/sh
root=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/root
exec "$root/usr/lib/{triplet}/{loader}" --library-path "$root/usr/lib/{triplet}" "$root/usr/bin/micropython" "$@"
"""
LOADERS = {
    "amd64": {"triplet": "x86_64-linux-gnu", "loader": "ld-linux-x86-64.so.2"},
    "i386": {"triplet": "i386-linux-gnu", "loader": "ld-linux.so.2"},
}


def interpreter(architecture: str) -> Path:
    """A MicroPython of "amd64" (64 bits) or "i386" (32 bits) that answered the probe; fetched where it must be.

    Raises debian.Unavailable with what to do.
    """
    named = os.environ.get(NAMED[architecture])
    if named:
        return answering(Path(shutil.which(named) or named), architecture, f"${NAMED[architecture]}")
    found = present(architecture)
    return found if found else fetched(architecture)


def present(architecture: str) -> Path | None:
    """The interpreter that is already here, or None; it fetches nothing."""
    named = os.environ.get(NAMED[architecture])
    path = shutil.which(named) if named else shutil.which("micropython")
    for candidate in (path and Path(path), CACHE / architecture / "micropython"):
        if candidate and word_size(candidate) == BITS[architecture]:
            return candidate
    return None


def word_size(program: Path) -> int | None:
    """32 or 64, or None when this is no MicroPython that can run our program here."""
    try:
        done = subprocess.run([str(program), "-c", PROBE], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip().isdigit() else None


def answering(program: Path, architecture: str, origin: str) -> Path:
    """The same program, once it has answered the probe with the right word size."""
    if word_size(program) != BITS[architecture]:
        raise debian.Unavailable(
            f"{origin} is no MicroPython 1.25 of {BITS[architecture]} bits with asyncio, hashlib and cryptolib"
        )
    return program


def fetched(architecture: str) -> Path:
    """Debian's interpreter in the cache folder, with a script that starts it."""
    if platform.machine() != "x86_64":
        raise debian.Unavailable(
            f"Debian's build is fetched on x86-64 only: install MicroPython 1.25 and set ${NAMED[architecture]}"
        )
    home = CACHE / architecture
    try:
        debian.fetch(["micropython"], SUITE, architecture, home)
    except debian.Unavailable as error:
        raise debian.Unavailable(f"{error}; install MicroPython 1.25 and set ${NAMED[architecture]}") from error
    program = home / "micropython"
    program.write_text(WRAPPER.format(**LOADERS[architecture]))
    program.chmod(0o755)
    return answering(program, architecture, f"Debian's {architecture} build (can this machine run it?)")


def main() -> None:
    """Print both interpreters; exit 1 when the 64-bit one cannot be had (the 32-bit one only measures memory)."""
    failed = False
    for architecture, bits in BITS.items():
        try:
            click.echo(f"MicroPython, {bits} bits: {interpreter(architecture)}")
        except debian.Unavailable as error:
            click.echo(f"MicroPython, {bits} bits: not here: {error}")
            failed = failed or architecture == "amd64"
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
