"""The gateway pulse: a gateway is there, an echo to prove freshness by, and six sealed answers (section 6)."""

import struct

from . import telemetry
from .errors import Malformed, need
from .kinds import CUT_OFF
from .mac import keyed, label, pads, same, tag, u32

SLOTS = 6

_TYPE = 0x41
_HEAD = ">BBIH"
_SIZE = 60
_GROUP = label(b"tick-g")
_SLOT = label(b"slot-d")


class GatewayPulse:
    """One gateway pulse as it was read: group_epoch, number, echo, slots (six of 8 bytes), group_tag, body."""

    def __init__(self, body: bytes, field: bytes) -> None:
        """`field`: the 60 bytes of field 127. Malformed when they are no gateway pulse."""
        if len(field) != _SIZE or field[0] != _TYPE:
            raise Malformed("not a gateway pulse")
        self.body = body
        self.field = field
        self.group_epoch = field[1]
        self.number = int.from_bytes(field[2:6], "big")
        self.echo = int.from_bytes(field[6:8], "big")
        self.slots = tuple([field[at : at + 8] for at in range(8, 56, 8)])
        self.group_tag = field[56:]


def _tag(node: int, group: bytes, body: bytes, head: bytes) -> bytes:
    return tag(group, 4, _GROUP, u32(node), bytes([len(body)]), body, head)


def build(
    node: int, group: bytes, group_epoch: int, number: int, echo: int, slots: "list[bytes]", body: bytes
) -> bytes:
    """The payload of port 67. Exactly six slots: fill the unused with random bytes. Unbuildable says why."""
    need(len(slots) == SLOTS and min([len(s) for s in slots]) == 8 == max([len(s) for s in slots]), "six slots of 8 bytes")
    head = struct.pack(_HEAD, _TYPE, group_epoch, number, echo) + b"".join(slots)
    return telemetry.join(body, head + _tag(node, group, body, head))


def slot(node: int, down: bytes, sequence: int, tag8: bytes, answer: int, number: int) -> bytes:
    """One answer (8 bytes) to the frame with that sequence and tag, good in the pulse with that number only."""
    return tag(down, 8, _SLOT, u32(node), u32(sequence), tag8, bytes([answer]), u32(number))


def parse(payload: bytes) -> GatewayPulse:
    """A gateway pulse from a payload, its tag not checked. Malformed when it is not whole or not a gateway pulse."""
    return GatewayPulse(*telemetry.split(payload))


def group_authentic(pulse: GatewayPulse, gateway_node: int, group: bytes) -> bool:
    """Whether somebody who holds the group key made this pulse; `gateway_node`: the packet's sender."""
    return same(pulse.group_tag, _tag(gateway_node, group, pulse.body, pulse.field[:-4]))


def expected(known: "int | None" = None, turn: "int | None" = None) -> bytes:
    """The answer bytes worth trying in a slot, best first, for who already obeyed `known` (an answer byte, or None).

    A slot says 0, heard or shown with ordinal 0, with or without *cut off*; or shown to refused with any ordinal and no
    *cut off* (a person has answered: there is nothing left to keep calling for). Less than `known` changes nothing and
    is left out; `known` itself stays, it says that we were heard. `turn` None: every ordinal, at most 85 bytes. A
    number: the ordinals known .. known + 2 and one of the rest, another each turn, at most 25 bytes: every ordinal
    comes up within 13 turns.
    """
    floor = 0 if known is None else known >> 4
    out = []
    for ordinal in range(15, floor - 1, -1):
        far = ordinal - floor - 3
        if turn is None or far < 0 or far == turn % (13 - floor):
            out += [ordinal << 4 | answer for answer in (6, 5, 4, 3, 2)]
    if floor == 0:
        out += [2 | CUT_OFF, 1, 1 | CUT_OFF, 0, CUT_OFF]
    least = -1 if known is None else rank(known)
    return bytes([byte for byte in out if rank(byte) >= least])


def rank(byte: int) -> int:
    """What makes one answer byte better than another: the higher ordinal, then the higher answer."""
    return (byte >> 4) << 3 | byte & 7


def answered(
    pulse: GatewayPulse, node: int, down: bytes, pairs: "list[tuple[int, bytes]]", answers: "bytes | None" = None
) -> "tuple[int, int] | None":
    """(index into `pairs`, answer byte) of the best slot meant for one of (sequence, tag), or None.

    A slot says neither whose it is nor what it says, so each of `answers` (from `expected`; default all) is tried for
    each pair: one HMAC each, compared with all six slots. A beacon with four pairs tries at most 100, some 30 ms.
    """
    both = pads(down)
    mine = u32(node)
    number = u32(pulse.number)
    for byte in expected() if answers is None else answers:
        for i in range(len(pairs)):
            sequence, tag8 = pairs[i]
            if keyed(both, _SLOT, mine, u32(sequence), tag8, bytes([byte]), number)[:8] in pulse.slots:
                return i, byte
    return None
