"""The roster: no change goes unnoticed, and among copies carried about the highest version wins for ever."""

import json

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support import sites
from tests.support.sites import PUBLIC, SITE, rosters
from whistle.site import errors, files, roster
from whistle.site.roster import Roster

decoder = msgspec.json.Decoder(Roster)


@given(rosters())
def test_a_signed_roster_holds_whole_and_as_a_gateways_copy(signed):
    assert roster.verify(signed, SITE, PUBLIC) is signed
    bare = signed.without_places()
    assert roster.verify(bare, SITE, PUBLIC).places is None
    for copy in (signed, bare):
        assert roster.verify(decoder.decode(files.pretty(copy)), SITE, PUBLIC) == copy


def changed(value):
    """A value of the same kind that is another one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value - 1 if value > 4 else value + 1
    if isinstance(value, float):
        return value / 2 if value else 1.0
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1") if value else "x"
    return value[:-1] if value else [1]


def leaves(node, path=()):
    """The paths of all values that can be changed in a JSON document."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        yield path
        for index, value in enumerate(node):
            yield from leaves(value, (*path, index))
    else:
        yield path


@given(rosters(), st.data())
def test_any_change_is_refused(signed, data):
    document = json.loads(files.pretty(signed))
    path = data.draw(st.sampled_from([found for found in leaves(document) if found]))
    spot = document
    for step in path[:-1]:
        spot = spot[step]
    before = spot[path[-1]]
    spot[path[-1]] = changed(before)
    assume(spot[path[-1]] != before)
    with pytest.raises((errors.RosterRefused, msgspec.ValidationError)):
        roster.verify(decoder.decode(json.dumps(document)), SITE, PUBLIC)


@given(rosters(), st.data())
def test_any_flipped_bit_of_the_file_is_refused_or_means_the_same(signed, data):
    raw = bytearray(files.pretty(signed))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    try:
        read = roster.verify(decoder.decode(bytes(raw)), SITE, PUBLIC)
    except (errors.RosterRefused, msgspec.DecodeError, UnicodeDecodeError):
        return
    assert read == signed  # a blank that became another blank


@given(rosters())
def test_swapped_beacons_or_places_of_another_roster_are_refused(signed):
    for part in ("beacons", "places"):
        turned = msgspec.structs.replace(signed, **{part: list(reversed(getattr(signed, part)))})
        if turned != signed:
            with pytest.raises(errors.Forged):
                roster.verify(turned, SITE, PUBLIC)


@given(rosters())
def test_another_site_and_another_key_are_refused(signed):
    with pytest.raises(errors.OtherSite):
        roster.verify(signed, "f" * 16, PUBLIC)
    other = roster.public_key(roster.signing_key(bytes(32), bytes.fromhex(SITE)))
    with pytest.raises(errors.Forged):
        roster.verify(signed, SITE, other)
    with pytest.raises(errors.Forged):
        roster.accept(None, msgspec.structs.replace(signed, version=signed.version + 1), SITE, PUBLIC)


@given(st.lists(rosters(versions=st.integers(1, 6)), min_size=1, max_size=12))
def test_whatever_comes_in_any_order_the_version_held_never_falls(offers):
    held = None
    for offer in offers:
        before = held
        try:
            held = roster.accept(held, offer, SITE, PUBLIC)
        except errors.Older:
            assert offer.version < before.version
        except errors.Conflict:
            assert offer.version == before.version and offer != before
        else:
            assert before is None or held is before or held.version >= before.version
    assert held.version == max(offer.version for offer in offers)


@given(rosters())
def test_the_same_version_again_changes_nothing_but_may_add_the_places(signed):
    bare = signed.without_places()
    assert roster.accept(signed, signed, SITE, PUBLIC) is signed
    assert roster.accept(signed, bare, SITE, PUBLIC) is signed
    assert roster.accept(bare, signed, SITE, PUBLIC) is signed


def test_sentences_say_what_to_do():
    first = roster.signed(sites.KEY, SITE, 1, [], [])
    third = roster.signed(sites.KEY, SITE, 3, [], [])
    twin = roster.signed(sites.KEY, SITE, 3, [sites.Beacon(node=9, epoch=1, mode="relay", kinds=[])], [])
    with pytest.raises(errors.Older, match="version 1; version 3 is held and stays"):
        roster.accept(third, first, SITE, PUBLIC)
    with pytest.raises(errors.Conflict, match="make the change again on one of them"):
        roster.accept(third, twin, SITE, PUBLIC)
    with pytest.raises(errors.OtherSite, match="take the right stick"):
        roster.accept(third, msgspec.structs.replace(first, site="f" * 16), SITE, PUBLIC)


def test_the_signed_bytes_are_the_canonical_json_of_the_contract():
    signed = roster.signed(sites.KEY, SITE, 7, [sites.Beacon(node=9, epoch=1, mode="relay", kinds=["help"])], [])
    document = json.loads(files.canonical(signed))
    del document["places"], document["signature"]
    plain = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    sites.KEY.public_key().verify(bytes.fromhex(signed.signature), plain)


def test_beacon_and_place_are_found_by_node():
    beacon = sites.Beacon(node=9, epoch=1, mode="relay", kinds=["help"])
    place = sites.Place(node=9, name="A", public="B", private=sites.Private(), lat=1.0, lon=2.0)
    signed = roster.signed(sites.KEY, SITE, 1, [beacon], [place])
    assert (signed.beacon(9), signed.place(9)) == (beacon, place)
    assert (signed.beacon(8), signed.place(8), signed.without_places().place(9)) == (None, None, None)
