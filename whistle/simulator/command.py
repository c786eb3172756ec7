"""`whistle simulator`: boards and air without hardware, in real time."""

import asyncio
import signal
import time
from pathlib import Path

import click

from whistle.simulator import scenario as scenarios
from whistle.simulator.errors import SimulatorError
from whistle.simulator.running import Address, address, serve
from whistle.simulator.simulation import Simulation


@click.group()
def simulator() -> None:
    """Boards and air without hardware."""


@simulator.command()
@click.option(
    "--scenario", required=True, type=click.Path(path_type=Path), help="JSON file: the nodes and where they stand."
)
@click.option("--seed", default=1, show_default=True, help="The same seed repeats the same chance.")
@click.option("--control", default="127.0.0.1:4500", show_default=True, help="Where the control port listens.")
@click.option(
    "--loss", default=0.0, show_default=True, type=click.FloatRange(0, 1), help="Share of frames lost a link."
)
@click.option(
    "--radio-listen", multiple=True, help="Address of a stock radio, in the scenario's order, in place of its own."
)
@click.option("--flash", type=click.Path(path_type=Path), help="Folder that keeps the beacons' flash over runs.")
def run(
    scenario: Path, seed: int, control: str, loss: float, radio_listen: tuple[str, ...], flash: Path | None
) -> None:
    """Run a scenario beside the wall clock until Ctrl-C."""
    try:
        simulation = Simulation(scenarios.load(scenario), seed, loss, flash, began=time.time())
        radios: list[Address | None] = [address(text) for text in radio_listen]
        asyncio.run(_serve(simulation, address(control), radios))
    except SimulatorError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    except OSError as wrong:
        raise click.ClickException(f"cannot listen: {wrong.strerror}; choose another port") from wrong


async def _serve(simulation: Simulation, control: Address, radios: list[Address | None]) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(simulation, control, radios, _ready, ended)


def _ready(what: str, where: Address) -> None:
    click.echo(f"{what} listens on {where[0]}:{where[1]}")
