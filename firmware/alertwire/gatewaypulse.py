"""The gateway pulse: a gateway is there, an echo to prove freshness by, six sealed answers (section 6). For hosts."""

import struct

from . import telemetry, wire
from .mac import u32
from .text import need
from .wire import expected as expected

SLOTS = 6


class GatewayPulse(wire.GatewayPulse):
    """One gateway pulse as it was read: wire.GatewayPulse and slots (six of 8 bytes), group_tag 4."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload)
        self.slots = tuple([self.field[at : at + 8] for at in range(8, 56, 8)])
        self.group_tag = self.field[56:]


def build(
    node: int, group: bytes, group_epoch: int, number: int, echo: int, slots: "list[bytes]", body: bytes
) -> bytes:
    """The payload of port 67. Exactly six slots: fill the unused with random bytes. Unbuildable says why."""
    need([len(one) for one in slots] == [8] * SLOTS, "a gateway pulse has six slots of 8 bytes")
    need(0 <= number < 1 << 32 and 0 <= echo < 1 << 16, "number has 32 bits and echo 16")
    head = struct.pack(">BBIH", 0x41, group_epoch, number, echo) + b"".join(slots)
    return telemetry.join(body, head + wire.signed(group, 4, b"tick-g", node, body, head))


def slot(node: int, down: bytes, sequence: int, tag8: bytes, answer: int, number: int) -> bytes:
    """One answer (8 bytes) to the frame with that sequence and tag, good in the pulse with that number only."""
    return wire.answer_tag(b"slot-d", node, down, (sequence, tag8), bytes([answer]), u32(number))


def parse(payload: bytes) -> GatewayPulse:
    """A gateway pulse from a payload, its tag not checked. Malformed when it is not whole or not a gateway pulse."""
    return GatewayPulse(payload)


def group_authentic(pulse: wire.GatewayPulse, gateway_node: int, group: bytes) -> bool:
    """Whether somebody who holds the group key made this pulse; `gateway_node`: the packet's sender."""
    return pulse.group_authentic(gateway_node, group)


def answered(
    pulse: wire.GatewayPulse, node: int, down: bytes, pairs: "list[tuple[int, bytes]]", answers: "bytes | None" = None
) -> "tuple[int, int] | None":
    """(index into `pairs`, answer byte) of the best slot meant for one of (sequence, tag), or None.

    `answers`: the answer bytes to try, best first; by default all that can occur (`expected()`: 85 HMACs a pair).
    """
    return pulse.answer(node, down, pairs, expected() if answers is None else answers)
