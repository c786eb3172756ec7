"""From the bus into the store: open, judge the number, write in one transaction, then acknowledge and tell the pages.

Nothing is acknowledged before the commit it speaks of. What cannot be opened, or comes again where numbers must rise,
is counted under its reason and shown; it is never believed.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from dashboard import store_air, store_alerts, store_refused, store_replies
from dashboard.clock import Clock
from dashboard.errors import Unwritable
from dashboard.inbox import Arrival, Inbox
from dashboard.live import Live
from dashboard.post import Post
from dashboard.silence import Words
from dashboard.store import Store, last_change
from dashboard.store_alerts import Kept
from dashboard.tireless import Tireless
from whistle.bus import envelope, messages, topics
from whistle.bus.envelope import Envelope
from whistle.bus.errors import Unreadable
from whistle.bus.messages import Alert, Heard, Message, Pulse, Refused, Settled, State, Told
from whistle.bus.numbers import Seen
from whistle.site.bundles import DashboardBundle

STUCK_S: Final = 60.0  # a batch on a disk that takes nothing may need this long; longer, and we are hung
_log: Final = logging.getLogger(__name__)


class Ingest:
    """Takes what arrives on the bus. `arrived` is for the link's thread, `take` is one step of ours."""

    def __init__(
        self, bundle: DashboardBundle, store: Store, post: Post, live: Live, clock: Clock, words: Words
    ) -> None:
        self.inbox = Inbox()
        self.refused: Counter[str] = Counter()  # since the last flush to the store, by reason
        self.heard_at: dict[str, float] = {}  # gateway to steady seconds of its last authentic heartbeat
        self.on_gateway_start: Callable[[], None] = lambda: None
        self.on_line: Callable[[Alert, Kept], None] = lambda _said, _kept: None  # a new line was stored
        self.on_state: Callable[[str, State], None] = lambda _gateway, _said: None
        self._bundle, self._store, self._post, self._live, self._clock = bundle, store, post, live, clock
        self._words = words
        self._keys = {gateway.id: bundle.link_keys(gateway.id)[0] for gateway in bundle.gateways}
        self._started: dict[str, float] = {}
        with store.read() as connection:
            self._seen = Seen(store_air.all_marks(connection))
        self._left: deque[Arrival] = deque()  # of a batch that failed: each is tried by itself
        self._worker = Tireless("ingest", self._go, self.inbox.close, clock)

    def start(self) -> None:
        """Begin to write what arrives."""
        self._worker.start()

    def stop(self) -> None:
        """Finish the batch at hand and end; the rest is sent again by its gateways."""
        self._worker.stop()

    @property
    def running(self) -> bool:
        """Whether the thread that writes is alive, and not hung."""
        return self._worker.running and self._worker.stuck_s < STUCK_S

    @property
    def failed(self) -> bool:
        """Whether it met something it could not deal with, lately."""
        return self._worker.failed

    def arrived(self, topic: str, payload: bytes) -> None:
        """A message of the broker: opened here, queued when authentic, counted when not. Never raises, never waits."""
        try:
            gateway = topics.parse(topic).gateway
            key = self._keys.get(gateway)
            if key is None or topics.parse(topic).site != self._bundle.site:
                self.refused["unknown-gateway"] += 1
                return
            opened = envelope.unseal(key, topic, payload, self._bundle.bus_epoch)
        except Unreadable as error:
            self.refused[error.reason] += 1
            return
        if not self._seen.rises(opened):
            self.refused["replayed"] += 1
            return
        self._note(gateway, opened)
        self.inbox.put(Arrival(gateway, envelope.digest(payload), opened))

    def _note(self, gateway: str, opened: Envelope) -> None:
        """What tells a silent air from a slow store must not wait for the store."""
        said, now = opened.message, self._clock.steady()
        if isinstance(said, Pulse):
            self._words.pulse(gateway, opened.number, said.node, now)
        elif isinstance(said, State):
            self._words.state(gateway, any(radio.up for radio in said.radios), now)

    def _go(self) -> None:
        """Take what waits, alerts first. What was in hand when a go failed is tried once more, one by one."""
        if self._left:
            self.take([self._left.popleft()])
            return
        self._left.extend(self.inbox.take())
        if self._left:
            self.take(list(self._left))
            self._left.clear()

    def take(self, batch: Sequence[Arrival]) -> None:
        """Write a batch in one transaction; when that fails, each by itself, so that one cannot hold up the others."""
        if self._write(batch) or len(batch) == 1:
            return
        for arrival in batch:
            self._write([arrival])

    def _write(self, batch: Sequence[Arrival]) -> bool:
        try:
            with self._store.write() as connection:
                kept = [self._keep(connection, arrival) for arrival in batch]
                newest = last_change(connection)
        except Unwritable as error:
            _log.error("%s", error)
            return False
        except (ValueError, OverflowError) as error:  # a text or number that no database holds
            self.refused["unstorable"] += len(batch) == 1
            _log.error("A message cannot be stored: %s", error)
            return False
        self._committed(batch, kept, newest)
        return True

    def _committed(self, batch: Sequence[Arrival], kept: Sequence[Kept | None], newest: int) -> None:
        """Only now, in this order: the pages, the gateways, whoever else wants to know."""
        self._live.announce(newest, any(_urgent(one.envelope.message) for one in batch))
        stored = [(arrival, one) for arrival, one in zip(batch, kept, strict=True) if one is not None]
        for arrival, one in stored:
            self._settle(arrival, one)
        for arrival in batch:
            self._tell(arrival)

    def _settle(self, arrival: Arrival, kept: Kept) -> None:
        said = arrival.envelope.message
        assert isinstance(said, Alert)  # _keep returns where it stands for alerts alone
        self._post.send(
            arrival.gateway,
            Settled(
                gateway=arrival.gateway, row=said.row, digest=arrival.digest, store=self._store.id, store_row=kept.line
            ),
        )
        if kept.new:
            self.on_line(said, kept)

    def _tell(self, arrival: Arrival) -> None:
        said = arrival.envelope.message
        if isinstance(said, State):
            self._alive(arrival.gateway, said)
            self.on_state(arrival.gateway, said)

    def _alive(self, gateway: str, said: State) -> None:
        """Seen at work: only now, after the commit, so that a store that takes nothing never looks alive."""
        self.heard_at[gateway] = self._clock.steady()
        if self._started.get(gateway) != said.started:
            self._started[gateway] = said.started
            self.on_gateway_start()

    def _keep(self, connection: Connection, arrival: Arrival) -> Kept | None:
        said, now = arrival.envelope.message, self._clock.wall()
        if isinstance(said, Alert):
            store_air.heard(connection, said.node, arrival.gateway, store_alerts.when(said.heard_at, now), now)
            return store_alerts.keep(connection, said, arrival.gateway, now)
        _HANDLERS[type(said)](connection, arrival, said, now)
        return None


def _urgent(said: Message) -> bool:
    """Whether a captain must see it at once: an alert, or a press that was refused."""
    return isinstance(said, Alert) or (isinstance(said, Refused) and said.kind is not None)


def _heard(connection: Connection, arrival: Arrival, said: Heard, _now: float) -> None:
    store_alerts.keep_heard(connection, said, arrival.gateway)


def _pulse(connection: Connection, arrival: Arrival, said: Pulse, now: float) -> None:
    store_air.keep_pulse(connection, said, arrival.gateway, now)


def _state(connection: Connection, arrival: Arrival, said: State, now: float) -> None:
    store_air.keep_state(connection, said, arrival.gateway, now)
    store_air.mark(connection, arrival.envelope.sender, messages.class_of(said), arrival.envelope.number)


def _refused(connection: Connection, arrival: Arrival, said: Refused, now: float) -> None:
    store_air.keep_refused(connection, said, arrival.gateway, now)
    if said.kind is not None:
        store_refused.keep(connection, said, arrival.gateway, now)


def _told(connection: Connection, _arrival: Arrival, said: Told, now: float) -> None:
    store_replies.told(connection, said.id, said.state, now)


_HANDLERS: Final[dict[type, Callable[[Connection, Arrival, Any, float], None]]] = {
    Heard: _heard,
    Pulse: _pulse,
    State: _state,
    Refused: _refused,
    Told: _told,
}
