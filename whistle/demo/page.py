"""What stands behind the demo page: street, beacon in the hand, troubles, and what happens as it happens."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from dashboard.parts import Dashboard
from whistle.demo import jsonlines
from whistle.demo.counts import Counts
from whistle.demo.errors import DemoError
from whistle.demo.hand import Hand
from whistle.demo.news import News
from whistle.simulator.errors import SimulatorError

TALLY_S = 1.0
STREAMS = 4  # a quarter of the dashboard's threads: its own streams have half, the rest answers pages


class Air(Protocol):
    """What the page asks of the simulator's control."""

    def button(self, node: int, down: bool) -> None:
        """An edge of a beacon's button."""

    def watch(self) -> Iterator[dict[str, Any]]:
        """Every event from now on."""


class Page:
    """What the page needs: simulator, the supervisor's port, the town's shapes, the demo's captain."""

    def __init__(self, whistle: Dashboard, buttons: Air, supervisor: int, street: Path, captain: str) -> None:
        self.news = News(whistle.settings.threads // STREAMS)
        self.street: dict[str, Any] = json.loads(street.read_text())
        self.captain = captain
        self._lamps: dict[int, str] = {}  # what each lamp shows, for a page that is opened in the middle
        self._sounds: dict[int, str] = {}
        self.whistle = whistle
        self.hand = Hand(buttons.button)
        self._supervisor = supervisor
        self._counts = Counts(whistle)

    def start(self, events: Air) -> None:
        """Begin to follow the simulation, on a connection of its own, and to count."""
        threading.Thread(target=self._follow, args=(events,), name="demo events", daemon=True).start()
        threading.Thread(target=self._count, name="demo tally", daemon=True).start()

    def switch(self, name: str, on: bool) -> dict[str, Any]:
        """Turn a trouble switch; how all of them stand now, and what to look for."""
        return jsonlines.ask(self._supervisor, {"do": "switch", "name": name, "on": on})

    def town(self) -> dict[str, Any]:
        """All the page must know to begin: the street, what lamps show, and the number of the newest event."""
        newest = self.news.newest  # before the lamps: an event told twice does no harm
        return self.street | {"newest": newest, "shown": dict(self._lamps), "sounds": dict(self._sounds)}

    def _follow(self, events: Air) -> None:
        for event in events.watch():
            if event["event"] == "lamp":
                self._lamps[event["node"]] = event["pattern"]
                self._counts.tally.lamp(event["node"], event["pattern"])
            elif event["event"] == "whistle":
                self._sounds[event["node"]] = event["pattern"]
            self.news.tell(event["event"], event)

    def _count(self) -> None:
        while True:
            time.sleep(TALLY_S)
            try:
                self.hand.look()
                switches = jsonlines.ask(self._supervisor, {"do": "state"})["switches"]
            except (OSError, DemoError, SimulatorError):
                return  # the demo is ending
            self.news.tell("tally", self._counts.shown(switches))
