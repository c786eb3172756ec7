"""What lies in a site's directory, read strictly, and how a new one is laid out whole or not at all."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from alertwire import keys

from whistle.site import files, master, roster
from whistle.site.errors import AlreadyThere, Damaged, NotASite, NotSaved, SiteError
from whistle.site.records import SiteFile
from whistle.site.roster import Roster

MASTER: Final = "master.key"
ROSTER: Final = "roster.json"
SITE: Final = "site.json"

_site_decoder: Final = msgspec.json.Decoder(SiteFile)
_roster_decoder: Final = msgspec.json.Decoder(Roster)


def load_roster(path: Path) -> Roster:
    """A roster file as it stands, not yet verified: give it to `roster.accept`."""
    try:
        return files.read(path, _roster_decoder, "a roster")
    except FileNotFoundError:
        raise Damaged(f"There is no roster at {path}: make one with `whistle site export FILE`.") from None


def read(home: Path) -> tuple[SiteFile, Roster]:
    """The site file and a roster that verifies; NotASite, Damaged or RosterRefused otherwise."""
    try:
        file = files.read(home / SITE, _site_decoder, "a site file")
    except FileNotFoundError:
        new = f"make one with `whistle site init {home}`"
        if not home.is_dir():
            raise NotASite(f"There is no directory {home}: plug in the stick that holds the site, or {new}.") from None
        raise NotASite(f"There is no site in {home}: name its directory with --site, or {new}.") from None
    try:
        held = files.read(home / ROSTER, _roster_decoder, "a roster")
    except FileNotFoundError:
        raise Damaged(f"{home / ROSTER} is missing: copy the last exported roster there.") from None
    if held.places is None:
        raise Damaged(f"{home / ROSTER} is a gateway's copy, without places: copy a whole roster there.")
    return file, roster.verify(held, file.site, file.roster_key)


def create(home: Path, key_path: Path, draft: SiteFile) -> tuple[SiteFile, Roster]:
    """Lay out a new site: master key, empty roster, site file. Overwrites nothing; leaves nothing when it fails."""
    _make_directory(home)
    written: list[Path] = []
    with files.lock(home):
        try:
            return _written(home, key_path, draft, written)
        except SiteError:
            for path in written:
                with suppress(OSError):
                    path.unlink()
            raise


def _make_directory(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotSaved(f"The directory {home} cannot be made ({error.strerror}): choose another.") from None


def _written(home: Path, key_path: Path, draft: SiteFile, written: list[Path]) -> tuple[SiteFile, Roster]:
    for path in (home / SITE, home / ROSTER):
        if path.exists():
            raise AlreadyThere(f"{path} is there already: a site is never made over another, choose another directory.")
    prk = keys.prk(master.make(key_path))
    written.append(key_path)
    key = roster.signing_key(prk, bytes.fromhex(draft.site))
    first = roster.signed(key, draft.site, 1, [], [])
    file = msgspec.structs.replace(draft, roster_key=roster.public_key(key))
    for path, content in ((home / ROSTER, first), (home / SITE, file)):
        files.write(path, files.pretty(content), replace=False)
        written.append(path)
    return file, first
