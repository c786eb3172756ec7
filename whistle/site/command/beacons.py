"""`whistle site add-beacon`, `roster`, `suspend`, `resume`, `revoke`, `rotate`, `add-gateway`: who belongs to it."""

from pathlib import Path
from typing import Any

import click

from whistle.options import CARRY, must_be_sure
from whistle.site import files, rotation
from whistle.site.command.options import in_site, with_master
from whistle.site.roster import Beacon, Place, Private, Roster
from whistle.site.site import KINDS, Site

MODES = click.Choice(["press", "listen", "relay"])
MODES_MEAN = "press: years on a battery; listen: hears neighbours; relay: powered, carries others' frames."


@click.command("add-beacon")
@click.argument("name")
@click.option("--place", required=True, help="The public place, read out on the air: a corner or a building.")
@click.option("--lat", type=float, required=True, help="Latitude in degrees, north positive.")
@click.option("--lon", type=float, required=True, help="Longitude in degrees, east positive.")
@click.option("--mode", type=MODES, default="relay", show_default=True, help=MODES_MEAN)
@click.option("--kinds", default=",".join(KINDS), show_default=True, help="What it may raise, with commas.")
@click.option("--captain", is_flag=True, help="It hangs at a captain's: a mark in the roster, its button calls as any.")
@click.option("--entrance", default="", help="Private: which entrance.")
@click.option("--floor", default="", help="Private: which floor.")
@click.option("--door", default="", help="Private: which door.")
@click.option("--note", default="", help="Private: what captains should know during an alert.")
@in_site
@with_master
def add_beacon(directory: Path, master: Path | None, name: str, place: str, kinds: str, **rest: Any) -> None:
    """Enrol a beacon called NAME. The private parts are never on the air and never on a gateway."""
    site = Site.open(directory, master)
    beacon = site.add_beacon(
        name,
        place,
        rest["lat"],
        rest["lon"],
        mode=rest["mode"],
        kinds=[kind.strip() for kind in kinds.split(",") if kind.strip()],
        private=Private(**{part: rest[part] for part in ("entrance", "floor", "door", "note")}),
        captain=rest["captain"],
    )
    click.echo(f"Added {name!r} as !{beacon.node:08x} ({beacon.node}). {CARRY}")
    _warn_of_crowd(site)


@click.command("add-gateway")
@click.argument("name")
@in_site
def add_gateway(directory: Path, name: str) -> None:
    """Enrol a gateway called NAME."""
    gateway = Site.open(directory).add_gateway(name)
    click.echo(f"Added gateway {gateway.name!r} as {gateway.id}. Now make its bundle, and the dashboards' anew:")
    click.echo("  whistle site bundle NAME --out FILE\n  whistle site bundle --dashboard --out FILE")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The whole signed document, private parts too.")
@in_site
def roster(directory: Path, as_json: bool) -> None:
    """Show which beacons exist."""
    site = Site.open(directory)
    if as_json:
        click.echo(files.pretty(site.roster).decode(), nl=False)
        return
    click.echo(f"{site.file.name}: roster version {site.roster.version}, beacons: {len(site.roster.beacons)}")
    for place in site.roster.places or []:
        click.echo(_row(place, site.roster))


@click.command()
@click.argument("beacon")
@in_site
@with_master
def suspend(directory: Path, master: Path | None, beacon: str) -> None:
    """Mark BEACON (name or number) as suspended: its alerts are marked so, and still shown."""
    _mark(Site.open(directory, master), beacon, "suspended", suspended=True)


@click.command()
@click.argument("beacon")
@in_site
@with_master
def resume(directory: Path, master: Path | None, beacon: str) -> None:
    """Lift the suspension of BEACON."""
    _mark(Site.open(directory, master), beacon, "no longer suspended", suspended=False)


@click.command()
@click.argument("beacon")
@click.option("--yes", is_flag=True, help="Do it without asking once more.")
@in_site
@with_master
def revoke(directory: Path, master: Path | None, beacon: str, yes: bool) -> None:
    """Refuse BEACON for ever: it is lost or stolen."""
    site = Site.open(directory, master)
    where = site.find(beacon)
    if not yes:
        must_be_sure(f"Revoke {where.name!r} at {where.public!r} for ever?")
    _mark(site, beacon, "revoked", revoked=True)


@click.command()
@click.option("--yes", is_flag=True, help="Do it without asking once more.")
@in_site
@with_master
def rotate(directory: Path, master: Path | None, yes: bool) -> None:
    """Change the group key, after a beacon was stolen. Beacons get it over the air; gateways by new bundles."""
    site = Site.open(directory, master)
    if not yes:
        must_be_sure(rotation.question(site.file))
    click.echo(f"The group key is of epoch {site.rotate()} now. What comes next:")
    for number, step in enumerate(rotation.NEXT, 1):
        click.echo(f"  {number}. {step}")


def _mark(site: Site, wanted: str, word: str, **marks: bool) -> None:
    where = site.find(wanted)
    site.mark_beacon(where.node, **marks)
    click.echo(f"{where.name!r} is {word}. {CARRY}")


def _row(place: Place, held: Roster) -> str:
    beacon = held.beacon(place.node)
    marks = "".join(f", {mark}" for mark in _marks(beacon)) if beacon else ", not signed for"
    mode = beacon.mode if beacon else "?"
    return f"  !{place.node:08x}  {place.name}, {place.public}: {mode}{marks}"


def _marks(beacon: Beacon) -> list[str]:
    found = [mark for mark in ("captain", "suspended", "revoked") if getattr(beacon, mark)]
    return found + ([] if len(beacon.kinds) == len(KINDS) else ["+".join(beacon.kinds)])


def _warn_of_crowd(site: Site) -> None:
    count = sum(not beacon.revoked for beacon in site.roster.beacons)
    if count > site.file.air.beacons:
        room = count + count // 4
        click.echo(
            f"Note: pulses are spaced for {site.file.air.beacons} beacons, now there are {count}: "
            f"`whistle site replan --beacons {room}` makes room.",
            err=True,
        )


COMMANDS = (add_beacon, roster, suspend, resume, revoke, rotate, add_gateway)
