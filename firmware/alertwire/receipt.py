"""The receipt: readable answers to open alerts, up to eight in one text (section 4)."""

from . import seal
from .errors import Malformed, need
from .kinds import CLEAR
from .kinds import pack_answer as pack_answer
from .kinds import unpack_answer as unpack_answer
from .mac import label, pads, keyed, same, tag, u32

_TYPE = 0x21
_ENTRY = 12
_MOST = 8
_GROUP = label(b"rcpt-g")
_DEVICE = label(b"rcpt-d")


class Receipt:
    """One receipt as it was read: text, group_epoch 0..15, entries of 12 bytes, group_tag 4."""

    def __init__(self, text: bytes, raw: bytes) -> None:
        """`raw`: the sealed bytes. Malformed when they are no receipt."""
        n = (raw[1] & 15) + 1 if len(raw) > 1 else 99
        if n > _MOST or len(raw) != 6 + _ENTRY * n or raw[0] != _TYPE:
            raise Malformed("not a receipt")
        self.text = text
        self.head = raw[:-4]
        self.group_epoch = raw[1] >> 4
        self.entries = tuple([raw[at : at + _ENTRY] for at in range(2, len(raw) - 4, _ENTRY)])
        self.group_tag = raw[-4:]


def _sayable(answer: int) -> bool:
    # Clear never goes as text (a forged text must never send people home); 0 is for slots; 7 means nothing.
    return 1 <= answer & 7 <= 6 and answer & 7 != CLEAR


def entry(node: int, down: bytes, sequence: int, tag8: bytes, answer: int) -> bytes:
    """One answer (12 bytes) to the frame with that sequence and device tag. Unbuildable for clear, 0 and 7."""
    need(_sayable(answer), "a text says heard, shown, seen, coming or refused; clear goes by slots only")
    return tag8[:3] + bytes([answer]) + tag(down, 8, _DEVICE, u32(node), u32(sequence), tag8, bytes([answer]))


def build(entries: "list[bytes]", group: bytes, group_epoch: int, text: bytes) -> bytes:
    """The payload of port 1: 1..8 entries, at most 180 bytes in all (42 of text with eight). Unbuildable says why."""
    need(1 <= len(entries) <= _MOST, "a receipt has one to eight entries")
    need(seal.proper(text), "text of a receipt is not proper")
    head = bytes([_TYPE, (group_epoch & 15) << 4 | len(entries) - 1]) + b"".join(entries)
    payload = seal.join(text, head + tag(group, 4, _GROUP, bytes([len(text)]), text, head))
    need(len(payload) <= seal.LONGEST, "a receipt is at most 180 bytes: shorten the text")
    return payload


def parse(payload: bytes) -> Receipt:
    """A receipt from a payload, its encoding checked, its tags not. Malformed when it is not whole or not a receipt."""
    text, raw = seal.split(payload)
    if not seal.proper(text):
        raise Malformed("text of a receipt is not proper")
    return Receipt(text, raw)


def answered(receipt: Receipt, node: int, down: bytes, pairs: "list[tuple[int, bytes]]") -> "tuple[int, int] | None":
    """(index into `pairs`, answer byte) of the best entry meant for one of (sequence, device tag), or None.

    Best is the highest ordinal, then the highest answer. An entry stands by its own tag: it is obeyed whatever became
    of the text or the group tag, because only a holder of this beacon's key can have made it for this very frame.
    """
    both = pads(down)
    best, rank = None, -1
    for one in receipt.entries:
        byte = one[3]
        if (byte >> 4) << 3 | byte & 7 <= rank or not _sayable(byte):
            continue
        for i in range(len(pairs)):
            sequence, tag8 = pairs[i]
            if tag8[:3] == one[:3] and same(
                one[4:], keyed(both, _DEVICE, u32(node), u32(sequence), tag8, one[3:4])[:8]
            ):
                best, rank = (i, byte), (byte >> 4) << 3 | byte & 7
    return best


def group_authentic(receipt: Receipt, group: bytes) -> bool:
    """Whether text and entries are as somebody who holds the group key made them."""
    return same(receipt.group_tag, tag(group, 4, _GROUP, bytes([len(receipt.text)]), receipt.text, receipt.head))
