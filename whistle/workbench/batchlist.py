"""The list of a batch: a CSV file, one beacon a row, judged whole before anything begins.

A row that cannot be is named by its line and column. Columns and what they may hold: docs/making-beacons.md.
"""

import csv
import re
from collections.abc import Callable, Iterator
from functools import partial
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from whistle.site import files, people, text
from whistle.site.errors import SiteError
from whistle.site.roster import Mode, Private
from whistle.site.site import KINDS
from whistle.workbench import boards
from whistle.workbench.errors import BadRow, UnknownBoard
from whistle.workbench.provision import Wish

NEEDED: Final = ("name", "place", "lat", "lon")
OPTIONAL: Final = ("mode", "kinds", "captain", "second_button", "entrance", "floor", "door", "note", "beside", "board")
MODES: Final = ("press", "listen", "relay")
SEPARATORS: Final = (",", ";", "\t")

_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_NO_UTF_8: Final = re.compile("[\udc80-\udcff]")  # a byte that was no letter, as it was decoded


class Row(NamedTuple):
    """One beacon that is wanted, the line it stands on, and which board it must be (empty: any)."""

    line: int
    wish: Wish
    board: str


def read(path: Path) -> list[Row]:
    """The rows of a list, in its order; BadRow names line and column of the first thing that is wrong.

    However a spreadsheet saves it: commas, semicolons or tabs, capitals in the columns' names, empty rows and columns.
    """
    try:
        data = files.take(path)
    except FileNotFoundError:
        raise BadRow(f"There is no list {path}: name the CSV file, one beacon a line.") from None
    except OSError as error:
        raise BadRow(f"{path} cannot be read as a list ({error.strerror}): name the CSV file.") from None
    if data.startswith(_UTF_16):
        raise BadRow(f"{path} is not UTF-8: save it again as CSV in UTF-8.")
    lines = list(StringIO(data.decode("utf-8-sig", "surrogateescape"), newline=""))
    return _rows(path, lines, _separator(lines[0] if lines else ""))


def _separator(titles: str) -> str:
    """The likeliest of the first line; columns' names hold none of them."""
    return max(SEPARATORS, key=titles.count)


def _rows(path: Path, lines: list[str], separator: str) -> list[Row]:
    cells = _cells(path, lines, separator)
    columns = _columns(path, next(cells, (1, []))[1])
    rows: list[Row] = []
    seen = _Seen(path)
    for line, found in cells:
        if any(found):
            rows.append(_row(path, line, _by_column(path, line, columns, found)))
            seen.must_differ(rows[-1])
    if not rows:
        raise BadRow(f"{path} has no row: write one beacon a line below the columns' names.")
    return rows


def _cells(path: Path, lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line it ends on, its cells trimmed) of every row that is not empty."""
    reader, begun = csv.reader(lines, strict=True, delimiter=separator), 1
    try:
        for row in reader:
            yield reader.line_num, [cell.strip() for cell in row]
            begun = reader.line_num + 1
    except csv.Error as error:
        raise BadRow(
            f"{path}, line {begun}: it cannot be read as a list ({error}): look after its quotation marks."
        ) from None


def _columns(path: Path, titles: list[str]) -> list[str]:
    """The columns' names; one without a name holds nothing."""
    names = [title.casefold() for title in titles]
    missing = [name for name in NEEDED if name not in names]
    odd = [name for name in names if name and name not in NEEDED + OPTIONAL]
    twice = [name for name in names if name and names.count(name) > 1]
    if missing or odd or twice:
        what = f"column {(missing or odd or twice)[0]!r} is {'missing' if missing else 'unknown' if odd else 'twice'}"
        raise BadRow(f"{path}, line 1: {what}; columns are {', '.join(NEEDED)} and, if wanted, {', '.join(OPTIONAL)}.")
    return names


def _by_column(path: Path, line: int, columns: list[str], found: list[str]) -> dict[str, str]:
    nameless = [cell for name, cell in zip_longest(columns, found) if not name and cell]
    if nameless or len(found) < len(columns):
        raise BadRow(f"{path}, line {line}: it has not as many cells as the first line has columns.")
    return dict(zip(columns, found, strict=False))


def _row(path: Path, line: int, cells: dict[str, str]) -> Row:
    def cell(column: str, check: Callable[[str], Any]) -> Any:
        value = cells.get(column, "")
        try:
            if not value.isprintable() and _NO_UTF_8.search(value):
                raise ValueError("a letter in it is not UTF-8: save the list again as CSV in UTF-8.")
            return check(value)
        except (SiteError, UnknownBoard, ValueError) as error:
            raise BadRow(f"{path}, line {line}, column {column}: {error}") from None

    private = {part: cell(part, partial(text.note, what=part)) for part in people.PRIVATE_FIELDS}
    wish = Wish(
        name=cell("name", lambda value: text.clean(value, "name")),
        place=cell("place", text.place),
        lat=cell("lat", lambda value: people.coordinate(_number(value), "latitude", 90)),
        lon=cell("lon", lambda value: people.coordinate(_number(value), "longitude", 180)),
        mode=cell("mode", _mode),
        kinds=cell("kinds", lambda value: text.kinds(value.split("+") if value else KINDS)),
        captain=cell("captain", _yes),
        second_button=cell("second_button", _yes),
        private=Private(**private),
        beside=cell("beside", _yes),
    )
    return Row(line, wish, cell("board", _board))


def _number(value: str) -> float:
    try:
        return float(value.replace(",", "."))  # many languages' sign before tenths
    except ValueError:
        raise ValueError(f"{value!r} is no number: write degrees such as 44.9512.") from None


def _mode(value: str) -> Mode:
    if value and value not in MODES:
        raise ValueError(f"{value!r} is no mode: write press, listen or relay.")
    return cast(Mode, value or "relay")


def _yes(value: str) -> bool:
    if value.casefold() not in ("", "yes", "no"):
        raise ValueError(f"{value!r} is neither yes nor no.")
    return value.casefold() == "yes"


def _board(value: str) -> str:
    return boards.load(value).key if value else ""


class _Seen:
    """Names and spots of the rows so far, by the line they stand on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[str, int] = {}
        self._spots: dict[tuple[str, ...], int] = {}

    def must_differ(self, row: Row) -> None:
        """BadRow when an earlier row has this name, or is at this very spot and none says beside."""
        wish, where = row.wish, f"{self._path}, line {row.line}, column"
        held = wish.private
        spot = tuple(map(text.folded, (wish.place, held.entrance, held.floor, held.door)))
        named, placed = self._names.get(text.folded(wish.name)), self._spots.get(spot)
        if named:
            raise BadRow(f"{where} name: line {named} has this name already.")
        if placed and not wish.beside:
            raise BadRow(
                f"{where} place: line {placed} is at this very spot; write another entrance, floor or door, or yes "
                "under beside."
            )
        self._names[text.folded(wish.name)] = row.line
        self._spots.setdefault(spot, row.line)
