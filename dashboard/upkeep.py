"""Settings: the open feed and what it reveals, one's own password and sessions, who the captains are."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dashboard import accounts, feed, passwords, store_people
from dashboard.errors import BadName
from dashboard.watch import whistle

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
def page() -> ResponseReturnValue:
    """All settings on one page."""
    parts = whistle()
    with parts.store.read() as connection:
        people = store_people.everyone(connection)
    return render_template(
        "settings.html", people=people, feed=parts.feed, roster=parts.places.version, store=parts.store.id
    )


@blueprint.post("/feed")
def open_feed() -> ResponseReturnValue:
    """Switch the open feed on or off; keepers only."""
    if not accounts.me().keeper:
        abort(403, "Only a keeper can switch the open feed.")
    parts = whistle()
    on = request.form.get("on") == "1"
    if on and parts.feed.broker is None:
        abort(409, "Start the dashboard with --open-feed URL first, so that there is a broker to publish to.")
    feed.switch(parts.store, on)
    parts.feed.look()
    return _flashed("The open feed is on." if on else "The open feed is off.")


@blueprint.post("/password")
def password() -> ResponseReturnValue:
    """A new password, after the old one; signs out everywhere else."""
    accounts.slow_down("5 per 15 minutes", "password")
    parts, me = whistle(), accounts.me()
    with parts.store.read() as connection:
        row = store_people.by_name(connection, me.name)
    if row is None or not passwords.right(row.password, request.form.get("old", "")):
        return _flashed("The old password is not right: nothing was changed.")
    try:
        fresh = passwords.hashed(request.form.get("new", ""))
    except BadName as error:
        return _flashed(f"{error} Nothing was changed.")
    with parts.store.write() as connection:
        store_people.rehash(connection, me.id, fresh)
        store_people.end_others(connection, me.id, me.token, parts.clock.steady())
    return _flashed("Your password was changed, and you are signed out everywhere else.")


@blueprint.post("/sign-out-others")
def sign_out_others() -> ResponseReturnValue:
    """End this captain's other sessions."""
    parts, me = whistle(), accounts.me()
    with parts.store.write() as connection:
        ended = store_people.end_others(connection, me.id, me.token, parts.clock.steady())
    return _flashed(f"Signed out in {ended} other {'place' if ended == 1 else 'places'}.")


def _flashed(sentence: str) -> ResponseReturnValue:
    flash(sentence)
    return redirect(url_for("settings.page"))
