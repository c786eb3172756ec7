"""How far a new group key has got: so many of so many, and the rest by place."""

import re
from pathlib import Path

import msgspec

from dashboard.keyed import keys
from tests.support.dashboards import CORNER, COURT, GONE, HALL, QUIET, Captain, Speaker, add, bundle, world
from whistle.site import files, held, roster


def test_the_page_says_how_many_of_how_many_and_who_is_left(tmp_path: Path) -> None:
    here = world(tmp_path)
    add(here)
    one, mill, hall = Captain(here), Speaker(here.site), Speaker(here.site, HALL)
    one.sign_in()
    here.hear(mill, mill.state(group_epoch=1), mill.pulse(group_epoch=1))
    assert "New group key" not in one.get("/gateways").get_data(as_text=True)
    here.hear(mill, mill.state(group_epoch=2), mill.pulse(node=CORNER, group_epoch=2))
    here.hear(mill, mill.pulse(node=COURT, group_epoch=1), mill.pulse(node=GONE, group_epoch=1))
    page = one.get("/gateways").get_data(as_text=True)
    section = page.partition('class="keys"')[2].partition("</section>")[0]
    assert "<b>1 of 3</b>" in section and "Juniper Court" in section and "Boat House" in section
    assert "34th" not in section and "Old Bakery" not in section, "a revoked beacon gets no key"
    assert "older bundle" not in section
    here.hear(hall, hall.state(name="Hall", group_epoch=1))
    page = one.get("/gateways").get_data(as_text=True)
    assert re.search(r"Gateway [^.]*Hall[^.]* still has an older bundle", page)
    here.hear(mill, mill.pulse(node=COURT, group_epoch=2), mill.pulse(node=QUIET, group_epoch=3))
    assert "<b>3 of 3</b> beacons have the new key." in one.get("/gateways").get_data(as_text=True)


def test_a_gateway_of_an_earlier_version_says_nothing_of_keys(tmp_path: Path) -> None:
    here = world(tmp_path)
    mill = Speaker(here.site)
    assert keys({"Mill": mill.state(), "Hall": None}, here.whistle.places.all(), {}) is None


def test_a_newer_roster_is_taken_while_it_runs(tmp_path: Path) -> None:
    here = world(tmp_path)
    add(here)
    one = Captain(here)
    one.sign_in()
    before = bundle().roster
    signer = roster.signing_key(bytes(range(32)), bytes.fromhex(before.site))
    moved = [msgspec.structs.replace(place, name=f"New {place.name}") for place in before.places or []]
    beacons = [msgspec.structs.replace(each, revoked=True) if each.node == COURT else each for each in before.beacons]
    newer = roster.signed(signer, before.site, 4, beacons, moved)
    stick = tmp_path / "stick"
    files.write(stick, files.pretty(newer))
    assert held.offer(tmp_path, stick) == (3, 4)
    assert "New Boat House" not in one.get("/beacons").get_data(as_text=True)
    here.whistle.rounds.once()
    page = one.get("/beacons").get_data(as_text=True)
    assert "New Boat House" in page and here.whistle.places.version == 4
    assert page.count('<span class="tag">revoked</span>') == 2
    (tmp_path / held.ROSTER).write_bytes(files.pretty(before))
    here.whistle.rounds.once()
    assert here.whistle.places.version == 4
    again = world(tmp_path)
    assert again.whistle.places.version == 4, "and at the next start, whatever its bundle says"
