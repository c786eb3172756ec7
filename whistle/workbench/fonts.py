"""Fonts for paper: which file draws a text, in whatever script people write names and places.

Files come from Python packages (Noto, SIL Open Font License; `PACKAGES`), then from where systems keep DejaVu. Fonts
are not ours and lie in no folder of ours. Where no font has a character, or a script cannot be joined and turned as it
must be for want of the shaper (`uharfbuzz`), the text is refused: half a place on a label is worse than none.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

from whistle.workbench.errors import NoFont

PACKAGES: Final = ("manimgx_fonts", "manimgx_fonts_cjk")  # the second (20 MB, Chinese, Japanese, Korean) if installed
SYSTEM: Final = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"),
    Path("/Library/Fonts/Arial Unicode.ttf"),
)
FIRST: Final = "NotoSans["  # letters of Latin, Greek and Cyrillic: what most labels need stands before the rest
_NOT_WORDS: Final = ("Italic", "Emoji")


def needed(texts: Iterable[str]) -> list[Path]:
    """The fewest files, in our order, that draw all of these texts. NoFont names the character that none has."""
    found: list[Path] = []
    for char in dict.fromkeys("".join(texts)):
        if not any(ord(char) in _letters(path) for path in found):
            found.append(_with(char))
        _must_be_joined(char)
    order = known()
    return sorted(found, key=order.index)


def shaper() -> bool:
    """Whether letters that join or run from right to left can be set."""
    return find_spec("uharfbuzz") is not None


@cache
def known() -> tuple[Path, ...]:
    """Every font file at hand, the one that comes first in a line first."""
    files = [path for package in PACKAGES for path in _files(package)]
    return (*files, *(path for path in SYSTEM if path.is_file()))


def _files(package: str) -> list[Path]:
    spec = find_spec(package)
    folders = (spec.submodule_search_locations or []) if spec else []
    paths = [path for folder in folders for path in Path(folder).iterdir() if path.suffix in (".ttf", ".otf", ".ttc")]
    words = [path for path in paths if not any(word in path.name for word in _NOT_WORDS)]
    return sorted(words, key=lambda path: (not path.name.startswith(FIRST), path.name))


@cache
def _letters(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or ())


def _with(char: str) -> Path:
    for path in known():
        if ord(char) in _letters(path):
            return path
    raise NoFont(
        f"No font at hand has {_named(char)}: install the Python package manimgx-fonts (for Chinese, Japanese and "
        "Korean manimgx-fonts-cjk), or write the name in other letters."
    )


def _must_be_joined(char: str) -> None:
    joined = unicodedata.category(char) in ("Mn", "Mc") or unicodedata.bidirectional(char) in ("R", "AL")
    if joined and not shaper():
        raise NoFont(f"Setting {_named(char)} needs the Python package uharfbuzz: install it, or use other letters.")


def _named(char: str) -> str:
    return f"{char!r} (U+{ord(char):04X}, {unicodedata.name(char, 'without a name').lower()})"
