"""One dashboard, put together: store, ingest, watches, rounds. `app.extensions["whistle"]` is one of these."""

import logging
from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import Connection

from dashboard import feed, store
from dashboard.cards import Cards
from dashboard.clock import Clock
from dashboard.feed import Feed
from dashboard.health import Health
from dashboard.ingest import Ingest
from dashboard.live import Live
from dashboard.outgoing import Outgoing
from dashboard.places import Places
from dashboard.post import Post
from dashboard.rounds import Rounds
from dashboard.settings import Settings
from dashboard.shown import Shown
from dashboard.silence import Words
from dashboard.store import Store
from dashboard.store_air import all_beacons
from dashboard.store_alerts import Kept
from dashboard.watches import Watches
from whistle.bus import topics
from whistle.bus.errors import LinkClosed
from whistle.bus.link import Link
from whistle.bus.messages import Alert
from whistle.bus.numbers import Numbers
from whistle.site.held import Held

_log: Final = logging.getLogger(__name__)
Publish = Callable[[str, bytes], bool]


class Dashboard:
    """The parts of a dashboard, made but not running; `start` connects it, `stop` ends it within two seconds.

    Tests and other programs on the same machine may hand messages to `ingest.arrived` themselves and never start.
    """

    def __init__(self, settings: Settings, clock: Clock, publish: Publish | None = None) -> None:
        self.held = Held(settings.data, settings.bundle)
        bundle = msgspec.structs.replace(settings.bundle, roster=self.held.roster)
        self.settings, self.clock, self.bundle = settings, clock, bundle
        self.store = Store(settings.data)
        self.link: Link | None = None
        with self.store.write() as connection:
            numbers = _numbers(connection, clock)
            newest = store.last_change(connection)
        self.live = Live(newest, settings.streams)
        self.watches = Watches(clock)
        self.post = Post(bundle, self.store.id, numbers, publish or self._publish)
        self.air = Words(bundle)
        with self.store.read() as connection:
            heard = [(row.gateway, node, row.at) for node, row in all_beacons(connection).items()]
        self.air.remember(heard, clock.steady())
        self.ingest = Ingest(bundle, self.store, self.post, self.live, clock, self.air)
        self.health = Health(bundle, self.store, self.live, clock, self.ingest, self.air)
        self.outgoing = Outgoing(self.store, self.post, clock, lambda: self.health.alive_gateways())
        self.shown = Shown(self.store, self.watches, self.outgoing, self.live, clock)
        self.rounds = Rounds(
            bundle,
            self.store,
            self.live,
            clock,
            health=self.health,
            ingest=self.ingest,
            outgoing=self.outgoing,
            post=self.post,
            shown=self.shown,
            watches=self.watches,
            look=self._look_at_roster,
        )
        self.ingest.on_gateway_start = self.rounds.say_again
        self.places = Places(bundle.roster)
        self.feed = Feed(bundle.site, settings.open_feed, self.store, self.places)
        self.ingest.on_line, self.ingest.on_state = self._line, self.feed.gateway
        self.outgoing.on_sent = self.feed.answer
        self.cards = Cards(self.places, clock, {gateway.id: gateway.name for gateway in bundle.gateways})

    def start(self) -> None:
        """Connect to the broker and begin; returns at once, whether or not the broker is there."""
        for sentence in self.held.news:
            _log.warning("%s", sentence)
        self.link = Link(
            self.settings.broker,
            [topics.every_up(self.bundle.site)],
            self.ingest.arrived,
            on_up=self._up,
            on_down=self._down,
        )
        self.rounds.link_counts = self.link.counts
        self.ingest.start()
        self.rounds.start()
        self.link.start()
        self.feed.look()

    def stop(self) -> None:
        """End every thread and stream; what was committed stays, what was not is sent again."""
        self.live.stop()
        if self.link is not None:
            self.link.close()
        self.feed.stop()
        self.ingest.stop()
        self.rounds.stop()
        self.store.close()

    def _publish(self, topic: str, payload: bytes) -> bool:
        if self.link is None:
            return False
        try:
            return self.link.publish(topic, payload)
        except LinkClosed:  # we are being stopped; what matters is said again after the start
            return False

    def _line(self, said: Alert, kept: Kept) -> None:
        self.shown.owe(kept.alert, kept.change)
        self.feed.alert(said, feed.standing(silent=kept.silent, duress=kept.duress))

    def _look_at_roster(self) -> None:
        """A newer roster may have been put into our directory."""
        news = self.held.look()
        if news is None:
            return
        _log.warning("%s", news.sentence)
        if news.taken:
            self.places.take(self.held.roster)
            self.air.take(self.held.roster)

    def _up(self) -> None:
        self.health.link_trouble = None
        self.rounds.say_again()

    def _down(self, sentence: str) -> None:
        self.health.link_trouble = sentence
        self.rounds.nudge()


def _numbers(connection: Connection, clock: Clock) -> Numbers:
    """Numbers that rise above all this store has ever sent, whatever the clock says now."""
    numbers = Numbers(clock.wall(), int(store.get(connection, "started") or 0))
    store.put(connection, "started", str(numbers.start))
    return numbers
