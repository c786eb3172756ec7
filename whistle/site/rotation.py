"""How far a new group key has got: what gateways tell of beacons, put together with names and places."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from whistle.site import files
from whistle.site.errors import Damaged, OtherSite
from whistle.site.records import SiteFile
from whistle.site.roster import U8, Epoch, Id, Node, Roster


class Keyed(msgspec.Struct, frozen=True, kw_only=True):
    """A beacon as one gateway last heard it: the epoch of its group key, and when (Unix seconds); None: not heard."""

    node: Node
    epoch: U8 | None
    at: Annotated[float, Meta(ge=0)] | None


class KeyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `whistle gateway keys --json` says: the gateway's own epoch and its beacons'. No key is in it."""

    v: Literal[1] = 1
    site: Id
    group_epoch: Epoch
    beacons: list[Keyed]


class Old(NamedTuple):
    """A beacon not known to have the new key: its name, its public place, and the epoch it was last heard with."""

    node: int
    name: str
    place: str
    epoch: int | None


class Progress(NamedTuple):
    """How many of how many have the key of `epoch`, and the rest by place."""

    epoch: int
    done: int
    all: int
    rest: list[Old]

    def sentence(self) -> str:
        """Such as: 27 of 31 beacons have the new key."""
        return f"{self.done} of {self.all} beacons have the new key (epoch {self.epoch})."


NEXT: Final = (
    "Make a bundle for every gateway: `whistle site bundle NAME --replace --out FILE`.",
    "Carry each to its gateway and start that one anew with it; all of them on one day.",
    "Each gateway then gives every beacon the new key over the air, in answer to its pulse.",
    "The dashboard's page Gateways shows how far it is; so does `whistle gateway keys --data DIR` there.",
)

_decoder: Final = msgspec.json.Decoder(KeyReport)


def question(file: SiteFile) -> str:
    """What is asked before the key is changed."""
    return f"Change the group key of {file.name!r}, now of epoch {file.group_epoch}? Every gateway needs a new bundle."


def load_report(path: Path, site: str) -> KeyReport:
    """A gateway's report from a stick; Damaged, or OtherSite when it speaks of another site."""
    try:
        report = files.read(path, _decoder, "a report of `whistle gateway keys --json`")
    except FileNotFoundError:
        raise Damaged(f"There is no report at {path}: make one with `whistle gateway keys --json`.") from None
    if report.site != site:
        raise OtherSite(f"The report in {path} is of site {report.site}, ours is {site}: take the right one.")
    return report


def progress(file: SiteFile, roster: Roster, reports: Iterable[KeyReport]) -> Progress:
    """Where the site's newest key has got, by the highest epoch that any gateway heard of each beacon: a beacon never
    goes back to an older one, and gateways' clocks may.
    """
    latest: dict[int, Keyed] = {}
    for one in (keyed for report in reports for keyed in report.beacons):
        known = latest.get(one.node)
        if known is None or (one.epoch or 0) > (known.epoch or 0):
            latest[one.node] = one
    wanted = [beacon.node for beacon in roster.beacons if not beacon.revoked]
    rest = [_old(roster, node, latest.get(node)) for node in wanted if not _done(latest.get(node), file.group_epoch)]
    rest.sort(key=lambda old: (old.place.casefold(), old.name.casefold()))
    return Progress(file.group_epoch, len(wanted) - len(rest), len(wanted), rest)


def _done(one: Keyed | None, epoch: int) -> bool:
    return one is not None and one.epoch is not None and one.epoch >= epoch


def _old(roster: Roster, node: int, one: Keyed | None) -> Old:
    place = roster.place(node)
    name, public = (place.name, place.public) if place else (f"!{node:08x}", "")
    return Old(node, name, public, None if one is None else one.epoch)
