"""Which of the two releases on this board runs. MicroPython starts this file; it is all that stands outside them.

The releases lie in the folders `a` and `b`, each in one file `pack`: looking for forty files on flash takes a board
longer than loading them. The file `slot` says which one runs: `a`, or `b a 2`: b is on trial, a is what ran before, and
b was started twice since. beacon.trial makes it `b` once b has run well; after three starts without that it is `a`
again, and one that Ctrl-C ended is none. An ordinary start writes nothing. A release that cannot be loaded leaves its
start to the other; one that ends is started again.
"""

import io
import os
import sys
import time

import vfs

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]

STARTS = 3
FAULTS = (ImportError, AttributeError, OSError, SyntaxError, ValueError, NameError, TypeError)
DEATHS = FAULTS + (RuntimeError, MemoryError, LookupError, ArithmeticError, AssertionError)


running = ""  # the slot that was loaded last


class Pack:
    """A filesystem of one file, to be read: two bytes say how long its index is, a line `path offset size` a file.

    OSError where the file is none. Paths in it never begin with a slash; files alone have a dot in their name.
    """

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")
        self._begin = int.from_bytes(self._file.read(2), "big") + 2
        self._index = b"\n" + self._file.read(self._begin - 2)
        self._sources = b".py " in self._index

    def _find(self, path: str, end: bytes) -> int:
        return self._index.find(b"\n" + path.strip("/").encode() + end)

    def stat(self, path: str) -> "tuple[int, ...]":
        # Of every module a folder is asked for, then a .py, then a .mpy: a look at all of the index is dear.
        end, kind = (b" ", 0x8000) if "." in path else (b"/", 0x4000)
        if path.endswith(".py") and not self._sources or self._find(path, end) < 0:
            raise OSError(2)
        return (kind,) + (0,) * 9

    def open(self, path: str, mode: str) -> "io.BytesIO":
        at = self._find(path, b" ")
        if at < 0:
            raise OSError(2)
        _, offset, size = self._index[at + 1 : self._index.find(b"\n", at + 1)].split()
        self._file.seek(self._begin + int(offset))
        return io.BytesIO(self._file.read(int(size)))

    def mount(self, readonly: bool, mkfs: bool) -> None:
        pass

    def umount(self) -> None:
        self._file.close()


def words() -> "list[str]":
    """What the file `slot` says, as words; a board without it, or with another, runs a."""
    try:
        with open("slot") as file:
            found = file.read().split()
    except (OSError, ValueError):
        found = []
    fine = found and found[0] in ("a", "b") and (len(found) == 1 or len(found) == 3 and found[2].isdigit())
    return found if fine else ["a"]


def choose() -> str:
    """The folder to start from; a start on trial is counted before it is made."""
    found = words()
    if len(found) == 1:
        return found[0]
    new, old, starts = found[0], found[1], int(found[2]) + 1
    if not note("%s %s %d" % (new, old, starts) if starts <= STARTS else old):
        return old  # a start that cannot be counted is not tried
    return new if starts <= STARTS else old


def note(slot: str) -> bool:
    """Write the file `slot` anew; False where flash takes nothing."""
    try:
        with open("slot.new", "w") as file:
            file.write(slot)
        os.rename("slot.new", "slot")
    except OSError:
        return False
    return True


def forgive() -> None:
    """The technician ended this start, so it did not fail: it is not counted."""
    found = words()
    if len(found) == 3 and found[2] != "0":
        note("%s %s %d" % (found[0], found[1], int(found[2]) - 1))


def quick(slot: str) -> None:
    """Import from that slot from now on, and look at flash for nothing that the interpreter has itself.

    A slot without a pack is a folder of loose files: slower, and good for a bench.
    """
    global running
    running, place = slot, "/run"
    try:
        vfs.umount(place)
    except OSError:
        pass  # nothing was there
    try:
        vfs.mount(Pack(slot + "/pack"), place)
    except OSError:
        place = slot
    sys.path[:] = [".frozen", place] + [
        path for path in sys.path if path not in ("", ".frozen", "/lib", "/run", "a", "b")
    ]
    for name in "struct hashlib binascii json time os io".split():
        if name not in sys.modules:
            sys.modules[name] = __import__("u" + name)


def load(slot: str) -> "Callable[[], None] | None":
    """The program of a release, or None where it cannot be loaded: nothing of it stays behind then."""
    path = list(sys.path)
    quick(slot)
    before = set(sys.modules)
    try:
        from beacon.program import start

        return start
    except FAULTS as fault:
        sys.print_exception(fault)  # type: ignore[attr-defined]
    sys.path[:] = path
    for name in list(sys.modules):
        if name not in before:
            del sys.modules[name]
    return None


def main() -> None:
    """Run a release for ever; Ctrl-C leads to the prompt."""
    restart = True
    try:
        slot = choose()
        start = load(slot) or load("b" if slot == "a" else "a")
        if start:
            start()
    except KeyboardInterrupt:
        restart = False
        forgive()
        raise
    except DEATHS as fault:
        sys.print_exception(fault)  # type: ignore[attr-defined]
    finally:  # whatever else it was
        if restart:
            time.sleep(2)  # time for Ctrl-C
            import machine

            machine.reset()  # SystemExit would only lead to the prompt
