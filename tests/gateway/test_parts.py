"""The small parts: lanes, counters, echoes over restarts and reboots, watchers, numbers, keys, the log."""

import json
import logging
import sys
import threading

import pytest

from gateway import journal
from gateway.clock import Clock, next_number
from gateway.counts import NAMES, Counts
from gateway.hearing import Hearing
from gateway.keyring import Keyring
from gateway.lanes import ALERT, PULSE, WORD, Lanes
from gateway.watchers import Watchers
from tests.gateway.test_answerer import online, say
from tests.support.gateway_parts import FakeClock, Inside
from tests.support.gateways import World
from whistle.bus.messages import Watch


def test_alerts_overtake_words_and_words_overtake_pulses() -> None:
    lanes: Lanes[str] = Lanes()
    for lane, item in ((PULSE, "p1"), (WORD, "w1"), (PULSE, "p2"), (ALERT, "a1"), (ALERT, "a2")):
        assert lanes.offer(lane, item)
    assert lanes.waiting() == 5
    assert lanes.take(3, 0) == ["a1", "a2", "w1"] and lanes.take(9, 0) == ["p1", "p2"] and lanes.take(9, 0) == []


def test_a_full_lane_says_so_and_the_others_go_on() -> None:
    lanes: Lanes[int] = Lanes((2, 2, 2))
    assert [lanes.offer(PULSE, n) for n in range(4)] == [True, True, False, False]
    assert lanes.offer(ALERT, 9) and lanes.take(9, 0) == [9, 0, 1]


def test_a_waiting_taker_is_woken_by_an_item_and_by_wake() -> None:
    lanes: Lanes[int] = Lanes()
    took: list[list[int]] = []
    for act in (lambda: lanes.offer(ALERT, 1), lanes.wake):
        taker = threading.Thread(target=lambda: took.append(lanes.take(5, 10)))
        taker.start()
        act()
        taker.join(5)
    assert took == [[1], []]


def test_what_a_full_lane_could_not_hold_is_counted_and_told(world: World, tmp_path) -> None:
    one = Inside(world, tmp_path / "data")
    one.lanes = Lanes((1, 1, 1))
    beacon = world.beacons[0]
    for counter in range(3):
        for port, frame in ((11, beacon.line(10 + counter)), (67, beacon.pulse(20 + counter))):
            one.heard("tcp://fake", _hearing(beacon.node, port, frame))
    counts = one.state().counts
    assert (counts["dropped_alert"], counts["dropped_pulse"], counts["received"], counts["waiting"]) == (2, 2, 6, 2)
    one.close()


def _hearing(node: int, port: int, payload: bytes):
    return Hearing("tcp://fake", node, 1, port, payload, None, None, None, 0.0)


def test_counting_something_unknown_is_a_mistake() -> None:
    counts = Counts()
    with pytest.raises(KeyError):
        counts.add("no such thing")
    counts.add("alerts", 3)
    assert counts.snapshot() == {**dict.fromkeys(NAMES, 0), "alerts": 3}


def test_an_echo_outlives_a_restart_and_no_reboot(world: World, tmp_path) -> None:
    clock, beacon = FakeClock(), world.beacons[0]
    one = Inside(world, tmp_path / "data", clock)
    echo = one.echoes.current()
    one.close()
    clock.tick(60)
    one = Inside(world, tmp_path / "data", clock)
    assert one.echoes.current() == echo
    assert one.hear(beacon, 11, beacon.line(5, echo=echo))[0].alert.age == "fresh"
    one.close()
    rebooted = FakeClock(boot="boot-2")
    rebooted.now = clock.now + 10
    one = Inside(world, tmp_path / "data", rebooted)
    raised = one.hear(beacon, 11, beacon.line(6, echo=echo))[0]
    assert (raised.alert.age, raised.alert.age_limit_s) == ("unknown", None)
    one.close()


def test_echoes_are_new_every_ten_minutes_and_sixteen_are_kept(world: World, tmp_path) -> None:
    one = Inside(world, tmp_path / "data")
    given = [one.echoes.current()]
    for _ in range(40):
        one.fake.tick(601)
        one.turn()
        given.append(one.echoes.current())
    assert len(set(given)) == 41 and 0 not in given
    assert len(one.ledger.echoes()) == 16 and len(one.echoes._issued) <= 16
    one.close()


def test_an_echo_is_given_only_after_its_commit(world: World, tmp_path, monkeypatch) -> None:
    one = Inside(world, tmp_path / "data")
    before = one.echoes.current()
    one.fake.tick(700)
    assert one.keeper.due()
    one.ledger.begin()
    one.keeper.keep(one.ledger)
    assert one.echoes.current() == before
    one.ledger.undo()
    assert one.echoes.current() == before
    one.close()


def test_who_is_there() -> None:
    clock = FakeClock()
    watchers = Watchers(clock)
    assert watchers.silent() and watchers.watching() == 0
    watchers.heard(b"1", Watch(at=5.0, store="1" * 16, watchers=2))
    watchers.heard(b"2", Watch(at=5.0, store="2" * 16, watchers=1))
    assert not watchers.silent() and watchers.watching() == 3
    assert watchers.new_stores() == {"1" * 16, "2" * 16}
    watchers.met({"1" * 16})
    watchers.heard(b"1", Watch(at=6.0, store="1" * 16, watchers=2))
    assert watchers.new_stores() == {"2" * 16}
    clock.tick(59)
    assert not watchers.silent()
    clock.tick(2)
    assert watchers.silent() and watchers.watching() == 0
    for number in range(100):
        watchers.heard(bytes([number]), Watch(at=5.0, store="1" * 16, watchers=0))
    assert len(watchers._last) <= 32


def test_an_answers_age_is_read_off_the_dashboards_own_clock() -> None:
    clock = FakeClock(wall=0.0)
    watchers = Watchers(clock)
    assert watchers.left(1000.0, 1600.0) == 600
    watchers.heard(b"1", Watch(at=1_700_000_000.0, store="1" * 16, watchers=1))
    clock.tick(100)
    assert watchers.left(1_700_000_050.0, 1_700_000_650.0) == pytest.approx(550)
    assert watchers.left(1_700_000_200.0, 1_700_000_800.0) == 600
    assert watchers.left(1_699_990_000.0, 1_699_990_600.0) < 0
    assert watchers.left(50.0, 20.0) <= 0


def test_answers_of_an_earlier_boot_are_not_pushed(world: World, tmp_path) -> None:
    clock, beacon = FakeClock(), world.beacons[0]
    one = Inside(world, tmp_path / "data", clock)
    online(one)
    frame = beacon.line(5)
    one.hear(beacon, 11, frame)
    say(one, beacon.node, beacon.sequence(5), "coming", 1, beacon.pair(frame)[1].hex())
    one.close()
    rebooted = FakeClock(boot="boot-2")
    rebooted.now = 5.0
    one = Inside(world, tmp_path / "data", rebooted)
    online(one)
    one.run(30)
    assert one.radio.on(1) == []
    one.close()


@pytest.mark.parametrize(
    ("last", "wall", "number"),
    [
        (0, 1_800_000_000.0, 1_800_000_000),
        (1_800_000_000, 1_800_000_000.0, 1_800_000_001),
        (1_800_000_000, 0.0, 1_800_000_001),
        (5, 1e12, 5 + (0xFFFFFFFF - 5) // 2),
        (0xFFFFFFFE, 0.0, 0xFFFFFFFF),
        (0xFFFFFFFF, 0.0, 0xFFFFFFFF),
    ],
)
def test_the_next_number(last: int, wall: float, number: int) -> None:
    assert next_number(last, wall) == number


def test_the_keyring_is_no_larger_than_the_roster(world: World) -> None:
    ring = Keyring(world.bundle)
    for node in range(5000):
        assert ring.known(node) is None
    for beacon in world.beacons:
        known = ring.known(beacon.node)
        for epoch in range(256):
            ring.keys_for(known, epoch << 24 | 5)
        assert ring.keys_for(known, beacon.sequence(1)).up == beacon.up
    assert len(ring._held.kept) == len(world.beacons)
    assert sorted(ring.nodes()) == sorted(beacon.node for beacon in world.beacons)


def test_the_real_clock() -> None:
    one, two = Clock(), Clock()
    assert one.boot == two.boot and one.steady() <= two.steady() and one.wall() > 1_600_000_000


def test_the_log_is_one_object_a_line(capsys) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    journal.begin("json", verbose=False)
    try:
        logging.getLogger("gateway.x").warning("odd %s\nline", "\x07")
        raise ValueError("seen")
    except ValueError:
        logging.getLogger("gateway.x").exception("failed")
    finally:
        root.handlers[:], root.level = before, level
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["says"] for line in lines] == ["odd \x07\nline", "failed"]
    assert lines[0]["level"] == "warning" and "ValueError: seen" in lines[1]["trace"]
    assert sys.stdout is not None
