"""The town that does not exist, and its map file."""

import gzip
import math
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles

from whistle.demo import basemap, town

LAYERS = {"building", "landcover", "park", "place", "transportation", "transportation_name", "water"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("town") / "basemap.pmtiles"
    basemap.write(town.draw(7), path)
    return path


def test_the_same_seed_draws_the_same_town_and_another_does_not(drawn: Path, tmp_path: Path) -> None:
    basemap.write(town.draw(7), tmp_path / "again.pmtiles")
    assert (tmp_path / "again.pmtiles").read_bytes() == drawn.read_bytes()
    assert town.draw(8) != town.draw(7)


def test_some_forty_places_with_names_of_their_own() -> None:
    for seed in range(5):
        places = town.draw(seed).places
        assert 36 <= len(places) <= 44
        assert len({place.name for place in places}) == len({(place.x, place.y) for place in places}) == len(places)
        assert "34th & Cedar" in {place.name for place in places}
        assert all(math.hypot(place.x, place.y) < 1000 for place in places)
        assert {place.kind for place in places} == {"corner", "building"}


def test_metres_and_degrees_agree() -> None:
    lat, lon = town.to_degrees(300.0, -400.0)
    north = math.radians(lat - town.CENTRE[0]) * town.EARTH
    east = math.radians(lon - town.CENTRE[1]) * town.EARTH * math.cos(math.radians(town.CENTRE[0]))
    assert (round(east, 2), round(north, 2)) == (300.0, -400.0)


def found(layers: dict[str, Any], layer: str) -> list[dict[str, Any]]:
    return layers.get(layer, {"features": []})["features"]


def test_the_map_file_is_small_and_holds_what_it_says(drawn: Path) -> None:
    assert drawn.stat().st_size < 100_000
    with drawn.open("rb") as file:
        reader = Reader(MmapSource(file))
        header, about = reader.header(), reader.metadata()
        tiles = {zxy: mapbox_vector_tile.decode(gzip.decompress(data)) for zxy, data in all_tiles(MmapSource(file))}
    assert (header["min_zoom"], header["max_zoom"]) == (basemap.LOW, basemap.HIGH)
    assert {layer["id"] for layer in about["vector_layers"]} == LAYERS
    near = [layers for (zoom, _, _), layers in tiles.items() if zoom == basemap.HIGH]
    assert set().union(*near) == LAYERS
    names = {one["properties"]["name"] for layers in near for one in found(layers, "transportation_name")}
    assert {"34th Avenue", "Cedar Street"} <= names
    houses = sum(len(found(layers, "building")) for layers in near)
    assert houses > 500


def test_no_place_is_on_land() -> None:
    """The middle of the Atlantic: no neighbourhood on earth is shown by mistake."""
    assert town.CENTRE == (44.0, -31.0)
