"""The demo's neighbourhood, made anew each time: a town, a site with its keys, beacons at their places, and an air.

Everything a real site would have is really made: roster, bundles, each board's settings. All of it follows from the
seed, keys and node numbers too (`seeded`): one seed makes the same neighbourhood for ever.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from whistle.demo import basemap, seeded, town
from whistle.site import files
from whistle.site.command.figures import air
from whistle.site.site import Site

REGION, PRESET = "US", "SHORT_TURBO"
NAME = "Lindenmoor"
GATEWAY = "corner-shop"
BEACONS = 40
RELAYS = ((-330.0, 180.0), (0.0, -60.0), (320.0, 160.0), (60.0, 330.0))
HELD = "34th & Cedar"  # the beacon the visitor holds first
# The gateway stands at a corner of the town, out of reach of HELD: its alerts need a relay, and so do their answers.
RADIO = (600.0, 380.0)
# Rows of stone houses weaken a signal by 4 dB more than the simulator's suburb, and all alike: it reaches some 560 m,
# and the radio is 850 m away.
MODEL = {"loss_1km_db": 152.0, "shadow_db": 2.0}


@dataclass(frozen=True)
class Neighbourhood:
    """Where the files of one demo are, and the beacon the visitor holds first."""

    folder: Path
    gateway_bundle: Path
    dashboard_bundle: Path
    scenario: Path
    basemap: Path
    street: Path
    held: int


def lay_out(folder: Path, seed: int, radio_port: int, beacons: int = BEACONS) -> Neighbourhood:
    """Make everything in `folder`; the gateway's radio will listen on 127.0.0.1:radio_port."""
    ground = town.draw(seed)
    places = _places(ground, seed, beacons)
    numbers = seeded.numbers(seed, len(places) + len(RELAYS) + 1)
    homes = list(zip(numbers, places, strict=False))
    site = seeded.site(folder / "site", seed, air(REGION, PRESET, NAME, beacons), NAME, GATEWAY, homes)
    made = Neighbourhood(
        folder=folder,
        gateway_bundle=folder / "gateway.json",
        dashboard_bundle=folder / "dashboard.json",
        scenario=folder / "scenario.json",
        basemap=folder / "basemap.pmtiles",
        street=folder / "street.json",
        held=numbers[0],
    )
    nodes = [*_beacons(site, homes), *_stock(numbers[len(places) :], radio_port)]
    _write(made, site, ground, homes, nodes)
    return made


def _places(ground: town.Town, seed: int, count: int) -> list[town.Place]:
    """`count` places, the visitor's own first; beyond the town's own places, numbered doors beside them."""
    chance = random.Random(f"whistle demo {seed}")
    chosen = [place for place in ground.places if place.name == HELD]
    others = [place for place in ground.places if place.name != HELD]
    chosen += chance.sample(others, min(count - 1, len(others)))
    for index in range(count - len(chosen)):
        beside = ground.places[index % len(ground.places)]
        x, y = beside.x + chance.uniform(-60, 60), beside.y + chance.uniform(-60, 60)
        lat, lon = town.to_degrees(x, y)
        name = f"{beside.name} {index // len(ground.places) + 2}"
        chosen.append(town.Place(name, beside.kind, round(x, 1), round(y, 1), round(lat, 7), round(lon, 7)))
    return chosen


def _write(
    made: Neighbourhood,
    site: Site,
    ground: town.Town,
    homes: list[tuple[int, town.Place]],
    nodes: list[dict[str, Any]],
) -> None:
    files.write(made.gateway_bundle, msgspec.json.encode(site.bundle(GATEWAY)))
    files.write(made.dashboard_bundle, msgspec.json.encode(site.dashboard_bundle()))
    files.write(made.scenario, json.dumps(_scenario(site, ground, nodes)).encode())
    made.street.write_text(json.dumps(_street(ground, homes, nodes, made.held)))
    basemap.write(ground, made.basemap)


def _beacons(site: Site, homes: list[tuple[int, town.Place]]) -> Iterator[dict[str, Any]]:
    for node, place in homes:
        yield {"kind": "beacon", "x": place.x, "y": place.y, "settings": site.beacon_settings(node)}


def _stock(numbers: list[int], radio_port: int) -> Iterator[dict[str, Any]]:
    """Stock nodes: relays that know nothing of alerts, and the radio on the gateway's USB port (here TCP)."""
    *roofs, radio = numbers
    for index, (number, (x, y)) in enumerate(zip(roofs, RELAYS, strict=True), 1):
        yield {"kind": "relay", "node": number, "name": f"Roof {index}", "x": x, "y": y}
    listen = f"127.0.0.1:{radio_port}"
    yield {"kind": "radio", "node": radio, "name": GATEWAY, "x": RADIO[0], "y": RADIO[1], "listen": listen}


def _scenario(site: Site, ground: town.Town, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "centre": list(ground.centre),
        "channel_name": site.file.channel_name,
        "channel_psk": site.file.channel_psk,
        "region": REGION,
        "preset": PRESET,
        "model": MODEL,
        "nodes": nodes,
    }


def _street(
    ground: town.Town, homes: list[tuple[int, town.Place]], nodes: list[dict[str, Any]], held: int
) -> dict[str, Any]:
    """What the demo page may know: shapes and public places, no key."""
    names = {node: place.name for node, place in homes}
    known = [
        {
            "node": (number := spec["settings"]["node"] if spec["kind"] == "beacon" else spec["node"]),
            "kind": spec["kind"],
            "x": spec["x"],
            "y": spec["y"],
            "place": names.get(number, spec.get("name", "")),
        }
        for spec in nodes
    ]
    margin = 90
    xs, ys = [spec["x"] for spec in nodes], [spec["y"] for spec in nodes]
    return {
        "bounds": [min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin],
        "roads": [{"line": street.points, "width": ROAD_WIDTH.get(street.kind, 8)} for street in ground.streets],
        "nodes": known,
        "held": held,
    }


ROAD_WIDTH = {"primary": 18, "secondary": 13, "path": 4}
