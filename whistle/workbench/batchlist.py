"""The list of a batch: a CSV file, one beacon a row, judged whole before anything begins.

A row that cannot be is named by its line and column. Columns and what they may hold: docs/making-beacons.md.
"""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from whistle.site import people, text
from whistle.site.errors import SiteError
from whistle.site.roster import Mode, Private
from whistle.site.site import KINDS
from whistle.workbench import boards
from whistle.workbench.errors import BadRow, UnknownBoard
from whistle.workbench.provision import Wish

NEEDED: Final = ("name", "place", "lat", "lon")
OPTIONAL: Final = ("mode", "kinds", "captain", "second_button", "entrance", "floor", "door", "note", "beside", "board")
MODES: Final = ("press", "listen", "relay")


class Row(NamedTuple):
    """One beacon that is wanted, the line it stands on, and which board it must be (empty: any)."""

    line: int
    wish: Wish
    board: str


def read(path: Path) -> list[Row]:
    """The rows of a list, in its order; BadRow names line and column of the first thing that is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(path, csv.DictReader(file, strict=True))
    except FileNotFoundError:
        raise BadRow(f"There is no list {path}: name the CSV file, one beacon a line.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRow(f"{path} cannot be read as a list in UTF-8 with commas ({error}): save it again so.") from None


def _rows(path: Path, reader: "csv.DictReader[str]") -> list[Row]:
    _must_have_columns(path, list(reader.fieldnames or []))
    rows: list[Row] = []
    for cells in reader:
        line = reader.line_num
        if None in cells or None in cells.values():
            raise BadRow(f"{path}, line {line}: it has not as many cells as the first line has columns.")
        rows.append(_row(path, line, cells))
        _must_differ(path, rows)
    if not rows:
        raise BadRow(f"{path} has no row: write one beacon a line below the columns' names.")
    return rows


def _must_have_columns(path: Path, names: list[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    odd = [name for name in names if name not in NEEDED + OPTIONAL]
    twice = [name for name in names if names.count(name) > 1]
    if missing or odd or twice:
        what = f"column {(missing or odd or twice)[0]!r} is {'missing' if missing else 'unknown' if odd else 'twice'}"
        raise BadRow(f"{path}, line 1: {what}; columns are {', '.join(NEEDED)} and, if wanted, {', '.join(OPTIONAL)}.")


def _row(path: Path, line: int, cells: dict[str, str]) -> Row:
    def cell(column: str, check: Callable[[str], Any]) -> Any:
        try:
            return check((cells.get(column) or "").strip())
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
        return float(value)
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


def _must_differ(path: Path, rows: list[Row]) -> None:
    new = rows[-1]
    for old in rows[:-1]:
        if text.same(old.wish.name, new.wish.name):
            raise BadRow(f"{path}, line {new.line}, column name: line {old.line} has this name already.")
        spots = [
            (row.wish.place, row.wish.private.entrance, row.wish.private.floor, row.wish.private.door)
            for row in (old, new)
        ]
        if spots[0] == spots[1] and not new.wish.beside:
            raise BadRow(
                f"{path}, line {new.line}, column place: line {old.line} is at this very spot; write another entrance, "
                "floor or door, or yes under beside."
            )
