"""`whistle workbench provision`: a board on the cable becomes a beacon of the roster."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import click

from whistle.options import CARRY
from whistle.site.roster import Private
from whistle.site.site import KINDS
from whistle.workbench import boards
from whistle.workbench.batchlist import MODES
from whistle.workbench.command.onsite import bench, hands, in_site, sentences, with_master, with_tools
from whistle.workbench.command.options import speaking
from whistle.workbench.errors import WorkbenchError
from whistle.workbench.provision import OnBench, Provisioner, Wish
from whistle.workbench.say import Say
from whistle.workbench.steps import Device, Steps

on_port = click.option("--port", required=True, help="The board's port, such as /dev/ttyUSB0.")


@click.command()
@speaking
@click.argument("name")
@click.option("--place", required=True, help="The public place, read out on the air: a corner or a building.")
@click.option("--lat", type=float, required=True, help="Latitude in degrees, north positive.")
@click.option("--lon", type=float, required=True, help="Longitude in degrees, east positive.")
@click.option("--mode", type=click.Choice(MODES), default="relay", show_default=True)
@click.option("--kinds", default=",".join(KINDS), show_default=True, help="What it may raise, with commas.")
@click.option("--captain", is_flag=True, help="It hangs at a captain's: a mark in the roster, its button calls as any.")
@click.option("--second-button", is_flag=True, help="One for silent alerts is wired to its board.")
@click.option("--entrance", default="", help="Private: which entrance.")
@click.option("--floor", default="", help="Private: which floor.")
@click.option("--door", default="", help="Private: which door.")
@click.option("--note", default="", help="Private: what captains should know during an alert.")
@click.option("--beside", is_flag=True, help="There is another beacon at this very spot, and it stays.")
@click.option("--again", is_flag=True, help="It was set up before; that board, or this one's old keys, are void.")
@on_port
@with_tools("board")
@in_site
@with_master
@click.pass_context
@sentences
def provision(
    ctx: click.Context,
    say: Say,
    name: str,
    port: str,
    again: bool,
    tools: dict[str, Any],
    directory: Path,
    master: Path | None,
    **rest: Any,
) -> None:
    """Make the board on PORT the beacon NAME: enrolled first, then set up. Interrupted, say the same again."""
    private = Private(**{part: rest.pop(part) for part in ("entrance", "floor", "door", "note")})
    kinds = [kind.strip() for kind in rest.pop("kinds").split(",") if kind.strip()]
    wish = Wish(name=name, private=private, kinds=kinds, **rest)
    with bench(directory, master) as (site, journal):
        steps = hands(ctx, say, tools)
        made = Provisioner(site, journal, steps)
        with identified(steps, port) as board:
            known = made.judge(wish)
            made.must_be_free(board, *[known.node] if known else [])
            done = made.provision(made.enrol(wish), board, again)
    told(say, name, done)


@contextmanager
def identified(steps: Steps, port: str) -> Iterator[OnBench]:
    """The board on this port; whatever comes of it, its program runs again in the end."""
    device = Device(port)
    found = steps.identify(device)
    done = False
    try:
        yield OnBench(device, boards.load(found.board), found.id)
        done = True
    finally:
        with nullcontext() if done else suppress(WorkbenchError):  # the first fault is the one to tell
            steps.start(device)


def told(say: Say, name: str, done: dict[str, Any], carry: bool = True) -> None:
    """Say that a board is a beacon now; to be believed it needs its roster carried, unless that is as it was."""
    node, epoch = done["node"], done["epoch"]
    words = f"{name} is !{node:08x}, epoch {epoch}"
    if carry:
        words += f"{', which no gateway believes before it knows of it' if epoch > 1 else ''}. {CARRY}"
    say.event(
        "provisioned",
        words if carry else f"{words}.",
        name=name,
        node=node,
        epoch=epoch,
        board=done["board"],
    )
