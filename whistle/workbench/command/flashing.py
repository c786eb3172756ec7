"""`whistle workbench ports` and `flash`: what is plugged in, and MicroPython onto it."""

import sys
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from whistle.workbench import boards as tables
from whistle.workbench import flashing, identify
from whistle.workbench import ports as serial_ports
from whistle.workbench.boards import Board
from whistle.workbench.cache import Cache, folder_of
from whistle.workbench.command.onsite import A_PATH, Notes, in_site, sentences
from whistle.workbench.command.options import Number, speaking
from whistle.workbench.command.updating import bring
from whistle.workbench.device import Device
from whistle.workbench.esptool import Esptool
from whistle.workbench.flashing import Bench
from whistle.workbench.hands import newest, probing
from whistle.workbench.ports import Watching
from whistle.workbench.say import Say
from whistle.workbench.slots import Release


@click.command()
@speaking
def ports(say: Say) -> None:
    """List the serial ports, and which boards may stand behind each."""
    every = [tables.load(key) for key in tables.names()]
    found = serial_ports.listed()
    if not found:
        raise serial_ports.missing(serial_ports.usb_ids(), found, every)
    table = Table("port", "USB id", "serial number", "may be")
    for port in found:
        keys = [board.key for board in serial_ports.matching(port.usb, every)]
        table.add_row(port.device, port.usb, port.serial, ", ".join(keys) or "no board we know")
        if say.as_json:
            say.event("port", "", port=port.device, usb=port.usb, serial=port.serial, boards=keys)
    say.table(table)


@click.command()
@click.option("--port", metavar="PORT", help="The board's serial port; the next that is plugged in if not given.")
@click.option("--board", metavar="BOARD", help="Which board it is, where that cannot be told from outside.")
@click.option("--image", type=A_PATH, metavar="FILE", help="This image instead of the cache's.")
@click.option("--micropython", metavar="VERSION", help="This version from the cache; the newest if not given.")
@click.option("--cache", type=A_PATH, metavar="DIR", help="The cache (also $WHISTLE_CACHE).")
@click.option("--slow", is_flag=True, help="Without esptool's helper, at the loader's own speed: for poor cables.")
@click.option("--bare", is_flag=True, help="MicroPython alone, without the beacon's program.")
@click.option(
    "--wait",
    type=Number(0),
    default=60.0,
    show_default=True,
    metavar="S",
    help="How long to wait for a board, in seconds.",
)
@in_site
@speaking
@sentences
def flash(
    say: Say,
    port: str | None,
    board: str | None,
    image: Path | None,
    micropython: str | None,
    cache: Path | None,
    slow: bool,
    bare: bool,
    wait: float,
    directory: Path,
) -> None:
    """Put MicroPython and the beacon's program on a board: identify it, refuse a wrong image before anything is
    erased, write, verify.
    """
    boards = [tables.load(board)] if board else [tables.load(key) for key in tables.names()]
    notes = Notes(say, directory)
    with percents(say) as shown:
        task = shown.add_task("writing", total=100, visible=False)
        bench = Bench(
            cache=Cache(folder_of(cache)),
            boards=boards,
            tell=say.event,
            shown=lambda percent: shown.update(task, completed=percent, visible=True),
            probe=probing,
            choose=lambda several: chosen(several, shown, asking=not say.as_json),
            esptool=Esptool(slow=slow),
            watching=Watching(serial_ports.listed, serial_ports.usb_ids),
            given=image,
            micropython=micropython,
            patience_s=wait,
        )
        wanted = None if bare else newest(bench.cache)  # before anything is erased
        bench.flash(port, lambda flashed: hand_on(say, wanted, flashed, notes) if wanted else None)


def percents(say: Say) -> Progress:
    """A bar that shows how much is written."""
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %")
    return Progress(*columns, console=say.console)


def hand_on(say: Say, wanted: Release, flashed: flashing.Flashed, notes: Notes) -> None:
    """The beacon's program onto a board that runs MicroPython now, each file read back."""
    with Device(flashed.port.device) as device:
        bring(say, device, wanted, notes)


def chosen(boards: list[Board], shown: Progress, asking: bool) -> Board:
    """Asks the person at the bench which board it is; AmbiguousBoard where there is none, or nothing to choose."""
    if len(boards) < 2 or not asking or not sys.stdin.isatty():
        return identify.only(boards)
    shown.stop()
    for number, board in enumerate(boards, 1):
        shown.console.print(f"{number}  {board.name}")
    answer = click.prompt("Which board is it", type=click.IntRange(1, len(boards)))
    shown.start()
    return boards[answer - 1]
