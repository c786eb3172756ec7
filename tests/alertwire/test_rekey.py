"""A new group key over the air, built and read by the hosts' module and by the board's code."""

from alertwire import rekey, wire
from alertwire.errors import Unbuildable

from tests.alertwire.golden import load, raises, raw, refuses


def test_new_keys_both_ways():
    vectors = load("rekeys")
    assert len(vectors) >= 5
    for v in vectors:
        down, key, payload = raw(v["down"]), raw(v["key"]), raw(v["payload"])
        assert rekey.build(v["node"], down, v["group_epoch"], v["number"], key, raw(v["body"])) == payload
        found = rekey.parse(payload)
        assert (found.group_epoch, found.number) == (v["group_epoch"], v["number"])
        assert rekey.opened(found, v["node"], down) == key
        assert wire.rekeyed(payload[-46:], v["node"], down) == key
        assert key not in payload, "the key itself is never on the air"


def test_it_is_for_one_beacon_alone():
    first, *_, last = load("rekeys")
    field = raw(first["payload"])[-46:]
    assert wire.rekeyed(field, first["node"] ^ 1, raw(first["down"])) is None
    assert wire.rekeyed(field, last["node"], raw(last["down"])) is None


def test_any_bit_that_is_wrong_is_noticed():
    v = load("rekeys")[0]
    field = raw(v["payload"])[-46:]
    for at in range(46):
        for bit in (1, 128) if at else ():  # the first byte is the type, which who reads looks at
            wrong = field[:at] + bytes([field[at] ^ bit]) + field[at + 1 :]
            assert wire.rekeyed(wrong, v["node"], raw(v["down"])) is None, at
    for odd in (b"", field[:1], field[:-1], field + b"\0", field[1:]):
        assert wire.rekeyed(odd, v["node"], raw(v["down"])) is None


def test_what_is_no_new_key_is_refused():
    refused = [v for v in load("refused") if v["kind"] == "rekey"]
    assert len(refused) >= 5
    for v in refused:
        assert refuses(rekey.parse, raw(v["payload"])), v["why"]


def test_what_must_not_be_built():
    good = (1, bytes(32), 2, 3, bytes(32), b"\x12\x00")
    rekey.build(*good)
    for at, bad in ((2, 0), (2, 256), (3, 1 << 32), (3, -1), (4, bytes(31))):
        assert raises(Unbuildable, rekey.build, *good[:at], bad, *good[at + 1 :])
