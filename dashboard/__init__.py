"""The dashboard: stores what gateways say, shows it to captains the same moment, and sends their answers back.

`create_app(settings)` makes a Flask application; `app.extensions["whistle"]` is its `parts.Whistle` (store, live,
ingest, watches), not yet running: `start()` connects it to the bus. Further blueprints may be registered on the app;
every route asks for a signed-in captain unless its endpoint, or its blueprint's name and a dot, is added to
`app.extensions["whistle_public"]`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from dashboard.clock import Clock
    from dashboard.parts import Publish
    from dashboard.settings import Settings


def create_app(settings: "Settings", clock: "Clock | None" = None, publish: "Publish | None" = None) -> "Flask":
    """A dashboard on `settings.data`, made but not running. `publish` replaces the bus in tests.

    Raises DataInUse, DataUnusable.
    """
    from dashboard.app import make

    return make(settings, clock, publish)
