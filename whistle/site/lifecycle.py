"""What becomes of a beacon after its first day, as pure steps on a roster: retired, moved, replaced.

A beacon never leaves the roster: its number must not be given again, and old alerts keep their name and public place.
Whoever goes takes no private detail along: entrance, floor, door and note are forgotten in the same version. A name is
free again once its beacon is revoked, so the one who follows at a place may be called as everybody calls it.
"""

from typing import Final, NamedTuple

import msgspec

from whistle.site import people, picking, text
from whistle.site.errors import BadInput
from whistle.site.roster import Beacon, Place, Private, Roster

LAST_EPOCH: Final = 255


class Content(NamedTuple):
    """What a next version of the roster is signed over."""

    beacons: list[Beacon]
    places: list[Place]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Where a beacon hangs from now on; None keeps what is known."""

    public: str | None = None
    lat: float | None = None
    lon: float | None = None
    private: Private | None = None


def live_names(roster: Roster) -> list[str]:
    """The names that are taken: those of beacons that are not revoked."""
    gone = {beacon.node for beacon in roster.beacons if beacon.revoked}
    return [place.name for place in roster.places or [] if place.node not in gone]


def named(roster: Roster, name: str) -> Place | None:
    """The place of the beacon in use that people call so; None when there is none."""
    used, wanted = {beacon.node for beacon in roster.beacons if not beacon.revoked}, text.folded(name)
    return next((one for one in roster.places or [] if one.node in used and text.folded(one.name) == wanted), None)


def put(roster: Roster, beacon: Beacon) -> Content:
    """The same roster with this beacon in place of the one with its number."""
    beacons = [beacon if known.node == beacon.node else known for known in roster.beacons]
    return Content(beacons, list(roster.places or []))


def retired(roster: Roster, node: int) -> Content:
    """Without this beacon: its frames are refused from now on, and what was private of its place is forgotten."""
    beacons = [_gone(known) if known.node == node else known for known in roster.beacons]
    return Content(beacons, [_bare(place) if place.node == node else place for place in roster.places or []])


def moved(roster: Roster, node: int, move: Move) -> Content:
    """With this beacon at another place, and everything else of it as it was; BadInput when the place cannot be."""
    places = [_at(place, move) if place.node == node else place for place in roster.places or []]
    return Content(list(roster.beacons), places)


def replaced(roster: Roster, node: int) -> tuple[Beacon, Content]:
    """Another beacon, with a number and so keys of its own, at the place of this one, which is gone in the same step.

    At no version of the roster do both live there. One that was revoked, because it was stolen, is followed in the same
    way. BadInput when it was followed already, so that doing it twice replaces nothing twice.
    """
    old, place = roster.beacon(node), roster.place(node)
    followed = place is not None and any(text.same(place.name, name) for name in live_names(roster))
    if old is None or place is None or (old.revoked and followed):
        raise BadInput("This beacon was replaced already: name the one that is in use at its place.")
    new = msgspec.structs.replace(old, node=picking.node([one.node for one in roster.beacons]), epoch=1)
    kept = retired(roster, node)
    heir = msgspec.structs.replace(place, node=new.node)
    return new, Content([*kept.beacons, new], [*kept.places, heir])


def same_spot(roster: Roster, public: str, private: Private) -> Place | None:
    """A live beacon at this very place, public and private part alike; None when there is none."""
    gone = {beacon.node for beacon in roster.beacons if beacon.revoked}
    wanted, details = text.place(public), people.private(private)
    for place in roster.places or []:
        if place.node not in gone and text.same(place.public, wanted) and _same_private(place.private, details):
            return place
    return None


def _gone(beacon: Beacon) -> Beacon:
    return msgspec.structs.replace(beacon, revoked=True)


def _bare(place: Place) -> Place:
    return msgspec.structs.replace(place, private=Private())


def _at(place: Place, move: Move) -> Place:
    return msgspec.structs.replace(
        place,
        public=place.public if move.public is None else text.place(move.public),
        lat=place.lat if move.lat is None else people.coordinate(move.lat, "latitude", 90),
        lon=place.lon if move.lon is None else people.coordinate(move.lon, "longitude", 180),
        private=place.private if move.private is None else people.private(move.private),
    )


def _same_private(one: Private, other: Private) -> bool:
    # Not the note: two notes about one door are still about one door.
    return all(text.same(getattr(one, part), getattr(other, part)) for part in ("entrance", "floor", "door"))
