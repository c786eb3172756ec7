"""`whistle bus`: look at a site's bus. A command: it alone brings the site's keys to the language of the bus."""

import queue
import time
from typing import Any

import click
import msgspec

from whistle.bus import open_feed, topics
from whistle.bus.errors import BusError
from whistle.bus.link import Link
from whistle.bus.watching import Sight, Watcher, as_json, as_line
from whistle.site.bundles import DashboardBundle, load_dashboard_bundle
from whistle.site.errors import SiteError

WAITING = 10_000  # messages heard and not yet printed; beyond, the slow terminal loses some and is told how many


class Group(click.Group):
    """A group whose errors are one sentence on the error output and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a BusError or SiteError becomes click's own error."""
        try:
            return super().invoke(ctx)
        except (BusError, SiteError) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Group)
def bus() -> None:
    """Look at the traffic between gateways and dashboards."""


@bus.command()
@click.option("--bundle", required=True, metavar="FILE", help="The dashboard's bundle, which holds the keys.")
@click.option("--broker", required=True, envvar="WHISTLE_BROKER", metavar="URL",
              help="mqtt://user:password@host:1883 or mqtts://host?ca=FILE (also $WHISTLE_BROKER, "
              "which keeps a password out of the list of processes).")  # fmt: skip
@click.option("--json", "as_objects", is_flag=True, help="One JSON object a line.")
@click.option("--count", type=click.IntRange(1), help="End after so many messages.")
def watch(bundle: str, broker: str, as_objects: bool, count: int | None) -> None:
    """Print every message of the site's bus, opened, until Ctrl-C; what cannot be opened is marked and says why."""
    held = load_dashboard_bundle(bundle)
    heard: queue.Queue[tuple[str, bytes, float]] = queue.Queue(WAITING)
    lost = Losses()
    link = Link(
        broker,
        [topics.everything(held.site)],
        lambda topic, payload: lost.put(heard, (topic, payload, time.time())),
        on_up=lambda: click.echo(f"Connected to {link.address}, watching site {held.name!r}.", err=True),
        on_down=lambda sentence: click.echo(sentence, err=True),
    )
    watcher = Watcher(lambda gateway: _keys(held, gateway), held.bus_epoch)
    try:
        with link:
            _print(heard, lost, watcher, held if not as_objects else None, count)
    except KeyboardInterrupt:
        return


@bus.command()
def schema() -> None:
    """Print the JSON Schema of the open feed's documents (docs/open-feed.md)."""
    click.echo(msgspec.json.format(msgspec.json.encode(open_feed.schema()), indent=2).decode())


class Losses:
    """Counts what a full queue could not take, so that no message goes missing unsaid."""

    def __init__(self) -> None:
        self.count = 0

    def put(self, into: "queue.Queue[tuple[str, bytes, float]]", item: tuple[str, bytes, float]) -> None:
        """Put, or count."""
        try:
            into.put_nowait(item)
        except queue.Full:
            self.count += 1


def _print(
    heard: "queue.Queue[tuple[str, bytes, float]]",
    lost: Losses,
    watcher: Watcher,
    held: DashboardBundle | None,
    count: int | None,
) -> None:
    printed = said = 0
    while count is None or printed < count:
        try:
            sight = watcher.look(*heard.get(timeout=0.5))
        except queue.Empty:
            continue
        _say(sight, held)
        printed += 1
        if lost.count > said:
            click.echo(f"{lost.count - said} messages came faster than they could be printed.", err=True)
            said = lost.count


def _say(sight: Sight, held: DashboardBundle | None) -> None:
    click.echo(as_json(sight) if held is None else as_line(sight, held.gateway_name))


def _keys(held: DashboardBundle, gateway: str) -> tuple[bytes, bytes] | None:
    return held.link_keys(gateway) if gateway in {known.id for known in held.gateways} else None
