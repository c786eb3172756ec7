"""The technician's directory from the first day on: who gets what, and what is refused in one sentence."""

import json
from pathlib import Path

import msgspec
import pytest
from alertwire import keys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from tests.support import sites
from whistle.site import bundles, errors, files, lifecycle, picking, roster, settings
from whistle.site.roster import Private
from whistle.site.site import Site


def test_a_new_site_has_one_channel_one_gateway_and_an_empty_roster(tmp_path):
    site = sites.made(tmp_path, beacons=0)
    assert site.file.channel_name == "Cedar" and len(bytes.fromhex(site.file.channel_psk)) == 32
    assert [gateway.name for gateway in site.file.gateways] == ["gateway"]
    assert (site.roster.version, site.roster.beacons, site.roster.places) == (1, [], [])
    again = Site.open(site.directory)
    assert (again.file, again.roster) == (site.file, site.roster)


def test_no_key_of_two_sites_is_the_same_and_the_channels_is_not_derived(tmp_path):
    one, two = sites.made(tmp_path / "1", 0), sites.made(tmp_path / "2", 0)
    for field in ("site", "channel_psk", "roster_key"):
        assert getattr(one.file, field) != getattr(two.file, field)
    assert (one.directory / "master.key").read_bytes() != (two.directory / "master.key").read_bytes()
    # The same master with the same site id gives another channel: nothing but chance makes it.
    assert one.file.channel_psk not in _everything_derived(one)


def test_a_site_is_never_made_over_another(tmp_path):
    site = sites.made(tmp_path)
    before = sites.snapshot(site.directory)
    with pytest.raises(errors.AlreadyThere):
        sites.made(tmp_path)
    assert sites.snapshot(site.directory) == before
    for alone in ("master.key", "roster.json", "site.json"):
        home = tmp_path / f"only-{alone}"
        home.mkdir()
        (home / alone).write_bytes(b"mine")
        with pytest.raises(errors.AlreadyThere):
            Site.create(home, name="Cedar", air=sites.AIR)
        assert {name: data for name, data in sites.snapshot(home).items() if name != ".lock"} == {alone: b"mine"}


def test_a_directory_without_a_site_or_with_a_damaged_one_is_said(tmp_path):
    with pytest.raises(errors.NotASite, match="whistle site init"):
        Site.open(tmp_path)
    site = sites.made(tmp_path)
    good = sites.snapshot(site.directory)
    for name, content, kind in [
        ("site.json", b"{}", errors.Damaged),
        ("roster.json", good["roster.json"][:-40], errors.Damaged),
        ("roster.json", good["roster.json"].replace(b"Beacon 1", b"Beacon 7"), errors.Forged),
        ("roster.json", files.pretty(site.roster.without_places()), errors.Damaged),
    ]:
        (site.directory / name).write_bytes(content)
        with pytest.raises(kind):
            Site.open(site.directory)
        (site.directory / name).write_bytes(good[name])
    (site.directory / "roster.json").unlink()
    with pytest.raises(errors.Damaged, match="copy the last exported roster there"):
        Site.open(site.directory)


def test_beacons_get_random_numbers_no_radio_takes_for_anothers(tmp_path):
    site = sites.made(tmp_path, beacons=40)
    nodes = [beacon.node for beacon in site.roster.beacons]
    assert len({node & 0xFF for node in nodes}) == 40 and 0 not in {node & 0xFF for node in nodes}
    assert all(3 < node < 0xFFFFFFFF for node in nodes)
    assert len({node >> 8 for node in nodes}) == 40


def test_last_bytes_stay_apart_until_all_are_used_and_then_repeat_evenly():
    taken: list[int] = []
    for _ in range(255):
        taken.append(picking.node(taken))
    assert len({node & 0xFF for node in taken}) == 255
    for _ in range(255):
        taken.append(picking.node(taken))
    counts = [[node & 0xFF for node in taken].count(byte) for byte in range(1, 256)]
    assert set(counts) == {2} and len(set(taken)) == 510


@pytest.mark.parametrize(("first", "last_byte"), [(0, 1), (0, 3), (0xFFFFFF, 0xFF), (0x00ABCD, 7)])
def test_reserved_and_taken_numbers_are_drawn_again(monkeypatch, first, last_byte):
    draws = iter([first, first, 0x123456])
    monkeypatch.setattr(picking.secrets, "randbits", lambda _bits: next(draws))
    monkeypatch.setattr(picking.secrets, "choice", lambda _free: last_byte)
    assert picking.node([0x00ABCD07]) == 0x123456 << 8 | last_byte


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "beacon 1"}, "called 'Beacon 1' already"),
        ({"name": "a\u200bb"}, "U\\+200B"),
        ({"name": ""}, "is empty"),
        ({"place": "see https://x"}, "'://'"),
        ({"place": "x" * 61}, "shorten it"),
        ({"lat": 90.1}, "latitude 90.1 is out of range"),
        ({"lat": float("nan")}, "latitude nan is out of range"),
        ({"lon": -180.5}, "longitude -180.5 is out of range"),
        ({"kinds": ["help", "thirst"]}, "'thirst' is no kind"),
        ({"kinds": []}, "No kind was given"),
        ({"private": Private(door="4\n5")}, "The door holds"),
        ({"private": Private(note="x" * 201)}, "note has 201 characters"),
    ],
)
def test_a_beacon_that_cannot_be_is_one_sentence_and_changes_nothing(tmp_path, change, sentence):
    site = sites.made(tmp_path)
    before = sites.snapshot(site.directory)
    with pytest.raises(errors.BadInput, match=sentence) as caught:
        site.add_beacon(**{"name": "New", "place": "34th & Cedar", "lat": 44.0, "lon": -93.0, **change})
    assert "\n" not in str(caught.value)
    assert sites.snapshot(site.directory) == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " "}, "site name is empty"),
        ({"language": "english"}, "no language tag"),
        ({"words": ["A", "B", "C"]}, "Four different words"),
        ({"words": ["A", "B", "C", "a"]}, "Four different words"),
        ({"words": ["A", "B", "C", "D~"]}, "'~'"),
        ({"channel_name": "x" * 12}, "shorten it"),
        ({"gateway_name": "\x00"}, "U\\+0000"),
    ],
)
def test_a_site_that_cannot_be_is_one_sentence_and_leaves_nothing(tmp_path, change, sentence):
    with pytest.raises(errors.BadInput, match=sentence):
        sites.made(tmp_path, **change)
    assert list(tmp_path.iterdir()) == []


def test_settings_hold_the_keys_of_the_protocols_own_vectors(tmp_path):
    """alert-protocol section 13: master 00..1f, site 00..07, node 0x0a1b2c3d, all epochs 1."""
    site = sites.made(tmp_path)
    prk = keys.prk(bytes(range(32)))
    file = msgspec.structs.replace(site.file, site=sites.SITE)
    beacon = msgspec.structs.replace(site.roster.beacons[0], node=0x0A1B2C3D)
    place = msgspec.structs.replace(site.roster.places[0], node=0x0A1B2C3D)
    held = msgspec.structs.replace(site.roster, beacons=[beacon], places=[place])
    made = settings.beacon_settings(prk, file, held, beacon)
    begins = {"up": "6be8225df66475d7", "down": "487d0d5df89604f3", "status": "fea29cdea3fc3ef2"}
    for name, start in {**begins, "group": "c4dad56ee489920b"}.items():
        assert made[name].startswith(start) and len(made[name]) == 64
    assert (made["site"], made["node"], made["device_epoch"]) == (sites.SITE, 0x0A1B2C3D, 1)


def test_settings_are_what_the_beacons_program_reads(tmp_path):
    from beacon.settings import read

    site = sites.made(tmp_path, beacons=0)
    for mode in ("press", "listen", "relay"):
        beacon = site.add_beacon(f"In mode {mode}", "34th & Cedar", 44.0, -93.0, mode=mode)
        read(json.dumps(site.beacon_settings(beacon.node)))


def test_settings_carry_the_radios_numbers_and_the_public_place_only(tmp_path):
    site = sites.made(tmp_path, beacons=0)
    private = Private(entrance="SECRET-A", floor="SECRET-B", door="SECRET-C", note="SECRET-D")
    beacon = site.add_beacon("SECRET-NAME", "34th & Cedar", 44.123456, -93.654321, mode="listen", private=private)
    made = site.beacon_settings(beacon.node)
    plain = json.dumps(made)
    for secret in ("SECRET", "44.12", "93.65", (site.directory / "master.key").read_text().strip()):
        assert secret not in plain
    assert (made["place"], made["name"], made["short"]) == ("34th & Cedar", "34th & Cedar", "34CE")
    assert made["radio"]["freq_hz"] == sites.AIR.radio.freq_hz and made["radio"]["sync"] == 0x2B
    assert made["timing"] == {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 900, "window_ms": 3000}


def test_short_names_differ_within_a_site(tmp_path):
    site = sites.made(tmp_path, beacons=12)
    shorts = [site.beacon_settings(beacon.node)["short"] for beacon in site.roster.beacons]
    assert len(set(shorts)) == 12 and shorts[0] == "34CE"


def test_settings_are_made_once_an_epoch_and_again_only_when_said(tmp_path):
    site = sites.made(tmp_path, beacons=1)
    node = site.roster.beacons[0].node
    assert site.hand_out_settings(node, tmp_path / "a").epoch == 1
    with pytest.raises(errors.BadInput, match="use --again"):
        site.hand_out_settings(node, tmp_path / "b")
    assert not (tmp_path / "b").exists()
    assert site.hand_out_settings(node, tmp_path / "b", again=True).epoch == 2
    one, two = (json.loads((tmp_path / name).read_bytes()) for name in "ab")
    assert (one["device_epoch"], two["device_epoch"]) == (1, 2) and one["up"] != two["up"]
    assert Site.open(site.directory).roster.beacon(node).epoch == 2
    with pytest.raises(errors.AlreadyThere):
        site.hand_out_settings(node, tmp_path / "b", again=True)
    with pytest.raises(errors.AlreadyThere, match="no directory"):
        site.hand_out_settings(node, tmp_path / "none" / "b", again=True)
    assert Site.open(site.directory).roster.beacon(node).epoch == 2


def test_epochs_end_at_255(tmp_path):
    site = sites.made(tmp_path, beacons=1)
    old = site.roster.beacons[0]
    with site._changing():
        site._sign(lifecycle.put(site.roster, msgspec.structs.replace(old, epoch=255)))
    site.hand_out_settings(old.node, tmp_path / "a")
    with pytest.raises(errors.BadInput, match="revoke it and add it anew"):
        site.hand_out_settings(old.node, tmp_path / "b", again=True)


def _everything_derived(site: Site) -> str:
    prk = keys.prk(bytes.fromhex((site.directory / "master.key").read_text()))
    id8 = bytes.fromhex(site.file.site)
    root, bus_root = keys.root(prk, id8, 1), keys.bus_root(prk, id8, 1)
    return " ".join(key.hex() for key in (prk, root, bus_root, keys.group(root, id8, 1)))


def test_a_gateway_gets_its_keys_and_neither_master_nor_bus_root_nor_places(tmp_path):
    site = sites.made(tmp_path)
    hall = site.add_gateway("Hall")
    bundle = site.bundle("hall")
    plain = files.pretty(bundle).decode()
    prk = keys.prk(bytes.fromhex((site.directory / "master.key").read_text()))
    id8 = bytes.fromhex(site.file.site)
    bus_root = keys.bus_root(prk, id8, 1)
    other = keys.link(bus_root, bytes.fromhex(site.file.gateways[0].id))
    forbidden = [(site.directory / "master.key").read_text().strip(), prk.hex(), bus_root.hex(), *map(bytes.hex, other)]
    forbidden += ["DOOR-0", "34th", "Beacon 0", "44.95"]
    for secret in forbidden:
        assert secret not in plain
    assert bundle.root_bytes == keys.root(prk, id8, 1)
    assert bundle.link_keys == keys.link(bus_root, bytes.fromhex(hall.id))
    assert bundle.gateway == hall.id and bundle.gateway_name == "Hall"
    assert bundle.roster.places is None and len(bundle.roster.beacons) == 2
    assert bundle.radio == site.file.air.radio, "for a modem: tuned as the beacons are, whatever rule chose the slot"
    roster.verify(bundle.roster, bundle.site, bundle.roster_key)


def test_a_dashboard_gets_the_bus_root_and_places_and_no_beacons_keys(tmp_path):
    site = sites.made(tmp_path)
    bundle = site.dashboard_bundle()
    plain = files.pretty(bundle).decode()
    prk = keys.prk(bytes.fromhex((site.directory / "master.key").read_text()))
    root = keys.root(prk, bytes.fromhex(site.file.site), 1)
    for secret in ((site.directory / "master.key").read_text().strip(), prk.hex(), root.hex(), site.file.channel_psk):
        assert secret not in plain
    assert bundle.roster.place(site.roster.beacons[0].node).private.door == "DOOR-0"
    gateway = site.file.gateways[0]
    assert bundle.link_keys(gateway.id) == site.bundle("gateway").link_keys
    assert (bundle.gateway_name(gateway.id), bundle.gateway_name("f" * 16)) == ("gateway", "f" * 16)
    with pytest.raises(errors.Unknown):
        bundle.link_keys("f" * 16)


def test_derived_keys_equal_an_independent_hkdf(tmp_path):
    site = sites.made(tmp_path)
    master = bytes.fromhex((site.directory / "master.key").read_text())
    id8, gateway = bytes.fromhex(site.file.site), bytes.fromhex(site.file.gateways[0].id)

    def expanded(key: bytes, info: bytes, size: int) -> bytes:
        return HKDFExpand(SHA256(), size, info).derive(key)

    prk = HKDF.extract(SHA256(), b"whistle/1", master)
    assert site.bundle("gateway").root_bytes == expanded(prk, b"whistle/1 root\0" + id8 + b"\x01", 32)
    bus_root = expanded(prk, b"whistle/1 bus\0" + id8 + b"\x01", 32)
    assert site.dashboard_bundle().bus_root == bus_root.hex()
    link = tuple(expanded(bus_root, b"whistle/1 bus " + way + b"\0\x08" + gateway, 64) for way in (b"up", b"down"))
    assert site.bundle("gateway").link_keys == link
    seed = expanded(prk, b"whistle/1 roster\0" + id8, 32)
    assert site.file.roster_key == Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def test_no_key_shows_when_a_bundle_or_site_file_is_printed(tmp_path):
    site = sites.made(tmp_path)
    for holder in (site.bundle("gateway"), site.dashboard_bundle(), site.file):
        shown = repr(holder) + str(holder) + f"{holder}"
        for field in ("root", "bus_root", "link_up", "channel_psk"):
            if hasattr(holder, field):
                assert getattr(holder, field) not in shown


def test_bundles_are_read_back_strictly(tmp_path):
    site = sites.made(tmp_path)
    gateway, dashboard = tmp_path / "g", tmp_path / "d"
    files.write(gateway, files.pretty(site.bundle("gateway")))
    files.write(dashboard, files.pretty(site.dashboard_bundle()))
    assert bundles.load_gateway_bundle(str(gateway)) == site.bundle("gateway")
    assert bundles.load_dashboard_bundle(dashboard) == site.dashboard_bundle()
    with pytest.raises(errors.Damaged, match="is a dashboard's bundle"):
        bundles.load_gateway_bundle(dashboard)
    with pytest.raises(errors.Damaged, match="is a gateway's bundle"):
        bundles.load_dashboard_bundle(gateway)
    with pytest.raises(errors.Damaged, match="There is no bundle at"):
        bundles.load_gateway_bundle(tmp_path / "none")
    document = json.loads(gateway.read_bytes())
    for change in ({"root": "00"}, {"surplus": 1}, {"v": 2}, {"kind": "captain"}, {"site": "f" * 16}):
        gateway.write_text(json.dumps({**document, **change}))
        with pytest.raises(errors.Damaged):
            bundles.load_gateway_bundle(gateway)
    bare = json.loads(dashboard.read_bytes())
    bare["roster"]["places"] = None
    dashboard.write_text(json.dumps(bare))
    with pytest.raises(errors.Damaged, match="without places"):
        bundles.load_dashboard_bundle(dashboard)


def test_what_needs_the_master_key_says_so_and_the_rest_goes_on(tmp_path):
    site = sites.made(tmp_path)
    (site.directory / "master.key").rename(tmp_path / "stick")
    node = site.roster.beacons[0].node
    for needs in (
        lambda: site.add_beacon("New", "34th & Cedar", 44.0, -93.0),
        lambda: site.mark_beacon(node, suspended=True),
        lambda: site.bundle("gateway"),
        site.dashboard_bundle,
        lambda: site.beacon_settings(node),
        lambda: site.hand_out_settings(node, tmp_path / "x"),
    ):
        with pytest.raises(errors.MasterMissing, match="put in the stick"):
            needs()
    assert not (tmp_path / "x").exists()
    site.add_gateway("Hall")
    site.export_roster(tmp_path / "roster")
    assert site.import_roster(tmp_path / "roster") is False
    with_stick = Site.open(site.directory, tmp_path / "stick")
    with_stick.add_beacon("New", "34th & Cedar", 44.0, -93.0)


def test_another_sites_master_key_or_a_damaged_one_is_said(tmp_path):
    site, other = sites.made(tmp_path / "1"), sites.made(tmp_path / "2")
    with pytest.raises(errors.WrongMaster, match="another site's master key"):
        Site.open(site.directory, other.directory / "master.key").bundle("gateway")
    for content in (b"", b"00", b"zz" * 32, b"0" * 65, b"\xff" * 64):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(errors.Damaged, match="is not a master key"):
            Site.open(site.directory, tmp_path / "key").bundle("gateway")
    with pytest.raises(errors.MasterMissing, match="cannot be read"):
        Site.open(site.directory, tmp_path).bundle("gateway")


def test_beacons_are_suspended_and_revoked_for_gateways_to_see(tmp_path):
    site = sites.made(tmp_path)
    one, two = (beacon.node for beacon in site.roster.beacons)
    site.mark_beacon(one, suspended=True)
    site.mark_beacon(two, revoked=True)
    held = site.bundle("gateway").roster
    assert (held.beacon(one).suspended, held.beacon(two).revoked) == (True, True)
    assert not site.mark_beacon(one, suspended=False).suspended
    for refused in (lambda: site.mark_beacon(two, revoked=False), lambda: site.hand_out_settings(two, tmp_path / "x")):
        with pytest.raises(errors.BadInput, match="add the beacon anew"):
            refused()
    with pytest.raises(errors.Unknown):
        site.mark_beacon(5, suspended=True)


def test_gateways_have_names_of_their_own(tmp_path):
    site = sites.made(tmp_path)
    site.add_gateway("Hall")
    with pytest.raises(errors.BadInput, match="There is a gateway called 'Hall' already"):
        site.add_gateway("HALL")
    with pytest.raises(errors.Unknown, match="this site has gateway, Hall"):
        site.bundle("attic")
    assert site.bundle(site.file.gateways[1].id).gateway_name == "Hall"


def test_beacons_are_found_by_name_and_by_number(tmp_path):
    site = sites.made(tmp_path)
    node = site.roster.beacons[1].node
    for wanted in (node, str(node), f"!{node:08x}", f"!{node:08X}", "BEACON 1"):
        assert site.find(wanted).node == node
    for wanted in ("Beacon 9", "!00000000", "99999999999", ""):
        with pytest.raises(errors.Unknown, match="whistle site roster"):
            site.find(wanted)


def copied(site: Site, folder: Path) -> Site:
    """The same site on a second technician's machine."""
    folder.mkdir()
    for name, content in sites.snapshot(site.directory).items():
        (folder / name).write_bytes(content)
    return Site.open(folder)


def test_rosters_travel_by_stick_and_the_highest_version_wins(tmp_path):
    here = sites.made(tmp_path)
    there = copied(here, tmp_path / "there")
    old = tmp_path / "old"
    here.export_roster(old)
    here.add_beacon("New", "34th & Cedar", 44.0, -93.0)
    here.export_roster(tmp_path / "stick")
    assert there.import_roster(tmp_path / "stick") is True
    assert Site.open(there.directory).roster == here.roster
    assert there.import_roster(tmp_path / "stick") is False
    with pytest.raises(errors.Older, match="is held and stays"):
        there.import_roster(old)
    here.add_beacon("Here only", "34th & Cedar", 44.0, -93.0)
    there.add_beacon("There only", "34th & Cedar", 44.0, -93.0)
    here.export_roster(tmp_path / "apart")
    with pytest.raises(errors.Conflict, match="changed apart"):
        there.import_roster(tmp_path / "apart")
    assert Site.open(there.directory).find("There only")


def test_a_gateways_copy_a_forged_one_and_another_sites_are_not_taken_over(tmp_path):
    here = sites.made(tmp_path / "1")
    there = copied(here, tmp_path / "there")
    here.add_beacon("New", "34th & Cedar", 44.0, -93.0)
    here.export_roster(tmp_path / "bare", places=False)
    assert b"DOOR" not in (tmp_path / "bare").read_bytes()
    with pytest.raises(errors.BadInput, match="a gateway's copy, without places"):
        there.import_roster(tmp_path / "bare")
    here.export_roster(tmp_path / "whole")
    forged = json.loads((tmp_path / "whole").read_bytes())
    forged["beacons"][0]["captain"] = True
    (tmp_path / "forged").write_text(json.dumps(forged))
    with pytest.raises(errors.Forged):
        there.import_roster(tmp_path / "forged")
    sites.made(tmp_path / "2", 5).export_roster(tmp_path / "other")
    with pytest.raises(errors.OtherSite):
        there.import_roster(tmp_path / "other")
    for name, sentence in (("none", "There is no roster at"), ("1", "cannot be read")):
        with pytest.raises(errors.Damaged, match=sentence):
            there.import_roster(tmp_path / name)
    assert Site.open(there.directory).roster.version == 3
