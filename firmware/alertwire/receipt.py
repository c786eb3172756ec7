"""The receipt: readable answers to open alerts, up to eight in one text (section 4). For hosts; a board uses wire."""

from . import wire
from .errors import Malformed
from .kinds import CLEAR
from .kinds import pack_answer as pack_answer
from .kinds import unpack_answer as unpack_answer
from .mac import label, same, tag
from .text import need, proper

MOST = 8
LONGEST = 180  # bytes in all; every reader refuses more


class Receipt:
    """One receipt as it was read: text, raw (the sealed bytes), group_epoch 0..15, entries of 12 bytes, group_tag 4."""

    def __init__(self, payload: bytes) -> None:
        self.text, self.raw = wire.unseal_receipt(payload)
        if not proper(self.text):
            raise Malformed("text of a receipt is not proper")
        self.group_epoch = self.raw[1] >> 4
        self.entries = tuple([self.raw[at : at + 12] for at in range(2, len(self.raw) - 4, 12)])
        self.group_tag = self.raw[-4:]


def entry(node: int, down: bytes, sequence: int, tag8: bytes, answer: int) -> bytes:
    """One answer byte (12 bytes in all) to the frame with that sequence and tag. Unbuildable for clear, 0 and 7."""
    # Clear never goes as text: a forged text may call people out, it must never send them home.
    need(answer & 7 not in (0, CLEAR, 7), "a text says heard, shown, seen, coming or refused; clear goes by slots")
    byte = bytes([answer])
    return tag8[:3] + byte + wire.answer_tag(b"rcpt-d", node, down, (sequence, tag8), byte)


def build(entries: "list[bytes]", group: bytes, group_epoch: int, text: bytes) -> bytes:
    """The payload of port 1: 1..8 entries, at most 180 bytes in all (42 of text with eight). Unbuildable says why."""
    need(1 <= len(entries) <= MOST, "a receipt has one to eight entries")
    need(proper(text), "the text of a receipt is at most 120 bytes of plain UTF-8")
    head = bytes([0x21, (group_epoch & 15) << 4 | len(entries) - 1]) + b"".join(entries)
    payload = wire.seal(text, head + _tag(group, text, head))
    need(len(payload) <= LONGEST, "a receipt is at most 180 bytes: shorten the text")
    return payload


def _tag(group: bytes, text: bytes, head: bytes) -> bytes:
    return tag(group, 4, label(b"rcpt-g"), bytes([len(text)]), text, head)


def parse(payload: bytes) -> Receipt:
    """A receipt from a payload, its encoding checked, its tags not. Malformed when it is not whole or not a receipt."""
    return Receipt(payload)


def answered(receipt: Receipt, node: int, down: bytes, pairs: "list[tuple[int, bytes]]") -> "tuple[int, int] | None":
    """(index into `pairs`, answer byte) of the best entry meant for one of (sequence, device tag), or None."""
    return wire.receipt_answer(receipt.raw, node, down, pairs)


def group_authentic(receipt: Receipt, group: bytes) -> bool:
    """Whether text and entries are as somebody who holds the group key made them."""
    return same(receipt.group_tag, _tag(group, receipt.text, receipt.raw[:-4]))
