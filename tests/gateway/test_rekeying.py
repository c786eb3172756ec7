"""Who is given a new group key, when, and under which key the gateway speaks meanwhile; every part but the radio."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alertwire import gatewaypulse, kinds, receipt, rekey
from alertwire.errors import Malformed

from gateway import ledger_beacons
from gateway.hearing import Hearing
from gateway.reader import HeardLine
from gateway.settle import Raised
from tests.gateway.test_answerer import online, say
from tests.support.gateway_parts import FakeClock, Inside
from tests.support.gateways import FakeBeacon, World

LISTENS, PRESS = 2, 0


@pytest.fixture
def rotated(world: World) -> World:
    """Beacons with the first key; a gateway whose bundle has the second."""
    world.site.rotate()
    return world


@pytest.fixture
def inside(rotated: World, tmp_path: Path) -> Iterator[Inside]:
    one = Inside(rotated, tmp_path / "data")
    online(one)
    one.run(11)  # the radio has said its first gateway pulse, and takes telemetry again
    yield one
    one.close()


def is_key(payload: bytes) -> bool:
    return payload[-49:-45] == b"\xfa\x07\x2e\x51"


def given(one: Inside, since: float = 0.0) -> list[tuple[float, rekey.Rekey]]:
    """The new keys on the air: seconds, message."""
    found = []
    for at, port, payload in one.radio.sent:
        if port == 67 and at >= since and is_key(payload):
            found.append((at, rekey.parse(payload)))
    return found


def ticks(one: Inside) -> list[gatewaypulse.GatewayPulse]:
    found = []
    for payload in one.radio.on(67):
        try:
            found.append(gatewaypulse.parse(payload))
        except Malformed:
            continue
    return found


def takes(beacon: FakeBeacon, message: rekey.Rekey) -> bool:
    """Whether it was for this beacon, which then has it."""
    key = rekey.opened(message, beacon.node, beacon.down)
    if key is None:
        return False
    beacon.group, beacon.group_epoch = key, message.group_epoch
    return True


def pulse(one: Inside, beacon: FakeBeacon, counter: int, mode: int = LISTENS, **more) -> float:
    one.hear(beacon, 67, beacon.pulse(counter, mode=mode, **more))
    return one.fake.now


def test_a_pulse_with_the_old_key_is_given_the_new_one(inside: Inside, rotated: World) -> None:
    beacon, other = rotated.beacons[:2]
    at = pulse(inside, beacon, 1)
    inside.run(30)
    [(when, message)] = given(inside)
    assert when - at < 10 and not takes(other, message) and takes(beacon, message)
    assert beacon.group_epoch == 2 and beacon.group.hex() == rotated.site.beacon_settings(beacon.node)["group"]
    before = len(given(inside))
    pulse(inside, beacon, 2)
    inside.run(4000)
    assert len(given(inside)) == before, "it has it"
    assert inside.counts.snapshot()["rekeys"] == 1


def test_one_that_is_far_behind_goes_up_step_by_step(world: World, tmp_path: Path) -> None:
    for _ in range(3):
        world.site.rotate()
    one, beacon = Inside(world, tmp_path / "data"), world.beacons[0]
    steps = []
    for counter in range(1, 5):
        at = pulse(one, beacon, counter)
        one.run(61)
        steps += [message.group_epoch for _, message in given(one, at) if takes(beacon, message)]
    assert steps == [2, 3, 4]
    one.close()


def test_one_that_sleeps_hears_it_in_its_window(inside: Inside, rotated: World) -> None:
    at = pulse(inside, rotated.beacons[0], 1, PRESS)
    inside.run(30)
    assert given(inside)[0][0] - at < 2.5


def test_a_key_that_is_too_late_for_a_sleeper_does_not_go(inside: Inside, rotated: World) -> None:
    inside.run(10)
    last = [at for at, port, _ in inside.radio.sent if port == 67][-1]
    inside.run(max(0.0, last + 3 - inside.fake.now))
    pulse(inside, rotated.beacons[0], 1, PRESS)  # the radio takes no telemetry for seven seconds
    inside.run(60)
    assert given(inside) == []
    pulse(inside, rotated.beacons[1], 1, LISTENS)
    inside.run(60)
    assert len(given(inside)) == 1


def test_the_same_beacon_is_given_it_ever_more_seldom(inside: Inside, rotated: World) -> None:
    beacon, start = rotated.beacons[0], inside.fake.now
    for counter in range(1, 241):
        pulse(inside, beacon, counter)
        inside.run(60, step=1.0)
    times = [at - start for at, _ in given(inside)]
    gaps = [round((b - a) / 60) for a, b in zip(times, times[1:], strict=False)]
    assert 5 <= len(times) <= 9 and gaps == sorted(gaps) and gaps[-1] >= 60, gaps


def test_many_beacons_cost_no_more_air_than_gateway_pulses(rotated: World, tmp_path: Path) -> None:
    one = Inside(rotated, tmp_path / "many")
    for counter in range(1, 60):
        for beacon in rotated.beacons:
            pulse(one, beacon, counter)
        one.run(5)
    times = [at for at, _ in given(one)]
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= one.plan.tick_s
    ticked = len(ticks(one))
    assert ticked >= 295 / one.plan.tick_s - 1, "and none instead of one"
    one.close()


def test_what_stands_makes_no_difference_to_who_listens(rotated: World, tmp_path: Path) -> None:
    seen = []
    for standing in (kinds.ROUTINE, kinds.SILENT, kinds.DURESS):
        one = Inside(rotated, tmp_path / f"as-{standing}")
        online(one)
        one.run(11)
        pulse(one, rotated.beacons[0], 5, standing=standing, back=1 if standing else 0)
        one.run(45)
        seen.append([(round(at, 2), port, len(payload), is_key(payload)) for at, port, payload in one.radio.sent])
        one.close()
    assert seen[0] == seen[1] == seen[2] and sum(key for *_, key in seen[0]) == 1


def test_answers_to_an_open_call_go_first(inside: Inside, rotated: World) -> None:
    caller, other = rotated.beacons[:2]
    frame = caller.line(7)
    inside.hear(caller, 11, frame)
    pulse(inside, other, 1)
    say(inside, caller.node, caller.sequence(7), "clear", 1, tag=caller.pair(frame)[1].hex())
    at = inside.fake.now
    inside.run(40)
    after = [payload for when, port, payload in inside.radio.sent if port == 67 and when >= at]
    assert not is_key(after[0]) and caller.reads(67, after[0], frame) is not None, "the captain's word first"
    assert len(given(inside, at)) == 1


def test_no_key_once_half_of_the_hours_air_is_used(inside: Inside, rotated: World) -> None:
    inside.plan.share = lambda: 0.5  # type: ignore[method-assign]
    pulse(inside, rotated.beacons[0], 1)
    inside.run(50)
    assert given(inside) == []
    inside.plan.share = lambda: 0.49  # type: ignore[method-assign]
    inside.run(50)
    assert len(given(inside)) == 1


def test_a_replayed_pulse_asks_for_nothing(inside: Inside, rotated: World) -> None:
    beacon = rotated.beacons[0]
    old, new = beacon.pulse(1, mode=LISTENS), beacon.pulse(9, mode=LISTENS)
    inside.hear(beacon, 67, new)
    inside.run(30)
    [(_, message)] = given(inside)
    takes(beacon, message)
    pulse(inside, beacon, 10)
    inside.run(4000, step=1.0)
    inside.hear(beacon, 67, old)
    inside.run(60)
    assert len(given(inside)) == 1


def test_the_gateway_speaks_under_the_old_key_until_all_have_the_new_one(inside: Inside, rotated: World) -> None:
    old = {one.node: one.group for one in rotated.beacons}
    inside.run(25)
    for tick in ticks(inside):
        assert tick.group_epoch == 1
        assert gatewaypulse.group_authentic(tick, inside.radio.node, old[rotated.beacons[0].node])
    for counter in range(1, 4):
        for beacon in rotated.beacons:
            pulse(inside, beacon, counter)
            inside.run(25)
            for _, message in given(inside):
                if message.group_epoch > beacon.group_epoch:
                    takes(beacon, message)
    assert {beacon.group_epoch for beacon in rotated.beacons} == {2}
    inside.run(25)
    assert ticks(inside)[-1].group_epoch == 2
    frame = rotated.beacons[0].line(99)
    inside.hear(rotated.beacons[0], 11, frame)
    inside.run(3)
    assert receipt.parse(inside.radio.on(1)[-1]).group_epoch == 2


def test_a_beacon_that_was_revoked_is_waited_for_no_longer(inside: Inside, rotated: World) -> None:
    assert inside.keyring.voice[0] == 1
    for beacon in rotated.beacons[1:]:
        inside.groups.heard(beacon.node, 2)
    rotated.site.mark_beacon(rotated.beacons[0].node, revoked=True)
    inside.keyring.take(rotated.site.roster)
    inside.groups.roster(inside.keyring.nodes())
    assert inside.keyring.voice[0] == 2


def test_a_site_that_never_changed_its_key_speaks_under_the_first(world: World, tmp_path: Path) -> None:
    one = Inside(world, tmp_path / "data")
    assert one.keyring.voice == (1, world.beacons[0].group)
    pulse(one, world.beacons[0], 1)
    one.run(30)
    assert given(one) == []
    one.close()


def test_lines_under_either_key_are_accepted_and_only_older_ones_marked(world: World, tmp_path: Path) -> None:
    keys = [world.beacons[0].group]
    for _ in range(3):
        world.site.rotate()
        keys.append(bytes.fromhex(world.site.beacon_settings(world.beacons[0].node)["group"]))
    one, beacon = Inside(world, tmp_path / "data"), world.beacons[0]
    for epoch, marked in ((4, False), (3, False), (2, True), (1, True)):
        beacon.group, beacon.group_epoch = keys[epoch - 1], epoch
        frame = Hearing("tcp://fake", beacon.node, 1, 11, beacon.line(10 + epoch), -80.0, 6.0, 1, one.fake.wall())
        one.heard("tcp://fake", frame)
        [item] = one.lanes.take(9, 0.0)
        assert isinstance(item, HeardLine) and (item.group, item.epoch) == (not marked, epoch)
        assert [type(done) for done in one.turn([item])] == [Raised]
    assert one.counts.snapshot()["wrong_group"] == 2
    one.close()


def test_frames_of_a_gateway_one_key_away_are_known(world: World, tmp_path: Path) -> None:
    before = Inside(world, tmp_path / "old")
    world.site.rotate()
    after = Inside(world, tmp_path / "new")
    for beacon in world.beacons:
        after.groups.heard(beacon.node, 2)
    before.run(25)
    after.run(25)
    assert (ticks(before)[-1].group_epoch, ticks(after)[-1].group_epoch) == (1, 2)
    before.hear(0x0F0F0F0F, 67, after.radio.on(67)[-1])
    after.hear(0x0F0F0F0F, 67, before.radio.on(67)[-1])
    for one in (before, after):
        assert (one.counts.snapshot()["refused"], one.answerer._other_heard) == (0, one.fake.now)
        one.close()


def test_what_is_known_of_keys_survives_a_restart(inside: Inside, rotated: World, tmp_path: Path) -> None:
    first, second, *_ = rotated.beacons
    pulse(inside, first, 1)
    second.group_epoch, second.group = 2, inside.keyring.group_key(2)
    inside.hear(second, 11, second.line(3))
    inside.keep()
    inside.ledger.close()
    inside.home.close()
    inside.close = lambda: None  # type: ignore[method-assign]
    again = Inside(rotated, tmp_path / "data", FakeClock())
    assert again.groups.next_for(first.node) == 2 and again.groups.next_for(second.node) is None
    found = ledger_beacons.glance_keys(tmp_path / "data")
    assert found.epoch == 2 and len(found.beacons) == len(rotated.beacons)
    assert {one.node for one in found.behind()} == {one.node for one in rotated.beacons} - {second.node}
    again.close()
