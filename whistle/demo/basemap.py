"""Draws a town to one PMTiles file of vector tiles, the kind of file a site carries in on a stick.

The schema is a subset of OpenMapTiles: `water` (class), `landcover` (class grass or wood), `park` (class, name),
`transportation` (class), `transportation_name` (class, name), `building` (render_height) and `place` (class, name).
Tiles run from zoom 11 to 15; a map draws closer zooms from 15. No third-party data goes in.
"""

import gzip
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import mapbox_vector_tile
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from shapely import STRtree, transform  # type: ignore[import-untyped]
from shapely.geometry import LineString, Point, Polygon, box  # type: ignore[import-untyped]
from shapely.geometry.base import BaseGeometry  # type: ignore[import-untyped]

from whistle.demo.town import Town, to_degrees

LOW, HIGH = 11, 15  # zooms drawn
EXTENT = 4096
MARGIN = 1 / 64  # of a tile, so that lines do not end at its edge
HALF = 20037508.342789244  # half the width of the web Mercator square, metres
DETAIL_FROM = {"building": 13, "transportation_name": 13}


new_writer: Callable[..., Any] = Writer  # the library brings no types


class Feature(NamedTuple):
    """One thing to draw: its layer, its shape in web Mercator metres, its properties."""

    layer: str
    shape: BaseGeometry
    properties: dict[str, Any]


def write(town: Town, path: Path) -> int:
    """Write the town's tiles to `path` and return the file's size in bytes; the same town gives the same tiles."""
    features = list(_features(town))
    index = STRtree([feature.shape for feature in features])
    with path.open("wb") as out:
        writer = new_writer(out)
        for z, x, y in sorted(_tiles(features), key=lambda t: zxy_to_tileid(*t)):
            _put(writer, z, x, y, [features[i] for i in index.query(_square(z, x, y, MARGIN))])
        writer.finalize(_header(town, features), _about(town))
    return path.stat().st_size


def _put(writer: Any, z: int, x: int, y: int, features: list[Feature]) -> None:
    tile = _tile(z, x, y, features)
    if tile:
        writer.write_tile(zxy_to_tileid(z, x, y), gzip.compress(tile, mtime=0))


def _tile(z: int, x: int, y: int, features: list[Feature]) -> bytes:
    """One encoded tile; layers in a fixed order, so that the bytes depend on the town alone."""
    layers: dict[str, list[dict[str, Any]]] = {}
    frame = _square(z, x, y, MARGIN)
    left, low, right, _ = _square(z, x, y, 0).bounds
    for layer, shape, properties in features:
        cut = shape.intersection(frame) if z >= DETAIL_FROM.get(layer, 0) else None
        if cut is not None and not cut.is_empty:
            drawn = transform(cut, lambda points: ((points - (left, low)) * (EXTENT / (right - left))).round())
            layers.setdefault(layer, []).append({"geometry": drawn, "properties": properties})
    encoded = [{"name": name, "features": layers[name]} for name in sorted(layers)]
    return bytes(mapbox_vector_tile.encode(encoded, default_options={"extents": EXTENT}))


def _features(town: Town) -> Iterator[Feature]:
    for area in town.areas:
        layer = {"water": "water", "pond": "water", "park": "park", "wood": "landcover"}[area.kind]
        kind = {"water": "river", "pond": "lake", "park": "public_park", "wood": "wood"}[area.kind]
        shape = Polygon(_metres(town, area.points))
        yield Feature(layer, shape, {"class": kind, "name": area.name} if area.name else {"class": kind})
        if area.kind == "park":
            yield Feature("landcover", shape, {"class": "grass"})
    for street in town.streets:
        shape = LineString(_metres(town, street.points))
        yield Feature("transportation", shape, {"class": street.kind})
        yield Feature("transportation_name", shape, {"class": street.kind, "name": street.name})
    for house in town.buildings:
        yield Feature("building", Polygon(_metres(town, house.points)), {"render_height": house.height})
    yield Feature("place", Point(_metres(town, ((0.0, 0.0),))[0]), {"class": "town", "name": town.name})


def _metres(town: Town, points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    return [_mercator(*to_degrees(x, y, town.centre)) for x, y in points]


def _mercator(lat: float, lon: float) -> tuple[float, float]:
    return HALF * lon / 180, HALF / math.pi * math.asinh(math.tan(math.radians(lat)))


def _degrees(x: float, y: float) -> tuple[float, float]:
    return math.degrees(math.atan(math.sinh(y / HALF * math.pi))), x / HALF * 180


def _square(z: int, x: int, y: int, margin: float) -> Polygon:
    side = 2 * HALF / 2**z
    left, top = x * side - HALF, HALF - y * side
    more = side * margin
    return box(left - more, top - side - more, left + side + more, top + more)


def _tiles(features: list[Feature]) -> Iterator[tuple[int, int, int]]:
    left, low, right, high = _bounds(features)
    for z in range(LOW, HIGH + 1):
        side = 2 * HALF / 2**z
        for x in range(int((left + HALF) / side), int((right + HALF) / side) + 1):
            for y in range(int((HALF - high) / side), int((HALF - low) / side) + 1):
                yield z, x, y


def _bounds(features: list[Feature]) -> tuple[float, float, float, float]:
    lefts, lows, rights, highs = zip(*(feature.shape.bounds for feature in features), strict=True)
    return min(lefts), min(lows), max(rights), max(highs)


def _header(town: Town, features: list[Feature]) -> dict[str, Any]:
    left, low, right, high = _bounds(features)
    (south, west), (north, east) = _degrees(left, low), _degrees(right, high)
    lat, lon = town.centre
    corners = {
        "min_lon": west,
        "min_lat": south,
        "max_lon": east,
        "max_lat": north,
        "center_lon": lon,
        "center_lat": lat,
    }
    return {f"{name}_e7": round(value * 1e7) for name, value in corners.items()} | {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "center_zoom": 15,
    }


def _about(town: Town) -> dict[str, Any]:
    layers = ("building", "landcover", "park", "place", "transportation", "transportation_name", "water")
    return {
        "name": town.name,
        "description": "A town that does not exist; drawn from a seed, no third-party data",
        "attribution": "invented town",
        "type": "baselayer",
        "version": "1",
        "vector_layers": [
            {"id": name, "fields": {}, "minzoom": DETAIL_FROM.get(name, LOW), "maxzoom": HIGH} for name in layers
        ],
    }
