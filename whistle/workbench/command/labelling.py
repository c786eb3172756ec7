"""`whistle workbench label`: what hangs beside a beacon, on paper."""

from pathlib import Path

import click

from whistle.site import files
from whistle.site.site import Site
from whistle.workbench import labels, sheets
from whistle.workbench.command.onsite import A_PATH, in_site, sentences
from whistle.workbench.command.options import speaking
from whistle.workbench.errors import BadWish
from whistle.workbench.say import Say


@click.command()
@speaking
@click.argument("beacons", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Labels of all beacons in use.")
@click.option("--out", type=A_PATH, required=True, metavar="FILE", help="A .pdf sheet, or an .svg of one label.")
@click.option("--sheet", type=click.Choice(list(sheets.SHEETS)), default="a4-3x8", show_default=True)
@click.option("--skip", type=click.IntRange(0), default=0, help="Places already used on the first sheet.")
@click.option("--no-name", is_flag=True, help="Leave the name out, where a label hangs before strangers.")
@in_site
@sentences
def label(
    say: Say, directory: Path, beacons: tuple[str, ...], every: bool, out: Path, sheet: str, skip: int, no_name: bool
) -> None:
    """Draw labels of BEACONS (names or numbers): name, place, place code, number; the QR code says the number alone."""
    site = Site.open(directory)
    if bool(beacons) == every:
        raise BadWish("Name the beacons whose labels are wanted, or say --all.")
    nodes = [_named(site, beacon) for beacon in beacons] or in_use(site)
    drawn = [labels.of(site, node, named=not no_name) for node in nodes]
    files.write(out, _content(drawn, out, sheet, skip), replace=True)
    say.event("labels", f"{out}: labels: {len(drawn)}.", file=str(out), labels=len(drawn), nodes=nodes)


def in_use(site: Site) -> list[int]:
    """The beacons that are not revoked, in the roster's order."""
    return [beacon.node for beacon in site.roster.beacons if not beacon.revoked]


def _named(site: Site, beacon: str) -> int:
    place = site.find(beacon)
    if place.node not in in_use(site):
        raise BadWish(f"{place.name!r} is no longer in use: label the beacon that hangs in its place, or --all.")
    return place.node


def _content(drawn: list[labels.Label], out: Path, sheet: str, skip: int) -> bytes:
    if out.suffix.lower() == ".pdf":
        return sheets.pdf(drawn, sheet, skip)
    if out.suffix.lower() != ".svg" or len(drawn) != 1:
        raise BadWish("An .svg holds one label, a .pdf sheets of any number: choose the file's name so.")
    form = sheets.SHEETS[sheet]
    return sheets.svg(drawn[0], form.width, form.height).encode()
