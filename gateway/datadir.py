"""The directory of one gateway: one process holds it, and a ledger that was put back from a copy is noticed.

The file `witness` is written anew at every start, and the ledger remembers how often that was and when the file system
says it last happened. No copy can bring that time back, so a ledger that was put back, alone or with its whole
directory, disagrees. Nothing is refused because of it; the gateway then says that freshness is not proven.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.errors import DataDirectory
from whistle.site import files

LEDGER: Final = "ledger.db"
_LOCK: Final = "lock"
_WITNESS: Final = "witness"
_TAILS: Final = ("-wal", "-shm")


class DataDir:
    """The directory, locked until `close` or the end of the process; DataDirectory says why it cannot be had."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handle = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectory(f"{path} cannot be used ({error.strerror}): choose another --data directory.") from None
        self._lock()
        self._private()

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.path / LEDGER

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._handle)

    def witness(self) -> tuple[int, str]:
        """(starts counted outside the ledger, mark of the file they are counted in); (0, "") when there is none."""
        try:
            found = os.stat(self.path / _WITNESS)
            return int((self.path / _WITNESS).read_text()), f"{found.st_ino}-{found.st_ctime_ns}"
        except (OSError, ValueError):
            return 0, ""

    def bear_witness(self, starts: int) -> str:
        """Count this start and give the new mark; a disk that will not take it is met soon enough by the ledger."""
        fresh = self.path / (_WITNESS + ".new")
        with suppress(OSError):
            files.private(fresh)
            fresh.write_text(f"{starts}\n")
            os.replace(fresh, self.path / _WITNESS)
        return self.witness()[1]

    def put_aside(self) -> Path:
        """Move a damaged ledger out of the way, so that alerts can be heard again; where it went."""
        number = 1
        while (aside := self.path / f"{LEDGER}.damaged-{number}").exists():
            number += 1
        for tail in ("", *_TAILS):
            with suppress(FileNotFoundError):
                os.replace(f"{self.ledger}{tail}", f"{aside}{tail}")
        self._private()
        return aside

    def _private(self) -> None:
        """SQLite gives the files beside the ledger the ledger's own mode. A full disk is met by the ledger itself."""
        with suppress(OSError):
            files.private(self.ledger, *_TAILS)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._handle, 20, 0).decode(errors="replace").strip() or "?"
            os.close(self._handle)
            raise DataDirectory(
                f"{self.path} is in use by another gateway (process {holder}): stop that one, or give this one a "
                "directory of its own."
            ) from None
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)
