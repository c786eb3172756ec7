"""The roster a running room holds: the higher version, never a forged one, and never a place where none belongs."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.support import sites
from whistle.site import files, held, layout
from whistle.site.errors import BadInput, Conflict, Damaged, Forged, Older, OtherSite, RosterRefused
from whistle.site.held import Held
from whistle.site.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return sites.made(tmp_path)


@pytest.fixture
def room(tmp_path: Path) -> Path:
    path = tmp_path / "room"
    path.mkdir()
    return path


def stick(site: Site, path: Path, places: bool = True) -> Path:
    path.unlink(missing_ok=True)
    site.export_roster(path, places=places)
    return path


def changed(site: Site) -> int:
    node = site.roster.beacons[0].node
    site.mark_beacon(node, suspended=not site.roster.beacons[0].suspended)
    return site.roster.version


def test_a_newer_roster_is_taken_by_the_running_room(site: Site, room: Path, tmp_path: Path) -> None:
    running = Held(room, site.bundle("gateway"))
    before = running.roster.version
    assert running.look() is None and running.news == []
    now = changed(site)
    assert held.offer(room, stick(site, tmp_path / "stick")) == (before, now)
    news = running.look()
    assert news and news.taken and running.roster.version == now and str(now) in news.sentence
    assert running.look() is None
    assert Held(room, site.bundle("gateway")).roster.version == now


def test_a_gateway_never_holds_a_place(site: Site, room: Path, tmp_path: Path) -> None:
    running = Held(room, site.bundle("gateway"))
    changed(site)
    held.offer(room, stick(site, tmp_path / "stick"))
    assert "DOOR" not in (room / held.ROSTER).read_text()
    running.look()
    changed(site)
    (room / held.ROSTER).write_bytes(stick(site, tmp_path / "by-hand").read_bytes())
    assert "DOOR" in (room / held.ROSTER).read_text()
    news = running.look()
    assert news and news.taken and running.roster.places is None
    assert "DOOR" not in (room / held.ROSTER).read_text()


def test_a_dashboard_takes_no_roster_without_places(site: Site, room: Path, tmp_path: Path) -> None:
    running = Held(room, site.dashboard_bundle())
    changed(site)
    with pytest.raises(BadInput):
        held.offer(room, stick(site, tmp_path / "bare", places=False))
    assert held.offer(room, stick(site, tmp_path / "whole")).now == site.roster.version
    assert running.look() and running.roster.places


def test_older_the_same_forged_and_foreign_change_nothing(site: Site, room: Path, tmp_path: Path) -> None:
    old = stick(site, tmp_path / "old")
    changed(site)
    running = Held(room, site.dashboard_bundle())
    new = stick(site, tmp_path / "new")
    assert held.offer(room, new) == (site.roster.version, site.roster.version)
    before = sites.snapshot(room)
    forged = tmp_path / "forged"
    raw = json.loads(new.read_text())
    forged.write_text(json.dumps({**raw, "version": raw["version"] + 1}))
    twin = tmp_path / "twin"
    changed(site)
    other = site.roster
    twin.write_bytes(files.pretty(msgspec.structs.replace(other, site="f" * 16)))
    for path, error in ((old, Older), (forged, Forged), (twin, OtherSite), (tmp_path / "none", Damaged)):
        with pytest.raises(error) as caught:
            held.offer(room, path)
        assert str(caught.value).endswith(".") and sites.snapshot(room) == before
    for path in (old, forged, twin):
        (room / held.ROSTER).write_bytes(path.read_bytes())
        news = running.look()
        assert news and not news.taken and "is not taken" in news.sentence
        assert sites.snapshot(room) == before, "what is held is put back"
        assert running.look() is None


def test_a_damaged_or_missing_file_is_put_back(site: Site, room: Path) -> None:
    running = Held(room, site.bundle("gateway"))
    before = sites.snapshot(room)
    (room / held.ROSTER).write_text("{")
    assert running.look()
    (room / held.ROSTER).unlink()
    assert running.look() is None
    assert sites.snapshot(room) == before


def test_the_higher_of_bundle_and_directory_wins_at_a_start(site: Site, room: Path, tmp_path: Path) -> None:
    old = site.bundle("gateway")
    Held(room, old)
    now = changed(site)
    held.offer(room, stick(site, tmp_path / "stick"))
    assert Held(room, old).roster.version == now, "an old bundle brings no old roster back"
    later = changed(site)
    again = Held(room, site.bundle("gateway"))
    assert again.roster.version == later and again.news == []
    assert layout.load_roster(room / held.ROSTER).version == later


def test_a_damaged_file_at_a_start_is_told_and_nothing_more(site: Site, room: Path) -> None:
    (room / held.ROSTER).write_text("nothing")
    running = Held(room, site.bundle("gateway"))
    assert running.roster.version == site.roster.version and len(running.news) == 1


def test_a_directory_that_takes_no_file_is_told_and_nothing_more(site: Site, tmp_path: Path) -> None:
    running = Held(tmp_path / "none", site.bundle("gateway"))
    assert running.roster.version == site.roster.version and running.news and running.look() is None


def test_only_a_room_that_has_run_can_be_given_one(site: Site, room: Path, tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="start it once"):
        held.offer(room, stick(site, tmp_path / "stick"))
    assert issubclass(Conflict, RosterRefused)
