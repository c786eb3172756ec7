"""A board's flash: files by name, in memory or in a folder, that can be saved, rolled back, copied and worn out."""

import errno
import os
from pathlib import Path

WORN_OUT = "the flash is worn out"


class Flash:
    """Whole files by name. With a folder every write is there when `save` returns (written beside, then renamed)."""

    def __init__(self, folder: Path | None = None) -> None:
        self.writable = True
        self.writes = 0
        self._folder = folder
        self._files: dict[str, bytes] = {}
        self._kept: dict[str, bytes] | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if not file.suffix}

    def load(self, name: str) -> bytes | None:
        """The file, or None."""
        return self._files.get(name)

    def save(self, name: str, data: bytes) -> None:
        """Write a whole file; OSError when the flash cannot be written."""
        if not self.writable:
            raise OSError(errno.EROFS, WORN_OUT)
        self.writes += 1
        self._put(name, bytes(data))

    def keep(self) -> None:
        """Remember everything as it is now, for `roll_back`."""
        self._kept = dict(self._files)

    def roll_back(self) -> bool:
        """Everything as it was when last kept (a restored backup); False when nothing was kept."""
        if self._kept is None:
            return False
        self._replace(self._kept)
        return True

    def copy_from(self, other: "Flash") -> None:
        """Become a copy of another board's flash."""
        self._replace(other._files)

    def _replace(self, files: dict[str, bytes]) -> None:
        for name in set(self._files) - set(files):
            del self._files[name]
            if self._folder is not None:
                (self._folder / name).unlink()
        for name, data in files.items():
            self._put(name, data)

    def _put(self, name: str, data: bytes) -> None:
        self._files[name] = data
        if self._folder is None:
            return
        new = self._folder / f"{name}.new"
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self._folder / name)
