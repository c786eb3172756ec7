"""The frames a beacon in a busy place hears, made by the host. A frame file is length byte and frame, repeated."""

import random

from alertwire import gatewaypulse, line, pulse, receipt, telemetry
from meshwire import BROADCAST
from meshwire.data import ALERT, TELEMETRY, TEXT
from meshwire.wire import Channel, Data, Header, seal
from world import GATEWAY, GROUP, NEIGHBOUR, NODE, PSK

from whistle.aes import ecb

ECHOES = 7


class Corpus:
    """A seeded source of frames; `frame()` gives the next, with a new packet id save where a duplicate is meant."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.cedar = Channel("Cedar", PSK, ecb)
        self.foreign = Channel("Elsewhere", bytes(range(50, 66)), ecb)
        self.last = b""
        self.sequences = dict.fromkeys(range(NEIGHBOUR, NEIGHBOUR + 40), 0x01000000)
        self.number = 1_800_000_000
        self.kinds = (
            self.duplicate, self.duplicate, self.elsewhere, self.neighbour, self.neighbour, self.answer, self.tick,
            self.alert, self.forged, self.garbage, self.introduction, self.to_us,
        )  # fmt: skip

    def frame(self) -> bytes:
        self.last = self.chance.choice(self.kinds)() or self.garbage()
        return self.last

    def _seal(
        self, sender: int, port: int, payload: bytes, channel: Channel | None = None, to: int = BROADCAST
    ) -> bytes:
        id, left = self.chance.getrandbits(32) or 1, self.chance.randrange(4)
        header = Header(to, sender, id, left, 3, to != BROADCAST, False, 0, 0, sender & 255)
        return seal(channel or self.cedar, header, Data(port, payload, bitfield=0))

    def _sequence(self, node: int) -> int:
        self.sequences[node] += self.chance.randrange(1, 4)
        return self.sequences[node]

    def duplicate(self) -> bytes:
        """The last frame again, from a relay."""
        hop = bytearray(self.last)
        if len(hop) > 16 and hop[12] & 7:
            hop[12] -= 1
            hop[15] = self.chance.randrange(256)
        return bytes(hop)

    def elsewhere(self) -> bytes:
        return self._seal(self.chance.getrandbits(32), TEXT, self.chance.randbytes(30), self.foreign)

    def neighbour(self) -> bytes:
        node = self.chance.choice(list(self.sequences))
        body = telemetry.metrics(80, 3900, 12.5, 1.5, 1000)
        made = pulse.build(node, self.chance.randbytes(32), bytes(32), 1, self._sequence(node), body)
        return self._seal(node, TELEMETRY, made)

    def answer(self) -> bytes:
        """A receipt: for others, with now and then an entry that names us under a wrong key."""
        entries = [
            receipt.entry(NODE, self.chance.randbytes(32), 0x01000001, self.chance.randbytes(8), 1)
            for _ in range(self.chance.randrange(1, 9))
        ]
        return self._seal(GATEWAY, TEXT, receipt.build(entries, GROUP, 1, b"heard #1042"))

    def tick(self) -> bytes:
        self.number += 20
        body = telemetry.metrics(101, 5000, 10.0, 1.0, 1000)
        slots = [self.chance.randbytes(8) for _ in range(6)]
        echo = self.number // 1000 % ECHOES + 1
        return self._seal(GATEWAY, TELEMETRY, gatewaypulse.build(GATEWAY, GROUP, 1, self.number, echo, slots, body))

    def _line(self, group: bytes) -> bytes:
        node = self.chance.choice(list(self.sequences))
        sequence = self._sequence(node)
        text = line.compose("HELP", "12th & Oak", sequence)
        echo = self.number // 1000 % ECHOES + 1
        cancel = sequence % 5 == 0
        made = line.build(node, self.chance.randbytes(32), group, 1, text, sequence, echo=echo, cancel=cancel)
        return self._seal(node, ALERT, made)

    def alert(self) -> bytes:
        return self._line(GROUP)

    def forged(self) -> bytes:
        return self._line(self.chance.randbytes(32))

    def garbage(self) -> bytes:
        return self.chance.randbytes(self.chance.randrange(1, 256))

    def introduction(self) -> bytes:
        return self._seal(self.chance.getrandbits(32), 4, b"\x0a\x09!12345678\x12\x03abc")

    def to_us(self) -> bytes:
        """A stock phone's direct message, which wants an acknowledgement."""
        return self._seal(self.chance.getrandbits(32), TEXT, b"is anybody there", to=NODE)


def write(path: str, frames: int, seed: int) -> None:
    """Write a frame file."""
    corpus = Corpus(seed)
    with open(path, "wb") as file:
        for at in range(frames):
            # The first hundred hold more alerts than a beacon remembers whistles for: what fills up is full by then.
            frame = corpus.alert() if at < 100 and at % 2 else corpus.frame()
            file.write(bytes((len(frame),)) + frame)
