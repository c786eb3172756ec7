"""The alert line, both ways and strictly (section 3). For hosts; a board uses wire."""

from . import kinds, wire
from .errors import Malformed
from .mac import same
from .text import need, proper_line
from .wire import compose as compose

PLAIN, DURESS = 1, 2
DRILL = 8
_STEPS = 1 << 24


class Line(wire.Line):
    """One line as it was read: wire.Line, back, kind 0..3, drill, low, cancel, doubt, position (degrees) or None."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload)
        if not proper_line(self.text):
            raise Malformed("text of a line is not proper")
        self.back = self.head[2] & 15
        self.kind = kinds.kind(self.flags & 7)
        self.drill = bool(self.flags & DRILL)
        self.low = bool(self.flags & wire.LOW)
        self.cancel = bool(self.flags & wire.CANCEL)
        self.doubt = bool(self.flags & wire.DOUBT)
        self.position = _middle(self.head[9:]) if self.flags & wire.PLACED else None


def _middle(raw: bytes) -> "tuple[float, float]":
    lat = int.from_bytes(raw[:3], "big") + 0.5
    lon = int.from_bytes(raw[3:], "big") + 0.5
    return lat * 180 / _STEPS - 90, lon * 360 / _STEPS - 180


def root(sequence: int, back: int) -> int:
    """The sequence of the alert that `back` names; a back that would leave the device epoch names the line itself."""
    return sequence - back if back <= sequence & 0xFFFFFF else sequence


def build(
    node: int, up: bytes, group: bytes, group_epoch: int, text: bytes, sequence: int, kind: int = 0, echo: int = 0,
    back: int = 0, drill: bool = False, low: bool = False, cancel: bool = False, doubt: bool = False,
    position: "tuple[float, float] | None" = None, duress: bool = False,
) -> bytes:  # fmt: skip
    """The payload of port 11. `text` with its leading 0x07, `back` 0..15, position in degrees. Unbuildable says why."""
    need(proper_line(text), "the text of a line is a bell 0x07 and at most 119 bytes of plain UTF-8")
    need(0 <= kind < 4 and 0 <= back < 16, "kind is 0..3 and back 0..15")
    need(0 <= sequence < 1 << 32 and 0 <= echo < 1 << 16, "sequence has 32 bits and echo 16")
    need(cancel or not duress, "only a cancel can be under duress")
    flags = kind | (DRILL if drill else 0) | (wire.LOW if low else 0) | (wire.CANCEL if cancel else 0)
    flags |= (wire.DOUBT if doubt else 0) | (wire.PLACED if position else 0)
    where = wire.square(position) if position else b""
    name = wire.DURESS if duress else wire.PLAIN
    return wire.build_line(node, up, group, group_epoch, text, sequence, flags, echo, back, where, name)


def parse(payload: bytes) -> Line:
    """A line from a payload, its encoding checked, its tags not. Malformed when it is not whole or not a line."""
    return Line(payload)


def authentic(line: wire.Line, node: int, up: bytes) -> int:
    """0 not from that beacon, PLAIN, or DURESS (only a cancel can be). `node`: the packet's sender."""
    if same(line.tag, wire.signed(up, 8, wire.PLAIN, node, line.text, line.head, line.group_tag)):
        return PLAIN
    forced = same(line.tag, wire.signed(up, 8, wire.DURESS, node, line.text, line.head, line.group_tag))
    return DURESS if forced and line.flags & wire.CANCEL else 0


def group_authentic(line: wire.Line, node: int, group: bytes) -> bool:
    """Whether somebody who holds the group key made this line for that node; enough to whistle, never to judge."""
    return line.group_authentic(node, group)
