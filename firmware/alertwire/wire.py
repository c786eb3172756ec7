"""Every frame a beacon builds or reads (sections 3 to 6), as small as a board needs it.

Builders here check nothing: a beacon's words and numbers are checked where it is provisioned, because on the day of a
press a frame that could not be built would be an alert lost. Hosts use line, receipt, pulse, gatewaypulse: those check.
"""

import binascii
import struct

from .errors import Malformed
from .mac import keyed, label, pads, same, tag, u32

DRILL, PLACED, LOW, CANCEL, DOUBT = 8, 16, 32, 64, 128  # flags of a line; bits 0-2 are the kind
PLAIN, DURESS = b"line-d", b"line-x"  # whose label the device tag of a line is under
LONGEST = 180  # bytes of a whole sealed text: eight receipts and 42 bytes of text


def signed(key: bytes, n: int, name: bytes, node: int, text: bytes, *rest: bytes) -> bytes:
    """T[n] H(key, D(name) node len(text) text rest): the form of every tag over something readable."""
    return tag(key, n, label(name), u32(node), bytes([len(text)]), text, *rest)


def seal(text: bytes, raw: bytes) -> bytes:
    """The payload: text, blank, tilde, base64url. `raw` is whole threes of bytes in every frame, so never padded."""
    return text + b" ~" + binascii.b2a_base64(raw)[:-1].replace(b"+", b"-").replace(b"/", b"_")


def unseal(payload: bytes) -> "tuple[bytes, bytes]":
    """(text, sealed bytes). Malformed unless there is a seal and sealing again gives the same characters."""
    at = payload.rfind(b" ~")
    text = payload[:at]
    try:
        raw = binascii.a2b_base64(payload[at + 2 :].replace(b"-", b"+").replace(b"_", b"/"))
    except ValueError:
        raw = b""
    if at < 0 or len(payload) > LONGEST or seal(text, raw) != payload:
        raise Malformed("no seal")
    return text, raw


class Line:
    """A line as it was read: text (with its 0x07), head, group_tag 4, tag 8, flags, back 0..15, sequence, echo.

    Nothing in it may be believed before a tag was checked. Malformed when it is not whole or not a line.
    """

    def __init__(self, payload: bytes) -> None:
        self.text, raw = unseal(payload)
        end = len(raw) - 12
        if end not in (9, 15) or raw[0] != 0x11 or end != (15 if raw[1] & PLACED else 9):
            raise Malformed("not an alert line")
        self.head = raw[:end]
        self.group_tag = raw[end : end + 4]
        self.tag = raw[end + 4 :]
        _, self.flags, both, self.sequence, self.echo = struct.unpack(">BBBIH", self.head[:9])
        self.group_epoch = both >> 4
        self.back = both & 15

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
    return min(max(lat, 0), 0xFFFFFF).to_bytes(3, "big") + min(max(lon, 0), 0xFFFFFF).to_bytes(3, "big")


def build_line(
    node: int, up: bytes, group: bytes, group_epoch: int, text: bytes, sequence: int, flags: int = 0, echo: int = 0,
    back: int = 0, position: "bytes | None" = None, name: bytes = PLAIN,
) -> bytes:  # fmt: skip
    """The payload of port 11. `flags`: kind, DRILL, LOW, CANCEL, DOUBT; `position`: `square`; `name`: PLAIN or DURESS."""
    if position:
        flags |= PLACED
    head = struct.pack(">BBBIH", 0x11, flags, (group_epoch & 15) << 4 | back, sequence, echo) + (position or b"")
    group_tag = signed(group, 4, b"line-g", node, text, head)
    return seal(text, head + group_tag + signed(up, 8, name, node, text, head, group_tag))


def entry(node: int, down: bytes, sequence: int, tag8: bytes, byte: int) -> bytes:
    """One entry of a receipt (12 bytes): the answer byte to the frame with that sequence and device tag."""
    answer = bytes([byte])
    return tag8[:3] + answer + tag(down, 8, label(b"rcpt-d"), u32(node), u32(sequence), tag8, answer)


def rank(byte: int) -> int:
    """What makes one answer byte better than another: the higher ordinal, then the higher answer."""
    return (byte >> 4) << 3 | byte & 7


def unseal_receipt(payload: bytes) -> "tuple[bytes, bytes]":
    """(text, sealed bytes) of a receipt, its encoding checked, its tags not. Malformed when it is no whole receipt."""
    text, raw = unseal(payload)
    if len(raw) < 18 or raw[0] != 0x21 or raw[1] & 8 or len(raw) != 18 + 12 * (raw[1] & 7):
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
        if byte & 7 in (0, 5, 7) or best and rank(byte) <= rank(best[1]):
            continue
        for i in range(len(pairs)):
            if raw[at : at + 3] == pairs[i][1][:3] and same(
                raw[at : at + 12], entry(node, down, pairs[i][0], pairs[i][1], byte)
            ):
                best = (i, byte)
    return best


def metrics(battery: int, millivolts: int, uptime: int) -> bytes:
    """Meshtastic Telemetry with the DeviceMetrics phones show: percent (101 powered), mV, seconds. No time in it."""
    body = struct.pack("<BBBfB", 8, battery, 0x15, millivolts / 1000, 0x28)
    while uptime > 127:
        body += bytes([uptime & 127 | 128])
        uptime >>= 7
    return b"\x12" + bytes([len(body) + 1]) + body + bytes([uptime])


def join(body: bytes, field: bytes) -> bytes:
    """The payload of port 67: Telemetry, then field 127."""
    return body + b"\xfa\x07" + bytes([len(field)]) + field


def split(payload: bytes) -> "tuple[bytes, bytes]":
    """(Telemetry, field 127). Malformed unless it is DeviceMetrics and then our field, both whole, to the last byte."""
    at = 2 + payload[1] if 1 < len(payload) < 256 and payload[0] == 0x12 else 130
    field = payload[at + 3 :]
    if at > 129 or join(payload[:at], field) != payload:
        raise Malformed("not a pulse")
    return payload[:at], field


def veil(status: bytes, status_key: bytes, tag8: bytes, head: bytes) -> bytes:
    """Encrypt or decrypt the four status bytes of a pulse."""
    mask = tag(status_key, 4, label(b"pulse-s"), tag8, head[2:6])
    return bytes([status[i] ^ mask[i] for i in range(4)])


def build_pulse(
    node: int, up: bytes, status_key: bytes, group_epoch: int, sequence: int, body: bytes, echo: int = 0,
    standing: int = 0, back: int = 0, flags: int = 0,
) -> bytes:  # fmt: skip
    """The payload of port 67. `standing`: high nibble what stands, low nibble kind; `back` saturates at 65535.

    `flags`: 1 storage doubt, 2 tamper, 4 battery low, mode << 3, last answer << 5. The tag is its last eight bytes.
    """
    plain = struct.pack(">BHB", standing, min(back, 0xFFFF), flags)
    head = struct.pack(">BBIH", 0x31, group_epoch, sequence, echo)
    tag8 = signed(up, 8, b"pulse-d", node, body, head, plain)
    return join(body, head + veil(plain, status_key, tag8, head) + tag8)


class GatewayPulse:
    """A gateway pulse as it was read: body, field (60 bytes), group_epoch, echo, slots (six of 8 bytes).

    Nothing in it may be believed before its group tag was checked. Malformed when it is not whole or not one.
    """

    def __init__(self, payload: bytes) -> None:
        self.body, self.field = split(payload)
        if len(self.field) != 60 or self.field[0] != 0x41:
            raise Malformed("not a gateway pulse")
        self.group_epoch = self.field[1]
        self.echo = int.from_bytes(self.field[6:8], "big")
        self.slots = [self.field[at : at + 8] for at in range(8, 56, 8)]

    def group_authentic(self, node: int, group: bytes) -> bool:
        """Whether somebody who holds the group key made this pulse; `node`: the packet's sender, a gateway's radio."""
        return same(self.field[56:], signed(group, 4, b"tick-g", node, self.body, self.field[:56]))

    def answer(
        self, node: int, down: bytes, pairs: "list[tuple[int, bytes]]", answers: bytes
    ) -> "tuple[int, int] | None":
        """(index into `pairs`, answer byte) of the best slot meant for one of (sequence, tag), or None.

        A slot tells neither whose it is nor what it says: each of `answers` (see `expected`) is tried for each pair, one
        HMAC each, compared with all six slots.
        """
        both = pads(down)
        for byte in answers:
            for i in range(len(pairs)):
                sequence, tag8 = pairs[i]
                mine = keyed(both, label(b"slot-d"), u32(node), u32(sequence), tag8, bytes([byte]), self.field[2:6])
                if mine[:8] in self.slots:
                    return i, byte
        return None


def expected(known: int = 0, turn: "int | None" = None) -> bytes:
    """The answer bytes worth trying in a slot, best first, for who already obeyed the answer byte `known` (0: none).

    A slot says 0, heard or shown with ordinal 0, with or without *cut off*; or shown to refused with any ordinal and no
    *cut off* (a person has answered: there is nothing left to keep calling for). What is less than `known` changes
    nothing and is left out; `known` itself stays, it says that we were heard. `turn` None: every ordinal, at most 85
    bytes. A number: the ordinals known .. known + 2 and one of the rest, another each turn, at most 25 bytes; every
    ordinal comes up within 13 turns.
    """
    floor = known >> 4
    out = []
    for ordinal in range(15, floor - 1, -1):
        far = ordinal - floor - 3
        if turn is None or far < 0 or far == turn % (13 - floor):
            out += [ordinal << 4 | answer for answer in (6, 5, 4, 3, 2)]
    if not floor:
        out += [10, 1, 9, 0, 8]
    return bytes([byte for byte in out if rank(byte) >= rank(known)])
