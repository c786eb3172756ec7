"""Where a demo keeps its files: a folder of its own, locked while it lives, so that a later one sees who is dead.

Keys of an invented site are in it, so none is left behind: a demo removes its own, and what a killed one left goes when
the next one starts. A folder without a lock belongs to whoever made it, and stays.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from whistle.demo.errors import DemoError

PREFIX: Final = "whistle-demo-"
LOCK: Final = "lock"


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    """A new folder, gone at the end; after a DemoError it stays, for its logs say what happened."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    with _locked(folder):
        try:
            yield folder
        except DemoError:
            (folder / LOCK).unlink()
            with contextlib.suppress(OSError):
                folder.rmdir()  # where nothing was laid out yet
            raise
        discard(folder)


def sweep() -> list[Path]:
    """Remove the folders of this user's demos that are dead, and only those; which they were."""
    found = [folder for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _dead(folder)]
    for folder in found:
        discard(folder)
    return found


def discard(folder: Path) -> None:
    """Remove the folder; what cannot be removed now (a dying process still writes) stays for the next sweep."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        (folder / LOCK).touch(mode=0o600)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; it appears under its name only once it is held, so nobody takes us for dead."""
    early = folder / f"{LOCK}.new"
    with early.open("x") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        early.rename(folder / LOCK)
        yield


def _dead(folder: Path) -> bool:
    """Whether this is our own folder, of a demo whose lock nobody holds; a link, to whatever, is not."""
    with contextlib.suppress(OSError):
        about = folder.lstat()
        if stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid():
            return _free(folder / LOCK)
    return False


def _free(lock: Path) -> bool:
    with open(os.open(lock, os.O_RDONLY | os.O_NOFOLLOW)) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: somebody lives
    return True
