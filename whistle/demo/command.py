"""`whistle demo`: a whole neighbourhood on this machine, by separate processes as in life."""

import contextlib
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from whistle.demo import home
from whistle.demo.errors import DemoError

if TYPE_CHECKING:
    from whistle.demo.town_life import TownLife

FIRST_PRESS_AFTER_S = 10.0


@click.command()
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Where the page is.")
@click.option("--seed", default=7, show_default=True, help="One seed makes one town and one air; see above.")
@click.option("--beacons", default=40, show_default=True, type=click.IntRange(1, 120), help="How many beacons.")
@click.option("--first-press/--no-first-press", default=True, show_default=True, help="A press that plays by itself.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="A new folder to keep everything in.")
def demo(port: int, seed: int, beacons: int, first_press: bool, folder: Path | None) -> None:
    """A whole town on this machine: beacons, relays, broker, gateway, dashboard. Ctrl-C stops everything.

    One seed repeats: the places, node numbers and keys (from a seed in the demo alone: a real site draws its own), who
    hears whom, the luck of each node's n-th frame on each link, and the first press. It does not repeat to which
    millisecond separate programs do a thing, so not which frames meet on the air; nor what gateway, dashboard and bus
    draw for themselves, nor the captain's password.
    """
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty: name a new folder, or remove what an earlier demo left.")
    for left in home.sweep():
        click.echo(f"Removed what a killed demo left: {left}")
    try:
        with home.temporary() if folder is None else contextlib.nullcontext(folder) as kept:
            _run(kept, port, seed, beacons, first_press)
    except DemoError as error:  # the folder stays: its logs say what happened
        raise click.ClickException(str(error)) from error
    click.echo("Everything is stopped.")


def _run(folder: Path, port: int, seed: int, beacons: int, first_press: bool) -> None:
    from whistle.demo.town_life import TownLife

    life = TownLife(folder, port, seed, beacons)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: life.end())
    try:
        _live(life, first_press)
    finally:
        life.stop()


def _live(life: "TownLife", first_press: bool) -> None:
    begun = time.monotonic()
    for number, step in enumerate(life.begin(), 1):
        click.echo(f"  {number}. {step}")
        if life.wait(0):
            return
    click.echo(_box(life, time.monotonic() - begun, first_press))
    if first_press:
        threading.Thread(target=_first_press, args=(life,), daemon=True).start()
    dead = life.watch()
    if dead:
        raise DemoError(f"The {dead} has stopped by itself; its last words are in {life.log(dead)}.")


def _first_press(life: "TownLife") -> None:
    if not life.wait(FIRST_PRESS_AFTER_S):
        with contextlib.suppress(DemoError):  # the demo ended in the middle of it
            life.press()


def _box(life: "TownLife", seconds: float, first_press: bool) -> str:
    from whistle.demo.town_life import CAPTAIN

    lines = [
        f"Press here:   http://127.0.0.1:{life.page}/demo/",
        f"Captains:     http://127.0.0.1:{life.page}/   sign in as {CAPTAIN}, password {life.password}",
        f"Up after {seconds:.1f} s. " + ("A first press plays by itself in 10 seconds." if first_press else ""),
        "Ctrl-C stops everything.",
    ]
    width = max(len(line) for line in lines)
    rule = "─" * (width + 2)
    # below the box: a frame around what is to be copied would be copied too
    looking = [f"{what:13} {words}" for what, words in life.looking.items()]
    return "\n".join([f"┌{rule}┐", *(f"│ {line.ljust(width)} │" for line in lines), f"└{rule}┘", *looking])
