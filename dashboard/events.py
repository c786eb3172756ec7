"""What the live stream carries, made once for everyone who looks with the same eyes.

alert     a card, whole, as it stands now (id: its change)       page: put it where its id says
gateway, beacon, refused, away, people   something of that kind changed (id)   page: load the fragment again, if shown
alive     how things stand; no id                                page: strip and banner
reset     what was missed is no longer known (id: the newest)    page: load the list again
"""

import json
import threading
from collections import OrderedDict
from typing import Any, Final, NamedTuple

from flask import Flask

from dashboard import airtext, store_people
from dashboard.cards import View
from dashboard.mapdata import feature
from dashboard.parts import Dashboard
from dashboard.store import changes_since
from dashboard.store_pages import cards

ROOM: Final = 32  # answers kept: streams that are equally far ask for the same one


class Event(NamedTuple):
    """One event of the stream: `id` None for what has no place in the order of changes."""

    id: int | None
    name: str
    data: dict[str, Any]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        number = b"" if self.id is None else b"id: %d\n" % self.id
        return number + f"event: {self.name}\ndata: {json.dumps(self.data)}\n\n".encode()


class Block(NamedTuple):
    """Events in order, the same as bytes for the wire, and the change up to which they tell everything."""

    events: list[Event]
    data: bytes
    last: int


class Events:
    """Events after a change, for one captain. Thread-safe; each answer is computed once."""

    def __init__(self, app: Flask, whistle: Dashboard) -> None:
        self._app, self._whistle = app, whistle
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[int, int, int], Block] = OrderedDict()

    def since(self, after: int, newest: int, person: int) -> Block:
        """What happened after change `after` (up to `newest` or a little later), in order of change."""
        key = (after, newest, person)
        with self._lock:
            if key not in self._made:
                events = self._make(after, newest, person)
                last = max((one.id or 0 for one in events), default=newest)
                self._made[key] = Block(events, b"".join(one.encode() for one in events), last)
                while len(self._made) > ROOM:
                    self._made.popitem(last=False)
            return self._made[key]

    def _make(self, after: int, newest: int, person: int) -> list[Event]:
        parts = self._whistle
        with parts.store.read() as connection:
            changed = changes_since(connection, after)
            if changed is None:
                return [Event(parts.live.now.newest, "reset", {})]
            last = {(topic, ref): number for number, topic, ref in changed}
            wanted = [int(ref) for topic, ref in last if topic == "alert"]
            names = store_people.names(connection)
            views = {
                view.id: view for view in (parts.cards.view(card, names, person) for card in cards(connection, wanted))
            }
        events = [self._event(number, topic, ref, views) for (topic, ref), number in last.items()]
        return sorted(events, key=lambda event: event.id or 0)

    def _event(self, number: int, topic: str, ref: str, views: dict[int, View]) -> Event:
        if topic == "alert" and int(ref) in views:
            return Event(number, "alert", self._card(views[int(ref)]))
        return Event(number, topic, {"ref": ref})

    def _card(self, view: View) -> dict[str, Any]:
        with self._app.app_context():
            html = self._app.jinja_env.get_template("_card.html").render(view=view, live=True)
        return {
            "id": view.id,
            "state": view.state,
            "ring": view.ring,
            "rank": view.rank,
            "since": view.since,
            "html": html,
            "say": spoken(view),
            "feature": feature(view),
        }


def spoken(view: View) -> str:
    """One sentence for a screen reader and the window's title."""
    drill = "Drill: " if view.drill else "Silent alert: " if view.silent else ""
    return f"{drill}{view.word} at {airtext.plain(view.place.name)}. {airtext.plain(view.status)}."
