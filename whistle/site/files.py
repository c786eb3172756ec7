"""Files that are whole or absent, readable by their owner only, and one writer at a time."""

import errno
import fcntl
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from whistle.site.errors import AlreadyThere, Busy, Damaged, Later, NotSaved

LARGEST: Final = 4 << 20  # bytes: a roster of 10,000 beacons; a stick may hold anything under the name we look for
_LOCK_PATIENCE_S: Final = 10.0
_UNFINISHED: Final = ".unfinished"
_OURS: Final = re.compile(r"\..+\.[a-z0-9_]{8}" + re.escape(_UNFINISHED))  # as tempfile names them
_REMEDIES: Final = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room there",
    errno.EROFS: "take off its write protection, or choose another place",
    errno.EACCES: "it is another user's, so work as that one, or choose another place",
    errno.EPERM: "it is another user's, so work as that one, or choose another place",
    errno.ENOENT: "plug in the stick it lies on, or choose another place",
    errno.ENOTDIR: "plug in the stick it lies on, or choose another place",
    errno.EIO: "take the stick out and in again; if it stays so, it is worn",
}

T = TypeVar("T")


def canonical(value: object) -> bytes:
    """The one JSON spelling of a value: sorted keys, no spaces, UTF-8. What is signed and what is digested."""
    return msgspec.json.encode(value, order="sorted")


def pretty(value: object) -> bytes:
    """The same content as people read it, ending in a newline."""
    return msgspec.json.format(canonical(value), indent=2) + b"\n"


def remedy(error: OSError, otherwise: str = "choose another place") -> str:
    """What to do about what a disk or stick said: the end of a sentence."""
    return _REMEDIES.get(error.errno or 0, otherwise)


def write(path: Path, data: bytes, replace: bool = True) -> None:
    """Put `data` at `path`, mode 0600: after this returns it is on disk, after any failure the old file is whole.

    Raises NotSaved when the disk will not take it, AlreadyThere when `replace` is False and something is there.
    """
    try:
        _write_beside(path, data, replace)
    except FileExistsError:
        raise AlreadyThere(f"{path} is there already and is left as it is: choose another name or move it.") from None
    except OSError as error:
        raise NotSaved(
            f"{path} could not be written ({error.strerror}), and nothing was changed: {remedy(error)}."
        ) from None


def read(path: Path, decoder: msgspec.json.Decoder[T], what: str) -> T:
    """The file at `path`, decoded strictly; Damaged says which field is wrong. A missing file is FileNotFoundError."""
    try:
        data = take(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged(
            f"{path} cannot be read ({error.strerror}): {remedy(error, f'name another, or put {what} there')}."
        ) from None
    return _decoded(data, decoder, what, path)


def take(path: Path, most: int = LARGEST) -> bytes:
    """All bytes of a plain file, at most so many; OSError for any other: a device or a pipe may have no end."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "no plain file")
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most:,} bytes")
    return data


class _Form(msgspec.Struct):
    v: int = 1
    format: int = 1


def form(data: bytes) -> int:
    """Which form JSON says that it is of, in `v` or `format`; 1, as ours all are, when it says none."""
    try:
        found = msgspec.json.decode(data, type=_Form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 1
    return max(found.v, found.format)


def later(what: object) -> str:
    """What to say of something whose form is not ours."""
    return f"{what} was written by a later version of Whistle: install that one here, and do this again."


def private(path: Path, *tails: str) -> None:
    """Make `path` if it is not there; it and its neighbours with these tails are this user's alone. OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    for tail in ("", *tails):
        with suppress(FileNotFoundError, PermissionError):  # not ours to close, but ours to write
            os.chmod(f"{path}{tail}", 0o600)


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Hold the directory against other commands; Busy after ten seconds. Falls with the process, however it ends.

    Half-written files of a command that was killed are swept away first.
    """
    try:
        handle = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotSaved(f"{directory} cannot be changed ({error.strerror}): {remedy(error)}.") from None
    try:
        _acquire(handle, directory)
        _sweep(directory)
        yield
    finally:
        os.close(handle)


def _decoded(data: bytes, decoder: msgspec.json.Decoder[T], what: str, path: Path) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if form(data) > 1:
            raise Later(later(path)) from None
        raise Damaged(
            f"{path} is not {what}, or is damaged ({error}): name another, or put a good copy in its place."
        ) from None


def _acquire(handle: int, directory: Path) -> None:
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy(f"Another command is changing {directory}: wait for it, then try again.") from None
            time.sleep(0.02)
        else:
            return


def _write_beside(path: Path, data: bytes, replace: bool) -> None:
    _sweep(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            with suppress(OSError):  # a file system without locks, where nothing is swept
                fcntl.flock(file, fcntl.LOCK_EX)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            _take(path, name, replace)  # still locked: until it has its name it is nobody's litter
        _sync_directory(path.parent)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _sweep(directory: Path) -> None:
    """Take away what writers that were killed have left, which may be keys; one that lives holds its file locked."""
    for litter in directory.glob(f".*{_UNFINISHED}"):
        with suppress(OSError):
            if _OURS.fullmatch(litter.name) and litter.is_file():
                with litter.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    litter.unlink()


def _take(path: Path, name: str, replace: bool) -> None:
    if replace:
        os.replace(name, path)
        return
    # Takes the name if nobody has it. A hard link would do in one step, but a stick (FAT) knows none.
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        os.replace(name, path)
    except OSError:
        path.unlink()
        raise


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some sticks' file systems cannot sync a directory, and need not
            raise
    finally:
        os.close(handle)
