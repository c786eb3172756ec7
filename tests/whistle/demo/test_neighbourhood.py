"""What the demo makes is a real site: bundles that load, settings the beacon reads, a scenario the simulator takes."""

import json
from pathlib import Path

from beacon.settings import read

from whistle.demo.neighbourhood import HELD, lay_out
from whistle.simulator import scenario
from whistle.site.bundles import load_dashboard_bundle, load_gateway_bundle


def test_everything_it_makes_can_be_used(tmp_path: Path) -> None:
    made = lay_out(tmp_path, 7, 4403)
    gateway, dashboard = load_gateway_bundle(made.gateway_bundle), load_dashboard_bundle(made.dashboard_bundle)
    assert len(gateway.roster.beacons) == 40 and gateway.roster.places is None
    held = dashboard.roster.place(made.held)
    assert held is not None and held.public == HELD
    air = scenario.load(made.scenario)
    boards = [spec for spec in air.nodes if isinstance(spec, scenario.BeaconSpec)]
    assert {read(json.dumps(spec.settings).encode()).node for spec in boards} == {
        b.node for b in gateway.roster.beacons
    }
    assert made.basemap.read_bytes()[:7] == b"PMTiles"


def test_the_page_learns_no_key(tmp_path: Path) -> None:
    made = lay_out(tmp_path, 7, 4403)
    street = made.street.read_text()
    for spec in json.loads(made.scenario.read_text())["nodes"]:
        for secret in ("up", "down", "status", "id", "group", "channel_psk"):
            assert spec["kind"] != "beacon" or spec["settings"][secret] not in street


def test_equal_seeds_put_the_same_things_in_the_same_places(tmp_path: Path) -> None:
    def places(folder: Path, seed: int) -> list[tuple[float, float, str]]:
        street = json.loads(lay_out(folder, seed, 4403).street.read_text())
        return [(node["x"], node["y"], node["place"]) for node in street["nodes"]]

    assert places(tmp_path / "a", 3) == places(tmp_path / "b", 3)
    assert places(tmp_path / "c", 4) != places(tmp_path / "a2", 3)


def test_files_with_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = lay_out(tmp_path, 7, 4403)
    for path in (made.gateway_bundle, made.dashboard_bundle, made.scenario):
        assert path.stat().st_mode & 0o077 == 0


def test_more_beacons_than_places_stand_beside_them(tmp_path: Path) -> None:
    made = lay_out(tmp_path, 7, 4403, beacons=100)
    places = load_dashboard_bundle(made.dashboard_bundle).roster.places
    assert places is not None and len({place.name for place in places}) == 100


def made(folder: Path, seed: int) -> dict[str, bytes]:
    """Every file of a neighbourhood."""
    lay_out(folder, seed, 4403)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_one_seed_makes_the_same_neighbourhood_for_ever_keys_and_all(tmp_path: Path) -> None:
    one, same, other = made(tmp_path / "a", 3), made(tmp_path / "b", 3), made(tmp_path / "c", 4)
    assert one == same
    assert {"site/master.key", "site/roster.json", "gateway.json", "scenario.json", "basemap.pmtiles"} <= set(one)
    assert [name for name in one if one[name] == other[name] and not name.endswith(".lock")] == []


def test_no_two_nodes_of_a_neighbourhood_end_in_the_same_byte(tmp_path: Path) -> None:
    scenario_ = json.loads(lay_out(tmp_path, 7, 4403).scenario.read_text())
    numbers = [node.get("node") or node["settings"]["node"] for node in scenario_["nodes"]]
    assert len({number & 0xFF for number in numbers}) == len(numbers) == 45
