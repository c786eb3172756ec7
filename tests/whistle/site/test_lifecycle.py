"""A beacon's later days: retired, moved, replaced; and what another technician's machine did is never done again."""

import json

import pytest

from tests.support import sites
from tests.whistle.site.test_site import copied
from whistle.site import errors, files, lifecycle
from whistle.site.lifecycle import Move
from whistle.site.roster import Private
from whistle.site.site import Site


def test_a_retired_beacon_is_refused_and_its_private_place_forgotten(tmp_path):
    site = sites.made(tmp_path)
    node, other = (beacon.node for beacon in site.roster.beacons)
    version = site.roster.version
    assert site.retire_beacon(node).revoked
    held = Site.open(site.directory).roster
    assert held.version == version + 1 and held.place(node).public == "34th & Cedar"
    assert held.place(node).private == Private() and held.place(other).private.door == "DOOR-1"
    assert b"DOOR-0" not in (site.directory / "roster.json").read_bytes()
    with pytest.raises(errors.BadInput, match="add the beacon anew"):
        site.take_settings(node)


def test_a_revoked_beacons_name_is_free_again_and_means_the_live_one(tmp_path):
    site = sites.made(tmp_path)
    old = site.find("Beacon 0").node
    site.retire_beacon(old)
    assert site.find("Beacon 0").node == old
    new = site.add_beacon("beacon 0", "34th & Cedar", 44.0, -93.0).node
    assert site.find("Beacon 0").node == new and site.find(old).node == old
    with pytest.raises(errors.BadInput, match="already"):
        site.add_beacon("Beacon 0", "34th & Cedar", 44.0, -93.0)


def test_a_moved_beacon_keeps_its_number_epoch_and_keys(tmp_path):
    site = sites.made(tmp_path)
    node = site.roster.beacons[0].node
    before = site.beacon_settings(node)
    place = site.move_beacon(node, Move(public="Mill Lane", lat=45.1, private=Private(door="9")))
    assert (place.public, place.lat, place.lon, place.private.door) == ("Mill Lane", 45.1, -93.25, "9")
    after = site.beacon_settings(node)
    assert {key for key in before if before[key] != after[key]} == {"place", "name", "short"}
    with pytest.raises(errors.BadInput, match="latitude"):
        site.move_beacon(node, Move(lat=91.0))
    site.retire_beacon(node)
    with pytest.raises(errors.BadInput, match="revoked"):
        site.move_beacon(node, Move(public="Elsewhere"))


def test_a_replaced_beacons_board_is_fitted_as_the_old_one_was(tmp_path):
    site = sites.made(tmp_path)
    old, other = (beacon.node for beacon in site.roster.beacons)
    site.fit(old, second_button=True, quiet=(1320, 420, -360))
    new = site.replace_beacon(old).node
    held = Site.open(site.directory)
    settings = held.beacon_settings(new)
    assert settings["second_button"] and list(settings["quiet"]) == [1320, 420, -360]
    assert not held.beacon_settings(other)["second_button"]
    site.replace_beacon(other)


def test_a_replaced_beacon_has_new_keys_and_never_lives_beside_the_old_one(tmp_path):
    site = sites.made(tmp_path)
    old = site.roster.beacons[0].node
    before, version = site.beacon_settings(old), site.roster.version
    new = site.replace_beacon(old)
    held = Site.open(site.directory).roster
    assert held.version == version + 1  # one step: no version in between, of both or of none
    assert held.beacon(old).revoked and not held.beacon(new.node).revoked and new.epoch == 1
    assert held.place(new.node).private.door == "DOOR-0" and held.place(old).private == Private()
    after = site.beacon_settings(new.node)
    assert all(before[key] != after[key] for key in ("node", "up", "down", "status", "id"))
    assert before["place"] == after["place"] and site.find("Beacon 0").node == new.node
    with pytest.raises(errors.BadInput, match="replaced already"):
        site.replace_beacon(old)
    site.mark_beacon(new.node, revoked=True)  # stolen: it is followed all the same
    third = site.replace_beacon(new.node)
    assert site.roster.place(third.node).private.door == "DOOR-0" and site.find("Beacon 0").node == third.node


def test_two_at_one_spot_are_seen_and_two_doors_are_not_one_spot(tmp_path):
    site = sites.made(tmp_path)
    assert lifecycle.same_spot(site.roster, " 34TH & cedar", Private(door="door-0", note="x")).name == "Beacon 0"
    assert lifecycle.same_spot(site.roster, "34th & Cedar", Private(door="DOOR-7")) is None
    site.retire_beacon(site.find("Beacon 0").node)
    assert lifecycle.same_spot(site.roster, "34th & Cedar", Private(door="DOOR-0")) is None


def test_settings_taken_are_spent_before_they_are_given(tmp_path, monkeypatch):
    site = sites.made(tmp_path, beacons=1)
    node = site.roster.beacons[0].node
    with pytest.raises(errors.BadInput, match="set one up first"):
        site.renew_settings(node)
    beacon, content = site.take_settings(node)
    assert beacon.epoch == 1 and json.loads(content)["device_epoch"] == 1
    assert Site.open(site.directory).file.settings_made == {str(node): 1}
    with pytest.raises(errors.BadInput, match="--again"):
        site.take_settings(node)
    assert site.renew_settings(node) == content  # the same board, which has them
    again, other = site.take_settings(node, again=True)
    assert again.epoch == 2 and json.loads(other)["up"] != json.loads(content)["up"]

    def full(*_args, **_options):
        raise errors.NotSaved("full")

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(errors.NotSaved):
        site.take_settings(node, again=True)


def test_an_epoch_another_machine_may_have_given_out_is_not_given_again(tmp_path):
    here = sites.made(tmp_path, beacons=0)
    there = copied(here, tmp_path / "there")
    node = here.add_beacon("Anna", "34th & Cedar", 44.0, -93.0).node
    here.take_settings(node)
    here.export_roster(tmp_path / "stick")
    there.import_roster(tmp_path / "stick")
    with pytest.raises(errors.BadInput, match="--again"):
        there.take_settings(node)
    assert there.take_settings(node, again=True)[0].epoch == 2
    there.export_roster(tmp_path / "back")
    here.import_roster(tmp_path / "back")
    assert here.take_settings(node, again=True)[0].epoch == 3


def test_after_two_technicians_worked_apart_no_epoch_is_given_twice(tmp_path):
    here = sites.made(tmp_path, beacons=1)
    node = here.roster.beacons[0].node
    here.take_settings(node)
    there = copied(here, tmp_path / "there")
    given = [here.take_settings(node, again=True)[0].epoch for _ in range(2)]  # 2 and 3, unknown there
    assert given == [2, 3]
    for number in range(4):
        there.add_beacon(f"There {number}", "34th & Cedar", 44.0, -93.0)
    there.export_roster(tmp_path / "stick")
    assert here.import_roster(tmp_path / "stick") and here.roster.beacon(node).epoch == 1
    assert here.take_settings(node, again=True)[0].epoch == 4


def test_a_place_at_whole_degrees_is_signed_as_it_is_read(tmp_path):
    site = sites.made(tmp_path, beacons=0)
    node = site.add_beacon("Anna", "34th & Cedar", 44, -93).node
    site.move_beacon(node, Move(lat=45))
    assert Site.open(site.directory).roster.place(node).lat == 45.0
