"""Receiving for ever leaves nothing behind: no container grows, and on the board no byte of heap is kept."""

import gc

from alertwire import wire
from alertwire.calling import Calling
from alertwire.freshness import Echoes, Numbers
from alertwire.whistling import Whistling

from tests.alertwire.golden import load, middle, raw, refuses


class Board:
    """What a board keeps between frames."""

    def __init__(self):
        self.lines = [(v["node"], raw(v["payload"]), raw(v["group"])) for v in load("lines")[:4]]
        self.receipt = raw(load("receipts")[0]["payload"])
        entry = load("receipts")[0]["entries"][0]
        self.node, self.down = entry["node"], raw(entry["down"])
        self.tick = raw(load("gateway-pulses")[1]["payload"])
        self.gateway, self.group = load("gateway-pulses")[1]["gateway"], raw(load("gateway-pulses")[1]["group"])
        self.junk = self.tick[:-1] + b"?"
        self.calling = Calling(2000, 3000, middle)
        self.calling.event("help", 0)
        self.calling.lined(entry["sequence"], raw(entry["tag"]), bytes(9))
        self.echoes = Echoes(50, 86400)
        self.numbers = Numbers(4)
        self.whistling = Whistling(bytearray(80))

    def hear(self, now):
        """One frame of every kind, and one that is forged."""
        node, payload, group = self.lines[now % 4]
        line = wire.Line(payload)
        if line.group_authentic(node, group):
            self.whistling.heard(node, line.sequence + now, line.flags, self.echoes.vouch(line.echo, now), now)
        pairs = self.calling.pairs()
        wire.receipt_answer(wire.unseal_receipt(self.receipt)[1], self.node, self.down, pairs)
        tick = wire.GatewayPulse(self.tick)
        if tick.group_authentic(self.gateway, self.group):
            self.echoes.learn(tick.echo + now & 0xFFFF, now)
            assert self.numbers.rises(self.gateway + now, tick.number)
            self.numbers.keep(self.gateway + now, tick.number)
            tick.answer(self.node, self.down, pairs, b"\x00\x08")
        assert not wire.GatewayPulse(self.junk).group_authentic(self.gateway, self.group)
        assert refuses(wire.Line, self.junk)
        self.calling.pulsed(now, self.tick[-8:])


def used():
    """Bytes of heap in use; 0 where the interpreter does not tell."""
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


def test_receiving_leaves_nothing_behind():
    board = Board()
    for now in range(1000, 1200):
        board.hear(now)
    before = used()
    for now in range(1200, 1800):
        board.hear(now)
    assert used() - before < 300, "the same after 600 rounds as after 200"
    assert len(board.whistling.marks) == 80 and len(board.calling.pairs()) == 3
