"""Every key of section 1 from the golden vectors."""

from alertwire import keys
from alertwire.keys import BeaconKeys

from tests.alertwire.golden import load, raw


def test_every_key_of_every_site():
    vectors = load("keys")
    assert len(vectors) == 4
    for v in vectors:
        site, node = raw(v["site"]), v["node"]
        prk = keys.prk(raw(v["master"]))
        root = keys.root(prk, site, v["root_epoch"])
        bus = keys.bus_root(prk, site, v["bus_epoch"])
        device = keys.device(root, site, node, v["device_epoch"])
        mine = BeaconKeys.of(device)
        assert [prk, root, bus, device] == [raw(v[name]) for name in ("prk", "root", "bus_root", "device")]
        assert [mine.up, mine.down, mine.status, mine.id] == [raw(v[name]) for name in ("up", "down", "status", "id")]
        assert keys.group(root, site, v["group_epoch"]) == raw(v["group"])
        assert keys.link(bus, raw(v["gateway"])) == (raw(v["link_up"]), raw(v["link_down"]))


def test_the_keys_printed_in_the_protocol():
    v = load("keys")[0]
    starts = {
        "up": "6be8225df66475d7",
        "down": "487d0d5df89604f3",
        "status": "fea29cdea3fc3ef2",
        "group": "c4dad56ee489920b",
    }
    for name in starts:
        assert v[name][:16] == starts[name]


def test_every_input_changes_the_key():
    site = bytes(8)
    made = [
        keys.device(bytes(32), site, 1, 1),
        keys.device(bytes(32), site, 1, 2),
        keys.device(bytes(32), site, 2, 1),
        keys.device(bytes(32), site + b"\0", 1, 1),
        keys.device(bytes(31) + b"\1", site, 1, 1),
        keys.group(bytes(32), site, 1),
        keys.root(bytes(32), site, 1),
        keys.bus_root(bytes(32), site, 1),
    ]
    assert len(set(made)) == len(made)
