"""`whistle site channel`, `bundle`, `settings`, `export`, `import`: what leaves the technician's hands, for whom."""

from io import BytesIO, StringIO
from pathlib import Path

import click
import segno

from whistle.options import CARRY
from whistle.site import channel as channels
from whistle.site import files
from whistle.site.command import figures
from whistle.site.command.options import A_PATH, in_site, to_file, with_master
from whistle.site.errors import AlreadyThere
from whistle.site.site import Site


@click.command()
@click.option("--svg", type=A_PATH, metavar="FILE", help="Draw the QR code into this file instead.")
@click.option("--link", "only_link", is_flag=True, help="Print the link alone.")
@in_site
def channel(directory: Path, svg: Path | None, only_link: bool) -> None:
    """Show the Meshtastic link and QR code by which a neighbour's own node joins as a listener."""
    link = _link(Site.open(directory))
    if only_link:
        click.echo(link)
        return
    code = segno.make_qr(link, error="l")
    if svg is None:
        drawn = StringIO()
        code.terminal(drawn, compact=True)
        click.echo(drawn.getvalue())
    else:
        picture = BytesIO()
        code.save(picture, kind="svg", scale=8)
        files.write(svg, picture.getvalue(), replace=False)
        click.echo(f"Drawn into {svg}.")
    click.echo(link)
    click.echo("Who has this reads every open alert of the site, and cannot raise one: hand it to neighbours only.")


@click.command()
@click.argument("gateway", required=False)
@click.option("--dashboard", is_flag=True, help="What dashboards may hold, instead of one gateway.")
@click.option("--replace", is_flag=True, help="Write over an earlier bundle.")
@to_file
@in_site
@with_master
def bundle(
    directory: Path, master: Path | None, gateway: str | None, dashboard: bool, replace: bool, out: Path
) -> None:
    """Write what GATEWAY (name or id), or with --dashboard every dashboard, may hold."""
    if (gateway is None) != dashboard:
        raise click.UsageError("Name one gateway, or say --dashboard.")
    site = Site.open(directory, master)
    content = site.dashboard_bundle() if gateway is None else site.bundle(gateway)
    try:
        files.write(out, files.pretty(content), replace=replace)
    except AlreadyThere:
        raise AlreadyThere(f"{out} is there already: say --replace to write over it, or choose another name.") from None
    click.echo(f"{out} is ready. It holds keys: carry it by stick to that machine alone, then delete it here.")


@click.command()
@click.argument("beacon")
@click.option(
    "--again", is_flag=True, help="This board was set up before: raise its epoch, so that numbers only go up."
)
@to_file
@in_site
@with_master
def settings(directory: Path, master: Path | None, beacon: str, again: bool, out: Path) -> None:
    """Write the settings of BEACON (name or number), for its board alone. They are never shown on a screen."""
    site = Site.open(directory, master)
    where = site.find(beacon)
    epoch = site.hand_out_settings(where.node, out, again).epoch
    click.echo(f"{out} is ready for {where.name!r}. It holds the board's keys: delete it once the board has it.")
    if figures.too_shy(site.file.air):
        click.echo(
            "It will never send into a busy air, though the law here allows it: `whistle site replan` mends that."
        )
    if epoch > 1:
        click.echo(f"Its epoch is now {epoch}, which no gateway believes before it knows of it. {CARRY}")


@click.command()
@click.argument("file", type=A_PATH)
@click.option("--for-gateway", is_flag=True, help="Without places: the copy a gateway may hold.")
@in_site
def export(directory: Path, file: Path, for_gateway: bool) -> None:
    """Write the signed roster to FILE, for a stick."""
    site = Site.open(directory)
    site.export_roster(file, places=not for_gateway)
    what = "without places" if for_gateway else "with the private parts of places, for dashboards and technicians only"
    click.echo(f"{file} holds roster version {site.roster.version}, {what}.")


@click.command("import")
@click.argument("file", type=A_PATH)
@in_site
def import_(directory: Path, file: Path) -> None:
    """Take over the roster in FILE, if it is this site's and newer."""
    site = Site.open(directory)
    before = site.roster.version
    if site.import_roster(file):
        click.echo(f"Roster version {site.roster.version} is taken over; it was version {before}.")
    else:
        click.echo(f"Roster version {before} is the one held already: nothing to do.")


def _link(site: Site) -> str:
    file = site.file
    psk = bytes.fromhex(file.channel_psk)
    return channels.link(file.channel_name, psk, file.air.region_code, file.air.preset_code, file.hop_limit)


COMMANDS = (channel, bundle, settings, export, import_)
