"""Labels on paper: sheets of the usual sizes and single labels, as PDF; one label as SVG.

The PDF carries its fonts and looks alike everywhere. The SVG is for whoever lays labels out otherwise: its letters come
from the machine that shows it, held to the width that was measured here.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from whistle.workbench import fonts
from whistle.workbench.errors import BadWish
from whistle.workbench.labels import MM_PER_PT, Drawn, Label, draw

_REGULAR: Final = {"": {"wght": 400.0}}


class Sheet(NamedTuple):
    """A paper and where its labels are, mm: `columns` times `rows` of them, `step` from one to the next."""

    paper: tuple[float, float]
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    step: tuple[float, float]

    @property
    def size(self) -> int:
        """Labels on one sheet."""
        return self.columns * self.rows

    def at(self, number: int) -> tuple[float, float]:
        """The upper left corner of a label, row by row from 0."""
        row, column = divmod(number, self.columns)
        return self.left + column * self.step[0], self.top + row * self.step[1]


A4: Final = (210.0, 297.0)
LETTER: Final = (215.9, 279.4)
SHEETS: Final = {
    "a4-3x8": Sheet(A4, 3, 8, 70.0, 37.0, 0.0, 0.5, (70.0, 37.0)),
    "a4-2x7": Sheet(A4, 2, 7, 99.1, 38.1, 4.65, 15.15, (101.6, 38.1)),
    "letter-3x10": Sheet(LETTER, 3, 10, 66.675, 25.4, 4.7625, 12.7, (69.85, 25.4)),
    "letter-2x5": Sheet(LETTER, 2, 5, 101.6, 50.8, 4.0, 12.7, (106.3, 50.8)),
    "single-62x29": Sheet((62.0, 29.0), 1, 1, 62.0, 29.0, 0.0, 0.0, (62.0, 29.0)),
    "single-89x36": Sheet((89.0, 36.0), 1, 1, 89.0, 36.0, 0.0, 0.0, (89.0, 36.0)),
}


class Pen:
    """A PDF with the fonts that these texts need; also measures, for paper and for the screen. NoFont."""

    def __init__(self, texts: Sequence[str], paper: tuple[float, float]) -> None:
        self.pdf = FPDF(unit="mm", format=paper)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        self._fonts(texts)

    def __enter__(self) -> "Pen":
        return self

    def __exit__(self, *_error: object) -> None:
        for font in self.pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def measure(self, words: str, size: float) -> float:
        """Width in mm."""
        self.pdf.set_font(self._family, size=size)
        return float(self.pdf.get_string_width(words))

    def put(self, drawn: Drawn, x: float, y: float) -> None:
        """Draw a label with its corner at x, y on the page."""
        for bar in drawn.bars:
            self.pdf.rect(x + bar.x, y + bar.y, bar.width, bar.height, style="F")
        for text in drawn.texts:
            self.pdf.set_font(self._family, size=text.size)
            self.pdf.set_xy(x + text.x, y + text.y)
            self.pdf.cell(text.width, text.size * MM_PER_PT, text.words, new_x=XPos.RIGHT, new_y=YPos.TOP)

    def _fonts(self, texts: Sequence[str]) -> None:
        files = fonts.needed([*texts, "0 !"])
        for number, path in enumerate(files):
            variations = _REGULAR if "CJK" in path.name else None  # drawn thin as it comes; the others are regular
            self.pdf.add_font(f"f{number}", fname=path, variations=variations)
        self._family = "f0"
        self.pdf.set_font("f0", size=10)
        self.pdf.set_fallback_fonts([f"f{number}" for number in range(1, len(files))], exact_match=False)
        if fonts.shaper():
            self.pdf.set_text_shaping(True)


def pdf(labels: Sequence[Label], sheet: str, skip: int = 0) -> bytes:
    """The labels on sheets of this kind, the first `skip` places left empty. NoFont; BadWish for what cannot be."""
    form = SHEETS[sheet]
    if not labels or not 0 <= skip < form.size:
        raise BadWish(
            f"There is nothing to print: a sheet {sheet} has {form.size} labels, and {skip} are to be skipped."
        )
    with Pen([text for label in labels for text in label.words], form.paper) as pen:
        for number, label in enumerate(labels, skip):
            if number == skip or number % form.size == 0:
                pen.pdf.add_page()
            pen.put(draw(label, form.width, form.height, pen.measure), *form.at(number % form.size))
        return bytes(pen.pdf.output())


def svg(label: Label, width: float = 70.0, height: float = 37.0) -> str:
    """One label as a picture of this size in mm. NoFont."""
    with Pen(label.words, (width, height)) as pen:
        drawn = draw(label, width, height, pen.measure)
    path = "".join(f"M{bar.x:.3f} {bar.y:.3f}h{bar.width:.3f}v{bar.height:.3f}h-{bar.width:.3f}z" for bar in drawn.bars)
    letters = "".join(
        f'<text x="{text.x:.3f}" y="{text.y + text.size * MM_PER_PT * 0.9:.3f}" '
        f'font-size="{text.size * MM_PER_PT:.3f}" textLength="{text.width:.3f}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(text.words)}</text>"
        for text in drawn.texts
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}"><rect width="100%" height="100%" fill="#fff"/><path d="{path}"/>'
        f'<g font-family="Noto Sans, DejaVu Sans, sans-serif">{letters}</g></svg>\n'
    )
