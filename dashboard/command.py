"""`whistle dashboard`: run a dashboard, and let captains in."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboard.errors import BadName, DashboardError

if TYPE_CHECKING:
    from dashboard.settings import Settings

directory = click.Path(file_okay=False, path_type=Path)
file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def dashboard() -> None:
    """The captains' screen: alerts as they come, a map, and the answers back."""


@dashboard.command()
@click.option("--bundle", required=True, type=file, help="The dashboard's bundle, from `whistle site bundle`.")
@click.option("--data", required=True, type=directory, help="Directory of the store; made if it is not there.")
@click.option("--broker", required=True, envvar="WHISTLE_BROKER", metavar="URL",
              help="The bus, such as mqtt://127.0.0.1:1883 (also $WHISTLE_BROKER, which keeps a password out of the "
              "list of processes).")  # fmt: skip
@click.option("--listen", default="127.0.0.1:8080", show_default=True, metavar="HOST:PORT", help="Where pages are.")
@click.option("--basemap", type=file, help="Map file; DATA/basemap.pmtiles when it is there, else a grid.")
@click.option("--open-feed", metavar="URL", help="Broker for the open feed, and switch it on: others can read alerts.")
@click.option("--tls", is_flag=True, help="A proxy in front speaks https: mark cookies so, and believe its addresses.")
def run(
    bundle: Path, data: Path, broker: str, listen: str, basemap: Path | None, open_feed: str | None, tls: bool
) -> None:
    """Run a dashboard until Ctrl-C or SIGTERM."""
    import logging

    from dashboard import serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with _sentences():
        settings = _settings(bundle, data, broker, listen, basemap, open_feed, tls)
        with serve.held(data):
            sock = serve.listen(*settings.listen)
            _announce(settings)
            serve.run(settings, sock)


@dashboard.command()
@click.argument("roster_file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--data", required=True, type=directory, help="Directory of the store.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def roster(roster_file: Path, data: Path, as_json: bool) -> None:
    """Take the roster in FILE, from a stick, if it is this site's, whole and newer. A running dashboard uses it.

    Exit code 1 and one sentence when it is not taken: then nothing has changed.
    """
    import json

    from whistle.site import held

    with _sentences():
        taken = held.offer(data, roster_file)
    if as_json:
        click.echo(json.dumps({"before": taken.before, "now": taken.now}))
    elif taken.now == taken.before:
        click.echo(f"Roster version {taken.now} is the one held already: nothing to do.")
    else:
        click.echo(f"Roster version {taken.now} is taken; it was {taken.before}. A running dashboard uses it now.")


@dashboard.command("add-person")
@click.argument("name")
@click.option("--data", required=True, type=directory, help="Directory of the store; made if it is not there.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
@click.option("--keeper/--no-keeper", default=None, help="May change policy; the first person is a keeper.")
def add_person(name: str, data: Path, password_stdin: bool, keeper: bool | None) -> None:
    """Let a captain called NAME sign in."""
    import time

    from dashboard import passwords, store_people
    from dashboard.store import Store

    with _sentences():
        store_people.clean_name(name)
        hashed = passwords.hashed(_password(password_stdin))
        _make(data)
        store = Store(data)
        with store.write() as connection:
            row = store_people.add(connection, name, hashed, time.time(), keeper)
        store.close()
    click.echo(f"{row.name} can sign in now{', and is a keeper' if row.keeper else ''}.")


@dashboard.command("remove-person")
@click.argument("name")
@click.option("--data", required=True, type=directory, help="Directory of the store.")
def remove_person(name: str, data: Path) -> None:
    """Let NAME in no more, and sign them out everywhere at once."""
    import time

    from dashboard import store_people
    from dashboard.store import Store

    with _sentences():
        store = Store(data)
        with store.write() as connection:
            found = store_people.remove(connection, name, time.time())
        store.close()
        if not found:
            raise BadName(f"There is no captain named {name} who can sign in.")
    click.echo(f"{name} cannot sign in any more.")


@dashboard.command()
@click.option("--bundle", required=True, type=file, help="The dashboard's bundle, from `whistle site bundle`.")
@click.option("--data", required=True, type=directory, help="Directory of the store.")
@click.option("--json", "as_json", is_flag=True, help="The document for `whistle workbench round --state`.")
def beacons(bundle: Path, data: Path, as_json: bool) -> None:
    """Show when each beacon was last heard and what it said of itself; also beside a running dashboard."""
    import time

    from dashboard import beaconstate
    from dashboard.store import Store
    from whistle.site.bundles import load_dashboard_bundle

    with _sentences():
        site = load_dashboard_bundle(bundle)
        if not (data / "store.sqlite").is_file():
            raise DashboardError(f"There is no store in {data}: name the directory that `whistle dashboard run` uses.")
        store = Store(data)
        found = beaconstate.document(site, store, time.time())
        store.close()
    click.echo(beaconstate.encoded(found).decode() if as_json else "\n".join(beaconstate.lines(found)), nl=not as_json)


def _settings(
    bundle: Path, data: Path, broker: str, listen: str, basemap: Path | None, open_feed: str | None, tls: bool
) -> "Settings":
    from dashboard.mapdata import usable
    from dashboard.settings import Settings
    from whistle.bus import address
    from whistle.site.bundles import load_dashboard_bundle

    for url in filter(None, (broker, open_feed)):
        address.parse(url)
    found = basemap or (data / "basemap.pmtiles" if (data / "basemap.pmtiles").is_file() else None)
    if found is not None and not usable(found.read_bytes()[:16]):
        raise DashboardError(f"{found} is not a PMTiles map file of version 3: give another --basemap, or none.")
    return Settings(load_dashboard_bundle(bundle), data, broker, _address(listen), found, open_feed, tls)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.BadParameter(f"{listen!r} is not HOST:PORT, such as 127.0.0.1:8080.", param_hint="--listen")
    return host, int(port)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise DashboardError("There is no terminal to type a password at: pipe it in and say --password-stdin.")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _make(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DashboardError(
            f"The data directory {data} cannot be made ({error.strerror}): give another --data."
        ) from None


def _announce(settings: "Settings") -> None:
    host, port = settings.listen
    click.echo(f"Dashboard of {settings.bundle.name}: http://{host}:{port}/  (Ctrl-C stops it)")
    if settings.basemap is None:
        click.echo("No map file: the map shows a grid and the roster's places.")


class _sentences:
    """Turns what goes wrong into one sentence and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        from whistle.bus.errors import BusError
        from whistle.site.errors import SiteError

        if isinstance(error, (DashboardError, BusError, SiteError)):
            raise click.ClickException(str(error)) from None
