"""`whistle gateway run`, `show`, `roster`, `keys` and `survey`."""

import json
import signal
import threading
from pathlib import Path
from types import FrameType

import click
from meshwire.errors import MeshwireError

from gateway import journal, show
from gateway.errors import GatewayError
from gateway.gateway import Gateway
from gateway.ledger_beacons import glance_keys
from gateway.ledger_measured import glance_measured
from gateway.sources import FORMS
from whistle.bus.errors import BusError
from whistle.site import held
from whistle.site.bundles import load_gateway_bundle
from whistle.site.errors import SiteError

_LOOK_S = 0.5


@click.group()
def gateway() -> None:
    """Hear alerts on the air, keep them until a dashboard has them, and answer the beacons."""


@gateway.command()
@click.option("--bundle", type=click.Path(path_type=Path), required=True, help="The file of `whistle site bundle`.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="A directory of its own for the ledger.")
@click.option("--source", "sources", multiple=True, required=True, metavar="URL", help=f"A radio: {FORMS}. Repeatable.")
@click.option("--broker", required=True, envvar="WHISTLE_BROKER", metavar="URL",
              help="The bus: mqtt://host:1883 or mqtts://user:password@host (also $WHISTLE_BROKER, which keeps a "
              "password out of the list of processes).")  # fmt: skip
@click.option("--log-format", type=click.Choice(journal.FORMATS), default="text", show_default=True)
@click.option("--verbose", is_flag=True, help="Log what usually nobody needs to know.")
def run(bundle: Path, data: Path, sources: tuple[str, ...], broker: str, log_format: str, verbose: bool) -> None:
    """Run until SIGTERM or Ctrl-C. Radios and broker may come and go; both are tried again for ever."""
    journal.begin(log_format, verbose)
    try:
        one = Gateway(load_gateway_bundle(bundle), data, sources, broker)
    except (GatewayError, SiteError, BusError, MeshwireError) as error:
        raise click.ClickException(str(error)) from None
    why = _serve(one)
    if why is not None:
        raise click.ClickException(f"the gateway's {why} has failed, see the log: start the gateway again.")


@gateway.command("show")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The gateway's directory.")
@click.option("--alerts", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many of the newest.")
def show_(data: Path, alerts: int) -> None:
    """What the ledger holds: alerts, what still waits for a dashboard, what was refused. May be asked at any time."""
    try:
        lines = show.shown(data, alerts)
    except GatewayError as error:
        raise click.ClickException(str(error)) from None
    for line in lines:
        click.echo(line)


@gateway.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The gateway's directory.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def roster(file: Path, data: Path, as_json: bool) -> None:
    """Take the roster in FILE, from a stick, if it is this site's and newer. A running gateway goes on with it at once.

    Exit code 1 and one sentence when it is not taken: then nothing has changed.
    """
    try:
        taken = held.offer(data, file)
    except SiteError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps({"before": taken.before, "now": taken.now}))
    elif taken.now == taken.before:
        click.echo(f"Roster version {taken.now} is the one held already: nothing to do.")
    else:
        click.echo(
            f"Roster version {taken.now} is taken; it was version {taken.before}. A running gateway uses it now."
        )


@gateway.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The gateway's directory.")
@click.option("--json", "as_json", is_flag=True, help="A report for `whistle workbench rotate --done`.")
def keys(data: Path, as_json: bool) -> None:
    """Which beacons have the site's newest group key, and which do not yet. May be asked at any time."""
    try:
        found, site = glance_keys(data), held.trust(data).site
    except (GatewayError, SiteError) as error:
        raise click.ClickException(str(error)) from None
    for line in [show.key_report(found, site)] if as_json else show.keys(found):
        click.echo(line)


@gateway.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The gateway's directory.")
@click.option("--json", "as_json", is_flag=True, help="A report for `whistle workbench survey --up`.")
def survey(data: Path, as_json: bool) -> None:
    """How this gateway's radios heard each beacon last: level, hops, relay. May be asked at any time."""
    try:
        (name, found), site = glance_measured(data), held.trust(data).site
    except (GatewayError, SiteError) as error:
        raise click.ClickException(str(error)) from None
    for line in [show.measured_report(name, found, site)] if as_json else show.measured(name, found):
        click.echo(line)


def _serve(one: Gateway) -> str | None:
    """Run until a signal; the part that failed, or None."""
    over = threading.Event()

    def ends(_number: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ends)
    one.start()
    why = None
    while why is None and not over.wait(_LOOK_S):
        why = one.faulty()
    one.stop()
    return why
