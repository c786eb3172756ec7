"""Section 8 as it is settled: one row an alert, whatever the order; authentic alerts are never refused."""

import itertools
import random
from collections.abc import Iterator

import msgspec
import pytest
from alertwire import line, pulse, telemetry
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.hearing import Hearing
from gateway.reader import Refusal
from gateway.settle import Again, Alive, Raised
from gateway.telling import sign_of_life
from tests.support.gateway_parts import Inside
from tests.support.gateways import World
from whistle.bus import envelope, topics


@pytest.fixture
def inside(world: World, tmp_path) -> Iterator[Inside]:
    one = Inside(world, tmp_path / "data")
    yield one
    one.close()


@pytest.fixture
def beacon(world: World):
    return world.beacons[0]


def told(outcomes: list) -> tuple:
    """(event, judged) of what was raised, or the kind of outcome."""
    return tuple((one.alert.event, one.alert.judged) if isinstance(one, Raised) else type(one) for one in outcomes)


FRESH, LATE, CLONE = "fresh", "late-or-copied", "clone-or-rollback"


def test_a_new_line_is_fresh_and_everything_of_it_is_told(inside, beacon) -> None:
    frame = beacon.line(1042, kind=2, word="FIRE", low=True, doubt=True, position=(44.95, -93.25))
    [one] = inside.hear(beacon, 11, frame)
    alert = one.alert
    assert (alert.row, alert.node, alert.sequence, alert.of) == (1, beacon.node, 0x01000412, 0x01000412)
    assert (alert.kind, alert.event, alert.judged, alert.text) == ("fire", "raised", FRESH, "FIRE 34th & Cedar #1042")
    assert alert.low and alert.doubt and not alert.drill and alert.tag == beacon.pair(frame)[1].hex()
    assert alert.position == pytest.approx((44.95, -93.25), abs=2e-5)
    assert [(h.source, h.rssi, h.snr, h.hops) for h in alert.hearings] == [("tcp://fake", -80.0, 6.0, 1)]
    assert msgspec.json.decode(inside.ledger.open_rows(0, 9)[0][1], type=type(alert)) == alert


def test_the_same_line_again_on_either_port_is_no_second_row(inside, beacon) -> None:
    frame = beacon.line(7)
    assert told(inside.hear(beacon, 11, frame)) == (("raised", FRESH),)
    for port in (1, 11, 1):
        assert told(inside.hear(beacon, port, frame)) == (Again,)
    assert inside.ledger.waiting() == 1
    assert inside.ledger.at_sequence(beacon.node, beacon.sequence(7))[0].heard == 4


def test_at_or_below_the_mark_is_raised_late(inside, beacon) -> None:
    inside.hear(beacon, 11, beacon.line(100))
    assert told(inside.hear(beacon, 11, beacon.line(99))) == (("raised", LATE),)
    assert told(inside.hear(beacon, 11, beacon.line(101))) == (("raised", FRESH),)


def test_two_tags_for_one_sequence_are_a_clone_and_both_are_kept(inside, beacon) -> None:
    inside.hear(beacon, 11, beacon.line(5, echo=1))
    assert told(inside.hear(beacon, 11, beacon.line(5, echo=2))) == (("raised", CLONE),)
    assert told(inside.hear(beacon, 11, beacon.line(5, echo=1))) == (Again,)
    assert len(inside.ledger.at_sequence(beacon.node, beacon.sequence(5))) == 2 and inside.ledger.waiting() == 2


def test_refined_again_cancelled_and_duress(inside, beacon) -> None:
    inside.hear(beacon, 11, beacon.line(10))
    assert told(inside.hear(beacon, 11, beacon.line(11, kind=1, back=1))) == (("refined", FRESH),)
    assert told(inside.hear(beacon, 11, beacon.line(12, kind=1, back=2))) == (("again", FRESH),)
    assert told(inside.hear(beacon, 11, beacon.line(13, kind=1, back=3, cancel=True))) == (("cancelled", FRESH),)
    assert told(inside.hear(beacon, 11, beacon.line(14, kind=1, back=4, cancel=True, duress=True))) == (
        ("duress", FRESH),
    )
    family = inside.ledger.family(beacon.node, beacon.sequence(10))
    assert [row.sequence & 0xFF for row in family] == [10, 11, 12, 13, 14] and {row.of for row in family} == {
        beacon.sequence(10)
    }


def test_a_cancel_before_its_alert_makes_the_late_line_join_closed(inside, beacon) -> None:
    assert told(inside.hear(beacon, 11, beacon.line(21, back=1, cancel=True))) == (("cancelled", FRESH),)
    [late] = inside.hear(beacon, 11, beacon.line(20))
    assert (late.alert.event, late.alert.judged, late.alert.of) == ("raised", LATE, beacon.sequence(20))
    assert late.row.closed


def test_a_silent_pulse_is_one_alert_however_many_copies(inside, beacon) -> None:
    first = inside.hear(beacon, 67, beacon.pulse(30, standing=2))
    assert told(first) == (("silent", FRESH), Alive)
    alert = first[0].alert
    assert (alert.sequence, alert.of, alert.tag, alert.text) == (beacon.sequence(30), beacon.sequence(30), "0" * 16, "")
    for back in (1, 2, 3):
        assert told(inside.hear(beacon, 67, beacon.pulse(30 + back, standing=2, back=back))) == (Alive,)
    assert inside.ledger.waiting() == 1


def test_a_silent_alert_whose_first_copies_were_lost_keeps_its_identity(inside, beacon) -> None:
    [raised, _alive] = inside.hear(beacon, 67, beacon.pulse(33, standing=2, back=3))
    assert raised.alert.sequence == raised.alert.of == beacon.sequence(30)


def test_a_poll_for_a_line_nobody_heard_raises_it_and_the_line_joins(inside, beacon) -> None:
    [raised, _] = inside.hear(beacon, 67, beacon.pulse(41, standing=1, kind=3, back=1))
    assert (raised.alert.event, raised.alert.kind, raised.alert.tag) == ("raised", "watch", "0" * 16)
    [line] = inside.hear(beacon, 11, beacon.line(40, kind=3))
    assert (line.alert.sequence, line.alert.judged) == (beacon.sequence(40), LATE)
    assert told(inside.hear(beacon, 67, beacon.pulse(42, standing=1, kind=3, back=2))) == (Alive,)


def test_polls_further_on_than_they_can_say_raise_nothing_new(inside, beacon) -> None:
    """65,535 back means that or more: a beacon started some hundred times within one call."""
    inside.hear(beacon, 11, beacon.line(40))
    for counter in (40 + 0xFFFF, 70_000, 90_000):
        assert told(inside.hear(beacon, 67, beacon.pulse(counter, standing=1, back=0xFFFF))) == (Alive,)
    assert len(inside.ledger.at_sequence(beacon.node, beacon.sequence(40))) == 1
    [unheard, _] = inside.hear(beacon, 67, beacon.pulse(100_000, standing=2, back=50))
    assert unheard.alert.event == "silent" and unheard.alert.sequence == beacon.sequence(99_950)


def test_duress_is_learned_from_a_pulse_when_its_line_was_lost(inside, beacon) -> None:
    inside.hear(beacon, 11, beacon.line(50))
    first = inside.hear(beacon, 67, beacon.pulse(52, standing=3, back=2))
    assert told(first) == (("duress", FRESH), Alive) and first[0].alert.of == beacon.sequence(50)
    assert told(inside.hear(beacon, 67, beacon.pulse(53, standing=3, back=3))) == (Alive,)


def test_two_pulses_under_one_sequence_are_a_clones_and_both_are_told(inside, beacon) -> None:
    assert told(inside.hear(beacon, 67, beacon.pulse(55, standing=2))) == (("silent", FRESH), Alive)
    other = beacon.pulse(55, standing=3, back=5)
    [raised, _] = inside.hear(beacon, 67, other)
    assert (raised.alert.event, raised.alert.judged, raised.alert.of) == ("duress", CLONE, beacon.sequence(50))
    assert raised.alert.tag == beacon.pair(other)[1].hex()
    assert told(inside.hear(beacon, 67, other)) == (Alive,)


def test_one_item_that_cannot_be_stored_does_not_silence_the_others(inside, world, monkeypatch) -> None:
    """A mistake of ours, planted: everybody else in the same transaction is heard, and the thread lives on."""
    real = inside.ledger.add_alert

    def odd(row, hearing, body):
        if row.node == world.beacons[1].node:
            inside.ledger._do("INSERT INTO mark VALUES (NULL, NULL, NULL)")
        return real(row, hearing, body)

    monkeypatch.setattr(inside.ledger, "add_alert", odd)
    items = []
    for one in world.beacons[:3]:
        hearing = Hearing("tcp://fake", one.node, 1, 11, one.line(5), None, None, None, 0.0)
        items.append(inside.reader.read(hearing))
    done = inside.pipeline._apart(items)
    assert [one.row.node for one in done] == [world.beacons[0].node, world.beacons[2].node]
    assert inside.ledger.waiting() == 2 and inside.counts.snapshot()["contradictory"] == 1


def test_routine_pulses_below_the_mark_are_replays_and_copies_are_not(inside, beacon) -> None:
    old, new = beacon.pulse(60), beacon.pulse(61)
    assert told(inside.hear(beacon, 67, old)) == (Alive,)
    assert told(inside.hear(beacon, 67, new)) == (Alive,)
    [copy] = inside.hear(beacon, 67, new)
    assert isinstance(copy, Alive) and not copy.new
    [replay] = inside.hear(beacon, 67, old)
    assert isinstance(replay, Refusal) and replay.reason == "replay"
    assert inside.refusals.totals()["replay"] == 1


def test_each_reason_but_revoked(inside, world) -> None:
    beacon, other = world.beacons[0], world.beacons[1]
    reasons = {}
    frame = beacon.line(70)
    reasons["tag"] = inside.hear(other, 11, frame)
    reasons["unknown-node"] = inside.hear(12345, 11, frame)
    reasons["malformed"] = inside.hear(beacon, 11, frame[:-1] + b"=")
    inside.hear(beacon, 67, beacon.pulse(72))
    reasons["replay"] = inside.hear(beacon, 67, beacon.pulse(71))
    for reason, outcome in reasons.items():
        assert [one.reason for one in outcome] == [reason]


def test_a_revoked_beacon_is_refused_by_its_right_tag_only(world, tmp_path) -> None:
    gone = world.beacons[1]
    world.site.mark_beacon(gone.node, revoked=True)
    inside = Inside(world, tmp_path / "revoked")
    assert [one.reason for one in inside.hear(gone, 11, gone.line(5))] == ["revoked"]
    assert [one.reason for one in inside.hear(gone, 67, gone.pulse(6))] == ["revoked"]
    assert [one.reason for one in inside.hear(gone, 11, world.beacons[0].line(5))] == ["tag"]
    assert inside.ledger.waiting() == 0 and inside.ledger.mark(gone.node) is None
    inside.close()


def test_chat_and_other_peoples_telemetry_are_foreign_not_refused(inside, beacon) -> None:
    for port, payload in (
        (1, b"see you at eight ~ john"),
        (1, "gr\u00fc\u00dfe ~".encode()),
        (11, b"\x07anybody there?"),
        (67, b"\x0d\x00\x00\x00\x00\x12\x02\x08\x50"),
        (67, b""),
        (3, b"\xff" * 40),
    ):
        assert inside.hear(beacon, port, payload) == []
    assert not any(inside.refusals.totals().values())


def test_age_is_proven_by_an_echo_of_ours_and_by_nothing_else(inside, beacon) -> None:
    echo = inside.echoes.current()
    assert echo
    [one] = inside.hear(beacon, 11, beacon.line(80, echo=echo))
    assert (one.alert.age, one.alert.age_limit_s) == ("fresh", 1)
    inside.fake.tick(800)
    [one] = inside.hear(beacon, 11, beacon.line(81, echo=echo))
    assert (one.alert.age, one.alert.age_limit_s) == ("fresh", 801)
    inside.fake.tick(200)
    [one] = inside.hear(beacon, 11, beacon.line(82, echo=echo))
    assert (one.alert.age, one.alert.age_limit_s) == ("unknown", 1001)
    for unknown in (0, echo ^ 1):
        [one] = inside.hear(beacon, 11, beacon.line(90 + unknown % 7, echo=unknown))
        assert (one.alert.age, one.alert.age_limit_s) == ("unknown", None)
    inside.fake.tick(1)
    inside.turn()
    assert inside.echoes.current() not in (0, echo)


def test_a_beacon_set_up_anew_after_our_roster_is_heard(inside, world) -> None:
    """Its device epoch is above the roster's: the key is derived, the alert is not refused."""
    beacon = world.beacons[2]
    world.site.hand_out_settings(beacon.node, world.folder / "b.json")
    world.site.hand_out_settings(beacon.node, world.folder / "b2.json", again=True)
    newer = type(beacon)(world.site.beacon_settings(beacon.node))
    assert newer.epoch > beacon.epoch
    assert told(inside.hear(newer, 11, newer.line(3))) == (("raised", FRESH),)
    assert told(inside.hear(beacon, 11, beacon.line(900))) == (("raised", LATE),)


def test_the_wrong_group_key_is_marked_at_most_never_refused(inside, beacon) -> None:
    beacon.group = bytes(32)
    assert told(inside.hear(beacon, 11, beacon.line(95))) == (("raised", FRESH),)


def test_hearings_end_at_64_and_are_counted_on(inside, beacon) -> None:
    frame = beacon.line(5)
    for _ in range(100):
        inside.hear(beacon, 11, frame)
    assert inside.ledger.at_sequence(beacon.node, beacon.sequence(5))[0].heard == 100
    kept = inside.ledger._db.execute("SELECT count(*) FROM hearing").fetchone()[0]
    assert kept == 64


def test_any_order_of_a_whole_story_is_one_row_each_and_nothing_refused(world, tmp_path) -> None:
    """A rolled-back or cloned board, relays, replays: every order of the same frames stores the same rows."""
    beacon = world.beacons[0]
    frames = [
        (11, beacon.line(10)),
        (11, beacon.line(11, kind=1, back=1)),
        (11, beacon.line(12, back=2, cancel=True)),
        (11, beacon.line(10, echo=9)),
        (67, beacon.pulse(13, standing=1, back=3)),
    ]
    expected = {(10, 2), (11, 1), (12, 1)}
    for number, order in enumerate(random.Random(7).sample(list(itertools.permutations(frames)), 12)):
        inside = Inside(world, tmp_path / f"order{number}")
        for port, frame in [*order, *order]:
            assert not any(isinstance(one, Refusal) for one in inside.hear(beacon, port, frame))
        rows = inside.ledger.family(beacon.node, beacon.sequence(10))
        tagged = [row.sequence & 0xFF for row in rows if any(row.tag)]
        assert {(n, tagged.count(n)) for n in tagged} == expected and len(rows) - len(tagged) <= 1
        inside.close()


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_to_a_frame_is_ever_accepted(shared, data) -> None:
    """Every bit, byte or length may change: nothing but the very bytes is a line, a pulse or a repeat."""
    inside, beacon, frames = shared
    port, frame = data.draw(st.sampled_from(frames))
    at = data.draw(st.integers(0, len(frame) - 1))
    how = data.draw(st.sampled_from(["flip", "insert", "drop", "cut", "junk"]))
    bad = {
        "flip": frame[:at] + bytes([frame[at] ^ 1 << data.draw(st.integers(0, 7))]) + frame[at + 1 :],
        "insert": frame[:at] + data.draw(st.binary(min_size=1, max_size=3)) + frame[at:],
        "drop": frame[:at] + frame[at + 1 :],
        "cut": frame[:at],
        "junk": data.draw(st.binary(max_size=233)),
    }[how]
    if bad == frame:
        return
    rows = inside.ledger.waiting()
    outcomes = inside.hear(beacon, port, bad)
    assert all(isinstance(one, Refusal) for one in outcomes) and inside.ledger.waiting() == rows


words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7D), min_size=1, max_size=20)


@settings(max_examples=200)
@given(data=st.data())
def test_whatever_an_authentic_beacon_says_is_settled_answered_and_fits_the_bus(talked, data) -> None:
    """Every field at any value, from any epoch: nothing raises, and a dashboard's strict reader takes all of it."""
    inside, beacon = talked
    flags = {name: data.draw(st.booleans()) for name in ("low", "doubt")}
    sequence, echo = data.draw(st.integers(0, 0xFFFFFFFF)), data.draw(st.integers(0, 0xFFFF))
    owner = inside.keyring.keys_for(inside.keyring.known(beacon.node), sequence)
    if data.draw(st.booleans()):
        cancel = data.draw(st.booleans())
        text = line.compose(data.draw(words).replace("://", ":"), beacon.place, sequence)
        place = data.draw(st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
        payload, port = line.build(
            beacon.node, owner.up, beacon.group, beacon.group_epoch, text, sequence, data.draw(st.integers(0, 3)), echo,
            data.draw(st.integers(0, 15)), data.draw(st.booleans()), cancel=cancel,
            duress=cancel and data.draw(st.booleans()), position=place, **flags,
        ), data.draw(st.sampled_from([1, 11]))  # fmt: skip
    else:
        body = telemetry.metrics(
            data.draw(st.none() | st.integers(0, 1 << 31)), data.draw(st.none() | st.integers(0, 99_000)),
            data.draw(st.none() | st.floats(0, 100)), None, data.draw(st.none() | st.integers(0, 1 << 31)),
        )  # fmt: skip
        payload, port = pulse.build(
            beacon.node, owner.up, owner.status, beacon.group_epoch, sequence, body, echo,
            data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3)), data.draw(st.integers(0, 0xFFFF)),
            tamper=data.draw(st.booleans()), mode=data.draw(st.integers(0, 3)),
            last_answer=data.draw(st.integers(0, 7)), **flags,
        ), 67  # fmt: skip
    for one in inside.hear(beacon, port, payload):
        if isinstance(one, Refusal):
            assert one.reason == "replay"
        if isinstance(one, Raised | Alive):
            said = one.alert if isinstance(one, Raised) else sign_of_life(one.hearing, one.pulse)
            topic = topics.up(inside.bundle.site, inside.bundle.gateway)
            assert envelope.unseal(inside.bundle.link_keys[0], topic, inside.bus._sealed(said)).message == said
    inside.run(0.2)


@pytest.fixture(scope="module")
def talked(tmp_path_factory) -> Iterator[tuple]:
    world = World(tmp_path_factory.mktemp("talked"))
    inside = Inside(world, world.folder / "data")
    yield inside, world.beacons[0]
    inside.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[tuple]:
    world = World(tmp_path_factory.mktemp("shared"))
    inside = Inside(world, world.folder / "data")
    beacon = world.beacons[0]
    frames = [(11, beacon.line(1000)), (11, beacon.line(1001, back=1, cancel=True)), (67, beacon.pulse(1002))]
    yield inside, beacon, frames
    for port, frame in frames:
        assert not any(isinstance(one, Refusal) for one in inside.hear(beacon, port, frame)), "the genuine copy"
    inside.close()
