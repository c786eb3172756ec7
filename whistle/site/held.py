"""The roster that a running gateway or dashboard holds, in its data directory, and how a newer one gets there.

    roster.json    the roster held, as this room may hold it: a gateway's is without places
    trust.json     whose rosters are taken: site and public key, and whether places belong to it; no secret

The room writes both at its start and looks at the first one again and again; a command, or a person with a stick, puts
a newer one in its place. What does not verify, or is older, changes nothing: the one held is put back.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from whistle.site import files, layout, roster
from whistle.site.bundles import DashboardBundle, GatewayBundle
from whistle.site.errors import BadInput, Damaged, NotSaved, Older, SiteError
from whistle.site.roster import Hex32, Id, Roster

ROSTER: Final = "roster.json"
TRUST: Final = "trust.json"


class Trust(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose rosters a room takes; `places`: whether it may hold where people live."""

    v: Literal[1] = 1
    site: Id
    roster_key: Hex32
    places: bool


_trust_decoder: Final = msgspec.json.Decoder(Trust)


class News(NamedTuple):
    """What a look has found: whether another roster is held now, and a sentence for the log."""

    taken: bool
    sentence: str


class Taken(NamedTuple):
    """What became of a roster that was offered: the version held before, and now."""

    before: int
    now: int


class Held:
    """The roster of one room; for one thread. The higher version of bundle and directory, from the start."""

    def __init__(self, directory: Path, bundle: GatewayBundle | DashboardBundle) -> None:
        """`news` holds what there was to say about the roster found in the directory; nothing here raises."""
        self._path = directory / ROSTER
        self._trust = Trust(site=bundle.site, roster_key=bundle.roster_key, places=bundle.roster.places is not None)
        self.roster = bundle.roster
        self.news: list[str] = []
        found = self._read()
        if found is not None and not isinstance(found.error, Older):
            self.news.append(found.news.sentence)
        try:
            files.write(directory / TRUST, files.pretty(self._trust))
        except NotSaved as error:
            self.news.append(str(error))
        self._put_back()

    def look(self) -> News | None:
        """Take a newer roster that was put there; None while nothing has changed. Costs one question to the disk."""
        if self._stamp() == self._seen:
            return None
        found = self._read()
        self._put_back()
        return found and found.news

    def _read(self) -> "_Found | None":
        before = self.roster.version
        try:
            self.roster = roster.accept(self.roster, _fit(self._offered(), self._trust), *self._whose())
        except FileNotFoundError:
            return None
        except SiteError as error:
            return _Found(News(False, f"The roster in {self._path} is not taken: {error}"), error)
        if self.roster.version == before:
            return None
        return _Found(News(True, f"Roster version {self.roster.version} is held now; it was {before}."), None)

    def _offered(self) -> Roster:
        if not self._path.exists():
            raise FileNotFoundError
        return layout.load_roster(self._path)

    def _whose(self) -> tuple[str, str]:
        return self._trust.site, self._trust.roster_key

    def _put_back(self) -> None:
        """The file is what we hold; a disk that will not take it is asked again at the next start."""
        content = files.pretty(self.roster)
        with suppress(OSError, NotSaved):
            if not self._path.exists() or self._path.read_bytes() != content:
                files.write(self._path, content)
        self._seen = self._stamp()

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = os.stat(self._path)
        except OSError:
            return 0, 0, 0
        return found.st_ino, found.st_mtime_ns, found.st_size


class _Found(NamedTuple):
    news: News
    error: SiteError | None


def trust(directory: Path) -> Trust:
    """Whose rosters the room of that data directory takes; Damaged when no room of this version ever ran there."""
    try:
        return files.read(directory / TRUST, _trust_decoder, "a note of whose rosters are taken")
    except FileNotFoundError:
        raise Damaged(
            f"{directory} is no directory of a gateway or dashboard that has run: name its --data, or start it once."
        ) from None


def offer(directory: Path, path: Path) -> Taken:
    """Give the room of that data directory the roster in `path`; it uses it within two seconds.

    RosterRefused when it is forged, another site's or older: nothing has changed. The same version again is no error.
    """
    offered, whose = layout.load_roster(path), trust(directory)
    with files.lock(directory):
        held = _held(directory, whose)
        taken = roster.accept(held, _fit(offered, whose), whose.site, whose.roster_key)
        if held is None or taken.version != held.version:
            files.write(directory / ROSTER, files.pretty(taken))
    return Taken(held.version if held else 0, taken.version)


def _held(directory: Path, whose: Trust) -> Roster | None:
    """The roster lying there, None when it is missing or no good: its room will put the right one back."""
    try:
        return roster.verify(layout.load_roster(directory / ROSTER), whose.site, whose.roster_key)
    except SiteError:
        return None


def _fit(offered: Roster, whose: Trust) -> Roster:
    if not whose.places:
        return offered.without_places()
    if offered.places is None:
        raise BadInput("This roster is a gateway's copy, without places: export the whole one for a dashboard.")
    return offered
