"""A town that does not exist, drawn from a seed: streets, buildings, a park, water and some forty places.

Nothing here comes from a real map. Distances are metres east (x) and north (y) of the centre, which lies in the open
Atlantic, so that no neighbourhood on earth is shown by mistake. The same seed gives the same town for ever.
"""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Point = tuple[float, float]

CENTRE = (44.0, -31.0)  # degrees: open sea, some 1,300 km from any coast
EARTH = 6_371_008.8  # metres, mean radius
AVENUES = tuple(range(31, 40))  # north to south roads, numbered from the west
STREETS = ("Fern", "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Hazel", "Linden")  # from the south
PITCH_X, PITCH_Y = 132.0, 104.0  # metres between roads
NORTH_STREETS = 7  # index of the northernmost street
HOUSES = (
    "Juniper Court",
    "Mill House",
    "Lantern Hall",
    "Corner Market",
    "Boat House",
    "Orchard Flats",
    "Old Bakery",
    "Weaver House",
    "Clinic",
    "Larkspur Court",
    "Elm Street School",
    "Harbour Rooms",
)
PRIVATE = (
    ("main door", "2", "2B", ""),
    ("side door on the alley", "1", "11", "dog in the yard, friendly"),
    ("courtyard", "3", "14", "lift is slow: take the stairs"),
    ("front", "ground", "1", "ring twice"),
)


@dataclass(frozen=True)
class Street:
    """One road: its name, its class as OpenMapTiles says it, its middle line."""

    name: str
    kind: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Area:
    """A closed shape: water, park, wood or building; `points` is its ring, not closed."""

    kind: str
    points: tuple[Point, ...]
    name: str = ""
    height: float = 0.0


@dataclass(frozen=True)
class Place:
    """Where a beacon may stand: `name` is public, `private` is for captains during an open alert."""

    name: str
    kind: str  # corner or building
    x: float
    y: float
    lat: float
    lon: float
    private: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Town:
    """Everything that is drawn, and the places a demo puts beacons at."""

    name: str
    seed: int
    centre: tuple[float, float]
    streets: tuple[Street, ...]
    areas: tuple[Area, ...]
    buildings: tuple[Area, ...]
    places: tuple[Place, ...]


def to_degrees(x: float, y: float, centre: tuple[float, float] = CENTRE) -> tuple[float, float]:
    """(lat, lon) in degrees of a point `x` metres east and `y` metres north; good to a centimetre within 5 km."""
    lat, lon = centre
    north = math.degrees(y / EARTH)
    east = math.degrees(x / (EARTH * math.cos(math.radians(lat))))
    return lat + north, lon + east


def draw(seed: int = 7) -> Town:
    """The town of this seed; about 600 buildings and 40 places, in well under a second."""
    chance = random.Random(f"whistle town {seed}")
    bend = _bend(chance)
    buildings = tuple(_buildings(chance, bend))
    corners = list(_corners(chance, bend))
    houses = list(_houses(chance, buildings))
    return Town(
        "Lindenmoor", seed, CENTRE, tuple(_streets(bend)), tuple(_areas(bend)), buildings, tuple(corners + houses)
    )


class _bend:
    """Bends the grid gently, so that no street is quite straight; small enough that streets never cross oddly."""

    def __init__(self, chance: random.Random) -> None:
        self._phases = [chance.uniform(0, math.tau) for _ in range(4)]
        self._turn = math.radians(chance.uniform(-9, -5))

    def __call__(self, x: float, y: float) -> Point:
        a, b, c, d = self._phases
        east = x + 16 * math.sin(y / 210 + a) + 7 * math.sin(x / 160 + b)
        north = y + 14 * math.sin(x / 240 + c) + 6 * math.sin(y / 150 + d)
        cos, sin = math.cos(self._turn), math.sin(self._turn)
        return east * cos - north * sin, east * sin + north * cos


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _column(i: float) -> float:
    return (i - (len(AVENUES) - 1) / 2) * PITCH_X


def _row(j: float) -> float:
    return (j - (len(STREETS) - 1) / 2) * PITCH_Y


def _line(bend: _bend, start: Point, end: Point, step: float = 20.0) -> tuple[Point, ...]:
    count = max(2, int(math.dist(start, end) / step))
    return tuple(
        bend(start[0] + (end[0] - start[0]) * k / count, start[1] + (end[1] - start[1]) * k / count)
        for k in range(count + 1)
    )


def _streets(bend: _bend) -> Iterator[Street]:
    left, right, low, high = _column(-1.5), _column(len(AVENUES) + 0.5), _row(-1.2), _row(len(STREETS) + 0.2)
    for i, number in enumerate(AVENUES):
        kind = "primary" if number == 34 else "secondary" if number == 37 else "minor"
        yield Street(f"{_ordinal(number)} Avenue", kind, _line(bend, (_column(i), low), (_column(i), high)))
    for j, name in enumerate(STREETS):
        kind = "primary" if name == "Cedar" else "secondary" if name == "Elm" else "minor"
        start = (left if kind != "minor" else _column(-0.6), _row(j))
        yield Street(f"{name} Street", kind, _line(bend, start, (right, _row(j))))
    yield Street("Mill Path", "path", _line(bend, (_column(4.1), _row(4.1)), (_column(5.9), _row(5.9))))
    yield Street("Quay Walk", "path", _line(bend, (_column(-0.75), low), (_column(-0.75), high)))


def _areas(bend: _bend) -> Iterator[Area]:
    west = [(-1.05 + 0.12 * math.sin(j / 1.7), j) for j in _steps(-1.6, len(STREETS) + 0.6, 0.25)]
    east = [(-1.9 + 0.2 * math.sin(j / 2.3 + 1), j) for _, j in reversed(west)]
    yield Area("water", _ring(bend, west + east), "Linden Water")
    yield Area("park", _ring(bend, [(4.08, 4.1), (5.92, 4.1), (5.92, 5.9), (4.08, 5.9)]), "Mill Park")
    yield Area("park", _ring(bend, [(1.08, 1.1), (1.92, 1.1), (1.92, 1.9), (1.08, 1.9)]), "Fern Green")
    yield Area("pond", _ring(bend, _oval(5.3, 4.75, 0.34, 0.24)), "Mill Pond")
    yield Area("wood", _ring(bend, _oval(8.9, 7.35, 0.8, 0.75)), "North Wood")
    yield Area("wood", _ring(bend, _oval(4.4, 5.55, 0.22, 0.2)))


def _steps(start: float, end: float, by: float) -> Iterator[float]:
    for k in range(round((end - start) / by) + 1):
        yield start + k * by


def _oval(i: float, j: float, wide: float, high: float) -> list[Point]:
    return [(i + wide * math.cos(a / 24 * math.tau), j + high * math.sin(a / 24 * math.tau)) for a in range(24)]


def _ring(bend: _bend, cells: list[Point]) -> tuple[Point, ...]:
    """Ring of points given in columns and rows of the grid; long edges are cut so that they bend as streets do."""
    points: list[Point] = []
    for (i, j), (k, m) in zip(cells, cells[1:] + cells[:1], strict=True):
        cuts = max(1, int(math.hypot((k - i) * PITCH_X, (m - j) * PITCH_Y) / 30))
        points += [bend(_column(i + (k - i) * t / cuts), _row(j + (m - j) * t / cuts)) for t in range(cuts)]
    return tuple(points)


GREEN = {(4, 4), (5, 4), (4, 5), (5, 5), (1, 1)}  # blocks without houses: the parks


def _buildings(chance: random.Random, bend: _bend) -> Iterator[Area]:
    for i in range(len(AVENUES) - 1):
        for j in range(NORTH_STREETS):
            if (i, j) not in GREEN:
                yield from _block(chance, bend, i, j)


def _block(chance: random.Random, bend: _bend, i: int, j: int) -> Iterator[Area]:
    """Houses in two rows, backs to a yard, fronts to the streets south and north of the block."""
    for front, sign in ((_row(j) + 13, 1), (_row(j + 1) - 13, -1)):
        x, end = _column(i) + 13, _column(i + 1) - 13
        while end - x > 9:
            wide = min(chance.uniform(10, 26), end - x)
            deep, back = chance.uniform(12, 27), chance.uniform(0, 5)
            near, far = front + sign * back, front + sign * (back + deep)
            yield Area(
                "building",
                _house(bend, x, min(near, far), x + wide - 2.5, max(near, far)),
                height=round(chance.uniform(4, 14), 1),
            )
            x += wide


def _house(bend: _bend, left: float, low: float, right: float, high: float) -> tuple[Point, ...]:
    return bend(left, low), bend(right, low), bend(right, high), bend(left, high)


def _corners(chance: random.Random, bend: _bend) -> Iterator[Place]:
    """Twenty-eight corners, spread by taking every other one; 34th & Cedar is always among them."""
    cells = [(i, j) for i in range(len(AVENUES)) for j in range(len(STREETS)) if (i + j) % 2 == 0]
    first = (AVENUES.index(34), STREETS.index("Cedar"))
    rest = [cell for cell in cells if cell != first]
    chance.shuffle(rest)
    for i, j in sorted([first, *rest[:27]]):
        x, y = bend(_column(i) + 7, _row(j) + 7)
        yield _place(f"{_ordinal(AVENUES[i])} & {STREETS[j]}", "corner", x, y, {})


def _houses(chance: random.Random, buildings: tuple[Area, ...]) -> Iterator[Place]:
    roomy = [b for b in buildings if _size(b) > 330]
    for name, house in zip(HOUSES, chance.sample(roomy, len(HOUSES)), strict=True):
        x = sum(p[0] for p in house.points) / len(house.points)
        y = sum(p[1] for p in house.points) / len(house.points)
        entrance, floor, door, note = chance.choice(PRIVATE)
        yield _place(name, "building", x, y, {"entrance": entrance, "floor": floor, "door": door, "note": note})


def _size(area: Area) -> float:
    ring = area.points
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def _place(name: str, kind: str, x: float, y: float, private: Mapping[str, str]) -> Place:
    lat, lon = to_degrees(x, y)
    return Place(name, kind, round(x, 1), round(y, 1), round(lat, 7), round(lon, 7), dict(private))
