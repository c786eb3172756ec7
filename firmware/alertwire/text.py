"""What a readable text may hold (section 3). For hosts: a beacon's texts are checked where it is provisioned."""

from .errors import Unbuildable

LONGEST = 120  # bytes; a line with position is then 158 of the 233 that fit a Meshtastic packet

# Code points a text may not hold, first and last of each band: C0; `~`, DEL and C1; what is invisible (soft hyphen,
# joiners, fillers, variation selectors of Mongolian); zero-width and bidi marks; line separators, bidi embeddings and
# isolates; surrogates; byte order mark; annotation marks; tags; all beyond Unicode.
BARRED = (
    (0x00, 0x1F), (0x7E, 0x9F), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF), (0x110000, 0x1FFFFF),
)  # fmt: skip


def need(fine: bool, why: str) -> None:
    """Raise Unbuildable(why) unless `fine`."""
    if not fine:
        raise Unbuildable(why)


def _barred(point: int) -> bool:
    return not 0x20 <= point < 0x7E and any(first <= point <= last for first, last in BARRED)


def _width(point: int) -> int:
    return 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4


def proper(text: bytes) -> bool:
    """Whether a text is UTF-8 in its shortest form, at most 120 bytes, with nothing that hides, turns, rings, links."""
    if len(text) > LONGEST or b"://" in text:
        return False
    if not [byte for byte in text if not 0x20 <= byte < 0x7E]:
        return True  # nearly every text there is: a gateway reads them by the thousand
    try:
        points = [ord(character) for character in text.decode()]
    except (UnicodeError, ValueError):
        return False
    # A board's decoder takes overlong forms; their width gives them away.
    return not any(_barred(point) for point in points) and sum([_width(point) for point in points]) == len(text)


def proper_line(text: bytes) -> bool:
    """The same for the text of a line, whose first byte is the bell 0x07, and no other."""
    return text[:1] == b"\x07" and len(text) <= LONGEST and proper(text[1:])
