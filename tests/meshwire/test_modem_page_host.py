"""docs/modem.md says what the code does: kinds, lengths, and its example bytes."""

import re
import struct
from pathlib import Path

from meshwire import cable

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "modem.md").read_text()
TUNE = struct.pack(cable.TUNING_FORM, 926750000, 7, 500000, 5, 16, 22, 0x2B)


def rows(after: str) -> list[list[str]]:
    """The cells of the table that follows a heading."""
    table = PAGE.split(after, 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "---" not in line]


def test_kinds_and_sizes() -> None:
    ours = {"hello": cable.HELLO, "tune": cable.TUNE, "send": cable.SEND, "ping": cable.PING}
    theirs = {
        "here": cable.HERE, "state": cable.STATE, "heard": cable.HEARD, "sent": cable.SENT, "busy": cable.BUSY,
        "refused": cable.REFUSED, "pong": cable.PONG,
    }  # fmt: skip
    for heading, kinds in (("| from the gateway |", ours), ("| from the board |", theirs)):
        found = {row[0]: row[1].strip("`").encode() for row in rows(heading) if len(row[1]) == 3}
        assert found == kinds
    forms = {"tune": cable.TUNING_FORM, "here": cable.HERE_FORM, "heard": cable.HEARD_FORM, "sent": cable.TOKEN_FORM}
    for row in rows("| from the gateway |") + rows("| from the board |"):
        if row[0] in forms:
            sizes = [int(size) // 8 for size in re.findall(r"\b[iu](8|16|32)\b", row[2])]
            assert sum(sizes) == struct.calcsize(forms[row[0]]), row


def test_its_examples() -> None:
    made = [
        cable.message(cable.PING),
        cable.message(cable.TUNE, TUNE),
        cable.message(cable.SEND, b"\x00\x01\x7e\x03"),
        cable.message(cable.BUSY, b"\x00\x01"),
    ]
    examples = [bytes.fromhex(row[-1].strip("`")) for row in rows("| message |") if row[-1].startswith("`7e")]
    assert examples == made
