"""`whistle workbench boards`: which boards we know, and whether their tables can be right."""

from pathlib import Path

import click
from rich.table import Table

from whistle.workbench import boards as tables
from whistle.workbench.boards import Board, rules
from whistle.workbench.command.options import speaking
from whistle.workbench.errors import BadTable
from whistle.workbench.say import Say


@click.command()
@click.option("--check", is_flag=True, help="Check every table against what the chip's pins can do.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speaking
def boards(say: Say, check: bool, files: tuple[Path, ...]) -> None:
    """List the boards we know, best supported first; or those of FILES, tables not yet in the program.

    With --check it ends with 1 when a table asks something of a pin that the pin cannot do.
    """
    found = [tables.read(path) for path in files] or [tables.load(key) for key in tables.names()]
    if check:
        _check(say, found)
    else:
        _list(say, found)


def _list(say: Say, found: list[Board]) -> None:
    table = Table("board", "tier", "name", "chip", "radio")
    for board in found:
        table.add_row(board.key, str(board.tier), board.name, board.chip, board.wiring.radio.model)
        if say.as_json:
            say.event("board", "", key=board.key, tier=board.tier, name=board.name, chip=board.chip)
    say.table(table)


def _check(say: Say, found: list[Board]) -> None:
    count = 0
    for board in found:
        for sentence in rules.faults(board):
            count += 1
            say.event("fault", sentence, key=board.key, sentence=sentence)
    say.event("checked", f"{len(found)} tables checked, {count} faults.", boards=len(found), faults=count)
    if count:
        raise BadTable("A table is wrong: mend it as the sentences above say, then check again.")
