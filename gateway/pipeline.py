"""The one thread that writes the ledger: takes what was verified, settles it, commits, and only then acts on it.

Several hearings share a transaction when several wait; each is acknowledged after the commit it is part of. A disk that
will not take it costs nothing but time: the same hearings are tried again, and nobody was told anything.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from gateway.clock import Clock
from gateway.counts import Counts
from gateway.errors import Contradiction, NotCommitted
from gateway.keeper import Keeper
from gateway.lanes import Lanes
from gateway.ledger import Ledger
from gateway.reader import HeardLine, HeardPulse
from gateway.settle import Outcome, Settler
from gateway.words import Done, Words
from whistle.bus.messages import Answer, Settled

log = logging.getLogger("gateway.pipeline")

MOST_AT_ONCE: Final = 64
IDLE_S: Final = 0.2
RETRY_S: Final = (0.2, 1.0, 2.0, 5.0)

Item = HeardLine | HeardPulse | Settled | Answer
After = Outcome | Done


class Pipeline:
    """Runs until `stop`, or until a mistake of ours ends its thread: then the gateway must end too, and start anew."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        lanes: Lanes[Item],
        settler: Settler,
        words: Words,
        keeper: Keeper,
        act: Callable[[After], None],
        changed: Callable[[], None],
        counts: Counts,
        clock: Clock,
    ) -> None:
        self._ledger, self._lanes, self._settler, self._words, self._keeper = ledger, lanes, settler, words, keeper
        self._act, self._changed, self._counts, self._clock = act, changed, counts, clock
        self._failing_since: float | None = None
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience: float) -> bool:
        """End after the transaction under way; whether it ended. What still waits was told to nobody."""
        self._stopping.set()
        self._lanes.wake()
        if self._thread.is_alive():
            self._thread.join(patience)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def stuck_s(self) -> int:
        """For how many seconds the disk has taken nothing; 0 when all is well."""
        since = self._failing_since
        return 0 if since is None else int(self._clock.steady() - since) + 1

    def turn(self, items: Sequence[Item]) -> list[After]:
        """One transaction: what the items were, after the commit.

        NotCommitted: nothing is stored, try them again. Contradiction: nothing is stored, one of them cannot be.
        """
        try:
            self._ledger.begin()
            done = [one for item in items for one in self._settled(item)]
            self._keeper.keep(self._ledger)
            self._ledger.commit()
        except (NotCommitted, Contradiction):
            self._ledger.undo()
            self._words.undone()
            raise
        self._keeper.kept()
        return done

    def _apart(self, items: Sequence[Item]) -> list[After]:
        """The same, but for an item that cannot be stored: it alone is left out, so that nobody else goes unheard."""
        try:
            return self.turn(items)
        except Contradiction as error:
            if len(items) > 1:
                return [one for item in items for one in self._apart([item])]
            self._counts.add("contradictory")
            log.error("%r cannot be stored and is left out (%s)", items, error)
            return []

    def _settled(self, item: Item) -> Sequence[After]:
        if isinstance(item, HeardLine | HeardPulse):
            return self._settler.settle(item)
        return self._words.settle(item)

    def _run(self) -> None:
        items: list[Item] = []
        while not self._stopping.is_set():
            items += self._lanes.take(MOST_AT_ONCE - len(items), IDLE_S if not items else 0.0)
            try:
                if items or self._keeper.due():
                    self._done(self._apart(items))
                    items = []
                self._keeper.idle(self._ledger)
            except NotCommitted as error:
                self._not_done(error)

    def _done(self, after: list[After]) -> None:
        if self._failing_since is not None:
            log.warning("the ledger takes what is written again")
            self._failing_since, self._failures = None, 0
            self._changed()
        for one in after:
            self._act(one)

    def _not_done(self, error: NotCommitted) -> None:
        if self._failing_since is None:
            self._failing_since = self._clock.steady()
            log.error("%s; nothing is acknowledged until it can be: free some room on the disk", error)
            self._changed()
        self._counts.add("uncommitted")
        self._stopping.wait(RETRY_S[min(self._failures, len(RETRY_S) - 1)])
        self._failures += 1
