"""`whistle workbench modem`: a board that holds no key and is a gateway's radio."""

from typing import Any

import click

from whistle.workbench import provisioning
from whistle.workbench.command.onsite import hands, with_tools
from whistle.workbench.command.options import speaking
from whistle.workbench.command.provisioning import identified
from whistle.workbench.device import Device
from whistle.workbench.errors import NotInstalled
from whistle.workbench.installing import state
from whistle.workbench.say import Say


@click.command()
@speaking
@click.argument("port")
@click.option("--yes", is_flag=True, help="Also a board that is a beacon: it is none any more.")
@with_tools("board")
@click.pass_context
def modem(ctx: click.Context, say: Say, port: str, yes: bool, tools: dict[str, Any]) -> None:
    """Make the board at PORT a gateway's radio: it gets its wiring, and no key. Our program is on it already."""
    with identified(hands(ctx, say, tools), port) as board, Device(port) as device:
        if state(device)[0] is None:
            raise NotInstalled(f"There is no program on {port} to be a modem: `whistle workbench install` first.")
        provisioning.modem(device, board.table, yes)
    url = f"modem://{port}"
    words = f"This {board.table.name} is a gateway's radio now: start the gateway with --source {url}."
    say.event("modem", words, board=board.table.key, url=url)
