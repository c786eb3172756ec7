"""How the workbench speaks: tables and colours for a person, one JSON object a line for a script. Never a key."""

import codecs
import json
import sys
import unicodedata
from io import TextIOWrapper
from typing import Any, Final

import click
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from whistle.workbench.errors import NotHeard, plain

_NEAREST: Final = "whistle.nearest"


class Say:
    """Speaks on standard output; `as_json` chooses for whom. `console` is rich's, silent when a script listens.

    Text is shown as what it is: a name with brackets is no colour.
    """

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.console = Console(quiet=as_json, highlight=False, soft_wrap=True, markup=False, emoji=False)

    def event(self, event: str, words: str, /, **facts: Any) -> None:
        """Something happened: `words` for a person, event and facts (plain JSON values) for a script. NotHeard."""
        try:
            if self.as_json:
                click.echo(json.dumps({"event": event, **facts}))
            else:
                self.console.print(plain(words))
        except OSError as error:  # never to be taken for a board that went away
            raise NotHeard(
                f"What is told cannot be written ({error.strerror}): mend the output, then do the same again."
            ) from None

    def table(self, table: Table) -> None:
        """A table for a person; in a terminal too narrow for its words each row is a few lines."""
        if not self._fits(table):
            for column in table.columns:
                told = " ".join(map(str, (column.header, *column.cells)))
                column.width = max(map(cell_len, told.split()), default=0)
        if self._fits(table):
            self.console.print(table)
        else:
            self._lines(table)

    def _fits(self, table: Table) -> bool:
        """Whether no word is cut and no line is wider than the terminal."""
        lines = list(Segment.split_lines(self.console.render(table)))
        cut = any("…" in piece.text for line in lines for piece in line)
        return not cut and max(map(Segment.get_line_length, lines)) <= self.console.width

    def _lines(self, table: Table) -> None:
        titles = [str(column.header) for column in table.columns]
        for row in zip(*(column.cells for column in table.columns), strict=True):
            for number, (title, cell) in enumerate(zip(titles, row, strict=True)):
                if str(cell):
                    words = Text.assemble(f"{title}: " if title else "", cell)
                    self.console.print(Padding(words, (0, 0, 0, 2 * bool(number)), expand=False), soft_wrap=False)


def readable() -> None:
    """Letters that the terminal lacks are shown from now on as the nearest it has, and end no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=_NEAREST)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = unicodedata.normalize("NFC", error.object[error.start : error.end])
    plain = (unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode() or "?" for char in lacking)
    return "".join(plain), error.end


codecs.register_error(_NEAREST, _nearest)
