"""What a dashboard does by the clock: heartbeat to gateways, ends of answers, counters, a look at its own health."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from dashboard import store_replies
from dashboard.alive import FAULTY, STOPPED, Trouble
from dashboard.clock import Clock
from dashboard.errors import Unwritable
from dashboard.health import Health
from dashboard.ingest import Ingest
from dashboard.live import Live
from dashboard.outgoing import Outgoing
from dashboard.post import Post
from dashboard.shown import Shown
from dashboard.store import Store, count, last_change, put
from dashboard.tireless import Tireless
from dashboard.watches import Watches
from whistle.bus.messages import Watch
from whistle.site.bundles import DashboardBundle

BEAT_S: Final = 15.0
TIDY_S: Final = 10.0
ROUND_S: Final = 1.0
STUCK_S: Final = 20.0  # no round takes so long, even on a disk that answers slowly
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
        health: Health,
        ingest: Ingest,
        outgoing: Outgoing,
        post: Post,
        shown: Shown,
        watches: Watches,
        look: Callable[[], None],
    ) -> None:
        self._bundle, self._store, self._live, self._clock = bundle, store, live, clock
        self._health, self._ingest, self._outgoing, self._post = health, ingest, outgoing, post
        self._shown, self._watches, self._look_round = shown, watches, look
        self.link_counts: Counter[str] = Counter()
        self.on_watch: set[int] = set()
        self._beat_at = self._tidy_at = -1e9
        self._counted: Counter[str] = Counter()
        self._logged: set[str] = set()
        self._again, self._nudged = threading.Event(), threading.Event()
        self._worker = Tireless("rounds", self._go, self._nudged.set, clock)

    def start(self) -> None:
        """Begin to go round."""
        self._worker.start()

    def stop(self) -> None:
        """End the thread."""
        self._worker.stop()

    def nudge(self) -> None:
        """Go round now."""
        self._nudged.set()

    def say_again(self) -> None:
        """A line or a gateway came back: send heartbeat and waiting answers again, on the next round."""
        self._again.set()
        self._nudged.set()

    def standing(self) -> list[Trouble]:
        """Every trouble, the worst first; also that rounds fail or are not gone, which a round cannot say."""
        if self._worker.stuck_s > STUCK_S:
            return [STOPPED, *self._health.troubles]
        return [FAULTY, *self._health.troubles] if self._worker.failed else self._health.troubles

    def once(self) -> None:
        """One round; everything in it may be done again, and a store that fails holds up nothing else."""
        failed = {str(error) for step in (self._watch, self._tidy, self._look) for error in self._tried(step)}
        for sentence in sorted(failed - self._logged):
            _log.error("%s", sentence)
        self._logged = failed

    def _tried(self, step: Callable[[], None]) -> Iterator[Unwritable]:
        try:
            step()
        except Unwritable as error:
            yield error

    def _go(self) -> None:
        self.once()
        self._nudged.wait(ROUND_S)
        self._nudged.clear()

    def _look(self) -> None:
        self._look_round()
        self._health.look(len(self.on_watch))

    def _watch(self) -> None:
        """Heartbeat every 15 s, and at once when the number of people on watch changes."""
        now, people = self._clock.steady(), self._watches.people()
        changed = people != self.on_watch
        again = self._again.is_set()
        beat = again or now - self._beat_at >= BEAT_S
        self.on_watch = people
        if changed or beat:
            self._beat_at = now
            message = Watch(at=self._clock.wall(), store=self._store.id, watchers=len(people))
            for gateway in self._post.gateways:
                self._post.send(gateway, message)
        if beat:
            self._send_again(again)
        if changed:
            self._live.turn()
        self._shown.say()

    def _send_again(self, aired: bool) -> None:
        self._again.clear()
        try:
            self._outgoing.send_again(aired)
        except Unwritable:
            self._again.set()
            raise

    def _tidy(self) -> None:
        """Ends of answers, counters, and a word of our own: so a full disk is noticed before the next alert."""
        if self._clock.steady() - self._tidy_at < TIDY_S:
            return
        self._tidy_at = self._clock.steady()
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
