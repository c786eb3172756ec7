"""A node with scripted chance and time, and frames of its neighbours, for the tests of the node."""

from meshwire import BROADCAST, frame, header
from meshwire.airtime import Modem
from meshwire.channel import Channel
from meshwire.data import ROUTING, TEXT, Data
from meshwire.header import Header
from meshwire.node import Node

A, B, C, D = 0x0A1B2C01, 0x0A1B2C02, 0x0A1B2C03, 0x0A1B2C00
MODEM = Modem(11, 250000, 5)
SEALED = b"\x07HELP 34th & Cedar #1042 ~EQAQAQAEEr7vUC5mSDx4aYq3um4o"


def toy_aes(key):
    """Stands in for AES: what is encrypted differs from block to block, and both sides agree on how."""

    def encrypt(blocks):
        return bytes([(byte ^ key[at % 16]) + 1 & 255 for at, byte in enumerate(blocks)])

    return encrypt


CEDAR = Channel("Cedar", b"k" * 16, toy_aes)
OTHER = Channel("Other", b"o" * 16, toy_aes)


class Bench:
    """One node with scripted chance: `draws` are used up in turn, then 0; `asked` remembers every bound."""

    kind = Node

    def __init__(self, number=A, **options):
        self.draws = []
        self.asked = []
        self.events = []
        self.ids = 1000
        self.node = self.kind(number, (CEDAR,), MODEM, self.random, self.next_id, self.event, **options)
        self.asked = []

    def random(self, n):
        self.asked.append(n)
        drawn = self.draws.pop(0) if self.draws else 0
        assert 0 <= drawn < n, (drawn, n)
        return drawn

    def next_id(self):
        self.ids += 1
        return self.ids

    def event(self, kind, id, error):
        self.events.append((kind, id, error))

    def out(self, busy=False):
        """Let time run to the next due moment and return (moment, frame), the frame having left half a second later."""
        at = self.node.due()
        if at is None:
            return None, None
        raw = self.node.transmit(at, busy)
        if raw is not None:
            self.node.sent(at + 500)
        return at, raw


def packet(message, sender=B, to=BROADCAST, id=77, hops=3, start=3, channel=CEDAR, **rest):
    head = Header(to, sender, id, hops, start, relay_node=header.last_byte(sender))
    for name in rest:
        setattr(head, name, rest[name])
    return frame.seal(channel, head, message)


def hello(text=b"hello", **rest):
    return packet(Data(TEXT, text, bitfield=0), **rest)


def opened(raw):
    return frame.unseal((CEDAR,), raw)


def with_hops(raw, hops, relay):
    """The same packet as another node repeats it."""
    return raw[:12] + bytes((raw[12] & 0xF8 | hops, raw[13], 0, relay)) + raw[16:]


def answer(to, request, error=0, sender=B, hops=3, start=3, **rest):
    message = Data(ROUTING, bytes((0x18, error)), request_id=request, bitfield=0)
    return packet(message, sender, to, 4000 + request % 1000, hops, start, **rest)
