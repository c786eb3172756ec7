"""`whistle air decode`, `encode` and `plan`."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
from meshwire.errors import MeshwireError
from meshwire.plan import plan as make_plan
from meshwire.presets import PRESETS
from meshwire.regions import FIRMWARES, REGIONS

from whistle.air.channels import Channels, channels
from whistle.air.errors import AirError
from whistle.air.frames import from_object, parse_hex, to_object
from whistle.air.plans import lines

_PRESET = click.Choice(list(PRESETS), case_sensitive=False)


@click.group()
def air() -> None:
    """Take frames apart, put them together, and plan the air."""


def _channel_options(command: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option("--channel", "names", multiple=True, metavar="NAME", help="Channel name; empty: the preset's."),
        click.option("--psk", "psks", multiple=True, metavar="BASE64", help="Its key, one for each --channel."),
        click.option("--preset", type=_PRESET, default="LONG_FAST", show_default=True, help="Whose name is meant."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@air.command()
@_channel_options
def decode(names: tuple[str, ...], psks: tuple[str, ...], preset: str) -> None:
    """Read hex frames, one a line, and write one JSON object for each.

    Without --channel the preset's own channel with the default key AQ== is tried. Blank lines and what follows # are
    passed over. A frame that is not whole gives an object with `error` and `line`, and the run goes on.
    """
    known = _channels(names, psks, preset)
    for number, text in _lines("#"):
        try:
            found = to_object(parse_hex(text), known)
        except AirError as error:
            found = {"error": str(error), "line": number}
        click.echo(json.dumps(found))


@air.command()
@_channel_options
def encode(names: tuple[str, ...], psks: tuple[str, ...], preset: str) -> None:
    """Read JSON objects as `decode` writes them, one a line, and write the frames in hex.

    Give the same channels as to `decode`. What cannot be encoded is reported on standard error with its line; the run
    goes on and ends with exit code 1.
    """
    known = _channels(names, psks, preset)
    bad = False
    for number, text in _lines(None):
        try:
            click.echo(from_object(json.loads(text), known).hex())
        except (AirError, MeshwireError) as error:
            bad = _report(number, str(error))
        except (ValueError, RecursionError):
            bad = _report(number, "this is not JSON; give one object a line")
    if bad:
        raise click.exceptions.Exit(1)


@air.command()
@click.option("--region", type=click.Choice(list(REGIONS), case_sensitive=False), required=True)
@click.option("--preset", type=_PRESET, required=True)
@click.option("--channel", "name", default="", metavar="NAME", help="Primary channel; empty: the preset's.")
@click.option("--beacons", type=click.IntRange(0, 100_000), default=60, show_default=True)
@click.option("--firmware", type=click.Choice(FIRMWARES), default="2.8", show_default=True, help="Whose rules count.")
@click.option("--slot", type=click.IntRange(0), default=0, help="Slot set by hand, from 1; 0: the name chooses.")
@click.option("--json", "as_json", is_flag=True, help="All figures as one JSON object.")
def plan(region: str, preset: str, name: str, beacons: int, firmware: str, slot: int, as_json: bool) -> None:
    """Print frequency, slot, airtimes, and what share of the air the pulses take; warn of what does not hold."""
    if len(name.encode()) > 11:
        raise click.ClickException("a channel name has at most 11 bytes; choose a shorter one")
    found: dict[str, Any] = make_plan(region, preset, name, beacons, firmware, slot)
    if slot > found["slots"]:
        raise click.ClickException(f"there are only {found['slots']} slots; choose one of them")
    click.echo(json.dumps(found) if as_json else "\n".join(lines(found)))


def _channels(names: tuple[str, ...], psks: tuple[str, ...], preset: str) -> Channels:
    try:
        return channels(names, psks, PRESETS[preset])
    except AirError as error:
        raise click.UsageError(str(error)) from None


def _lines(comment: str | None) -> Iterator[tuple[int, str]]:
    """Yield (number, text) of every line of standard input with something on it, as it comes."""
    for number, raw in enumerate(sys.stdin.buffer, 1):
        text = raw.decode(errors="replace")
        text = text.split(comment)[0].strip() if comment else text.strip()
        if text and not text.startswith("#"):
            yield number, text


def _report(number: int, why: str) -> bool:
    click.echo(f"error: line {number}: {why}", err=True)
    return True
