"""The demo page, beside the dashboard on the same address: street, beacon in the hand, captain's phone, troubles."""

import json
import threading
import time
from pathlib import Path
from typing import Any

from beacon.patterns import LAMP, WHISTLE
from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from dashboard import accounts, store_people
from dashboard.parts import Whistle
from whistle.demo import jsonlines
from whistle.demo.counts import Counts
from whistle.demo.errors import DemoError
from whistle.demo.news import News
from whistle.simulator.control import Control
from whistle.simulator.errors import SimulatorError

TALLY_S = 1.0


class Page:
    """What the page needs: the ports of simulator and supervisor, the town's shapes, the demo's captain."""

    def __init__(self, whistle: Whistle, control: int, supervisor: int, street: Path, captain: str) -> None:
        self.news = News()
        self.street: dict[str, Any] = json.loads(street.read_text())
        self.captain = captain
        self.shown: dict[int, str] = {}  # what each lamp shows, for a page that is opened in the middle
        self.whistle = whistle
        self._control = control
        self._supervisor = supervisor
        self._counts = Counts(whistle)
        self._asking = threading.Lock()
        self._buttons = Control("127.0.0.1", control)

    def start(self) -> None:
        """Begin to follow the simulation and to count."""
        threading.Thread(target=self._follow, name="demo events", daemon=True).start()
        threading.Thread(target=self._count, name="demo tally", daemon=True).start()

    def button(self, node: int, down: bool) -> None:
        """An edge of a beacon's button, by the visitor's hand."""
        with self._asking:
            self._buttons.button(node, down)

    def switch(self, name: str, on: bool) -> list[dict[str, Any]]:
        """Turn a trouble switch; how all of them stand now."""
        answer = jsonlines.ask(self._supervisor, {"do": "switch", "name": name, "on": on})
        switches: list[dict[str, Any]] = answer["switches"]
        return switches

    def _follow(self) -> None:
        with Control("127.0.0.1", self._control) as control:
            for event in control.watch():
                if event["event"] == "lamp":
                    self.shown[event["node"]] = event["pattern"]
                    self._counts.tally.lamp(event["node"], event["pattern"])
                self.news.tell(event["event"], event)

    def _count(self) -> None:
        while True:
            time.sleep(TALLY_S)
            try:
                switches = jsonlines.ask(self._supervisor, {"do": "state"})["switches"]
            except (OSError, DemoError):
                return  # the demo is ending
            self.news.tell("tally", self._counts.shown(switches))


def blueprint(page: Page) -> Blueprint:
    """The routes under /demo. They ask for no sign-in: this neighbourhood is invented, and listens on loopback only."""
    routes = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates", static_folder="static")

    @routes.get("/")
    def show() -> ResponseReturnValue:
        if not current_user.is_authenticated:  # before the page is made: signing in changes the token of its forms
            return redirect(url_for("demo.captain", next=url_for("demo.show")))
        return render_template("demo/page.html", captain_url=url_for("watch.now"))

    @routes.get("/town")
    def town() -> ResponseReturnValue:
        return jsonify(page.street | {"lamp": _rhythms(LAMP), "whistle": _rhythms(WHISTLE), "shown": page.shown})

    @routes.get("/events")
    def events() -> ResponseReturnValue:
        return Response(page.news.follow(), content_type="text/event-stream")

    @routes.get("/captain")
    def captain() -> ResponseReturnValue:
        """Sign the demo's captain in, as by password, for the phone on the page."""
        with page.whistle.store.read() as connection:
            row = store_people.by_name(connection, page.captain)
        return redirect(url_for("accounts.sign_in")) if row is None else accounts.welcome(row)

    @routes.post("/button")
    def button() -> ResponseReturnValue:
        asked = request.get_json()
        page.button(int(asked["node"]), asked["down"] is True)
        return jsonify({})

    @routes.post("/trouble")
    def trouble() -> ResponseReturnValue:
        asked = request.get_json()
        return jsonify({"switches": page.switch(str(asked["name"]), asked["on"] is True)})

    @routes.errorhandler(DemoError)
    @routes.errorhandler(SimulatorError)
    def refused(error: Exception) -> ResponseReturnValue:
        return jsonify({"error": str(error)}), 409

    @routes.errorhandler(KeyError)
    @routes.errorhandler(ValueError)
    def unclear(_error: Exception) -> ResponseReturnValue:
        return jsonify({"error": "Say which node and whether down, or which switch and whether on."}), 400

    return routes


def _rhythms(table: str) -> dict[str, dict[str, Any]]:
    """The beacon's own table for the page's scripts: a word's colour and its on, off, on, off ... in milliseconds."""
    rows = [row.split() for row in table.strip().splitlines()]
    return {word: {"colour": colour, "steps": [int(step) * 10 for step in steps]} for word, colour, _, *steps in rows}
