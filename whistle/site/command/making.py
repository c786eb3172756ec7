"""`whistle site init` and `replan`: what a site is made of, and what the choice of region and preset costs."""

from pathlib import Path
from typing import Any

import click
import msgspec
from meshwire import presets, regions

from whistle.options import must_be_sure
from whistle.site import text
from whistle.site.command import figures
from whistle.site.command.options import A_PATH, in_site, with_master
from whistle.site.errors import AlreadyThere
from whistle.site.layout import SITE
from whistle.site.site import WORDS, Site

REGIONS = click.Choice(list(regions.REGIONS), case_sensitive=False)
PRESETS = click.Choice(list(presets.PRESETS), case_sensitive=False)
COUNT = click.IntRange(1, 10_000)

_KEEP_MASTER = """\
The master key is in {path}.
Move it to a stick now and keep a second copy in another safe place: whoever has it can
make every key of this site, and without it nothing of the site can be changed or renewed."""

_ALL_AGAIN = """
Boards with the old numbers do not hear those with the new: set up every board again,
give every stock radio the new channel link, and make all bundles again."""

# What the reference says of the two regions it knows; nobody of us is a lawyer.
_LAW = {
    "US": "47 CFR 15.247 asks for 500 kHz or hopping, 1 W at most; encryption rules out amateur bands",
    "EU_868": "EN 300 220: 869.4-869.65 MHz, 10 % of each hour, 500 mW ERP",
}
_LAW_UNREAD = "the rules of this region were not read by us: ask before you switch on"


@click.command()
@click.argument("directory", type=A_PATH, default=Path("."), metavar="[DIR]")
@click.option("--name", help="What people call the site.")
@click.option("--region", type=REGIONS, help="Whose radio rules hold; asked for if not given.")
@click.option("--preset", type=PRESETS, help="How radios send; asked for if not given.")
@click.option("--channel", help="The Meshtastic channel's name, at most 11 bytes; made from the site's name.")
@click.option("--beacons", type=COUNT, default=figures.BEACONS, show_default=True, help="How many beacons are planned.")
@click.option("--gateway", default="gateway", show_default=True, help="The name of the first gateway.")
@click.option("--language", default="en", show_default=True, help="The site's language, such as en or es-MX.")
@click.option(
    "--words", nargs=4, default=WORDS, help="The words for help, medical, fire, watch, as neighbours read them."
)
@click.option("--yes", is_flag=True, help="Make it without asking once more.")
@with_master
def init(directory: Path, name: str | None, region: str | None, preset: str | None, yes: bool, **rest: Any) -> None:
    """Make a new site in DIR: channel, keys, an empty roster, one gateway. Overwrites nothing."""
    _must_be_free(directory)
    asked = preset is None
    name = text.clean(name or click.prompt("Name of the site"), "site name")
    region = region or click.prompt("Region", type=REGIONS, default="US", show_choices=True)
    preset = preset or click.prompt("Preset", type=PRESETS, default=figures.proposed(region), show_choices=True)
    channel = text.channel_name(rest["channel"] or text.channel_from(name))
    click.echo(cost(figures.figures(region, preset, channel, rest["beacons"])))
    if asked and not yes:
        must_be_sure("Make the site so?", default=True)
    made = Site.create(
        directory,
        name=name,
        air=figures.air(region, preset, channel, rest["beacons"]),
        channel_name=channel,
        gateway_name=rest["gateway"],
        language=rest["language"],
        words=rest["words"],
        master_path=rest["master"],
    )
    click.echo(
        f"\nMade the site {name!r} in {directory}: channel {channel!r}, gateway {rest['gateway']!r}, no beacon yet."
    )
    click.echo(_KEEP_MASTER.format(path=made.master_path))


@click.command()
@click.option("--region", type=REGIONS, help="Another region.")
@click.option("--preset", type=PRESETS, help="Another preset.")
@click.option("--beacons", type=COUNT, help="Another number of beacons.")
@in_site
def replan(directory: Path, region: str | None, preset: str | None, beacons: int | None) -> None:
    """Work out radio numbers and timing anew. Boards get them when they are set up again."""
    site = Site.open(directory)
    old = site.file.air
    choice = (region or old.region, preset or old.preset, site.file.channel_name, beacons or old.beacons)
    click.echo(cost(figures.figures(*choice)))
    new = figures.air(*choice)
    site.replan(new)
    if new == old:
        click.echo("\nNothing changes.")
    elif msgspec.structs.replace(new.radio, busy_looks=old.radio.busy_looks) == old.radio:
        click.echo("\nNew figures are kept; each board takes them over when it is set up again.")
    else:
        click.echo(_ALL_AGAIN)


def cost(found: dict[str, Any]) -> str:
    """What a choice costs, in lines people can read: airtime, pulses, when silence is noticed, and the law."""
    duty = found["duty_cycle_percent"]
    lines = [
        f"{found['region']} {found['preset']}, channel {found['channel']!r}: {found['frequency_mhz']:.4f} MHz, "
        f"{found['bandwidth_khz']:g} kHz wide, "
        + ("no limit on sending time" if duty >= 100 else f"at most {duty:g} % of each hour may be sent"),
        f"  a line takes {found['airtime_ms']['line']:.0f} ms, a receipt {found['airtime_ms']['receipt']:.0f} ms, "
        f"a pulse {found['airtime_ms']['beacon pulse']:.0f} ms",
        f"  gateways pulse every {found['gateway_pulse_every_s']:.0f} s; "
        f"their silence is noticed after {max(180, 3 * found['gateway_pulse_every_s']):.0f} s",
        f"  with {found['beacons']} beacons:",
        *(_mode(mode, figure) for mode, figure in found["pulses"].items()),
        "  a silent press travels as a pulse: who watches the air and knows the moment may still tell it",
        f"  law (no legal advice): {_LAW.get(found['region'], _LAW_UNREAD)}",
    ]
    return "\n".join(lines + [f"  note: {warning}" for warning in found["warnings"]])


def _mode(mode: str, figure: dict[str, float]) -> str:
    return (
        f"    mode {mode:6}  a pulse every {_span(figure['mean_s'])} on average, "
        f"silence noticed after {_span(figure['silent_after_min'] * 60)}, "
        f"{figure['load_percent']:.2g} % of the air if all were so"
    )


def _span(seconds: float) -> str:
    return f"{seconds / 60:.3g} min" if seconds < 2 * 3600 else f"{seconds / 3600:.3g} h"


def _must_be_free(directory: Path) -> None:
    if (directory / SITE).exists():
        raise AlreadyThere(f"There is a site in {directory} already: choose another directory.")


COMMANDS = (init, replan)
