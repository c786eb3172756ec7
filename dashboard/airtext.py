"""Text that strangers may have written, made fit for a page: escaped, isolated, odd characters as boxes.

A forged text must not turn a line around, hide a word, or look like another place: controls, bidi and zero-width
characters, unassigned and private ones, and piles of combining marks become a visible box that names its number.
"""

import unicodedata
from collections.abc import Iterator

from markupsafe import Markup, escape

LONGEST = 240
MARKS_IN_A_ROW = 2  # a letter carries one or two; more only blur the lines around it
ODD_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ODD = set("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0\ufffd")  # blanks and fillers that show nothing
BOX = "\u25af"


def air(text: str) -> Markup:
    """Safe HTML of any text: one isolated element, boxes for what is odd, at most 240 characters."""
    parts = Markup("").join(_box(char) if odd else escape(char) for char, odd in _judged(text))
    return Markup('<bdi class="air">{}</bdi>').format(parts)


def name(text: str) -> Markup:
    """Safe HTML of a name or place from the roster: isolated, so that it cannot turn the words around it."""
    parts = Markup("").join(_box(char) if odd else escape(char) for char, odd in _judged(text))
    return Markup("<bdi>{}</bdi>").format(parts)


def plain(text: str) -> str:
    """The same without markup, for titles, labels and map data."""
    return "".join(BOX if odd else char for char, odd in _judged(text))


def _box(char: str) -> Markup:
    return Markup('<span class="odd" title="U+{0}"><span class="unseen">odd character U+{0}</span></span>').format(
        f"{ord(char):04X}"
    )


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    marks = 0
    for char in text[:LONGEST]:
        category = unicodedata.category(char)
        marks = marks + 1 if category.startswith("M") else 0
        space = category == "Zs" and char != " "
        yield char, category in ODD_CATEGORIES or char in ODD or space or marks > MARKS_IN_A_ROW
    if len(text) > LONGEST:
        yield "\u2026", False
