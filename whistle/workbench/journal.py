"""The bench's memory: one JSON line an event, on disk before anything relies on it. Never a key, never a private place.

It lies in the site's directory beside the roster (`workbench.jsonl`, mode 0600). A line that a power cut tore was never
relied on and is taken away at the next opening; any other damage is said, by its line, and nothing is written.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from whistle.site import files
from whistle.workbench.errors import BadJournal

NAME: Final = "workbench.jsonl"
MOST: Final = 256 << 20  # bytes: of events there are some hundred thousand

Event = dict[str, Any]


_PLACED: Final = frozenset(("board", "node", "epoch", "group_epoch", "place", "digest"))
NEEDED: Final = {  # what others rely on, by event
    "batch": frozenset(("list",)),
    "row": frozenset(("board", "name")),
    "checked": frozenset(("at", "node", "passed")),
    "labelled": frozenset(("board", "node", "name")),
    "failed": frozenset(("board", "step", "reason")),
    "replacing": frozenset(("node", "name")),
    "handed": _PLACED,
    "provisioned": _PLACED,
}


class _Facts(msgspec.Struct):
    """Of which kind they are, wherever they stand."""

    event: str
    at: float = 0.0
    list: str = ""
    board: str = ""
    node: int = 0
    name: str = ""
    step: str = ""
    reason: str = ""
    epoch: int = 0
    group_epoch: int = 0
    place: str = ""
    digest: str = ""
    software: str | None = None
    passed: bool = False


class Journal:
    """An open journal: `events` as they happened, oldest first. One process at a time holds it."""

    def __init__(self, handle: int, events: list[Event], clock: Callable[[], float]) -> None:
        self.events = events
        self._handle, self._clock = handle, clock

    def add(self, event: str, **facts: Any) -> Event:
        """Write down that something happened or is about to; after this returns no power cut undoes it. BadJournal."""
        entry = {"at": round(self._clock(), 3), "event": event, **facts}
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            _write(self._handle, line)
        except OSError as error:
            raise BadJournal(
                f"The journal cannot be written ({error.strerror}): make room, then start again."
            ) from None
        self.events.append(entry)
        return entry

    def told(self, *events: str, **facts: Any) -> Iterator[Event]:
        """The events of these names that carry these facts, newest first."""
        for entry in reversed(self.events):
            if entry["event"] in events and all(entry.get(key) == value for key, value in facts.items()):
                yield entry

    def last(self, *events: str, **facts: Any) -> Event | None:
        """The newest of them, or None."""
        return next(self.told(*events, **facts), None)


@contextmanager
def opened(path: Path, clock: Callable[[], float] = time.time) -> Iterator[Journal]:
    """The journal at `path`, made if it is not there, held until the end. BadJournal says what is wrong with it."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadJournal(f"The journal {path} cannot be opened ({error.strerror}): {files.remedy(error)}.") from None
    try:
        _hold(handle, path)
        yield Journal(handle, _mended(handle, path), clock)
    finally:
        os.close(handle)


def read(path: Path) -> list[Event]:
    """The events of a journal that another command may hold; none when there is no file. BadJournal when damaged."""
    try:
        data = files.take(path, MOST)
    except FileNotFoundError:
        return []
    except OSError as error:
        remedy = files.remedy(error, "put its last good copy there")
        raise BadJournal(f"The journal {path} cannot be read ({error.strerror}): {remedy}.") from None
    return _parsed(data[: data.rfind(b"\n") + 1], path)


def _hold(handle: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise BadJournal(f"The journal {path} is no plain file: move it away, and put its last good copy there.")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BadJournal(f"Another command works at this bench ({path}): wait for it, or end it.") from None


def _mended(handle: int, path: Path) -> list[Event]:
    data = b"".join(iter(lambda: os.read(handle, 1 << 20), b""))
    whole = data.rfind(b"\n") + 1
    events = _parsed(data[:whole], path)
    if whole < len(data):
        os.ftruncate(handle, whole)
        os.fsync(handle)
    os.lseek(handle, 0, os.SEEK_END)
    return events


def _parsed(data: bytes, path: Path) -> list[Event]:
    events: list[Event] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            facts, entry = msgspec.json.decode(line, type=_Facts), json.loads(line)
        except (ValueError, RecursionError):  # also bytes that are no UTF-8
            facts, entry = _Facts(event=""), {}
        if not facts.event or NEEDED.get(facts.event, frozenset()) - entry.keys():
            raise BadJournal(f"{path}, line {number}, is no event: put the last good copy of the journal there.")
        events.append(entry)
    return events


def _write(handle: int, line: bytes) -> None:
    start = os.lseek(handle, 0, os.SEEK_END)
    try:
        sent = 0
        while sent < len(line):
            sent += os.write(handle, line[sent:])
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, start)  # a full disk leaves no half of it, so that what follows is read
        raise
