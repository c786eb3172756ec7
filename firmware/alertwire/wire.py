"""Every frame a beacon builds or reads (sections 3 to 7), as small as a board needs it.

Builders here check nothing: a beacon's words and numbers are checked where it is provisioned, because on the day of a
press a frame that could not be built would be an alert lost. Hosts use line, receipt, pulse, gatewaypulse: those check.
"""

import binascii
import struct
from hashlib import sha256

from .errors import Malformed

PLACED, LOW, CANCEL, DOUBT = 16, 32, 64, 128  # flags of a line; 8 is a drill, bits 0-2 are the kind
PLAIN, DURESS = b"line-d", b"line-x"  # whose label the device tag of a line is under

_INNER = int.from_bytes(b"\x36" * 64, "big")
_OUTER = int.from_bytes(b"\x5c" * 64, "big")
_pads = b"", b"", b""  # the last key, and what it makes of both: many tags in a row are under one key


def tag(key: bytes, n: int, *parts: bytes) -> bytes:
    """T[n] H(key, parts): the first n bytes of the HMAC-SHA256 of the joined parts, by hand: boards have no hmac.

    The key has at most 64 bytes; all of ours have 32.
    """
    global _pads
    pads = _pads
    if pads[0] is not key:
        number = int.from_bytes(key + bytes(64 - len(key)), "big")
        pads = _pads = key, (number ^ _INNER).to_bytes(64, "big"), (number ^ _OUTER).to_bytes(64, "big")
    inner = sha256(pads[1])
    for part in parts:
        inner.update(part)
    return sha256(pads[2] + inner.digest()).digest()[:n]


def same(a: bytes, b: bytes) -> bool:
    """Whether two tags are equal, in a time that does not tell where they differ."""
    differ = len(a) ^ len(b)
    for x, y in zip(a, b):
        differ |= x ^ y
    return not differ


def label(name: bytes) -> bytes:
    """D(name): what a tag is for, 16 bytes, so that no tag can stand in for another."""
    return (b"WHISTLE1" + name + bytes(8))[:16]


def signed(key: bytes, n: int, name: bytes, node: int, text: bytes, *rest: bytes) -> bytes:
    """T[n] H(key, D(name) node len(text) text rest): the form of every tag over something readable."""
    return tag(key, n, label(name), node.to_bytes(4, "big"), bytes([len(text)]), text, *rest)


def rank(byte: int) -> int:
    """What makes one answer byte newer than another: ordinal, then answer, then a gateway that is not cut off."""
    return byte & 0xF0 | (byte & 7) << 1 | (byte & 8 ^ 8) >> 3


def seal(text: bytes, raw: bytes) -> bytes:
    """The payload: text, blank, tilde, base64url. `raw` is whole threes of bytes in every frame, so never padded."""
    return text + b" ~" + binascii.b2a_base64(raw)[:-1].replace(b"+", b"-").replace(b"/", b"_")


def unseal(payload: bytes) -> "tuple[bytes, bytes]":
    """(text, sealed bytes). Malformed unless there is a seal and sealing again gives the same characters.

    At most 180 bytes in all: eight receipts and 42 bytes of text.
    """
    at = payload.rfind(b" ~")
    text = payload[:at]
    try:
        raw = binascii.a2b_base64(payload[at + 2 :].replace(b"-", b"+").replace(b"_", b"/"))
    except ValueError:
        raw = b""
    if at < 0 or len(payload) > 180 or seal(text, raw) != payload:
        raise Malformed("no seal")
    return text, raw


class Line:
    """A line as it was read: text (with its 0x07), head, group_tag 4, tag 8, flags, group_epoch, sequence, echo.

    Nothing in it may be believed before a tag was checked. Malformed when it is not whole or not a line.
    """

    def __init__(self, payload: bytes) -> None:
        self.text, raw = unseal(payload)
        end = len(raw) - 12
        if end not in (9, 15) or raw[0] != 0x11 or end != (15 if raw[1] & 16 else 9):
            raise Malformed("not a line")
        self.head = raw[:end]
        self.group_tag = raw[end : end + 4]
        self.tag = raw[end + 4 :]
        _, self.flags, both, self.sequence, self.echo = struct.unpack(">BBBIH", raw[:9])
        self.group_epoch = both >> 4

    def group_authentic(self, node: int, group: bytes) -> bool:
        """Whether somebody who holds the group key made this line for that node; enough to whistle, never to judge."""
        return same(self.group_tag, signed(group, 4, b"line-g", node, self.text, self.head))


def compose(word: str, place: str, sequence: int) -> bytes:
    """The readable text: bell, kind in the site's words, public place, counter: ``\\x07HELP 34th & Cedar #1042``."""
    return ("\x07%s %s #%d" % (word, place, sequence & 0xFFFFFF)).encode()


def reach(sequence: int, root: int) -> int:
    """The `back` of a line about the alert `root` (0: none); 0 too when that is out of reach (docs/protocol.md)."""
    return sequence - root if root and 0 < sequence - root < 16 else 0


def square(position: "tuple[float, float]") -> bytes:
    """Latitude and longitude in degrees as 2 x 24 bit."""
    lat = int((position[0] + 90) * 0x1000000 / 180)
    lon = int((position[1] + 180) * 0x1000000 / 360)
    return (min(lat, 0xFFFFFF) << 24 | lon & 0xFFFFFF).to_bytes(6, "big")


def build_line(
    node: int, up: bytes, group: bytes, group_epoch: int, text: bytes, sequence: int, flags: int = 0, echo: int = 0,
    back: int = 0, position: bytes = b"", name: bytes = PLAIN,
) -> bytes:  # fmt: skip
    """The payload of port 11. `flags`: kind, LOW, CANCEL, DOUBT, and PLACED with a `position` by `square`; `name` PLAIN
    or DURESS."""
    head = struct.pack(">BBBIH", 0x11, flags, (group_epoch & 15) << 4 | back, sequence, echo) + position
    group_tag = signed(group, 4, b"line-g", node, text, head)
    return seal(text, head + group_tag + signed(up, 8, name, node, text, head, group_tag))


def named(name: bytes, node: int, pair: "tuple[int, bytes]") -> bytes:
    """What the tag of an answer to one of a beacon's frames, (sequence, device tag), begins with."""
    return label(name) + node.to_bytes(4, "big") + pair[0].to_bytes(4, "big") + pair[1]


def answer_tag(name: bytes, node: int, down: bytes, pair: "tuple[int, bytes]", *rest: bytes) -> bytes:
    """T8 H(down, D(name) node sequence tag[8] rest): an answer to the frame with that (sequence, tag)."""
    return tag(down, 8, named(name, node, pair), *rest)


def unseal_receipt(payload: bytes) -> "tuple[bytes, bytes]":
    """(text, sealed bytes) of a receipt, its encoding checked, its tags not. Malformed when it is no whole receipt."""
    text, raw = unseal(payload)
    if len(raw) < 18 or raw[0] != 0x21 or len(raw) != 18 + 12 * (raw[1] & 15) or len(raw) > 102:
        raise Malformed("not a receipt")
    return text, raw


def receipt_answer(raw: bytes, node: int, down: bytes, pairs: "list[tuple[int, bytes]]") -> "tuple[int, int] | None":
    """(index into `pairs`, answer byte) of the best entry meant for one of (sequence, device tag), or None.

    An entry stands by its own tag, whatever became of text and group tag: only a holder of this beacon's key can have
    made it for this very frame. Clear is not obeyed in a text, and 0 and 7 say nothing.
    """
    best = None
    for at in range(2, len(raw) - 4, 12):
        byte = raw[at + 3]
        for i in range(len(pairs)):
            if (
                byte & 7 not in (0, 5, 7)
                and (not best or rank(byte) > rank(best[1]))
                and raw[at : at + 3] == pairs[i][1][:3]
                and same(raw[at + 4 : at + 12], answer_tag(b"rcpt-d", node, down, pairs[i], raw[at + 3 : at + 4]))
            ):
                best = i, byte
    return best


def metrics(battery: int, mv: int, uptime: int) -> bytes:
    """Meshtastic Telemetry with the DeviceMetrics phones show: percent (101 powered), mV, seconds. No time in it."""
    body = struct.pack("<BBBfB", 8, battery, 0x15, mv / 1000, 0x28)
    while uptime > 127:
        body += bytes([uptime & 127 | 128])
        uptime >>= 7
    return bytes([0x12, len(body) + 1]) + body + bytes([uptime])


def veil(hidden: bytes, key: bytes, tag8: bytes, head: bytes, name: bytes = b"pulse-s") -> bytes:
    """Encrypt or decrypt the status of a pulse, or a new group key; at 2 in `head` stands sequence or number."""
    return bytes([x ^ y for x, y in zip(hidden, tag(key, 32, label(name), tag8, head[2:6]))])


def build_pulse(
    node: int, up: bytes, key: bytes, group_epoch: int, sequence: int, body: bytes, echo: int = 0,
    standing: int = 0, back: int = 0, flags: int = 0,
) -> bytes:  # fmt: skip
    """The payload of port 67. `standing`: high nibble what stands, low nibble kind; `back` saturates at 65535.

    `flags`: 1 storage doubt, 2 tamper, 4 battery low, mode << 3, last answer << 5. The tag is its last eight bytes.
    """
    plain = struct.pack(">BHB", standing, min(back, 0xFFFF), flags)
    head = struct.pack(">BBIH", 0x31, group_epoch, sequence, echo)
    tag8 = signed(up, 8, b"pulse-d", node, body, head, plain)
    return body + b"\xfa\x07\x14" + head + veil(plain, key, tag8, head) + tag8


class GatewayPulse:
    """A gateway pulse as it was read: body, field (60 bytes), group_epoch, number, echo.

    Nothing in it may be believed before its group tag was checked. Malformed when it is not whole or not one.
    """

    def __init__(self, payload: bytes) -> None:
        at = len(payload) - 63
        # DeviceMetrics, whole and of a length that takes one byte, then field 127 of 60 bytes, to the last byte.
        if not 1 < at < 130 or payload[:2] != bytes([0x12, at - 2]) or payload[at : at + 4] != b"\xfa\x07\x3c\x41":
            raise Malformed("not a pulse")
        self.body, self.field = payload[:at], payload[at + 3 :]
        self.group_epoch = self.field[1]
        self.number = int.from_bytes(self.field[2:6], "big")
        self.echo = int.from_bytes(self.field[6:8], "big")

    def group_authentic(self, node: int, group: bytes) -> bool:
        """Whether somebody who holds the group key made this pulse; `node`: the packet's sender, a gateway's radio."""
        return same(self.field[56:], signed(group, 4, b"tick-g", node, self.body, self.field[:56]))

    def answer(
        self, node: int, down: bytes, pairs: "list[tuple[int, bytes]]", answers: bytes
    ) -> "tuple[int, int] | None":
        """(index into `pairs`, answer byte) of the best slot meant for one of (sequence, tag), or None.

        A slot tells neither whose it is nor what it says: each of `answers` (see `expected`) is tried for each pair,
        one HMAC each, looked for in all six slots.
        """
        slots, heads = self.field[8:56], [named(b"slot-d", node, pair) for pair in pairs]
        for byte in answers:
            rest = bytes([byte]) + self.field[2:6]
            for i in range(len(pairs)):
                if not slots.find(tag(down, 8, heads[i], rest)) % 8:
                    return i, byte
        return None


def rekeyed(field: bytes, node: int, down: bytes) -> "bytes | None":
    """The new group key in field 127 of that type (its second byte is the new epoch), if made for that beacon."""
    key = veil(field[6:38], down, field[38:], field, b"rekey-s")
    made = tag(down, 8, label(b"rekey-d"), node.to_bytes(4, "big"), field[1:6], key)
    return key if same(field[38:], made) else None


def expected(known: int = 0, turn: "int | None" = None) -> bytes:
    """The answer bytes worth trying in a slot, best first, for who already obeyed the answer byte `known` (0: none).

    A slot says 0, heard or shown with ordinal 0, with or without *cut off*; or shown to refused with any ordinal and no
    *cut off* (a person has answered: there is nothing left to keep calling for). What is less than `known` changes
    nothing and is left out; `known` itself stays, it says that we were heard. `turn` None: every ordinal, at most 85
    bytes. A number: the ordinals known .. known + 2 and one of the rest, another each turn, at most 25 bytes; every
    ordinal comes up within 13 turns.
    """
    near = (known >> 4) + 3
    return bytes([
        byte
        for byte in range(246, -1, -1)
        if rank(byte) | 1 >= rank(known)
        and (byte in (0, 1, 8, 9, 10) or 1 < byte & 15 < 7)
        and (turn is None or byte >> 4 < near or byte >> 4 == near + turn % 13)
    ])  # fmt: skip
