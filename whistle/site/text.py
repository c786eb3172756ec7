"""Which words may be names and places: what is read on the air must not deceive, and must fit a line.

Limits from protocol sections 3 and 4: an alert's text is at most 120 bytes of UTF-8, with no control, bidirectional
or zero-width character, no `~` (the seal's mark) and no `://`.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from whistle.site.errors import BadInput
from whistle.site.roster import Kind

MAX_NAME: Final = 40  # characters: a row of a list, a label
MAX_NOTE: Final = 200  # characters: never on the air
MAX_WORD: Final = 20  # bytes: the kind in the site's language
MAX_PLACE: Final = 60  # bytes: 0x07, word, place and ` #16777215` leave 28 of 120 for a word such as "cancelled"
MAX_CHANNEL: Final = 11  # bytes: Meshtastic's limit

_KINDS: Final[tuple[Kind, ...]] = ("help", "medical", "fire", "watch")
# Control, format (bidi, zero-width), surrogate, private, unassigned, line and paragraph separators.
_BAD_CATEGORIES: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Letters and marks that show as nothing: grapheme joiner, Hangul and Khmer fillers, blank Braille, variation selectors.
_INVISIBLE: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u180b-\u180f\ufe00-\ufe0f]")
_SUPPLEMENT: Final = range(0xE0100, 0xE01F0)


def clean(value: str, what: str, characters: int = MAX_NAME) -> str:
    """The value in Unicode's composed form, trimmed, if people can read it as what it is; else BadInput."""
    text = unicodedata.normalize("NFC", value).strip(" ")
    if not text:
        raise BadInput(f"The {what} is empty: give it some letters.")
    for char in text:
        _refuse_hidden(char, what)
    for mark in ("~", "://"):
        if mark in text:
            raise BadInput(f"The {what} holds {mark!r}, which has a meaning of its own on the air: leave it out.")
    if len(text) > characters:
        raise BadInput(f"The {what} has {len(text)} characters, at most {characters} are allowed: shorten it.")
    return text


def place(value: str) -> str:
    """A public place: clean, and short enough that every alert's text stays within 120 bytes."""
    return _within(clean(value, "public place", MAX_PLACE), "public place", MAX_PLACE)


def word(value: str) -> str:
    """One kind in the site's language: clean, without `#`, at most 20 bytes."""
    text = _within(clean(value, "word for a kind", MAX_WORD), "word for a kind", MAX_WORD)
    if "#" in text:
        raise BadInput("The word for a kind holds '#', which stands before an alert's number: leave it out.")
    return text


def channel_name(value: str) -> str:
    """A Meshtastic channel name of 1 to 11 bytes that no radio takes for its default channel."""
    text = _within(clean(value, "channel name", MAX_CHANNEL), "channel name", MAX_CHANNEL)
    if text.casefold() == "default":
        raise BadInput("Meshtastic reads the channel name 'Default' as no name: choose another.")
    return text


def channel_from(name: str) -> str:
    """A channel name made from a site's name: as many whole words as fit, or the start of the first."""
    words = name.split(" ")
    while len(words) > 1 and len(" ".join(words).encode()) > MAX_CHANNEL:
        words.pop()
    return trimmed(" ".join(words), MAX_CHANNEL)


def note(value: str, what: str) -> str:
    """A private detail, which may be empty; never on the air, shown to captains during an alert."""
    return clean(value, what, MAX_NOTE) if value.strip(" ") else ""


def same(one: str, other: str) -> bool:
    """Whether people would read two names as one: capitals, width and accents' spelling do not count."""
    return folded(one) == folded(other)


@lru_cache(1 << 14)  # each name of a list is held against each of a roster
def folded(value: str) -> str:
    """What is alike of all that people would read as one."""
    return unicodedata.normalize("NFKC", value).casefold()


def short_name(public: str, node: int, taken: set[str]) -> str:
    """A Meshtastic short name of at most 4 ASCII characters, none of `taken`: `34th & Cedar` becomes `34CE`."""
    tokens = re.findall(r"[0-9]+|[A-Z]+", re.sub(r"(?<=[0-9])(ST|ND|RD|TH)\b", " ", public.upper()), re.ASCII)
    picked = "".join(token[:2] for token in tokens)[:4]
    for candidate in (picked, *(picked[:3] + digit for digit in "23456789")):
        if len(candidate) >= 2 and candidate not in taken:
            return candidate
    return f"{node & 0xFFFF:04x}"


def trimmed(text: str, size: int) -> str:
    """The longest start of `text` of at most `size` bytes of UTF-8 that cuts no character."""
    return text.encode()[:size].decode(errors="ignore").rstrip()


def kinds(values: Sequence[str]) -> list[Kind]:
    """Kinds in the protocol's order, each once; BadInput for a word that is none, or for no kind at all."""
    odd = [value for value in values if value not in _KINDS]
    if odd or not values:
        given = f"{odd[0]!r} is no kind" if odd else "No kind was given"
        raise BadInput(f"{given}: choose among {', '.join(_KINDS)}.")
    return [kind for kind in _KINDS if kind in values]


def _refuse_hidden(char: str, what: str) -> None:
    odd_space = unicodedata.category(char) == "Zs" and char != " "
    hidden = _INVISIBLE.match(char) or ord(char) in _SUPPLEMENT
    if odd_space or hidden or unicodedata.category(char) in _BAD_CATEGORIES:
        raise BadInput(f"The {what} holds a hidden or control character (U+{ord(char):04X}): type it again by hand.")


def _within(text: str, what: str, size: int) -> str:
    if len(text.encode()) > size:
        raise BadInput(f"The {what} takes {len(text.encode())} bytes, at most {size} fit: shorten it.")
    return text
