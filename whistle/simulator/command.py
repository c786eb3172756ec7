"""`whistle simulator`: boards and air without hardware, beside the wall clock or as fast as possible."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, Final

import click

from whistle.simulator import scenario as scenarios
from whistle.simulator.errors import SimulatorError
from whistle.simulator.running import Address, address, serve
from whistle.simulator.simulation import EPOCH, Simulation
from whistle.simulator.timed import SIGNALS, Progress, end_paced, run_fast

CONTROL: Final = "127.0.0.1:4500"
LONGEST_S: Final = 1e9  # thirty years


@click.group()
def simulator() -> None:
    """Boards and air without hardware."""


@simulator.command()
@click.option(
    "--scenario", required=True, type=click.Path(path_type=Path), help="JSON file: the nodes and where they stand."
)
@click.option("--seed", default=1, show_default=True, help="The same seed repeats the same chance.")
@click.option("--control", help=f"Where the control port listens.  [default: {CONTROL}]")
@click.option(
    "--loss", default=0.0, show_default=True, type=click.FloatRange(0, 1), help="Share of frames lost a link."
)
@click.option(
    "--radio-listen", multiple=True, help="Address of a stock radio, in the scenario's order, in place of its own."
)
@click.option("--flash", type=click.Path(path_type=Path), help="Folder that keeps the beacons' flash over runs.")
@click.option("--for", "seconds", type=float, help="End after so many simulated seconds, and print the stats as JSON.")
@click.option("--fast", is_flag=True, help="As fast as possible, without ports; only together with --for.")
def run(
    scenario: Path,
    seed: int,
    control: str | None,
    loss: float,
    radio_listen: tuple[str, ...],
    flash: Path | None,
    seconds: float | None,
    fast: bool,
) -> None:
    """Run a scenario beside the wall clock until Ctrl-C; with --for and --fast, as fast as possible."""
    _check(seconds, fast, ports=control is not None or bool(radio_listen))
    try:
        simulation = Simulation(scenarios.load(scenario), seed, loss, flash, began=EPOCH if fast else time.time())
        if fast and seconds is not None:
            _print(run_fast(simulation, seconds, Progress(seconds)))
            return
        radios: list[Address | None] = [address(text) for text in radio_listen]
        _paced(simulation, address(control or CONTROL), radios, seconds)
    except SimulatorError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    except OSError as wrong:
        raise click.ClickException(f"cannot listen: {wrong.strerror}; choose another port") from wrong


def _check(seconds: float | None, fast: bool, ports: bool) -> None:
    """Words that do not go together end here."""
    if seconds is not None and not 0 < seconds <= LONGEST_S:
        raise click.UsageError(f"--for takes simulated seconds, more than 0 and at most {LONGEST_S:,.0f}")
    if fast and seconds is None:
        raise click.UsageError("--fast never ends by itself: say for how many simulated seconds, as in --for 3600")
    if fast and ports:
        raise click.UsageError("--fast opens no ports: leave out --control and --radio-listen, or --fast")


def _paced(simulation: Simulation, control: Address, radios: list[Address | None], seconds: float | None) -> None:
    """Beside the wall clock, until told to end or until the time is over."""
    stats = end_paced(simulation, seconds, Progress(seconds)) if seconds is not None else None
    asyncio.run(_serve(simulation, control, radios))
    if stats is not None:
        _print(stats())


async def _serve(simulation: Simulation, control: Address, radios: list[Address | None]) -> None:
    ended = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(simulation, control, radios, _ready, ended)


def _print(stats: dict[str, Any]) -> None:
    click.echo(json.dumps(stats))


def _ready(what: str, where: Address) -> None:
    click.echo(f"{what} listens on {where[0]}:{where[1]}")
