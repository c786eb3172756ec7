"""`whistle workbench check`: press it, hear it, see it; its radio, its air, its battery."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from whistle.workbench import checking, slips
from whistle.workbench.bench import Bench
from whistle.workbench.checking import People, Step
from whistle.workbench.command.asking import answer, pressing
from whistle.workbench.command.onsite import A_PATH, YES_NO, Notes, in_site, sentences
from whistle.workbench.command.options import speaking
from whistle.workbench.device import Device
from whistle.workbench.errors import CheckFailed
from whistle.workbench.installing import state
from whistle.workbench.provisioning import NOBODY, node_on
from whistle.workbench.say import Say

COLOURS = {"passed": "green", "failed": "red", "skipped": "dim"}


@click.command()
@speaking
@click.option("--bench", help="The port of a second board, the bench radio: a frame goes to it and back.")
@click.option("--slips", "folder", type=A_PATH, default=Path("slips"), show_default=True, help="Folder for slips.")
@click.option("--lamp", type=YES_NO, help="The answer to: did the lamp light?")
@click.option("--whistle", type=YES_NO, help="The answer to: did it whistle?")
@click.option("--button/--no-button", default=True, help="Wait for its buttons to be pressed.")
@in_site
@click.argument("port")
@sentences
def check(
    say: Say,
    port: str,
    bench: str | None,
    folder: Path,
    lamp: str | None,
    whistle: str | None,
    button: bool,
    directory: Path,
) -> None:
    """Check the board at PORT, and keep a slip of it. Exit code 49 when it must not be mounted."""
    people = People(answer(say, lamp, "--lamp"), answer(say, whistle, "--whistle"), pressing(say, button))
    with ExitStack() as stack:
        notes = Notes(say, directory)
        board = stack.enter_context(Device(port))
        other = stack.enter_context(Device(bench)) if bench else None
        (slot, trial), (_, stamp) = current(board), state(board)
        beside = Bench(other, current(other)[0]) if other else None
        steps = checking.check(Bench(board, slot), stamp, trial, people, beside)
        made = slips.slip(node_on(board), board.identify().chip, stamp, list(spoken(say, steps)))
        for device in (board, other):
            if device:
                device.reset()
        path = slips.keep(made, folder)
        facts = {"board": made.chip, "node": max(made.node, NOBODY), "software": stamp or None, "trial": trial}
        notes.add("checked", passed=made.passed, **facts)
    table(say, made)
    say.event("slip", f"Kept as {path}.", passed=made.passed, path=str(path), node=made.node, chip=made.chip)
    if not made.passed:
        failed = ", ".join(step.name for step in made.steps if step.outcome == "failed")
        raise CheckFailed(f"The board on {port} does not pass ({failed}): the remedies stand on its slip.")


def current(device: Device) -> tuple[str, bool]:
    """(the slot that runs on a board, whether it is on trial)."""
    found, _ = state(device)
    return (found.current, found.before is not None) if found else ("a", False)


def spoken(say: Say, steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps, each told when it is known."""
    for step in steps:
        words = f"{step.name}: {step.outcome}, {step.says}" + (f": {step.remedy}" if step.remedy else "")
        say.event("step", words, name=step.name, outcome=step.outcome, says=step.says, remedy=step.remedy)
        yield step


def table(say: Say, made: slips.Slip) -> None:
    """The slip, for a person."""
    grid = Table("step", "", "found", "what to do", title=f"{made.node:08x}  {made.release}" if made.node > 0 else None)
    for step in made.steps:
        grid.add_row(step.name, Text(step.outcome, style=COLOURS[step.outcome]), step.says, step.remedy)
    say.table(grid)
