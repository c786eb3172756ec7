"""The page a captain watches, an alert's whole story, what was, and the answers."""

from typing import Any, NamedTuple

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.routing import IntegerConverter

from dashboard import accounts, airtext, store_people, store_refused, store_replies, words
from dashboard.parts import Dashboard
from dashboard.places import Place
from dashboard.store import last_change
from dashboard.store_pages import RECENT_S, current, history, ringing, story

blueprint = Blueprint("watch", __name__)


class AwayView(NamedTuple):
    """A press of a revoked beacon, as the page shows it."""

    place: Place
    reason: str
    kind: str
    ago_s: float
    heard: int


ANSWERS = ("seen", "coming", "clear")
MOST_DIGITS = 18  # of a number that the store can hold


class Number(IntegerConverter):
    """A row's number in an address; no other can be there."""

    regex = rf"\d{{1,{MOST_DIGITS}}}"


def whistle() -> Dashboard:
    """The dashboard this request is for."""
    found: Dashboard = current_app.extensions["whistle"]
    return found


def everywhere() -> dict[str, Any]:
    """What every template may use: the site, who looks, the steady clock, and how things stand."""
    parts = whistle()
    signed_in = current_user.is_authenticated
    return {
        "site": parts.bundle.name,
        "steady_now": parts.clock.steady(),
        "me": current_user if signed_in else None,
        "alive": alive(parts) if signed_in else None,
        "newest": g.get("newest", parts.live.now.newest),
    }


def alive(parts: Dashboard) -> dict[str, Any]:
    """How things stand, for the strip at the top of every page and for its scripts."""
    rounds = parts.rounds
    with parts.store.read() as connection:
        names = store_people.names(connection)
        loud = ringing(connection)
    live = parts.health.alive_gateways()
    return {
        "now": parts.clock.steady(),
        "beat_s": 15,
        "newest": parts.live.now.newest,
        "troubles": [{"level": one.level, "text": one.text} for one in rounds.standing()],
        "gateways": len(live),
        "gateways_all": len(parts.bundle.gateways),
        "ringing": [
            {
                "id": row.id,
                "ring": row.ring,
                "word": words.KINDS[row.kind],
                "place": airtext.plain(parts.places.of(row.node).name),
            }
            for row in loud
        ],
        "watchers": sorted(names.get(person, "a captain") for person in rounds.on_watch),
    }


@blueprint.get("/")
def now() -> ResponseReturnValue:
    """The list and the map."""
    parts = whistle()
    with parts.store.read() as connection:
        g.newest = last_change(connection)
        names = store_people.names(connection)
        views = [parts.cards.view(one, names, accounts.me().id) for one in current(connection, parts.clock.wall())]
        turned = _away(parts, connection)
    views.sort(key=lambda view: (view.rank, -view.since))
    map_file = parts.settings.basemap
    return render_template(
        "watch.html",
        open=[view for view in views if view.open],
        closed=[view for view in views if not view.open],
        away=turned,
        basemap=map_file is not None and map_file.is_file(),
    )


@blueprint.get("/away")
def away() -> ResponseReturnValue:
    """The part of the first page with presses that were refused."""
    parts = whistle()
    with parts.store.read() as connection:
        return render_template("_away.html", away=_away(parts, connection))


def _away(parts: Dashboard, connection: Connection) -> list[AwayView]:
    now = parts.clock.wall()
    return [
        AwayView(parts.places.of(row.node), row.reason, row.kind, max(0.0, now - row.last_at), row.heard)
        for row in store_refused.since(connection, now - RECENT_S)
    ]


@blueprint.get("/alerts/<number:alert>")
def one(alert: int) -> ResponseReturnValue:
    """Everything known of one alert."""
    parts = whistle()
    with parts.store.read() as connection:
        g.newest = last_change(connection)
        found = story(connection, alert)
        names = store_people.names(connection)
    if found is None:
        abort(404, "There is no such alert.")
    view = parts.cards.view(found.card, names, accounts.me().id)
    gateways = {gateway.id: gateway.name for gateway in parts.bundle.gateways}
    return render_template("alert.html", view=view, story=found, names=names, gateways=gateways)


@blueprint.get("/history")
def past() -> ResponseReturnValue:
    """All alerts, newest first, fifty a page."""
    parts = whistle()
    before = _before()
    with parts.store.read() as connection:
        names = store_people.names(connection)
        found = history(connection, before)
    views = [parts.cards.view(one, names, accounts.me().id) for one in found]
    return render_template("history.html", views=views, more=views[-1].id if len(views) == 50 else None)


def _before() -> int | None:
    given = request.args.get("before", "")
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > MOST_DIGITS:
        abort(400, "before is the number of an alert.")
    return int(given)


@blueprint.post("/alerts/<number:alert>/answer")
def answer(alert: int) -> ResponseReturnValue:
    """A captain's word: seen, coming or clear. Stored first, then sent to the gateways."""
    word = request.form.get("answer", "")
    if word not in ANSWERS:
        abort(400, "An answer is seen, coming or clear.")
    accounts.slow_down("60 per minute", "answer")
    parts = whistle()
    upto = request.form.get("newest", type=int)
    with parts.store.write() as connection:
        made = store_replies.answer(connection, alert, accounts.me().id, word, parts.clock.wall(), upto)
        newest = last_change(connection)
    parts.live.announce(newest)
    parts.outgoing.send(made)
    if request.headers.get("X-Requested-With") == "fetch":
        return {"answer": word, "newest": newest}
    return redirect(url_for("watch.now", _anchor=f"alert-{alert}"))
