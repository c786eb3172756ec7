"""Names and places, from the roster alone: nothing that came over the air names anything."""

import math
from typing import NamedTuple

from whistle.site.roster import Beacon, Private, Roster


class Place(NamedTuple):
    """Where a beacon is: `name` for captains, `public` the part that is on the air, both as the roster says."""

    node: int
    name: str
    public: str
    lat: float | None
    lon: float | None
    private: Private | None
    beacon: Beacon | None

    @property
    def known(self) -> bool:
        """Whether the roster has it."""
        return self.beacon is not None


class Places:
    """The roster, by node number."""

    def __init__(self, roster: Roster) -> None:
        self.take(roster)

    def take(self, roster: Roster) -> None:
        """Go by another roster from now on."""
        self.version = roster.version
        self._beacons = {beacon.node: beacon for beacon in roster.beacons}
        self._places = {place.node: place for place in roster.places or []}

    def of(self, node: int) -> Place:
        """The place of a node; one that is not in the roster is named by its number."""
        place, beacon = self._places.get(node), self._beacons.get(node)
        if place is None:
            return Place(node, f"Beacon {node:08x}", "", None, None, None, beacon)
        return Place(node, place.name, place.public, place.lat, place.lon, place.private, beacon)

    def all(self) -> list[Place]:
        """Every place and beacon of the roster, by name."""
        nodes = self._beacons.keys() | self._places.keys()
        return sorted((self.of(node) for node in nodes), key=lambda place: (place.name.casefold(), place.node))


def metres(lat: float, lon: float, place: Place) -> float | None:
    """How far a position is from a place, in metres; None when the place has none."""
    if place.lat is None or place.lon is None:
        return None
    east = math.radians(lon - place.lon) * math.cos(math.radians(lat)) * 6_371_008.8
    return math.hypot(east, math.radians(lat - place.lat) * 6_371_008.8)
