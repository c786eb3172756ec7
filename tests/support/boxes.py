"""What tests of the workbench put on a board: small releases, settings, a beacon's data."""

import hashlib
import json
from pathlib import Path

from alertwire.sequence import pack

from tools import board
from whistle.workbench import compiling, slots

STARTER = {"main.py": compiling.MAIN, "chooser/__init__.mpy": b""}
KEEP = ("settings", "state0", "state1", "marks", "board")
DATA = {
    "settings": json.dumps({"node": 77, "up": "aa" * 32, "radio": {"freq_hz": 906_875_000, "sf": 7}}).encode(),
    "state0": pack(4, 0x01000440, 640, b""),
    "state1": pack(5, 0x01000480, 704, b""),
    "marks": bytes(range(240)) * 4,
    "board": b'{"port":"standin"}',
}
OPEN_CALL = pack(6, 0x010004C0, 768, b"C" + bytes(46))

# A program that says which release it is of, in a file no release owns; what it does then is the test's.
PROGRAM = """
from beacon.name import NAME
def start():
    with open("ran", "a") as file:
        file.write(NAME + " ")
{body}
"""
WELL = """
    from beacon.trial import confirm
    confirm()
    while True:
        import time
        time.sleep(1)
"""
DIES = "    raise RuntimeError('dead')"


def chooser(tmp: Path) -> dict[str, bytes]:
    """What starts a release, compiled as a board gets it."""
    board.compile_to(tmp, [board.FIRMWARE / "chooser/__init__.py"])
    return {"main.py": compiling.MAIN, "chooser/__init__.mpy": (tmp / "chooser/__init__.mpy").read_bytes()}


def release(tmp: Path, name: str, body: str = WELL, extra: dict[str, bytes] | None = None) -> slots.Release:
    """A small release that says its name, with the real end of a trial."""
    files = {
        "beacon/__init__.py": b"",
        "beacon/name.py": f"NAME = {name!r}\n".encode(),
        "beacon/program.py": PROGRAM.format(body=body).encode(),
        "beacon/trial.py": (board.FIRMWARE / "beacon/trial.py").read_bytes(),
    }
    return slots.release(name, {**chooser(tmp), **files, **(extra or {})})


def put(flash: Path, files: dict[str, bytes]) -> None:
    """Put files on a board's flash, as if they had always been there."""
    for path, data in files.items():
        (flash / path).parent.mkdir(parents=True, exist_ok=True)
        (flash / path).write_bytes(data)


def placed(flash: Path, made: slots.Release, slot: str, current: str | None = None) -> None:
    """A board on which a release was installed in a slot, with a beacon's data."""
    put(flash, made.starter)
    put(flash / slot, {**made.files, "version": made.mark})
    put(flash, {"slot": (current or slot).encode(), **DATA})


def data_of(flash: Path) -> dict[str, str]:
    """Hashes of what no release may touch."""
    return {name: hashlib.sha256((flash / name).read_bytes()).hexdigest() for name in KEEP if (flash / name).exists()}
