"""The beacon pulse: a sign of life, a poll, and a silent alert, alike for who has no key (section 5). For hosts."""

import struct

from . import kinds, telemetry, wire
from .errors import Malformed
from .mac import same
from .text import need


class Pulse:
    """One pulse as it was read. The status fields are meaningless before `open_status` said True."""

    standing = kind = back = mode = last_answer = 0
    doubt = tamper = low = False

    def __init__(self, payload: bytes) -> None:
        self.body, field = telemetry.split(payload)
        if len(field) != 20 or field[0] != 0x31:
            raise Malformed("not a beacon pulse")
        self.head = field[:8]
        self.group_epoch = field[1]
        self.sequence = int.from_bytes(field[2:6], "big")
        self.echo = int.from_bytes(field[6:8], "big")
        self.sealed = field[8:12]
        self.tag = field[12:]


def build(
    node: int, up: bytes, status_key: bytes, group_epoch: int, sequence: int, body: bytes, echo: int = 0,
    standing: int = 0, kind: int = 0, back: int = 0, doubt: bool = False, tamper: bool = False, low: bool = False,
    mode: int = 0, last_answer: int = 0,
) -> bytes:  # fmt: skip
    """The payload of port 67. `body` from telemetry.metrics; `back` beyond 65535 is said as 65535. Or Unbuildable."""
    need(0 <= standing < 4 and 0 <= kind < 4 and 0 <= mode < 4 and 0 <= last_answer < 8, "a status field is too large")
    need(0 <= sequence < 1 << 32 and 0 <= echo < 1 << 16 and back >= 0, "sequence has 32 bits, echo and back 16")
    flags = (1 if doubt else 0) | (2 if tamper else 0) | (4 if low else 0) | mode << 3 | last_answer << 5
    return wire.build_pulse(node, up, status_key, group_epoch, sequence, body, echo, standing << 4 | kind, back, flags)


def parse(payload: bytes) -> Pulse:
    """A pulse from a payload, not yet opened. Malformed when it is not whole or not a beacon pulse."""
    return Pulse(payload)


def open_status(pulse: Pulse, node: int, up: bytes, status_key: bytes) -> bool:
    """Decrypt, check the tag, then fill the status fields; False and nothing filled when it is not from that beacon."""
    plain = wire.veil(pulse.sealed, status_key, pulse.tag, pulse.head)
    if not same(pulse.tag, wire.signed(up, 8, b"pulse-d", node, pulse.body, pulse.head, plain)):
        return False
    first, pulse.back, flags = struct.unpack(">BHB", plain)
    pulse.standing, pulse.kind = kinds.standing(first >> 4), kinds.kind(first & 15)
    pulse.doubt, pulse.tamper, pulse.low = bool(flags & 1), bool(flags & 2), bool(flags & 4)
    pulse.mode, pulse.last_answer = flags >> 3 & 3, flags >> 5
    return True
