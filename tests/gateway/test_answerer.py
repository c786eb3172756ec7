"""What goes on the air and when: receipts, slots, pushes, on a clock of our own; read with the beacons' own keys."""

from collections.abc import Iterator

import pytest
from alertwire import gatewaypulse, kinds, receipt

from gateway.airplan import AirPlan
from gateway.errors import NotCommitted
from gateway.hearing import Hearing
from gateway.ledger import Ledger
from gateway.reader import Reader
from tests.support.gateway_parts import FakeClock, Inside
from tests.support.gateways import World
from whistle.bus.messages import Answer, Told, Watch

HEARD, SHOWN, SEEN, COMING, CLEAR = 1, 2, 3, 4, 5
CUT_OFF = 8
DESK = bytes.fromhex("d0" * 8)


@pytest.fixture
def inside(world: World, tmp_path) -> Iterator[Inside]:
    one = Inside(world, tmp_path / "data")
    online(one)
    yield one
    one.close()


def online(one: Inside) -> None:
    """A dashboard with somebody on watch, and a broker: as if a heartbeat came every second."""
    one.bus.cut_off = one.answerer._cut_off = lambda: False
    one.told_captains = []
    one.bus.say = one.pushes._tell = one.told_captains.append
    one.watchers.heard(DESK, Watch(at=one.clock.wall(), store="5" * 16, watchers=1))


def say(one: Inside, node: int, sequence: int, what: str, ordinal: int, tag: str = "0" * 16, **more) -> None:
    at = more.get("at", one.clock.wall())
    one.turn(
        [
            Answer(
                id=f"{more.get('id', ordinal):016x}", gateway=one.bundle.gateway, node=node, sequence=sequence, tag=tag,
                answer=what, ordinal=ordinal, captain="c1", at=at, expires=at + more.get("span", 600),
            )
        ]
    )  # fmt: skip


def answers(one: Inside, beacon, frame: bytes, port: int) -> list[int | None]:
    return [beacon.reads(port, payload, frame) for payload in one.radio.on(port)]


def states(one: Inside) -> list[str]:
    return [message.state for message in one.told_captains if isinstance(message, Told)]


def test_a_first_line_is_answered_heard_at_once_in_readable_text(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(1042)
    inside.hear(beacon, 11, frame)
    inside.run(0.5)
    [text] = inside.radio.on(1)
    assert text.startswith("✓ heard #1042 ~".encode()) and beacon.reads(1, text, frame) == HEARD
    assert receipt.group_authentic(receipt.parse(text), beacon.group)
    assert world.beacons[1].reads(1, text, frame) is None


def test_nothing_is_said_of_what_is_not_committed(inside, world, monkeypatch) -> None:
    beacon = world.beacons[0]
    monkeypatch.setattr(Ledger, "commit", _full_disk)
    with pytest.raises(NotCommitted, match="disk"):
        inside.hear(beacon, 11, beacon.line(5))
    inside.run(3)
    assert inside.radio.on(1) == []
    monkeypatch.undo()
    assert inside.ledger.waiting() == 0, "all of it was undone"
    inside.hear(beacon, 11, beacon.line(5))
    inside.run(1)
    assert len(inside.radio.on(1)) == inside.ledger.waiting() == 1


def _full_disk(self) -> None:
    raise NotCommitted("the disk is full")


def test_repeats_are_answered_at_most_every_five_seconds(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(7)
    for _ in range(12):
        inside.hear(beacon, 11, frame)
        inside.run(1)
    times = [at for at, port, _ in inside.radio.sent if port == 1]
    assert 3 <= len(times) <= 4 and all(b - a > 4.9 for a, b in zip(times, times[1:], strict=False))
    assert answers(inside, beacon, frame, 1) == [HEARD] * len(times)


def test_eight_answers_share_a_text_and_the_radio_gets_one_in_two_seconds(inside, world, tmp_path) -> None:
    big = World(tmp_path / "big", 20)
    one = Inside(big, tmp_path / "bigdata")
    online(one)
    frames = [(beacon, beacon.line(100 + n)) for n, beacon in enumerate(big.beacons)]
    for beacon, frame in frames:
        one.hear(beacon, 11, frame)
    one.run(8)
    texts = one.radio.on(1)
    assert [len(receipt.parse(text).entries) for text in texts] == [8, 8, 4]
    times = [at for at, port, _ in one.radio.sent if port == 1]
    assert all(b - a >= 2.0 for a, b in zip(times, times[1:], strict=False))
    assert all(any(beacon.reads(1, text, frame) == HEARD for text in texts) for beacon, frame in frames)
    assert all(len(text) <= 233 for text in texts)
    one.close()


def test_cut_off_is_said(world, tmp_path) -> None:
    one = Inside(world, tmp_path / "alone")
    beacon = world.beacons[0]
    frame, pulse = beacon.line(9), beacon.pulse(10)
    one.hear(beacon, 11, frame)
    one.hear(beacon, 67, pulse)
    one.run(1)
    assert answers(one, beacon, frame, 1) == [HEARD | CUT_OFF]
    assert [beacon.reads(67, tick, pulse) for tick in one.radio.on(67)] == [CUT_OFF]
    one.close()


def test_shown_goes_with_the_first_text_when_it_is_there_in_time(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(11)
    inside.hear(beacon, 11, frame)
    say(inside, beacon.node, beacon.sequence(11), "shown", 0, beacon.pair(frame)[1].hex())
    inside.run(0.5)
    assert answers(inside, beacon, frame, 1) == [SHOWN]


def test_a_captains_answer_is_pushed_until_the_poll_shows_it(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(20)
    inside.hear(beacon, 11, frame)
    inside.run(8)
    say(inside, beacon.node, beacon.sequence(20), "coming", 1, beacon.pair(frame)[1].hex())
    coming = kinds.pack_answer(COMING, False, 1)
    inside.run(0.5)
    assert answers(inside, beacon, frame, 1)[-1] == coming and states(inside) == ["sent"]
    inside.run(60)
    assert answers(inside, beacon, frame, 1).count(coming) >= 3
    assert answers(inside, beacon, frame, 67).count(coming) >= 3
    inside.hear(beacon, 67, beacon.pulse(21, standing=1, back=1, last_answer=SEEN))
    assert states(inside) == ["sent"]
    inside.hear(beacon, 67, beacon.pulse(22, standing=1, back=2, last_answer=COMING))
    assert states(inside) == ["sent", "seen-by-beacon"]
    quiet = len(inside.radio.on(1))
    inside.run(60)
    assert len(inside.radio.on(1)) == quiet
    inside.turn()
    assert [one.state for one in inside.ledger.answers()] == ["seen"]


def test_every_poll_is_answered_with_what_people_said(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(30)
    inside.hear(beacon, 11, frame)
    say(inside, beacon.node, beacon.sequence(30), "seen", 1, beacon.pair(frame)[1].hex())
    inside.run(30)
    for counter in (31, 32):
        poll = beacon.pulse(counter, standing=1, back=counter - 30, last_answer=HEARD)
        inside.hear(beacon, 67, poll)
        inside.run(11)
        assert kinds.pack_answer(SEEN, False, 1) in answers(inside, beacon, poll, 67)


def test_an_answer_nobody_confirms_expires_with_a_word_to_the_captain(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(40)
    inside.hear(beacon, 11, frame)
    inside.run(8)
    say(inside, beacon.node, beacon.sequence(40), "coming", 1, beacon.pair(frame)[1].hex())
    inside.run(599)
    assert states(inside) == ["sent"]
    inside.run(2)
    assert states(inside) == ["sent", "expired"]
    inside.turn()
    assert [one.state for one in inside.ledger.answers()] == ["expired"]
    before = answers(inside, beacon, frame, 67)
    inside.run(60)
    assert answers(inside, beacon, frame, 67)[len(before) :].count(None) == len(inside.radio.on(67)) - len(before)


def test_an_answer_that_comes_too_late_is_told_so_and_not_sent(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(45)
    inside.hear(beacon, 11, frame)
    inside.run(8)
    long_ago = inside.clock.wall() - 700
    say(inside, beacon.node, beacon.sequence(45), "coming", 1, beacon.pair(frame)[1].hex(), at=long_ago)
    inside.run(30)
    assert states(inside) == ["expired"] and answers(inside, beacon, frame, 1) == [HEARD]


def test_the_same_answer_delivered_twice_is_one(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(46)
    inside.hear(beacon, 11, frame)
    for _ in range(2):
        say(inside, beacon.node, beacon.sequence(46), "seen", 1, beacon.pair(frame)[1].hex(), id=77)
    assert len(inside.ledger.answers()) == 1


def test_an_answer_that_comes_again_is_told_what_became_of_it(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(47)
    inside.hear(beacon, 11, frame)
    inside.run(8)

    def again() -> list[str]:
        inside.told_captains.clear()
        say(inside, beacon.node, beacon.sequence(47), "coming", 1, beacon.pair(frame)[1].hex(), id=77)
        return states(inside)

    assert again() == [] and again() == [], "not yet handed to a radio"
    inside.run(0.5)
    assert again() == ["sent"]
    inside.hear(beacon, 67, beacon.pulse(48, standing=1, back=1, last_answer=COMING))
    inside.run(2)
    inside.turn()  # the ledger knows it too by now
    assert again() == ["seen-by-beacon"]
    texts = len(inside.radio.on(1))
    inside.run(30)
    assert len(inside.radio.on(1)) == texts, "and not sent again"


def test_after_a_power_cut_an_answer_that_comes_again_is_pushed_again(world, tmp_path) -> None:
    """How long it was good for, was counted on a clock that is gone; its dashboard says it again, with its end."""
    clock, beacon = FakeClock(), world.beacons[0]
    one = Inside(world, tmp_path / "cut", clock)
    online(one)
    frame = beacon.line(49)
    one.hear(beacon, 11, frame)
    at = clock.wall()
    say(one, beacon.node, beacon.sequence(49), "coming", 1, beacon.pair(frame)[1].hex(), at=at)
    one.close()
    later = FakeClock(wall=at + 300, boot="boot-2")
    two = Inside(world, tmp_path / "cut", later)
    online(two)
    two.run(1)
    assert two.radio.on(1) == []
    say(two, beacon.node, beacon.sequence(49), "coming", 1, beacon.pair(frame)[1].hex(), at=at)
    two.hear(beacon, 11, frame)
    two.run(1)
    assert answers(two, beacon, frame, 1) == [kinds.pack_answer(COMING, False, 1)] and states(two) == ["sent"]
    two.run(305)
    assert states(two) == ["sent", "expired"], "ten minutes from when it was said, by the dashboard's clock"
    two.close()


@pytest.mark.parametrize(("word", "ended"), [("clear", False), ("coming", True)])
def test_pressed_again_after_the_end_old_words_are_void_also_after_a_restart(world, tmp_path, word, ended) -> None:
    clock, beacon = FakeClock(), world.beacons[0]
    one = Inside(world, tmp_path / "again", clock)
    online(one)
    frame, cancel, again = beacon.line(60), beacon.line(61, back=1, cancel=True), beacon.line(62, back=2)
    one.hear(beacon, 11, frame)
    say(one, beacon.node, beacon.sequence(60), word, 1, beacon.pair(frame)[1].hex())
    for each in ([cancel] if ended else []) + [again]:
        one.hear(beacon, 11, each)
    one.close()
    clock.tick(5)
    two = Inside(world, tmp_path / "again", clock)
    online(two)
    two.hear(beacon, 11, again)
    say(two, beacon.node, beacon.sequence(62), "shown", 0, beacon.pair(again)[1].hex(), id=9)
    two.run(30)
    told = answers(two, beacon, again, 1) + answers(two, beacon, again, 67)
    assert SHOWN in told and not {answer for answer in told if answer is not None} - {HEARD, SHOWN}
    two.close()


def test_clear_goes_by_slots_never_as_text(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(50)
    inside.hear(beacon, 11, frame)
    inside.run(8)
    say(inside, beacon.node, beacon.sequence(50), "clear", 2, beacon.pair(frame)[1].hex())
    texts = len(inside.radio.on(1))
    inside.run(25)
    clear = kinds.pack_answer(CLEAR, False, 2)
    assert clear in answers(inside, beacon, frame, 67) and len(inside.radio.on(1)) == texts
    inside.hear(beacon, 11, frame)
    inside.run(25)
    assert len(inside.radio.on(1)) == texts, "a closed alert is answered by slots only"
    inside.hear(beacon, 67, beacon.pulse(51))
    assert states(inside)[-1] == "seen-by-beacon"


def test_a_clear_that_meets_a_cancel_is_still_never_text(inside, world) -> None:
    beacon = world.beacons[0]
    frame, cancel = beacon.line(52), beacon.line(53, back=1, cancel=True)
    inside.hear(beacon, 11, frame)
    inside.run(8)
    inside.hear(beacon, 11, cancel)
    say(inside, beacon.node, beacon.sequence(53), "clear", 2, beacon.pair(cancel)[1].hex())
    inside.run(30)
    clear = kinds.pack_answer(CLEAR, False, 2)
    assert clear in answers(inside, beacon, cancel, 67) and clear not in answers(inside, beacon, cancel, 1)


def test_cancel_and_duress_cancel_are_answered_alike(world, tmp_path) -> None:
    """One text, then slots only; an observer who counts and times sees no difference."""
    seen = []
    for duress in (False, True):
        one = Inside(world, tmp_path / f"duress{duress}")
        online(one)
        beacon = world.beacons[0]
        one.hear(beacon, 11, beacon.line(60))
        one.run(8)
        cancel = beacon.line(61, back=1, cancel=True, duress=duress)
        for _ in range(3):
            one.hear(beacon, 11, cancel)
            one.run(12)
        assert HEARD in answers(one, beacon, cancel, 1) and HEARD in answers(one, beacon, cancel, 67)
        seen.append([(round(at, 2), port, len(payload)) for at, port, payload in one.radio.sent])
        one.close()
    assert seen[0] == seen[1]
    assert [port for _, port, _ in seen[0]].count(1) == 2


def test_a_silent_alert_is_answered_as_a_routine_pulse_is(world, tmp_path) -> None:
    seen = []
    for standing in (0, 2, 3):
        one = Inside(world, tmp_path / f"silent{standing}")
        online(one)
        one.plan.tick_s, one.plan.early_s = 80.0, 33.0  # a preset so slow that haste would show
        beacon = world.beacons[0]
        one.run(30)
        pulse = beacon.pulse(70, standing=standing)
        one.hear(beacon, 67, pulse)
        one.run(90)
        expected = kinds.RECEIVED if standing == 0 else HEARD
        assert [byte for byte in answers(one, beacon, pulse, 67) if byte is not None] == [expected]
        assert one.radio.on(1) == []
        seen.append([(round(at, 2), port, len(payload)) for at, port, payload in one.radio.sent])
        one.close()
    assert seen[0] == seen[1] == seen[2]


def test_a_captain_reaches_a_silent_beacon_by_slots(inside, world) -> None:
    beacon = world.beacons[0]
    pulse = beacon.pulse(80, standing=2)
    inside.hear(beacon, 67, pulse)
    inside.run(25)
    say(inside, beacon.node, beacon.sequence(80), "clear", 1)
    inside.run(25)
    assert kinds.pack_answer(CLEAR, False, 1) in answers(inside, beacon, pulse, 67) and inside.radio.on(1) == []


def test_gateway_pulses_keep_their_rhythm_and_carry_an_authentic_echo(inside, world) -> None:
    inside.run(101)
    ticks = [(at, gatewaypulse.parse(payload)) for at, port, payload in inside.radio.sent if port == 67]
    assert len(ticks) == 6 and all(19.9 < b[0] - a[0] < 20.2 for a, b in zip(ticks, ticks[1:], strict=False))
    numbers = [tick.number for _, tick in ticks]
    assert numbers == sorted(set(numbers)) and abs(numbers[0] - inside.clock.wall()) < 200
    for _, tick in ticks:
        assert gatewaypulse.group_authentic(tick, inside.radio.node, world.beacons[0].group)
        assert tick.echo == inside.echoes.current() != 0
    assert (
        len(
            {tick.slots for _, tick in ticks}
            if isinstance(ticks[0][1].slots, tuple)
            else {tuple(t.slots) for _, t in ticks}
        )
        == 6
    )
    assert all(len(payload) <= 80 for payload in inside.radio.on(67))


def test_a_slow_preset_speaks_seldom(world, tmp_path) -> None:
    plan = AirPlan("US", "LONG_FAST", FakeClock())
    assert plan.airtime_s(76) / plan.tick_s <= 0.005 + 1e-9 and plan.tick_s > 100
    assert AirPlan("US", "SHORT_TURBO", FakeClock()).tick_s == 20


def test_a_used_up_duty_cycle_leaves_room_for_first_answers_only(world, tmp_path) -> None:
    one = Inside(world, tmp_path / "duty")
    online(one)
    one.plan._allowed = 10
    for _ in range(500):
        one.plan.sent(76)
    assert 0.5 < one.plan.share() < 1
    one.plan._allowed = 7
    assert one.plan.share() > 0.75
    old, new = world.beacons[0], world.beacons[1]
    frame = old.line(5)
    one.hear(old, 11, frame)
    one.run(8)
    one.hear(old, 11, frame)
    one.run(8)
    assert len(one.radio.on(1)) == 1
    one.hear(new, 11, new.line(5))
    one.run(3)
    assert len(one.radio.on(1)) == 2
    one.close()


def test_a_text_the_radio_refuses_is_said_again(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(90)
    inside.hear(beacon, 11, frame)
    inside.run(0.5)
    inside.fate("tcp://fake", inside.radio.last_ticket, False, "RATE_LIMIT_EXCEEDED")
    inside.run(6)
    assert answers(inside, beacon, frame, 1) == [HEARD, HEARD] and inside.counts.snapshot()["unsent"] == 1


def test_another_gateways_receipt_is_enough_once(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(95)
    sequence, tag = beacon.pair(frame)
    entry = receipt.entry(beacon.node, beacon.down, sequence, tag, HEARD)
    theirs = receipt.build([entry], beacon.group, beacon.group_epoch, "✓ heard #95".encode())
    inside.hear(beacon, 11, frame)
    inside.hear(0x0B0B0B0B, 1, theirs)
    inside.run(3)
    assert inside.radio.on(1) == []
    inside.hear(beacon, 11, frame)
    inside.run(3)
    assert answers(inside, beacon, frame, 1) == [HEARD], "any further repeat is answered"


@pytest.mark.parametrize("forged", ["group", "cut off"])
def test_a_forged_or_cut_off_receipt_silences_nobody(inside, world, forged) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(96)
    sequence, tag = beacon.pair(frame)
    byte = HEARD | CUT_OFF if forged == "cut off" else HEARD
    entry = receipt.entry(beacon.node, beacon.down, sequence, tag, byte)
    key = bytes(32) if forged == "group" else beacon.group
    inside.hear(beacon, 11, frame)
    inside.hear(0x0B0B0B0B, 1, receipt.build([entry], key, beacon.group_epoch, b"x"))
    inside.run(3)
    assert answers(inside, beacon, frame, 1) == [HEARD]


def test_a_radio_that_is_down_gets_nothing_and_the_text_goes_when_it_is_back(inside, world) -> None:
    beacon = world.beacons[0]
    frame = beacon.line(97)
    inside.radio.up = False
    inside.hear(beacon, 11, frame)
    inside.run(10)
    assert inside.radio.sent == []
    inside.radio.up = True
    inside.run(1)
    assert answers(inside, beacon, frame, 1) == [HEARD]


def test_numbers_rise_whatever_the_clock_does(world, tmp_path) -> None:
    """1970, ten years ahead, back again, restarts in between: every number above all before it."""
    clock = FakeClock()
    numbers: list[int] = []
    for jump in (None, 0.0, 1_800_000_000.0 + 10 * 365 * 86400, 1_800_000_000.0, 5_000_000_000.0, 0.0):
        one = Inside(world, tmp_path / "clocks", clock)
        if jump is not None:
            clock.jump(jump)
        one.run(45)
        one.turn()
        numbers += [gatewaypulse.parse(tick).number for tick in one.radio.on(67)]
        one.close()
        clock.tick(60)
    assert len(numbers) >= 12 and numbers == sorted(set(numbers)) and numbers[-1] < 1 << 32


def test_clock_jumps_lose_nothing(world, tmp_path) -> None:
    clock = FakeClock()
    one = Inside(world, tmp_path / "jumps", clock)
    online(one)
    beacon = world.beacons[0]
    frames = []
    for number, wall in enumerate((0.0, 1_800_000_000.0 + 10 * 365 * 86400, 1_800_000_000.0, -50.0)):
        clock.jump(wall)
        frame = beacon.line(100 + number, echo=one.echoes.current())
        frames.append(frame)
        [raised] = one.hear(beacon, 11, frame)
        assert (raised.alert.judged, raised.alert.age) == ("fresh", "fresh") and raised.alert.heard_at >= 0
        one.run(8)
    assert all(HEARD in answers(one, beacon, frame, 1) for frame in frames)
    while one.ledger.purge():
        pass
    kept = [one.ledger.at_sequence(beacon.node, beacon.sequence(100 + number)) for number in range(4)]
    assert one.ledger.waiting() == 4 and all(kept)
    one.close()


def test_after_a_restart_what_people_said_is_still_the_answer(world, tmp_path) -> None:
    clock, beacon = FakeClock(), world.beacons[0]
    one = Inside(world, tmp_path / "again", clock)
    online(one)
    frame = beacon.line(110)
    one.hear(beacon, 11, frame)
    say(one, beacon.node, beacon.sequence(110), "coming", 3, beacon.pair(frame)[1].hex())
    one.close()
    clock.tick(5)
    two = Inside(world, tmp_path / "again", clock)
    online(two)
    two.run(1)
    coming = kinds.pack_answer(COMING, False, 3)
    assert answers(two, beacon, frame, 1) == [coming], "not yet confirmed: pushed on"
    two.hear(beacon, 67, beacon.pulse(111, standing=1, back=1, last_answer=COMING))
    two.run(2)
    two.turn()
    two.close()
    clock.tick(1000)
    three = Inside(world, tmp_path / "again", clock)
    online(three)
    three.run(1)
    assert three.radio.on(1) == [], "confirmed: nothing to push"
    three.hear(beacon, 11, frame)
    three.run(1)
    assert answers(three, beacon, frame, 1) == [coming], "a repeat gets the best answer there is"
    three.close()


def test_the_reader_takes_our_own_words_from_another_radio_as_a_gateways(inside, world) -> None:
    inside.hear(world.beacons[0], 11, world.beacons[0].line(1))
    inside.run(1)
    reader = Reader(inside.keyring)
    for _, port, payload in inside.radio.sent:
        one = Hearing("x", inside.radio.node, 1, port, payload, None, None, None, 0.0)
        assert type(reader.read(one)).__name__ == "HeardGateway"
