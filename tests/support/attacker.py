"""Somebody with a radio, the channel's key and a stolen beacon: frames of every kind, each with what must become of it.

Frames are sealed for the air by `stock`, so what they hold has gone through encryption and back like any packet.
"""

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from alertwire import gatewaypulse, receipt
from alertwire.errors import Malformed
from alertwire.line import build, compose, parse
from alertwire.telemetry import metrics

from tests.support import stock
from tests.support.gateways import FakeBeacon

ALERT, TEXT, TELEMETRY = 11, 1, 67
FOREIGN, DUPLICATE, GARBLED = "foreign", "duplicate", "garbled"
WORDS = ("HELP", "MEDICAL", "FIRE", "WATCH")
HIGHEST = 0xFFFF00
OLD = 60_000  # what `Victims.pulsing` has sent up to now


class Victims(NamedTuple):
    """Beacons of the site: those forged, the one whose pulses were recorded, those stolen and revoked."""

    honest: list[FakeBeacon]
    pulsing: FakeBeacon
    revoked: list[FakeBeacon]


class Shot(NamedTuple):
    """One frame for the radio; `verdict` is a reason of the protocol, or where else it must be counted."""

    frame: bytes
    verdict: str
    line: bool  # whether it decrypts to a well-formed line


class Attacker:
    """`shots(n)`: n frames, by the seed. `overheard` are genuine lines it may send again, each (node, payload)."""

    def __init__(self, channel: stock.Channel, victims: Victims, seed: int) -> None:
        self.chance = random.Random(f"attacker {seed}")
        self.overheard: list[tuple[int, bytes]] = []
        self._channel, self._victims = channel, victims
        self._other = stock.Channel(channel.name, self.chance.randbytes(32))
        self._id = 0
        self._table: tuple[tuple[int, str, Callable[[], tuple[int, int, bytes]]], ...] = (
            (38, "tag", self._forged),
            (4, "tag", self._forged_pulse),
            (4, "tag", self._forged_gateway),
            (13, "unknown-node", self._stranger),
            (11, "revoked", self._stolen),
            (16, "malformed", self._damaged),
            (4, "replay", self._old_pulse),
            (3, FOREIGN, self._chat),
            (3, DUPLICATE, self._again),
        )
        self._weights = [row[0] for row in self._table] + [3, 1]

    def shots(self, number: int) -> Iterator[Shot]:
        """Frames as they come; a replay of nothing overheard yet is a forgery instead."""
        for _ in range(number):
            turn = self.chance.choices(range(len(self._weights)), self._weights)[0]
            if turn == len(self._table):
                yield Shot(self._undecodable(), FOREIGN, False)
            elif turn == len(self._table) + 1:
                yield Shot(self._noise(), GARBLED, False)
            else:
                yield self._shot(0 if self._table[turn][1] == DUPLICATE and not self.overheard else turn)

    def _shot(self, turn: int) -> Shot:
        _, verdict, make = self._table[turn]
        sender, port, payload = make()
        line = verdict in ("tag", "unknown-node", "revoked") and port != TELEMETRY and well_formed(payload)
        return Shot(stock.sealed(self._channel, sender, self._next(), port, payload), verdict, line)

    def _next(self) -> int:
        self._id += 1
        return self._id

    def _port(self) -> int:
        return self.chance.choice((ALERT, ALERT, TEXT))

    def _counter(self) -> int:
        return self.chance.randrange(1, HIGHEST)

    def _line(self, beacon: FakeBeacon) -> bytes:
        return beacon.line(self._counter(), kind=self.chance.randrange(4), cancel=self.chance.random() < 0.2)

    # each: (sender, port, payload)

    def _forged(self) -> tuple[int, int, bytes]:
        """A line in a beacon's name by somebody without its key; the group key may be known from a stolen one."""
        beacon, other = self.chance.sample(self._victims.honest, 2)
        way = self.chance.randrange(4)
        if way == 0:
            return beacon.node, self._port(), self._line(other)
        if way == 1:
            return beacon.node, self._port(), self._changed(self._line(beacon))
        group = beacon.group if way == 2 else self.chance.randbytes(32)
        sequence = beacon.sequence(self._counter())
        text = compose(self.chance.choice(WORDS), beacon.place, sequence)
        forged = build(
            beacon.node, self.chance.randbytes(32), group, 1, text, sequence, kind=self.chance.randrange(4),
            cancel=self.chance.random() < 0.3, echo=self.chance.getrandbits(16), back=self.chance.randrange(16),
        )  # fmt: skip
        return beacon.node, self._port(), forged

    def _changed(self, line: bytes) -> bytes:
        """A genuine line with one digit of its text replaced, or one character of its tags."""
        at = (
            line.rindex(b"#") + 1
            if self.chance.random() < 0.5
            else self.chance.randrange(len(line) - 15, len(line) - 1)
        )
        new = bytes([line[at]])
        while new == line[at : at + 1]:
            new = self.chance.choice("123456789" if line[at - 1 : at] == b"#" else "ABCDEFGH").encode()
        return line[:at] + new + line[at + 1 :]

    def _forged_pulse(self) -> tuple[int, int, bytes]:
        beacon, other = self.chance.sample(self._victims.honest, 2)
        return beacon.node, TELEMETRY, other.pulse(self._counter(), standing=self.chance.randrange(4))

    def _forged_gateway(self) -> tuple[int, int, bytes]:
        """Receipts and gateway pulses under a group key that is none."""
        beacon, group = self.chance.choice(self._victims.honest), self.chance.randbytes(32)
        down, node = self.chance.randbytes(32), self.chance.getrandbits(31) | 16
        if self.chance.random() < 0.5:
            entry = receipt.entry(beacon.node, down, self._counter(), self.chance.randbytes(8), 4)
            return node, TEXT, receipt.build([entry], group, 1, b"\xe2\x9c\x93 coming #7")
        slots = [self.chance.randbytes(8) for _ in range(6)]
        body = metrics(50, 4000, None, None, 60)
        return node, TELEMETRY, gatewaypulse.build(node, group, 1, self._counter(), 7, slots, body)

    def _stranger(self) -> tuple[int, int, bytes]:
        beacon = self.chance.choice(self._victims.honest)
        node = self.chance.getrandbits(31) | 16
        if self.chance.random() < 0.1:
            return node, TELEMETRY, beacon.pulse(self._counter())
        return node, self._port(), self._line(beacon)

    def _stolen(self) -> tuple[int, int, bytes]:
        beacon = self.chance.choice(self._victims.revoked)
        if self.chance.random() < 0.1:
            return beacon.node, TELEMETRY, beacon.pulse(self._counter(), standing=2)
        return beacon.node, self._port(), self._line(beacon)

    def _damaged(self) -> tuple[int, int, bytes]:
        beacon = self.chance.choice(self._victims.honest)
        if self.chance.random() < 0.2:
            whole = beacon.pulse(self._counter())
            return beacon.node, TELEMETRY, whole[: self.chance.randrange(len(whole) - 19, len(whole))]
        line = self._line(beacon)
        seal = line.rindex(b" ~") + 2
        return beacon.node, self._port(), self.chance.choice(_DAMAGES)(line, seal)

    def _old_pulse(self) -> tuple[int, int, bytes]:
        beacon = self._victims.pulsing
        return beacon.node, TELEMETRY, beacon.pulse(self.chance.randrange(1, OLD))

    def _again(self) -> tuple[int, int, bytes]:
        node, payload = self.chance.choice(self.overheard)
        return node, self._port(), payload

    def _chat(self) -> tuple[int, int, bytes]:
        said = self.chance.choice((b"who has a ladder ~ thanks", b"\x07\x07\x07", b"~" * 60, self.chance.randbytes(40)))
        return self.chance.getrandbits(31) | 16, self._port(), said.replace(b" ~", b"-~")

    def _undecodable(self) -> bytes:
        beacon = self.chance.choice(self._victims.honest)
        return stock.sealed(self._other, beacon.node, self._next(), ALERT, beacon.line(self._counter()))

    def _noise(self) -> bytes:
        """No message at all: a field said to be longer than what comes."""
        return b"\x12\x7f" + self.chance.randbytes(20)


def well_formed(payload: bytes) -> bool:
    """Whether it is a line, or a receipt, whoever made it."""
    try:
        parse(payload)
    except Malformed:
        return False
    return True


_DAMAGES: tuple[Callable[[bytes, int], bytes], ...] = (
    lambda line, seal: line[:-1],
    lambda line, seal: line + b"=",
    lambda line, seal: line + b"A",
    lambda line, seal: line[:-2] + b"+/",
    lambda line, seal: line[1:],  # without the bell
    lambda line, seal: b"\x07" + line,
    lambda line, seal: line[:3] + b"\x1b[2J" + line[3:],
    lambda line, seal: line[:3] + b"\xff\xfe" + line[3:],
    lambda line, seal: line[:3] + "\u202e".encode() + line[3:],
    lambda line, seal: line[:3] + b" http://x " + line[3:],
    lambda line, seal: line[:3] + b"x" * 120 + line[3:],
    lambda line, seal: line[:seal] + b"EgAA" + line[seal + 4 :],  # another version
    lambda line, seal: line[:seal] + line[seal:-4],
)
