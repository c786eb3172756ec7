"""The beacon pulse: a sign of life, a poll, and a silent alert, alike for who has no key (section 5)."""

import struct

from . import telemetry
from .errors import Malformed, need
from .mac import label, same, tag, u32

_TYPE = 0x31
_HEAD = ">BBIH"
_SIZE = 20
_TAG = label(b"pulse-d")
_STATUS = label(b"pulse-s")


class Pulse:
    """One pulse as it was read. The status fields exist only after `open_status` said True."""

    standing = kind = back = mode = last_answer = 0
    doubt = tamper = low = False

    def __init__(self, body: bytes, field: bytes) -> None:
        """`field`: the 20 bytes of field 127. Malformed when they are no beacon pulse."""
        if len(field) != _SIZE or field[0] != _TYPE:
            raise Malformed("not a beacon pulse")
        self.body = body
        self.head = field[:8]
        self.group_epoch = field[1]
        self.sequence = int.from_bytes(field[2:6], "big")
        self.echo = int.from_bytes(field[6:8], "big")
        self.sealed = field[8:12]
        self.tag = field[12:]


def _tag(node: int, up: bytes, body: bytes, head: bytes, plain: bytes) -> bytes:
    return tag(up, 8, _TAG, u32(node), bytes([len(body)]), body, head, plain)


def _veil(status: bytes, status_key: bytes, tag8: bytes, head: bytes) -> bytes:
    mask = tag(status_key, 4, _STATUS, tag8, head[2:6])
    return bytes([status[i] ^ mask[i] for i in range(4)])


def build(
    node: int, up: bytes, status_key: bytes, group_epoch: int, sequence: int, body: bytes, echo: int = 0,
    standing: int = 0, kind: int = 0, back: int = 0, doubt: bool = False, tamper: bool = False, low: bool = False,
    mode: int = 0, last_answer: int = 0,
) -> bytes:  # fmt: skip
    """The payload of port 67. `body` from telemetry.metrics, `back` 0..65535 (more is said as 65535). Unbuildable says why."""
    need(0 <= standing < 4 and 0 <= kind < 4 and 0 <= mode < 4 and 0 <= last_answer < 8, "a status field is too large")
    plain = struct.pack(
        ">BHB", standing << 4 | kind, min(back, 0xFFFF),
        (1 if doubt else 0) | (2 if tamper else 0) | (4 if low else 0) | mode << 3 | last_answer << 5,
    )  # fmt: skip
    head = struct.pack(_HEAD, _TYPE, group_epoch, sequence, echo)
    tag8 = _tag(node, up, body, head, plain)
    return telemetry.join(body, head + _veil(plain, status_key, tag8, head) + tag8)


def parse(payload: bytes) -> Pulse:
    """A pulse from a payload, not yet opened. Malformed when it is not whole or not a beacon pulse."""
    return Pulse(*telemetry.split(payload))


def open_status(pulse: Pulse, node: int, up: bytes, status_key: bytes) -> bool:
    """Decrypt, check the tag, then fill the status fields; False and nothing filled when it is not from that beacon."""
    plain = _veil(pulse.sealed, status_key, pulse.tag, pulse.head)
    if not same(pulse.tag, _tag(node, up, pulse.body, pulse.head, plain)):
        return False
    first, pulse.back, flags = struct.unpack(">BHB", plain)
    # What a later version may say stands, or be about, is read as an open alert for help: nothing is overlooked.
    pulse.standing = first >> 4 if first >> 4 < 4 else 1
    pulse.kind = first & 15 if first & 15 < 4 else 0
    pulse.doubt, pulse.tamper, pulse.low = bool(flags & 1), bool(flags & 2), bool(flags & 4)
    pulse.mode, pulse.last_answer = flags >> 3 & 3, flags >> 5
    return True
