"""A sheet of paper: shapes and words in millimetres, drawn once and written as SVG and as PDF, byte for byte the same
whenever they are written.

Words are set in Helvetica, which every PDF reader has; the letters of Western Europe only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Final, Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from fpdf import FPDF

MM_PER_POINT: Final = 25.4 / 72
FONT: Final = "Helvetica, Arial, 'Liberation Sans', sans-serif"
PAPERS: Final = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)  # a PDF must hold a date, and ours none that changes
Anchor = Literal["start", "middle", "end"]


class Rect(NamedTuple):
    """A rectangle; `what` names it in the SVG (class), so that a test can measure it."""

    x: float
    y: float
    w: float
    h: float
    fill: str | None
    stroke: str | None
    width: float
    radius: float
    what: str


class Circle(NamedTuple):
    """A disc."""

    x: float
    y: float
    r: float
    fill: str | None
    stroke: str | None
    width: float


class Line(NamedTuple):
    """A path of straight pieces; closed and filled when `fill` is given."""

    points: tuple[tuple[float, float], ...]
    stroke: str | None
    width: float
    dash: float
    fill: str | None


class Words(NamedTuple):
    """One line of text; (x, y) is on its base line. `size` in points."""

    x: float
    y: float
    text: str
    size: float
    bold: bool
    fill: str
    anchor: Anchor


class Group(NamedTuple):
    """What follows belongs together until the next Group; an empty name ends one."""

    name: str


Shape = Rect | Circle | Line | Words | Group


class Sheet:
    """A list of shapes, the earlier below the later."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self.shapes: list[Shape] = []

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Everything drawn within has this id in the SVG. Groups do not nest."""
        self.shapes.append(Group(name))
        yield
        self.shapes.append(Group(""))

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str | None = None, stroke: str | None = None,
        width: float = 0.3, radius: float = 0, what: str = "",
    ) -> None:  # fmt: skip
        """A rectangle from its upper left corner."""
        self.shapes.append(Rect(x, y, w, h, fill, stroke, width, radius, what))

    def circle(
        self, x: float, y: float, r: float, fill: str | None = None, stroke: str | None = None, width: float = 0.3
    ) -> None:
        """A disc around a point."""
        self.shapes.append(Circle(x, y, r, fill, stroke, width))

    def line(
        self, *points: tuple[float, float], stroke: str | None = "#222222", width: float = 0.3, dash: float = 0,
        fill: str | None = None,
    ) -> None:  # fmt: skip
        """Straight pieces from point to point; with `fill` a closed area."""
        self.shapes.append(Line(points, stroke, width, dash, fill))

    def words(
        self, x: float, y: float, text: str, size: float = 9, bold: bool = False, fill: str = "#111111",
        anchor: Anchor = "start",
    ) -> None:  # fmt: skip
        """One line of text, its base line at y."""
        self.shapes.append(Words(x, y, text, size, bold, fill, anchor))

    def paragraph(
        self, x: float, y: float, w: float, text: str, size: float = 9, bold: bool = False, fill: str = "#111111"
    ) -> float:
        """Text broken into lines no wider than w; the y below it."""
        step = size * MM_PER_POINT * 1.22
        for line in broken(text, w, size, bold):
            self.words(x, y, line, size, bold, fill)
            y += step
        return y

    def svg(self) -> str:
        """The sheet as SVG."""
        size = f'width="{self.width:g}mm" height="{self.height:g}mm" viewBox="0 0 {self.width:g} {self.height:g}"'
        body = "\n".join(_svg(shape) for shape in self.shapes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family={quoteattr(FONT)}>\n'
            f"<title>{escape(self.title)}</title>\n{body}\n</svg>\n"
        )

    def pdf(self, paper: str) -> bytes:
        """The sheet in the middle of one page of that paper, "a4" or "letter"."""
        wide, high = PAPERS[paper]
        pdf = FPDF(unit="mm", format=(wide, high))
        pdf.set_auto_page_break(False)
        pdf.set_title(self.title)
        pdf.set_producer("whistle")
        pdf.set_creation_date(LONG_AGO)
        pdf.set_compression(False)
        pdf.add_page()
        for shape in self.shapes:
            _pdf(pdf, shape, (wide - self.width) / 2, (high - self.height) / 2)
        return bytes(pdf.output())


@cache
def _ruler() -> FPDF:
    return FPDF(unit="mm")


def measure(text: str, size: float, bold: bool = False) -> float:
    """The width of a line of text in mm."""
    ruler = _ruler()
    ruler.set_font("Helvetica", "B" if bold else "", size)
    return float(ruler.get_string_width(text))


def broken(text: str, w: float, size: float, bold: bool = False) -> list[str]:
    """Text in lines that fit into w; a word too long stands alone."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and measure(longer, size, bold) > w:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _paint(fill: str | None, stroke: str | None, width: float) -> str:
    drawn = f' stroke="{stroke}" stroke-width="{width:g}"' if stroke else ""
    return f' fill="{fill or "none"}"{drawn}'


def _n(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _svg(shape: Shape) -> str:
    match shape:
        case Group(name):
            return f'<g id="{name}">' if name else "</g>"
        case Rect(x, y, w, h, fill, stroke, width, radius, what):
            named = f' class="{what}"' if what else ""
            box = f'x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"'
            return f'<rect{named} {box} rx="{_n(radius)}"{_paint(fill, stroke, width)}/>'
        case Circle(x, y, r, fill, stroke, width):
            return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}"{_paint(fill, stroke, width)}/>'
        case Line(points, stroke, width, dash, fill):
            way = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
            dashed = f' stroke-dasharray="{dash:g}"' if dash else ""
            kind = "polygon" if fill else "polyline"
            return f'<{kind} points="{way}"{_paint(fill, stroke, width)}{dashed} stroke-linejoin="round"/>'
        case Words(x, y, text, size, bold, fill, anchor):
            where = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size * MM_PER_POINT)}" text-anchor="{anchor}"'
            weight = ' font-weight="bold"' if bold else ""
            return f'<text {where}{weight} fill="{fill}">{escape(text)}</text>'


def _pdf(pdf: FPDF, shape: Shape, dx: float, dy: float) -> None:
    match shape:
        case Rect(x, y, w, h, fill, stroke, width, radius, _):
            style = _style(pdf, fill, stroke, width)
            pdf.rect(x + dx, y + dy, w, h, style=style, round_corners=radius > 0, corner_radius=radius)
        case Circle(x, y, r, fill, stroke, width):
            pdf.ellipse(x + dx - r, y + dy - r, 2 * r, 2 * r, style=_style(pdf, fill, stroke, width))
        case Line(points, stroke, width, dash, fill):
            style = _style(pdf, fill, stroke, width)
            pdf.set_dash_pattern(dash, dash)
            pdf.polyline([(x + dx, y + dy) for x, y in points], style=style, polygon=bool(fill))
            pdf.set_dash_pattern()
        case Words(x, y, text, size, bold, fill, anchor):
            pdf.set_font("Helvetica", "B" if bold else "", size)
            pdf.set_text_color(fill)
            back = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * measure(text, size, bold)
            pdf.text(x + dx - back, y + dy, text)


def _style(pdf: FPDF, fill: str | None, stroke: str | None, width: float) -> Literal["D", "F", "DF"]:
    if fill:
        pdf.set_fill_color(fill)
    if stroke:
        pdf.set_draw_color(stroke)
        pdf.set_line_width(width)
    return "DF" if fill and stroke else "F" if fill else "D"
