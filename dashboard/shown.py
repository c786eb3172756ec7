"""*Shown* is said to a beacon only when the alert is stored and stands on the screen of somebody on watch."""

import threading

from dashboard import store_replies
from dashboard.clock import Clock
from dashboard.errors import Unwritable
from dashboard.live import Live
from dashboard.outgoing import Outgoing
from dashboard.store import Store, last_change
from dashboard.watches import Watches


class Shown:
    """Alerts that are owed a *shown*, and the moment it may be said."""

    def __init__(self, store: Store, watches: Watches, outgoing: Outgoing, live: Live, clock: Clock) -> None:
        self._store, self._watches, self._outgoing, self._live, self._clock = store, watches, outgoing, live, clock
        self._lock = threading.Lock()
        with store.read() as connection:  # alert to the id of its last change: what a screen must have painted
            self._owed = store_replies.not_shown(connection)

    def owe(self, alert: int, change: int) -> None:
        """A line of an alert was stored with this change: *shown* is due once a screen on watch has painted it."""
        with self._lock:
            self._owed[alert] = change

    def say(self) -> None:
        """Send *shown* for every alert that a screen on watch has painted. Unwritable: tried again at the next word."""
        painted = self._watches.painted()
        with self._lock:
            due = [alert for alert, change in self._owed.items() if change <= painted]
            for alert in due:
                del self._owed[alert]
        if due:
            self._send(due)

    def _send(self, due: list[int]) -> None:
        now = self._clock.wall()
        try:
            with self._store.write() as connection:
                made = [store_replies.shown(connection, alert, now) for alert in due]
                newest = last_change(connection)
        except Unwritable:
            with self._lock:
                self._owed = dict.fromkeys(due, 0) | self._owed
            return
        self._live.announce(newest, urgent=False)  # a step on a card that is there: it goes with the next news
        for one in filter(None, made):
            self._outgoing.send(one)
