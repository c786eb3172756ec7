"""What a dashboard does by the clock: heartbeat to gateways, ends of answers, counters, a look at its own health."""

import logging
import threading
from collections import Counter
from typing import Final

from dashboard import store_replies
from dashboard.alive import Facts, GatewayFacts, Trouble, troubles
from dashboard.clock import Clock
from dashboard.errors import Unwritable
from dashboard.ingest import Ingest
from dashboard.live import Live
from dashboard.outgoing import Outgoing
from dashboard.post import Post
from dashboard.shown import Shown
from dashboard.store import Store, count, last_change, put
from dashboard.store_air import all_gateways
from dashboard.watches import Watches
from whistle.bus.messages import State, Watch
from whistle.site.bundles import DashboardBundle

BEAT_S: Final = 15.0
TIDY_S: Final = 10.0
ROUND_S: Final = 1.0
_log: Final = logging.getLogger(__name__)


class Rounds:
    """One thread that goes round once a second, and at once when `nudge`d (somebody came on watch or left)."""

    def __init__(
        self,
        bundle: DashboardBundle,
        store: Store,
        live: Live,
        clock: Clock,
        *,
        ingest: Ingest,
        outgoing: Outgoing,
        post: Post,
        shown: Shown,
        watches: Watches,
    ) -> None:
        self._bundle, self._store, self._live, self._clock = bundle, store, live, clock
        self._ingest, self._outgoing, self._post = ingest, outgoing, post
        self._shown, self._watches = shown, watches
        self.link_trouble: str | None = "not yet connected"
        self.link_counts: Counter[str] = Counter()
        self.troubles: list[Trouble] = []
        self.on_watch: set[int] = set()
        self.states: dict[str, tuple[float, State]] = {}
        self._began, self._beat_at, self._tidy_at = clock.steady(), -1e9, -1e9
        self._counted: Counter[str] = Counter()
        self._again = threading.Event()
        self._nudged, self._stopped = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        """Begin to go round."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self._nudged.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def nudge(self) -> None:
        """Go round now."""
        self._nudged.set()

    def say_again(self) -> None:
        """A line or a gateway came back: send heartbeat and waiting answers again, on the next round."""
        self._again.set()
        self._nudged.set()

    def alive_gateways(self) -> list[str]:
        """Gateways heard of in the last 180 s."""
        now = self._clock.steady()
        return [gateway for gateway, at in list(self._ingest.heard_at.items()) if now - at <= 180.0]

    def once(self) -> None:
        """One round; everything in it may be done again."""
        now = self._clock.steady()
        try:
            self._look()
            self._watch(now)
            if now - self._tidy_at >= TIDY_S:
                self._tidy_at = now
                self._tidy()
        except Unwritable as error:
            _log.error("%s", error)

    def _run(self) -> None:
        while not self._stopped:
            self.once()
            self._nudged.wait(ROUND_S)
            self._nudged.clear()

    def _watch(self, now: float) -> None:
        """Heartbeat every 15 s, and at once when the number of people on watch changes."""
        people = self._watches.people()
        changed = people != self.on_watch
        again = self._again.is_set()
        beat = again or now - self._beat_at >= BEAT_S
        self.on_watch = people
        if changed or beat:
            self._beat_at = now
            self._again.clear()
            message = Watch(at=self._clock.wall(), store=self._store.id, watchers=len(people))
            for gateway in self._post.gateways:
                self._post.send(gateway, message)
        if beat:
            self._outgoing.send_again(aired=again)
        if changed:
            self._live.turn()
        self._shown.say()

    def _tidy(self) -> None:
        """Ends of answers, counters, and a word of our own: so a full disk is noticed before the next alert."""
        fresh = Counter({f"bus {reason}": n for reason, n in list(self._ingest.refused.items())})
        fresh.update({f"lost {lane}": n for lane, n in list(self._ingest.inbox.dropped.items())})
        fresh["bus retained"] = self.link_counts["retained"]
        added = fresh - self._counted
        with self._store.write() as connection:
            store_replies.expire(connection, self._clock.wall())
            count(connection, dict(added))
            put(connection, "alive", f"{self._clock.wall():.0f}")
            newest = last_change(connection)
        self._counted = fresh
        self._live.announce(newest)

    def _look(self) -> None:
        """Judge whether we may be blind; tell the pages when that changes."""
        with self._store.read() as connection:
            self.states = all_gateways(connection)
        found = troubles(self._facts())
        if found != self.troubles:
            self.troubles = found
            self._live.turn()

    def _facts(self) -> Facts:
        up = self._clock.steady() - self._began
        gateways = tuple(self._gateway(gateway.id, gateway.name) for gateway in self._bundle.gateways)
        return Facts(
            up,
            self.link_trouble,
            self._store.trouble,
            self._ingest.running,
            sum(self._ingest.inbox.dropped.values()),
            gateways,
            len(self.on_watch),
        )

    def _gateway(self, gateway: str, name: str) -> GatewayFacts:
        at = self._ingest.heard_at.get(gateway)
        if at is None or gateway not in self.states:
            return GatewayFacts(name, None, 0.0, None)
        arrived, state = self.states[gateway]
        return GatewayFacts(name, self._clock.steady() - at, arrived - state.at, state)
