"""The small numbers of the protocol and their names (sections 3, 4 and 5). For hosts."""

HELP, MEDICAL, FIRE, WATCH = 0, 1, 2, 3
NAMES = ("help", "medical", "fire", "watch")

RECEIVED = 0  # only in a slot: "your pulse arrived"
HEARD, SHOWN, SEEN, COMING, CLEAR, REFUSED = 1, 2, 3, 4, 5, 6
ANSWERS = ("heard", "shown", "seen", "coming", "clear", "refused")

ROUTINE, OPEN, SILENT, DURESS = 0, 1, 2, 3  # what a pulse says stands
STANDING = ("routine", "open", "silent", "duress")

CUT_OFF = 8


def kind(number: int) -> int:
    """The kind itself, or help for one of a later day: better a wrong word than no alert."""
    return number if 0 <= number < len(NAMES) else HELP


def standing(number: int) -> int:
    """What stands, or an open alert for something of a later day: nothing is overlooked."""
    return number if 0 <= number < len(STANDING) else OPEN


def pack_answer(answer: int, cut_off: bool = False, ordinal: int = 0) -> int:
    """Answer byte: bits 0-2 answer, bit 3 cut off, bits 4-7 ordinal 0..15 (section 4)."""
    return answer | (CUT_OFF if cut_off else 0) | ordinal << 4


def unpack_answer(byte: int) -> "tuple[int, bool, int]":
    """(answer 0..7, cut_off, ordinal 0..15) of an answer byte."""
    return byte & 7, bool(byte & CUT_OFF), byte >> 4
