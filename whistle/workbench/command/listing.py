"""`whistle workbench boards`: which boards we know."""

import click
from rich.table import Table

from whistle.workbench import boards as tables
from whistle.workbench.command.options import speaking
from whistle.workbench.say import Say


@click.command()
@speaking
def boards(say: Say) -> None:
    """List the boards we know, best supported first."""
    table = Table("board", "tier", "name", "chip", "radio")
    for key in tables.names():
        board = tables.load(key)
        table.add_row(key, str(board.tier), board.name, board.chip, board.wiring.radio.model)
        if say.as_json:
            say.event("board", "", key=key, tier=board.tier, name=board.name, chip=board.chip)
    say.console.print(table)
