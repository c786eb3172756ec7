"""Where our files lie on a board: two releases side by side, one running, and the data of the beacon apart from both.

/main.py, /chooser/     start one of the releases: `firmware/chooser`, the same on every board
/a/, /b/                a whole release each, the driver of its radio with it, in one file `pack`; `version` is
                        written last
/slot                   which one runs: "a", or "b a 2" (b on trial after a, twice started)
/settings, /board, /state0, /state1, /marks, /group, /survey     the beacon's own, touched by no release
"""

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from whistle.workbench.device import Device
from whistle.workbench.errors import BadProgram

STARTER: Final = ("chooser/__init__.mpy", "main.py")  # in this order: without main.py nothing starts
PROGRAM: Final = "beacon/program"
OTHER: Final = {"a": "b", "b": "a"}
# Of the driver no board gets these: its package imports every chip's file that it finds, and what waits for the radio
# is our own. Beside what the program needs they left a heap of 100 KiB too small for it.
IDLE: Final = ("lora/__init__.mpy", "lora/async_modem.mpy", "lora/sync_modem.mpy")


class Release(NamedTuple):
    """One release: `stamp` is what its file `version` says, "0.2.0 1f0c…" (name, hash of all files); bytes by path:
    `starter` at the root, `files` within a slot.
    """

    stamp: str
    starter: dict[str, bytes]
    files: dict[str, bytes]

    def hashes(self) -> dict[str, str]:
        """SHA-256 of the files of a slot that holds this release, by path within it."""
        return {path: hashlib.sha256(data).hexdigest() for path, data in [*self.files.items(), ("version", self._mark)]}

    @property
    def _mark(self) -> bytes:
        return f"{self.stamp}\n".encode()

    @property
    def mark(self) -> bytes:
        """The file `version`."""
        return self._mark


def release(version: str, program: Mapping[str, bytes], driver: Mapping[str, bytes] | None = None) -> Release:
    """A release of a program's files and its radio's driver (`lib/` before a path is cut off), by path.

    BadProgram when main.py, the chooser or the program itself is not among them.
    """
    starter = {path: data for path, data in program.items() if path in STARTER}
    files = {path: data for path, data in program.items() if path not in STARTER}
    files |= {path.removeprefix("lib/"): data for path, data in (driver or {}).items()}
    for path in ("version", *IDLE):
        files.pop(path, None)
    started = {path.rpartition(".")[0] for path in files}
    if len(starter) != len(STARTER) or PROGRAM not in started:
        raise BadProgram(f"A release needs {', '.join(STARTER)} and {PROGRAM}: run `whistle workbench fetch` again.")
    whole = hashlib.sha256()
    for path, data in sorted({**files, **starter}.items()):
        whole.update(f"{path}\0{len(data)}\0".encode() + data)
    return Release(f"{version} {whole.hexdigest()[:16]}", starter, {"pack": packed(files)})


def packed(files: Mapping[str, bytes]) -> bytes:
    """Files in one, as the chooser mounts it: size of the index (2 bytes), a line `path offset size` a file, bytes."""
    index, whole = b"", b""
    for path, data in sorted(files.items()):
        index += f"{path} {len(whole)} {len(data)}\n".encode()
        whole += data
    return len(index).to_bytes(2, "big") + index + whole


def unpacked(pack: bytes) -> dict[str, bytes]:
    """What `packed` put together, by path."""
    size = int.from_bytes(pack[:2], "big") + 2
    rows = [line.split() for line in pack[2:size].decode().splitlines()]
    return {path: pack[size + int(at) : size + int(at) + int(length)] for path, at, length in rows}


class Slots(NamedTuple):
    """What the file `slot` says. `current` runs next; on trial, `before` is what it falls back to, else None."""

    current: str
    before: str | None = None
    starts: int = 0

    @property
    def spare(self) -> str:
        """The slot a new release goes to: never the one known to run well."""
        return OTHER[self.before or self.current]

    @property
    def good(self) -> str:
        """The slot known to run well."""
        return self.before or self.current


def parse(text: bytes | None) -> Slots | None:
    """What the file says; None when there is none, or one that the chooser would not obey either."""
    words = (text or b"").decode(errors="replace").split()
    if len(words) == 1 and words[0] in OTHER:
        return Slots(words[0])
    if len(words) == 3 and words[0] in OTHER and words[1] == OTHER[words[0]] and words[2].isdigit():
        return Slots(words[0], words[1], int(words[2]))
    return None


def slots(device: Device) -> Slots | None:
    """What runs on the board; None when nothing was installed yet."""
    return parse(device.read("/slot"))


def version(device: Device, slot: str) -> str:
    """The stamp of the release in a slot, "" when it holds no whole one."""
    return (device.read(f"/{slot}/version") or b"").decode(errors="replace").strip()
