"""A beacon and a gateway joined by an imaginary air that loses, delays and repeats real frames.

Only bytes go between them. Nothing is mocked: lines, receipts, pulses and gateway pulses are built, sealed, read and
judged by the code that runs in the field.
"""

import random
from collections.abc import Iterator

import pytest
from alertwire import gatewaypulse, keys, line, pulse, receipt, telemetry, wire
from alertwire.answering import Answering, Reply, text
from alertwire.calling import Calling
from alertwire.keys import BeaconKeys
from alertwire.kinds import ANSWERS
from alertwire.sequence import Reserve

NODE, GATEWAY = 0x0A1B2C3D, 0x7C0FFEE1
ROOT = keys.root(keys.prk(bytes(32)), bytes(8), 1)
GROUP = keys.group(ROOT, bytes(8), 1)
MINE = BeaconKeys.of(keys.device(ROOT, bytes(8), NODE, 1))
BODY = telemetry.metrics(90, 4000, None, None, 1)
SECOND = 1000


class Beacon:
    def __init__(self, chance: random.Random, flash: dict[int, bytes]) -> None:
        self.flash, self.chance = flash, chance
        self.reserve = Reserve(1, flash.get, flash.__setitem__, chance.randrange)
        self.calling = Calling(2000, 3000, chance.randrange)
        self.calling.resume(self.reserve.call, 0)
        self.echo = 0
        self.turn = 0
        self.payload = b""
        if self.calling.head:
            self.rebuild()

    def rebuild(self) -> None:
        head = self.calling.head
        name = wire.DURESS if self.calling.duress and head[1] & wire.CANCEL else wire.PLAIN
        said = wire.compose(("HELP", "MEDICAL", "FIRE", "WATCH")[head[1] & 3], "Cedar", self.calling.sequence)
        echo, sequence = int.from_bytes(head[7:9], "big"), self.calling.sequence
        self.payload = wire.build_line(NODE, MINE.up, GROUP, 1, said, sequence, head[1], echo, head[2] & 15, b"", name)

    def gesture(self, meaning: str, now: int) -> None:
        calling = self.calling
        if calling.event(meaning, now):
            sequence = self.reserve.take()
            flags = calling.kind | (wire.CANCEL if calling.cancel else 0)
            head = bytes([0x11, flags, 0x10 | wire.reach(sequence, calling.root)])
            head += sequence.to_bytes(4, "big") + self.echo.to_bytes(2, "big")
            calling.lined(sequence, bytes(8), head)
            self.rebuild()
            calling.lined(sequence, wire.Line(self.payload).tag, head)
            if calling.root == sequence:
                calling.root_tag = calling.tag
        self.keep(now)

    def keep(self, now: int) -> None:
        if self.calling.dirty:
            self.calling.dirty = False
            self.reserve.keep(self.calling.record(now))

    def send(self, now: int) -> Iterator[bytes]:
        what = self.calling.take(now)
        self.keep(now)
        if what == "line":
            yield self.payload
        elif what == "pulse":
            sequence = self.reserve.take()
            standing, back = self.calling.standing(sequence)
            self.keep(now)
            last = (self.calling.known & 7) << 5
            made = wire.build_pulse(NODE, MINE.up, MINE.status, 1, sequence, BODY, self.echo, standing, back, last)
            self.calling.pulsed(sequence, made[-8:])
            yield made

    def hear(self, payload: bytes, now: int) -> None:
        pairs = self.calling.pairs()
        if payload[:1] == b"\x12":
            tick = wire.GatewayPulse(payload)
            assert tick.group_authentic(GATEWAY, GROUP)
            self.echo = tick.echo
            self.turn += 1
            found = tick.answer(NODE, MINE.down, pairs, wire.expected(self.calling.known, self.turn))
        else:
            found = wire.receipt_answer(wire.unseal_receipt(payload)[1], NODE, MINE.down, pairs)
        if found:
            self.calling.answer(pairs[found[0]][0], found[1], now)
            self.keep(now)


class Gateway:
    def __init__(self, chance: random.Random) -> None:
        self.answering = Answering()
        self.chance = chance
        self.rows: dict[tuple[int, bytes], line.Line] = {}
        self.standing: set[int] = set()
        self.number = 1700000000

    def hear(self, payload: bytes, now: int) -> None:
        if payload[:1] == b"\x07":
            one = line.parse(payload)
            assert line.authentic(one, NODE, MINE.up)
            self.rows[one.sequence, one.tag] = one
            of = line.root(one.sequence, one.back)
            self.answering.line(NODE, of, one.sequence, one.tag, one.cancel, now)
        else:
            beat = pulse.parse(payload)
            assert pulse.open_status(beat, NODE, MINE.up, MINE.status)
            of = line.root(beat.sequence, beat.back)
            if beat.standing:
                self.standing.add(of)
            self.answering.pulse(NODE, beat.sequence, beat.tag, beat.standing, of, beat.last_answer, now)

    def send(self, now: int) -> Iterator[bytes]:
        replies = self.answering.receipt(now, False)
        if replies:
            entries = [receipt.entry(one.node, MINE.down, one.sequence, one.tag, one.byte) for one in replies]
            yield receipt.build(entries, GROUP, 1, text(replies, ANSWERS))
        if now % (20 * SECOND) == 0:
            yield self.tick(self.answering.slots(now, False))

    def tick(self, replies: list[Reply]) -> bytes:
        self.number += 20
        made = [gatewaypulse.slot(one.node, MINE.down, one.sequence, one.tag, one.byte, self.number) for one in replies]
        slots = [*made, *[self.chance.randbytes(8) for _ in range(6 - len(made))]]
        return gatewaypulse.build(GATEWAY, GROUP, 1, self.number, 7, slots, BODY)


class Air:
    """Both ends and what is between them. A frame is lost with the given chance, else it arrives, sometimes twice."""

    def __init__(self, seed: int, loss: float) -> None:
        self.chance = random.Random(seed)
        self.loss = loss
        self.flash: dict[int, bytes] = {}
        self.beacon = Beacon(self.chance, self.flash)
        self.gateway = Gateway(self.chance)
        self.now = 0
        self.lines = 0

    def carried(self, payload: bytes) -> Iterator[bytes]:
        if self.chance.random() >= self.loss:
            yield payload
            if self.chance.random() < 0.2:
                yield payload

    def run(self, seconds: int) -> None:
        for _ in range(seconds * 5):
            self.now += 200
            for payload in self.beacon.send(self.now):
                self.lines += payload[:1] == b"\x07"
                for each in self.carried(payload):
                    self.gateway.hear(each, self.now)
            for payload in self.gateway.send(self.now):
                for each in self.carried(payload):
                    self.beacon.hear(each, self.now)

    def until(self, word: str, seconds: int) -> float:
        for passed in range(seconds * 5):
            if self.beacon.calling.lamp(self.now) == word:
                return passed / 5
            self.run(1)
        raise AssertionError(f"{word} not within {seconds} s, but {self.beacon.calling.lamp(self.now)!r}")

    def newest(self) -> line.Line:
        return max(self.gateway.rows.values(), key=lambda one: one.sequence)

    def say(self, answer: int) -> None:
        """A dashboard or a captain answers the newest line the gateway holds."""
        one = self.newest()
        self.gateway.answering.answer(NODE, line.root(one.sequence, one.back), one.sequence, answer, self.now)

    def reset(self) -> None:
        self.beacon = Beacon(self.chance, self.flash)
        self.beacon.calling.resume(b"", self.now)


SEEDS = range(12)


@pytest.mark.parametrize("loss", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_call_from_press_to_clear(seed: int, loss: float) -> None:
    air = Air(seed, loss)
    air.run(25)
    air.beacon.gesture("help", air.now)
    air.until("heard", 7200)
    assert len(air.gateway.rows) == 1, "one press, one row"
    air.say(2)
    air.until("shown", 900)
    lines = air.lines
    air.say(0x13)
    air.until("seen", 1500)
    air.say(0x24)
    air.until("coming", 1500)
    assert air.lines == lines, "never the line again: it rings every phone"
    air.say(0x35)
    air.until("clear", 3000)
    assert air.flash and Reserve(1, air.flash.get, air.flash.__setitem__, lambda n: 0).call == b""


@pytest.mark.parametrize("seed", SEEDS)
def test_refined_pressed_again_and_cancelled(seed: int) -> None:
    air = Air(seed, 0.5)
    air.beacon.gesture("help", air.now)
    air.until("heard", 600)
    air.beacon.gesture("fire", air.now)
    air.until("heard", 600)
    assert air.newest().kind == 2 and air.newest().back in range(1, 16)
    air.say(2)
    air.until("shown", 900)
    air.beacon.gesture("again", air.now)
    air.until("heard", 600)
    assert air.newest().kind == 2 and not air.newest().cancel
    air.run(31)  # from now on a cancel asks the captain
    air.beacon.gesture("cancel", air.now)
    air.until("heard", 600)
    assert air.newest().cancel and len(air.gateway.rows) == 4
    air.say(0x15)
    air.until("clear", 3000)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("meaning", ["cancel", "duress"])
def test_an_early_cancel_and_duress(seed: int, meaning: str) -> None:
    air = Air(seed, 0.3)
    air.beacon.gesture("help", air.now)
    air.run(3)
    air.beacon.gesture(meaning, air.now)
    air.until("cancelled", 600)
    one = air.newest()
    assert one.cancel and line.authentic(one, NODE, MINE.up) == (line.DURESS if meaning == "duress" else line.PLAIN)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_silent_alert_is_known_by_its_first_pulse(seed: int) -> None:
    air = Air(seed, 0.3)
    air.beacon.gesture("silent", air.now)
    while not air.gateway.standing:
        air.beacon.calling._at = air.now  # the beacon's pulse schedule repeats it
        air.run(20)
    assert air.gateway.standing == {air.beacon.calling.root} and not air.gateway.rows
    for _ in range(60):
        if air.beacon.calling.known:
            break
        air.beacon.calling._at = air.now
        air.run(40)
    assert air.beacon.calling.known & 7 == 1 and air.beacon.calling.lamp(air.now) == ""


@pytest.mark.parametrize("seed", SEEDS)
def test_resets_at_any_moment_lose_nothing(seed: int) -> None:
    air = Air(seed, 0.5)
    air.beacon.gesture("help", air.now)
    for _ in range(40):
        air.run(air.chance.randrange(1, 6))
        flash = dict(air.flash)
        air.beacon = Beacon(air.chance, air.flash)
        air.beacon.calling._pressed = air.beacon.calling._at = air.now
        assert Reserve(1, flash.get, flash.__setitem__, lambda n: 0).call
    air.run(60)
    assert len(air.gateway.rows) == 1, "the same bytes after every reset"
    air.say(2)
    air.until("shown", 900)
