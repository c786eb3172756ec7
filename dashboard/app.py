"""The Flask application: parts, blueprints, who may see what, and the headers every answer carries."""

import secrets
from pathlib import Path
from typing import Final

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import accounts, air, airtext, mapdata, stream, upkeep, watch, words
from dashboard.clock import Clock
from dashboard.cookies import Cookies
from dashboard.errors import DashboardError, NoSuchAlert
from dashboard.parts import Dashboard, Publish
from dashboard.settings import Settings
from whistle.site import files

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-src 'self'",
        "frame-ancestors 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
BARE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Whistle</title>'
    '<meta name="color-scheme" content="dark light"><h1>That did not work.</h1><p>{}</p>'
    '<p><a href="/">Try again</a></p>'
)
KEY_BYTES: Final = 32
HTTPS_ONLY: Final = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def make(settings: Settings, clock: Clock | None, publish: Publish | None) -> Flask:
    """See dashboard.create_app."""
    app = Flask(__name__)
    app.config.update(_config(settings))
    app.session_interface = Cookies()
    if settings.tls:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    app.extensions["whistle"] = Dashboard(settings, clock or Clock(), publish)
    app.url_map.converters["number"] = watch.Number
    CSRFProtect(app)
    accounts.init_app(app)
    for module in (watch, stream, mapdata, air, upkeep):
        app.register_blueprint(module.blueprint)
    _init_templates(app)
    _init_errors(app)
    app.after_request(lambda response: _secure(response, settings.tls))
    return app


def _config(settings: Settings) -> dict[str, object]:
    cookie = f"whistle-{settings.bundle.site[:8]}"  # one machine may show two sites: their cookies stay apart
    return {
        "SECRET_KEY": _secret(settings.data / "session.key"),
        "SESSION_COOKIE_NAME": f"__Host-{cookie}" if settings.tls else cookie,
        "SESSION_COOKIE_SECURE": settings.tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a watch lasts a night
        "MAX_CONTENT_LENGTH": 64 * 1024,
        "SEND_FILE_MAX_AGE_DEFAULT": 0,
    }


def _secret(path: Path) -> bytes:
    """The key that signs cookies: made once, readable by this user alone."""
    known = path.read_bytes() if path.exists() else b""
    if len(known) == KEY_BYTES:
        return known
    fresh = secrets.token_bytes(KEY_BYTES)
    files.write(path, fresh)
    return fresh


def _init_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        air=airtext.air,
        name=airtext.name,
        plain=airtext.plain,
        span=words.span,
        elapsed=words.elapsed,
        clock=words.clock,
    )
    app.jinja_env.globals.update(words=words)
    app.context_processor(watch.everywhere)


def _init_errors(app: Flask) -> None:
    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> tuple[str, int]:
        return _say("That did not come from this page.", "Load the page again, then repeat what you did."), 400

    @app.errorhandler(NoSuchAlert)
    def closed(error: NoSuchAlert) -> tuple[str, int]:
        return _say("That is not possible.", str(error)), 409

    @app.errorhandler(DashboardError)
    def failed(error: DashboardError) -> tuple[str, int]:
        return BARE.format(escape(str(error))), 503  # no template: those ask the store, which may be what failed

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> tuple[str, int]:
        own = error.description != type(error).description  # the library's sentences speak to programmers
        title, text = words.HTTP.get(error.code or 500, words.UNASKED)
        return _say(title, error.description or "" if own else text), error.code or 500


def _say(title: str, text: str) -> str:
    """A page, or one line of text for a script."""
    if request.headers.get("X-Requested-With") == "fetch":
        return text
    return render_template("message.html", title=title, text=text)


def _secure(response: Response, tls: bool) -> Response:
    for name, value in (HEADERS | (HTTPS_ONLY if tls else {})).items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
