"""The demo page's routes, beside the dashboard's on the same address. Whatever is sent to them, the answer says why."""

from collections.abc import Callable
from typing import Any, Final

from beacon.patterns import LAMP, WHISTLE
from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard import accounts, store_people
from whistle.demo import asked
from whistle.demo.errors import DemoError, Refused, Unclear
from whistle.demo.news import Stream
from whistle.demo.page import Page
from whistle.simulator.errors import BadRequest, SimulatorError

RETRY_S: Final = "30"


def blueprint(page: Page) -> Blueprint:
    """The routes under /demo. They ask for no sign-in: this neighbourhood is invented, and listens on loopback only."""
    routes = Blueprint("demo", __name__, url_prefix="/demo", template_folder="templates", static_folder="static")
    _add_pages(routes, page)
    _add_events(routes, page)
    _add_requests(routes, page)
    _add_refusals(routes)
    return routes


def _add_pages(routes: Blueprint, page: Page) -> None:
    @routes.get("/")
    def show() -> ResponseReturnValue:
        if not current_user.is_authenticated:  # before the page is made: signing in changes the token of its forms
            return redirect(url_for("demo.captain", next=url_for("demo.show")))
        return render_template("demo/page.html", captain_url=url_for("watch.now"))

    @routes.get("/captain")
    def captain() -> ResponseReturnValue:
        """Sign the demo's captain in, as by password, for the phone on the page."""
        with page.whistle.store.read() as connection:
            row = store_people.by_name(connection, page.captain)
        return redirect(url_for("accounts.sign_in")) if row is None else accounts.welcome(row)

    @routes.get("/town")
    def town() -> ResponseReturnValue:
        return jsonify(page.town() | {"lamp": _rhythms(LAMP), "whistle": _rhythms(WHISTLE)})


def _add_events(routes: Blueprint, page: Page) -> None:
    @routes.get("/events")
    def events() -> ResponseReturnValue:
        if not page.news.enter():
            return jsonify({"error": "Too many demo pages are open: ask /demo/since."}), 503, {"Retry-After": RETRY_S}
        left: Callable[[], bool] = request.environ.get("waitress.client_disconnected") or (lambda: False)
        stream = Stream(page.news, _after(page), lambda: left() or page.whistle.live.stopped)
        return Response(stream, content_type="text/event-stream")

    @routes.get("/since")
    def since() -> ResponseReturnValue:
        """What a page without a stream asks every second."""
        return jsonify([piece._asdict() for piece in page.news.since(_after(page))])


def _add_requests(routes: Blueprint, page: Page) -> None:
    @routes.post("/button")
    def button() -> ResponseReturnValue:
        page.hand.take(asked.read(request.get_data(), asked.Word))
        return jsonify({})

    @routes.post("/trouble")
    def trouble() -> ResponseReturnValue:
        turn = asked.read(request.get_data(), asked.Turn)
        return jsonify(page.switch(turn.name, turn.on))


def _add_refusals(routes: Blueprint) -> None:
    @routes.errorhandler(Unclear)
    @routes.errorhandler(BadRequest)
    def unclear(error: Exception) -> ResponseReturnValue:
        return jsonify({"error": str(error)}), 400

    @routes.errorhandler(RequestEntityTooLarge)
    def large(_error: Exception) -> ResponseReturnValue:
        return jsonify({"error": f"A request of the demo's page has at most {asked.LARGEST} bytes."}), 413

    @routes.errorhandler(Refused)
    def refused(error: Exception) -> ResponseReturnValue:
        return jsonify({"error": str(error)}), 409

    @routes.errorhandler(DemoError)
    @routes.errorhandler(SimulatorError)
    @routes.errorhandler(OSError)
    def gone(error: Exception) -> ResponseReturnValue:
        return jsonify({"error": f"A part of the demo does not answer: {error}"}), 503


def _after(page: Page) -> int:
    """The number of the event that the browser has seen last."""
    given = request.headers.get("Last-Event-ID") or request.args.get("after") or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else page.news.newest


def _rhythms(table: str) -> dict[str, dict[str, Any]]:
    """The beacon's own table for the page's scripts: a word's colour and its on, off, on, off ... in milliseconds."""
    rows = [row.split() for row in table.strip().splitlines()]
    return {word: {"colour": colour, "steps": [int(step) * 10 for step in steps]} for word, colour, _, *steps in rows}
