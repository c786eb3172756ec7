"""Labels: what stands on one, how it is laid out, and the QR code that says nothing a stranger may not know.

A label hangs where strangers read it, so it holds what the air tells anyway, and the name only where that is wanted:
name (may be left out), public place, place code and node number in words; in the QR code the node number alone
(docs/making-beacons.md says of each fact why, and why others are left out). No key, no private part of a place, no
site.
"""

import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
import segno

from whistle.site.settings import short_names
from whistle.site.site import Site

PREFIX: Final = "WHISTLE:1:"  # letters and signs that a QR code packs tightly
MARGIN_MM: Final = 2.5
QR_MM: Final = 24.0  # at most
QUIET: Final = 4  # modules around a QR code that stay white
LEADING: Final = 1.18  # a line's height by its letters' size
MM_PER_PT: Final = 25.4 / 72

Measure = Callable[[str, float], float]
"""The width in mm of a text in letters of a size in points."""


class Label(msgspec.Struct, frozen=True):
    """What stands on one label. `name` is empty where it is left out."""

    name: str
    place: str
    code: str
    number: str

    @property
    def words(self) -> tuple[str, ...]:
        """Every text that has to be drawn."""
        return tuple(text for text in (self.name, self.place, self.code, self.number) if text)

    @property
    def qr(self) -> str:
        """What the QR code says: WHISTLE:1: and the node number as eight hex digits."""
        return PREFIX + self.number.removeprefix("!").upper()


class Text(NamedTuple):
    """One line of letters: its left end and its top in mm on the label, size in points, width in mm."""

    x: float
    y: float
    size: float
    width: float
    words: str


class Bar(NamedTuple):
    """A dark piece of the QR code, mm."""

    x: float
    y: float
    width: float
    height: float


class Drawn(NamedTuple):
    """A label laid out on its paper."""

    texts: list[Text]
    bars: list[Bar]


class _Row(NamedTuple):
    words: str
    biggest: float
    smallest: float
    lines: int


def of(site: Site, node: int, named: bool = True) -> Label:
    """The label of a beacon of this site."""
    place = site.find(node)
    return Label(place.name if named else "", place.public, short_names(site.roster)[node], f"!{node:08x}")


def draw(label: Label, width: float, height: float, measure: Measure) -> Drawn:
    """The label on a paper of this size in mm: the code to the left, the words beside it, shrunk until they fit."""
    side = min(QR_MM, height - 2 * MARGIN_MM, width * 0.42)
    left = MARGIN_MM * 2 + side
    texts = _column(label, left, width - MARGIN_MM - left, height, measure)
    return Drawn(texts, _bars(label.qr, MARGIN_MM, (height - side) / 2, side))


def matrix(words: str) -> list[list[bool]]:
    """The QR code's modules, dark ones True; error correction H: a third of it may be worn off."""
    return [[bool(module) for module in row] for row in segno.make_qr(words, error="h").matrix]


def _bars(words: str, x: float, y: float, side: float) -> list[Bar]:
    modules = matrix(words)
    step = side / (len(modules) + 2 * QUIET)
    bars = []
    for row, line in enumerate(modules):
        for start, end in _runs(line):
            at = (x + (QUIET + start) * step, y + (QUIET + row) * step)
            bars.append(Bar(*at, (end - start) * step, step))
    return bars


def _runs(line: list[bool]) -> list[tuple[int, int]]:
    edges = [at for at in range(len(line) + 1) if (at < len(line) and line[at]) != (at > 0 and line[at - 1])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _column(label: Label, left: float, width: float, height: float, measure: Measure) -> list[Text]:
    rows = [_Row(label.name, 15, 7, 2), _Row(label.place, 12, 6.5, 2), _Row(f"{label.code}   {label.number}", 9, 5, 1)]
    rows = [row for row in rows if row.words]
    scale = 1.0
    while True:
        texts = _stacked([row._replace(biggest=row.biggest * scale) for row in rows], left, width, measure)
        used = sum(text.size for text in texts) * LEADING * MM_PER_PT
        if used <= height - 2 * MARGIN_MM or scale < 0.3:
            top = (height - used) / 2
            return [text._replace(y=text.y + top) for text in texts]
        scale *= 0.92


def _stacked(rows: list[_Row], left: float, width: float, measure: Measure) -> list[Text]:
    texts: list[Text] = []
    y = 0.0
    for row in rows:
        for size, words in _fitted(row, width, measure):
            texts.append(Text(left, y, size, measure(words, size), words))
            y += size * LEADING * MM_PER_PT
    return texts


def _fitted(row: _Row, width: float, measure: Measure) -> list[tuple[float, str]]:
    """The text in one line as large as can be, or in two where one would be small; at worst smaller than wished."""
    per_point = measure(row.words, 10) / 10
    whole = width / per_point
    if whole >= min(row.biggest, row.smallest * 1.3) or row.lines == 1:
        return [(min(row.biggest, whole), row.words)]
    halves = min(_splits(row.words), key=lambda pair: max(measure(half, 10) for half in pair))
    size = min(row.biggest, width / (max(measure(half, 10) for half in halves) / 10))
    return [(size, half) for half in halves]


def _splits(words: str) -> list[tuple[str, str]]:
    gaps = [at for at, char in enumerate(words) if char == " "]
    if gaps:
        return [(words[:at], words[at + 1 :]) for at in gaps]
    ends = [at for at in range(1, len(words)) if not unicodedata.category(words[at]).startswith("M")]
    return [(words[:at], words[at:]) for at in ends] or [(words, "")]
