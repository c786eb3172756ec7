"""`whistle workbench fit`: what one board has, and how loud its resident wants it."""

import re
from pathlib import Path
from typing import Any, Final

import click

from whistle.site.records import Fitting
from whistle.site.site import Site
from whistle.workbench.command.onsite import bench, hands, in_site, sentences, with_master, with_tools
from whistle.workbench.command.options import speaking
from whistle.workbench.command.provisioning import identified, told
from whistle.workbench.errors import BadWish
from whistle.workbench.provision import Provisioner
from whistle.workbench.say import Say

QUIET: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)([+-]\d{1,2})?(?::?(\d\d))?")


@click.command()
@speaking
@click.argument("beacon")
@click.option("--second-button/--no-second-button", default=None, help="Whether one for silent alerts is wired.")
@click.option("--whistle/--no-whistle", default=None, help="Whether it sounds for neighbours' alerts at all.")
@click.option("--volume", type=click.IntRange(0, 100), help="How loud, in percent.")
@click.option("--quiet", metavar="HH:MM-HH:MM+H", help="No sound for neighbours then; with the hours east of UTC.")
@click.option("--loud", is_flag=True, help="No quiet hours.")
@click.option("--port", help="The board's port: it gets its new settings now.")
@with_tools("board")
@in_site
@with_master
@click.pass_context
@sentences
def fit(
    ctx: click.Context,
    say: Say,
    beacon: str,
    quiet: str | None,
    loud: bool,
    port: str | None,
    tools: dict[str, Any],
    directory: Path,
    master: Path | None,
    **rest: Any,
) -> None:
    """Say how BEACON's board is fitted, and how loud it may be; its lamp always lights. With --port it is told now."""
    wanted = {name: value for name, value in rest.items() if value is not None}
    if quiet and loud:
        raise BadWish("Quiet hours and none: say --quiet or --loud.")
    if quiet or loud:
        wanted["quiet"] = hours(quiet) if quiet else None
    with bench(directory, master) as (site, journal):
        node = site.find(beacon).node
        if port is None:
            _fit(say, site, node, wanted)
            return
        steps, version = hands(ctx, say, tools), site.roster.version
        with identified(steps, port) as board:
            made = Provisioner(site, journal, steps)
            made.must_be_free(board, node)  # before anything is changed
            _fit(say, site, node, wanted)
            done = made.renew(node, board)
        told(say, site.find(node).name, done, carry=site.roster.version > version)


def _fit(say: Say, site: Site, node: int, wanted: dict[str, Any]) -> None:
    name, fitting = site.find(node).name, site.fit(node, **wanted)
    say.event("fitted", f"{name}: {described(fitting)}.", name=name, node=node, **plain(fitting))


def hours(text: str) -> tuple[int, int, int]:
    """Minutes of the day from and to, and minutes east of UTC; BadWish for what is no such thing."""
    found = QUIET.fullmatch(text)
    if not found:
        raise BadWish(f"{text!r} are no quiet hours: write them like 22:00-07:00+2, the last being hours east of UTC.")
    hour, minute, end, after, zone, part = found.groups()
    east = int(zone or 0) * 60
    east += (int(part) if part else 0) * (-1 if (zone or "").startswith("-") else 1)
    if abs(east) > 840:
        raise BadWish(f"{text!r}: no place is more than 14 hours from UTC.")
    return int(hour) * 60 + int(minute), int(end) * 60 + int(after), east


def described(fitting: Fitting) -> str:
    """A fitting in words."""
    if not fitting.whistle:
        loud = "silent for neighbours"
    elif fitting.quiet is None:
        loud = f"{fitting.volume} % loud at all hours"
    else:
        begin, end, east = fitting.quiet
        span = f"{begin // 60:02d}:{begin % 60:02d} to {end // 60:02d}:{end % 60:02d}, {east / 60:+g} h of UTC"
        loud = f"{fitting.volume} % loud, quiet from {span}"
    return f"{loud}; {'a' if fitting.second_button else 'no'} second button"


def plain(fitting: Fitting) -> dict[str, Any]:
    """A fitting for a script."""
    quiet = None if fitting.quiet is None else list(fitting.quiet)
    return {
        "second_button": fitting.second_button,
        "whistle": fitting.whistle,
        "volume": fitting.volume,
        "quiet": quiet,
    }
