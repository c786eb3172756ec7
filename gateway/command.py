"""`whistle gateway run` and `whistle gateway show`."""

import signal
import threading
from pathlib import Path
from types import FrameType

import click
from meshwire.errors import MeshwireError

from gateway import journal
from gateway.errors import GatewayError
from gateway.gateway import Gateway
from gateway.show import shown
from gateway.sources import FORMS
from whistle.bus.errors import BusError
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
@click.option("--broker", required=True, metavar="URL", help="The bus: mqtt://host:1883 or mqtts://user:password@host.")
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


@gateway.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The gateway's directory.")
@click.option("--alerts", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many of the newest.")
def show(data: Path, alerts: int) -> None:
    """What the ledger holds: alerts, what still waits for a dashboard, what was refused. May be asked at any time."""
    try:
        lines = shown(data, alerts)
    except GatewayError as error:
        raise click.ClickException(str(error)) from None
    for line in lines:
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
