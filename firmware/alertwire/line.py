"""The alert line: what one press puts on the air (section 3)."""

import struct

from . import seal
from .errors import Malformed, need
from .mac import label, same, tag, u32

PLAIN, DURESS = 1, 2
BELL = b"\x07"

_TYPE = 0x11
_HEAD = ">BBBIH"
_HEAD_SIZE = 9
_POSITION_SIZE = 6
_TAGS = 12
_GROUP = label(b"line-g")
_DEVICE = label(b"line-d")
_FORCED = label(b"line-x")
_DRILL, _POSITION, _LOW, _CANCEL, _DOUBT = 8, 16, 32, 64, 128
_STEPS = 1 << 24


class Line:
    """One line as it was read; nothing in it may be believed before `authentic` says so."""

    def __init__(self, text: bytes, raw: bytes) -> None:
        """`raw`: head, group tag and device tag, 21 or 27 bytes. Malformed when the head is not a line's."""
        end = len(raw) - _TAGS
        self.text = text
        self.head = raw[:end]
        self.group_tag = raw[end : end + 4]
        self.tag = raw[end + 4 :]
        first, flags, both, self.sequence, self.echo = struct.unpack(_HEAD, self.head[:_HEAD_SIZE])
        if first != _TYPE or end != _HEAD_SIZE + (_POSITION_SIZE if flags & _POSITION else 0):
            raise Malformed("not an alert line")
        self._open(flags, both)

    def _open(self, flags: int, both: int) -> None:
        # A kind of a later day is read as help: better a wrong word than no alert. The tag is over the head as sent.
        self.kind = flags & 7 if flags & 7 < 4 else 0
        self.drill = bool(flags & _DRILL)
        self.low = bool(flags & _LOW)
        self.cancel = bool(flags & _CANCEL)
        self.doubt = bool(flags & _DOUBT)
        self.group_epoch = both >> 4
        self.back = both & 15
        self.position = _place(self.head[_HEAD_SIZE:]) if flags & _POSITION else None


def _place(raw: bytes) -> "tuple[float, float]":
    # The middle of the square that the two 24-bit numbers name.
    lat = int.from_bytes(raw[:3], "big") + 0.5
    lon = int.from_bytes(raw[3:], "big") + 0.5
    return lat * 180 / _STEPS - 90, lon * 360 / _STEPS - 180


def _square(position: "tuple[float, float]") -> bytes:
    lat = int((position[0] + 90) * _STEPS / 180)
    lon = int((position[1] + 180) * _STEPS / 360)
    return min(max(lat, 0), _STEPS - 1).to_bytes(3, "big") + min(max(lon, 0), _STEPS - 1).to_bytes(3, "big")


def root(sequence: int, back: int) -> int:
    """The sequence of the alert that `back` names; a back that leaves the device epoch names the line itself."""
    return sequence - back if back <= sequence & 0xFFFFFF else sequence


def compose(word: str, place: str, sequence: int) -> bytes:
    """The readable text: bell, kind in the site's words, public place, counter. ``\\x07HELP 34th & Cedar #1042``"""
    return BELL + ("%s %s #%d" % (word, place, sequence & 0xFFFFFF)).encode()


def _tagged(node: int, text: bytes) -> bytes:
    return u32(node) + bytes([len(text)]) + text


def build(
    node: int, up: bytes, group: bytes, group_epoch: int, text: bytes, sequence: int, kind: int = 0, echo: int = 0,
    back: int = 0, drill: bool = False, low: bool = False, cancel: bool = False, doubt: bool = False,
    position: "tuple[float, float] | None" = None, duress: bool = False,
) -> bytes:  # fmt: skip
    """The payload of port 11. `text` with its leading 0x07, `back` 0..15, position in degrees. Unbuildable says why."""
    need(text[:1] == BELL and seal.proper(text[1:]) and len(text) <= seal.LONGEST_TEXT, "text of a line is not proper")
    need(0 <= kind < 4 and 0 <= back < 16, "kind is 0..3 and back 0..15")
    need(cancel or not duress, "only a cancel can be under duress")
    flags = kind | (_DRILL if drill else 0) | (_LOW if low else 0) | (_CANCEL if cancel else 0)
    flags |= (_DOUBT if doubt else 0) | (_POSITION if position else 0)
    head = struct.pack(_HEAD, _TYPE, flags, (group_epoch & 15) << 4 | back, sequence, echo)
    if position:
        head += _square(position)
    return seal.join(text, head + tags(node, up, group, text, head, duress))


def tags(node: int, up: bytes, group: bytes, text: bytes, head: bytes, duress: bool = False) -> bytes:
    """Group tag 4 and device tag 8 of a text and head; `duress` puts the device tag under its own label."""
    who = _tagged(node, text)
    group_tag = tag(group, 4, _GROUP, who, head)
    return group_tag + tag(up, 8, _FORCED if duress else _DEVICE, who, head, group_tag)


def parse(payload: bytes) -> Line:
    """A line from a payload, its encoding checked, its tags not. Malformed when it is not whole or not a line."""
    text, raw = seal.split(payload)
    if len(raw) not in (_HEAD_SIZE + _TAGS, _HEAD_SIZE + _POSITION_SIZE + _TAGS):
        raise Malformed("not an alert line")
    if text[:1] != BELL or len(text) > seal.LONGEST_TEXT or not seal.proper(text[1:]):
        raise Malformed("text of a line is not proper")
    return Line(text, raw)


def authentic(line: Line, node: int, up: bytes) -> int:
    """0 not from that beacon, PLAIN, or DURESS (only a cancel can be). `node`: the packet's sender."""
    who = _tagged(node, line.text)
    if same(line.tag, tag(up, 8, _DEVICE, who, line.head, line.group_tag)):
        return PLAIN
    if line.cancel and same(line.tag, tag(up, 8, _FORCED, who, line.head, line.group_tag)):
        return DURESS
    return 0


def group_authentic(line: Line, node: int, group: bytes) -> bool:
    """Whether somebody who holds the group key made this line for that node; enough to whistle, never to judge."""
    return same(line.group_tag, tag(group, 4, _GROUP, _tagged(node, line.text), line.head))
