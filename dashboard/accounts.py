"""Who may come in: captains with a name and a password. Flask-Login is known to this file alone.

A session is a random token in a signed cookie; the store knows its hash, when it was last used, and whether it was
ended. Five wrong passwords in 15 minutes close an account's door to strangers, twenty close it to their address; a
browser that this captain has signed in from before has a count of its own, so that nobody can lock a captain out.
"""

import threading
from contextlib import suppress
from typing import Any, Final

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer
from limits import parse
from limits.strategies import RateLimiter
from sqlalchemy import Row

from dashboard import passwords, store_people
from dashboard.errors import Unwritable
from dashboard.parts import Dashboard

blueprint = Blueprint("accounts", __name__)
PER_ACCOUNT: Final = parse("5 per 15 minutes")
PER_ADDRESS: Final = parse("20 per 15 minutes")
TOUCH_S: Final = 60.0
DEVICE_DAYS: Final = 180
ROOM: Final = 8  # guesses that may wait for their turn; more would take the threads that everybody else needs
_one_guess: Final = threading.Lock()
_room: Final = threading.BoundedSemaphore(ROOM)


class Captain:
    """Who is signed in, as pages and Flask-Login see them."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, row: Row[Any], token: str) -> None:
        self.id: int = row.id
        self.name: str = row.name
        self.opaque: str = row.opaque
        self.keeper: bool = row.keeper
        self.since: float = row.since
        self.token = token

    def get_id(self) -> str:
        """What the cookie holds."""
        return self.token


def init_app(app: Flask) -> None:
    """Sign-in, sign-out, and a closed door on every other route."""
    manager = LoginManager(app)
    manager.session_protection = None  # phones change their address at night; the token is what counts
    manager.user_loader(_load)
    app.register_blueprint(blueprint)
    app.extensions["whistle_public"] = {"static", "accounts.sign_in"}
    app.extensions["whistle_limiter"] = Limiter(
        get_remote_address, app=app, storage_uri="memory://", strategy="moving-window"
    ).limiter
    app.before_request(_only_captains)


def me() -> Captain:
    """The captain who asks; only where one is signed in."""
    captain: Captain = current_user._get_current_object()
    return captain


def slow_down(rule: str, what: str) -> None:
    """Refuse with 429 when this captain does something more often than `rule`, such as "60 per minute"."""
    limiter: RateLimiter = current_app.extensions["whistle_limiter"]
    if not limiter.hit(parse(rule), f"{what} {me().id}"):
        abort(429, "Too often within a minute: wait a moment.")


def _load(token: str) -> Captain | None:
    """Flask-Login's question: whose token is this? Also keeps the session in use."""
    whistle = _whistle()
    now = whistle.clock.steady()
    with whistle.store.read() as connection:
        row = store_people.session(connection, token, now)
    if row is None:
        return None
    if now - row.used_at > TOUCH_S:
        with suppress(Unwritable), whistle.store.write() as connection:  # a full disk locks nobody out
            store_people.touch(connection, token, now)
    return Captain(row, token)


def _only_captains() -> ResponseReturnValue | None:
    public: set[str] = current_app.extensions["whistle_public"]
    endpoint = request.endpoint or ""
    if endpoint in public or endpoint.split(".")[0] + "." in public or current_user.is_authenticated:
        return None
    if request.method == "GET" and not _by_script():
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return Response("Sign in first.", 401, content_type="text/plain; charset=utf-8")


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "fetch" or request.path.startswith(("/live", "/map/"))


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The door."""
    if request.method == "GET":
        return render_template("sign_in.html", problem=None)
    name, password = request.form.get("name", "")[:200], request.form.get("password", "")[: passwords.LONGEST + 1]
    row, problem, status = _in_turn(name, password)
    if row is None:
        return render_template("sign_in.html", problem=problem, name=name), status
    return welcome(row)


def _in_turn(name: str, password: str) -> tuple[Row[Any] | None, str, int]:
    """One guess after the other, so that none slips past the count in parallel."""
    if not _room.acquire(blocking=False):
        return None, "Many are signing in at this moment: try again in a few seconds.", 429
    try:
        with _one_guess:
            return _try(name, password)
    finally:
        _room.release()


def _try(name: str, password: str) -> tuple[Row[Any] | None, str, int]:
    """The captain, or why not and the status to say it with."""
    counts = ((PER_ACCOUNT, _account(name)), (PER_ADDRESS, f"address {get_remote_address()}"))
    limiter: RateLimiter = current_app.extensions["whistle_limiter"]
    if not all(limiter.test(rule, key) for rule, key in counts):
        return None, "Too many wrong passwords. Wait 15 minutes, or use a browser you have signed in from before.", 429
    row = _verified(name, password)
    if row is None:
        for rule, key in counts:
            limiter.hit(rule, key)
        return None, "Name or password is not right.", 401
    return row, "", 200


def _verified(name: str, password: str) -> Row[Any] | None:
    whistle = _whistle()
    with whistle.store.read() as connection:
        row = store_people.by_name(connection, name)
    if not passwords.right(None if row is None else row.password, password):
        return None
    if row is not None and passwords.outdated(row.password):
        with whistle.store.write() as connection:
            store_people.rehash(connection, row.id, passwords.hashed(password))
    return row


def welcome(row: Row[Any]) -> Response:
    """A new session with a new token, whatever the browser brought along."""
    whistle = _whistle()
    now = whistle.clock.steady()
    with whistle.store.write() as connection:
        token = store_people.open_session(connection, row.id, now)
        captain = store_people.session(connection, token, now)
    session.clear()
    assert captain is not None  # it was opened in this very transaction
    login_user(Captain(captain, token))
    response = redirect(_inside(request.args.get("next", "")))
    secure = whistle.settings.tls
    response.set_cookie(
        _device_name(),
        _signer().dumps(row.opaque),
        max_age=DEVICE_DAYS * 86400,
        httponly=True,
        secure=secure,
        samesite="Lax",
    )
    return response  # type: ignore[return-value]


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session, here and in the store."""
    whistle = _whistle()
    with whistle.store.write() as connection:
        store_people.end_session(connection, me().token, whistle.clock.steady())
    logout_user()
    session.clear()
    return redirect(url_for("accounts.sign_in"))


def _account(name: str) -> str:
    """The count a guess at this name belongs to: one for strangers, one for browsers this captain has used."""
    with _whistle().store.read() as connection:
        row = store_people.by_name(connection, name)
    try:
        known = row is not None and _signer().loads(request.cookies.get(_device_name(), "")) == row.opaque
    except BadSignature:
        known = False
    return f"{'known' if known else 'stranger'} {store_people.key(name)}"


def _device_name() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")


def _inside(target: str) -> str:
    """A path on this dashboard, never another place."""
    inside = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if inside else url_for("watch.now")


def _whistle() -> Dashboard:
    if "whistle" not in g:
        g.whistle = current_app.extensions["whistle"]
    found: Dashboard = g.whistle
    return found
