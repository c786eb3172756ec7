"""The live line to a page: Server-Sent Events that resume exactly, and asking every few seconds where they are full."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final

import msgspec
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from msgspec import Meta

from dashboard import accounts, store_people
from dashboard.events import Block, Event, Events
from dashboard.live import Now
from dashboard.parts import Dashboard
from dashboard.watch import MOST_DIGITS, alive, whistle

blueprint = Blueprint("live", __name__)
BEAT_S: Final = 15.0
LOOK_S: Final = 1.0  # how long a stream sleeps at most before it looks whether its browser is still there
SILENT_S: Final = 90.0  # a page that says nothing for so long, although it should, gives its place back
RETRY_MS: Final = 1500
LONGEST_PAGE: Final = 40  # characters of the id a page draws for itself


class Word(msgspec.Struct):
    """What a page says of itself."""

    painted: Annotated[int, Meta(ge=0, le=2**53)]
    page: str = ""
    armed: bool = False


@blueprint.get("/live")
def stream() -> ResponseReturnValue:
    """The stream. `page`: an id the page drew; `armed=1`: sound is armed; `after`: the change it was rendered at;
    `paints=1`: the page says itself what it has painted. A `Last-Event-ID` wins over `after`."""
    parts = whistle()
    if not parts.live.enter():
        return Response(
            "Too many live pages: ask /live/since instead.",
            503,
            {"Retry-After": "30"},
            content_type="text/plain; charset=utf-8",
        )
    opened = Stream(
        parts,
        current_app.extensions["whistle_events"],
        accounts.me().id,
        accounts.me().token,
        _after(),
        _page(request.args.get("page", "")),
        request.args.get("armed") == "1",
        request.args.get("paints") == "1",
        request.environ.get("waitress.client_disconnected"),
    )
    return Response(opened, content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})


@blueprint.get("/live/since")
def since() -> ResponseReturnValue:
    """What a page without a stream asks every 3 s: the events after `after`, and how things stand."""
    parts, me, after, page = whistle(), accounts.me(), _after(), _page(request.args.get("page", ""))
    parts.watches.asks(me.id, page)
    events: Events = current_app.extensions["whistle_events"]
    newest = parts.live.now.newest
    found = events.since(after, newest, me.id) if newest != after else Block([], b"", newest)
    parts.watches.sent(me.id, page, min(found.last, newest))
    told = [{"id": one.id, "event": one.name, "data": one.data} for one in found.events]
    return {"events": told, "alive": alive(parts)}


@blueprint.post("/live/here")
def here() -> ResponseReturnValue:
    """A page's word that somebody is there: `{page, armed, painted}`. This is what *shown* rests on."""
    try:
        said = msgspec.json.decode(request.get_data(), type=Word)
    except (msgspec.MsgspecError, RecursionError):
        return Response("page, armed and painted are wanted.", 400, content_type="text/plain; charset=utf-8")
    parts, me = whistle(), accounts.me()
    parts.watches.here(me.id, _page(said.page), said.armed, said.painted)
    parts.shown.say()
    if (me.id in parts.rounds.on_watch) != (me.id in parts.watches.people()):
        parts.rounds.nudge()
    return "", 204


@blueprint.record_once
def _events(state: Any) -> None:
    state.app.extensions["whistle_events"] = Events(state.app, state.app.extensions["whistle"])


def _page(name: str) -> str:
    return name[:LONGEST_PAGE]


def _after() -> int:
    given = request.headers.get("Last-Event-ID") or request.args.get("after") or ""
    whole = given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS
    return int(given) if whole else whistle().live.now.newest


class Stream:
    """One open stream: an iterator of bytes for the server, closed by it when the browser goes."""

    def __init__(
        self,
        parts: Dashboard,
        events: Events,
        person: int,
        token: str,
        after: int,
        page: str,
        armed: bool,
        paints: bool,
        gone: Callable[[], bool] | None,
    ) -> None:
        self._parts, self._events, self._person, self._token = parts, events, person, token
        self._after, self._page, self._armed, self._paints = after, page, armed, paints
        self._gone = gone or (lambda: False)
        self._closed = False
        self._lost = after > parts.live.now.newest  # it speaks of changes this store never made
        parts.watches.join(person, page, armed)
        parts.watches.sent(person, page, min(after, parts.live.now.newest))
        parts.rounds.nudge()

    def __iter__(self) -> Iterator[bytes]:
        beat_at, seen = self._parts.clock.steady(), Now(-1, -1, self._parts.live.now.turn)
        told = self._parts.rounds.standing()
        yield b"retry: %d\n\n" % RETRY_MS + self._alive()
        while not self._parts.live.stopped and not self._gone():
            now = self._parts.live.wait(seen, LOOK_S)
            yield from self._news(now)
            standing = self._parts.rounds.standing()  # also what no round can turn to: that none is gone
            if now.turn != seen.turn or standing != told:
                yield self._alive()
            seen, told = now, standing
            if self._parts.clock.steady() - beat_at >= BEAT_S:
                beat_at = self._parts.clock.steady()
                if self._paints and self._parts.watches.silent_s(self._person, self._page) > SILENT_S:
                    return
                if not self._signed_in():
                    yield Event(None, "signed-out", {}).encode()
                    return
                yield b": beat\n\n" + self._alive()
                self._painted()

    def close(self) -> None:
        """The browser went, or the server is stopping; called by the server, once or more."""
        if not self._closed:
            self._closed = True
            self._parts.live.leave()
            self._parts.watches.leave(self._person, self._page)
            self._parts.rounds.nudge()

    def _news(self, now: Now) -> Iterator[bytes]:
        """Everything between what this page has and `now`, in order of change, each as it stands by now."""
        if self._lost:
            self._lost, self._after = False, now.newest
            self._parts.watches.sent(self._person, self._page, now.newest)
            yield Event(now.newest, "reset", {}).encode()
        while self._after < now.newest:
            found = self._events.since(self._after, now.newest, self._person)
            self._parts.watches.sent(self._person, self._page, found.last)
            if found.events:
                yield found.data
            self._after = found.last
            self._painted()

    def _painted(self) -> None:
        """For a client that does not say itself what it has painted: what was sent is taken for painted."""
        if not self._paints:
            self._parts.watches.here(self._person, self._page, self._armed, self._after)
            self._parts.shown.say()

    def _signed_in(self) -> bool:
        with self._parts.store.read() as connection:
            return store_people.session(connection, self._token, self._parts.clock.steady()) is not None

    def _alive(self) -> bytes:
        return Event(None, "alive", alive(self._parts)).encode()
