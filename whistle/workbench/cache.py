"""What was fetched while there was internet, so that everything after works without: files and a manifest of hashes.

    manifest.json       every item: kind, name, version, file, SHA-256, size, source, when
    files/              the bytes, each under its hash and name: a new version never overwrites an old one
    parts/              downloads under way; continued by the next fetch

A reader sees the old manifest or the new one, never a half item: files are written first, the manifest is renamed into
its place, and then what no item names is swept away.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from whistle.site import files
from whistle.site.errors import Busy, Damaged, NotSaved
from whistle.workbench.errors import CacheBroken, NotInCache, NotKept, WrongHash

FOLDER: Final = Path.home() / ".cache" / "whistle" / "workbench"

MOST: Final = 64 << 20  # bytes of one file

Kind = Literal["image", "driver", "program"]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
STORED: Final = "^[0-9a-f]{16}-[A-Za-z0-9._-]{1,100}$"
Stored = Annotated[str, Meta(pattern=STORED)]  # a plain name: never a way out of files/
Words = Annotated[str, Meta(min_length=1, max_length=500)]


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the cache.

    `name` is what it is for: MicroPython's name of the build (image), or the path on the board (driver, program).
    `version` is MicroPython's, the driver package's, or our release. `source` says where it came from, `when` in UTC.
    """

    kind: Kind
    name: Words
    version: Words
    file: Stored
    sha256: Digest
    size: Annotated[int, Meta(ge=1)]
    source: Words
    when: Words


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file manifest.json."""

    format: Literal[1] = 1
    items: list[Item] = []


class New(NamedTuple):
    """What is to be kept: see Item."""

    kind: Kind
    name: str
    version: str
    data: bytes
    source: str


_DECODER: Final = msgspec.json.Decoder(Manifest)


class Cache:
    """The technician's cache in `folder`, made when something is kept first."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    def items(self) -> list[Item]:
        """Everything the manifest lists; CacheBroken when it cannot be read."""
        try:
            return files.read(self.folder / "manifest.json", _DECODER, "a manifest").items
        except FileNotFoundError:
            return []
        except Damaged as error:
            raise CacheBroken(f"{error} Or move {self.folder} away and run `whistle workbench fetch` again.") from None

    def find(self, kind: Kind, name: str | None = None, version: str | None = None) -> list[Item]:
        """The items of a kind, a name, a version (each if given), the newest version first."""
        found = [
            item
            for item in self.items()
            if item.kind == kind and name in (None, item.name) and version in (None, item.version)
        ]
        return sorted(found, key=lambda item: (newness(item.version), item.name), reverse=True)

    def newest(self, kind: Kind, name: str, version: str | None = None) -> Item:
        """The newest item of that name; NotInCache says what to fetch."""
        found = self.find(kind, name, version)
        if not found:
            raise self._lacking(f"{kind} {name}", self.find(kind, name), version)
        return found[0]

    def group(self, kind: Kind, version: str | None = None) -> dict[str, bytes]:
        """All files of the program of a release (of the newest), or of the driver: bytes by path on the board.

        Each is verified. NotInCache when there is none, WrongHash when one of them is not what it was.
        """
        found = self.find(kind, version=version)
        if not found:
            raise self._lacking(kind, self.find(kind), version)
        newest = {item.name: item for item in reversed(found)}  # the driver's packages have versions of their own
        if kind == "program":
            newest = {item.name: item for item in found if item.version == found[0].version}
        return {name: self.read(item) for name, item in sorted(newest.items())}

    def _lacking(self, what: str, others: list[Item], version: str | None) -> NotInCache:
        fetch = "run `whistle workbench fetch` while there is internet"
        if not others:
            return NotInCache(f"No {what} is in the cache {self.folder}: {fetch}, or name another with --cache.")
        has = ", ".join(dict.fromkeys(item.version for item in others))
        return NotInCache(
            f"No {what} {version} is in the cache {self.folder}, which has {has}: name one of these, or {fetch}."
        )

    def read(self, item: Item) -> bytes:
        """An item's bytes, as they were when it was kept; WrongHash when they are not, NotInCache when it is gone."""
        path = self.path(item)
        try:
            data = files.take(path, MOST)
        except FileNotFoundError:
            raise NotInCache(f"{path} is gone: run `whistle workbench fetch` again while there is internet.") from None
        except OSError as error:
            raise NotInCache(f"{path} cannot be read ({error.strerror}): fetch it again.") from None
        if len(data) != item.size or hashlib.sha256(data).hexdigest() != item.sha256:
            raise WrongHash(f"{path} is not what was fetched (its SHA-256 differs): delete it and fetch it again.")
        return data

    def path(self, item: Item) -> Path:
        """Where an item's file lies; `read` is what verifies it."""
        return self.folder / "files" / item.file

    def keep(self, *new: New) -> list[Item]:
        """Keep all of these or none, in the place of equal kind, name and version; programs of a release as a whole.

        Raises NotKept when the disk will not take them; what was there before is whole then.
        """
        made = [_item(one) for one in new]
        with self._changing():
            for one, item in zip(new, made, strict=True):
                self._store(item, one.data)
            items = [item for item in self.items() if not _replaced(item, made)] + made
            ordered = sorted(items, key=lambda item: (item.kind, item.name, newness(item.version)))
            files.write(self.folder / "manifest.json", files.pretty(Manifest(items=ordered)))
            self._sweep({item.file for item in ordered})
        return made

    def part(self, name: str) -> Path:
        """Where a download called `name` grows; its folder is there. NotKept when it cannot be made."""
        folder = self.folder / "parts"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotKept(f"{folder} cannot be made ({error.strerror}): name another with --cache.") from None
        return folder / plain(name)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            (self.folder / "files").mkdir(parents=True, exist_ok=True)
            with files.lock(self.folder):
                yield
        except (NotSaved, Busy) as error:
            raise NotKept(str(error)) from None
        except OSError as error:
            raise NotKept(f"{self.folder} does not take it ({error.strerror}): name another with --cache.") from None

    def _store(self, item: Item, data: bytes) -> None:
        path = self.path(item)
        if not path.is_file() or path.read_bytes() != data:
            files.write(path, data)

    def _sweep(self, named: set[str]) -> None:
        for path in (self.folder / "files").iterdir():
            if path.name not in named and re.fullmatch(STORED, path.name):  # the folder may hold somebody's files too
                path.unlink(missing_ok=True)


def plain(name: str) -> str:
    """A name fit for a file, at most 100 characters: letters, digits, dot, underscore, hyphen."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[-100:].lstrip(".") or "file"


def newness(version: str) -> tuple[int, ...]:
    """What versions are ordered by: their numbers."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def folder_of(given: Path | None) -> Path:
    """The cache's folder: the one given, else $WHISTLE_CACHE, else the usual one."""
    named = os.environ.get("WHISTLE_CACHE")
    return given or (Path(named) if named else FOLDER)


def _item(one: New) -> Item:
    digest = hashlib.sha256(one.data).hexdigest()
    return Item(
        kind=one.kind,
        name=one.name,
        version=one.version,
        file=f"{digest[:16]}-{plain(one.name)}",
        sha256=digest,
        size=len(one.data),
        source=one.source,
        when=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _replaced(old: Item, new: list[Item]) -> bool:
    # A release's program is one thing: a module that is no longer part of it must not stay behind.
    return any(
        old.kind == one.kind and old.version == one.version and (old.kind == "program" or old.name == one.name)
        for one in new
    )
