"""The demo's dashboard: the real one, with the demo page mounted beside it. Started by `whistle demo` as a process."""

import logging
import os
from pathlib import Path

import click
from flask import Flask

from dashboard import serve, store_people
from dashboard.parts import Dashboard
from dashboard.passwords import hashed
from dashboard.settings import Settings
from whistle.demo.page import Page
from whistle.demo.ports import LOOPBACK
from whistle.demo.routes import blueprint
from whistle.simulator.control import Control
from whistle.site.bundles import load_dashboard_bundle

path = click.Path(path_type=Path)


@click.command()
@click.option("--folder", required=True, type=path)
@click.option("--broker", required=True)
@click.option("--open-feed", required=True)
@click.option("--listen", required=True, type=int)
@click.option("--control", required=True, type=int)
@click.option("--supervisor", required=True, type=int)
@click.option("--captain", required=True)
def main(folder: Path, broker: str, open_feed: str, listen: int, control: int, supervisor: int, captain: str) -> None:
    """Run until SIGTERM. The captain's password comes in the environment, where other users cannot read it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    password = os.environ["WHISTLE_DEMO_PASSWORD"]
    settings = Settings(
        load_dashboard_bundle(folder / "dashboard.json"),
        folder / "dashboard",
        broker,
        (LOOPBACK, listen),
        folder / "basemap.pmtiles",
        open_feed,
    )

    def mount(app: Flask) -> None:
        whistle: Dashboard = app.extensions["whistle"]
        _enrol(whistle, captain, password)
        page = Page(whistle, Control(LOOPBACK, control), supervisor, folder / "street.json", captain)
        app.register_blueprint(blueprint(page))
        app.extensions["whistle_public"].add("demo.")
        page.start(Control(LOOPBACK, control))

    with serve.held(settings.data):
        serve.run(settings, serve.listen(*settings.listen), mount)


def _enrol(whistle: Dashboard, captain: str, password: str) -> None:
    with whistle.store.write() as connection:
        if store_people.by_name(connection, captain) is None:
            store_people.add(connection, captain, hashed(password), whistle.clock.wall())


if __name__ == "__main__":
    main()
