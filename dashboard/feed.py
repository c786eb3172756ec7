"""The open feed, as a keeper switches it: whistle.bus.open_feed does the telling, this decides whether, and of what.

Off unless the dashboard was started with a broker for it (`--open-feed URL`); then on, until a keeper says otherwise,
which the store remembers.
"""

from collections.abc import Callable

from dashboard import store
from dashboard.places import Places
from dashboard.store import Store
from whistle.bus.address import parse
from whistle.bus.messages import Alert, Answer, State
from whistle.bus.open_feed import OpenFeed, Standing

KEY = "open feed"
Open = Callable[[str, str], OpenFeed]


class Feed:
    """`on`: whether anything is told to anyone. Every method may be called at any time and does nothing while off."""

    def __init__(self, site: str, broker: str | None, kept: Store, places: Places) -> None:
        self.broker = broker
        self._site, self._store, self._places = site, kept, places
        self._feed: OpenFeed | None = None

    @property
    def on(self) -> bool:
        """Whether it is switched on and has a broker."""
        return self._feed is not None

    @property
    def address(self) -> str | None:
        """Which broker it goes to, without user or password; None where there is none."""
        return None if self.broker is None else str(parse(self.broker))

    @property
    def trouble(self) -> str | None:
        """Why nothing goes out although it is on, or None."""
        return None if self._feed is None else self._feed.link.trouble

    def look(self) -> None:
        """Do as the switch in the store says."""
        wanted = self.broker is not None and switched(self._store)
        if wanted and self._feed is None and self.broker is not None:
            self._feed = OpenFeed(self.broker, self._site).start()
        elif not wanted:
            self.stop()

    def stop(self) -> None:
        """Leave its broker."""
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()

    def alert(self, said: Alert, standing: Standing) -> None:
        """A new line was stored."""
        if self._feed is not None:
            self._feed.alert(said, self._places.of(said.node).public, standing)

    def answer(self, answer: Answer, first: int, standing: Standing) -> None:
        """An answer goes out to a beacon."""
        if self._feed is not None:
            self._feed.answer(answer, first, standing)

    def gateway(self, gateway: str, state: State) -> None:
        """A gateway's heartbeat was stored."""
        if self._feed is not None:
            self._feed.gateway(gateway, state)


def switched(kept: Store) -> bool:
    """What the keeper last chose; on when nobody chose."""
    with kept.read() as connection:
        return store.get(connection, KEY) != "off"


def switch(kept: Store, on: bool) -> None:
    """Remember the keeper's choice."""
    with kept.write() as connection:
        store.put(connection, KEY, "on" if on else "off")


def standing(*, silent: bool, duress: bool) -> Standing:
    """How an alert stands, as far as the feed must know."""
    return "duress" if duress else "silent" if silent else "open"
