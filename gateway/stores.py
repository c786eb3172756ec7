"""Dashboards' stores come back from backups too: then what they lost is sent again (protocol section 12).

A store gives rising rows. When one takes a row of ours as a row it had given before, or as a lower one although ours
is newer than all it had settled, it was put back; a store never met before has nothing of ours at all.
"""

import logging

from gateway.ledger import Ledger
from whistle.bus.messages import Settled

log = logging.getLogger("gateway.stores")


class _Store:
    def __init__(self, mark: int = 0, highest: int = 0) -> None:
        self.mark = mark  # the highest row it has told us of
        self.highest = highest  # the highest outbox row it has settled


class Stores:
    """Kept by the ledger's thread, inside its transaction; read anew from the ledger after one that failed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.reload()

    def reload(self) -> None:
        """Forget what an undone transaction had changed."""
        self._known = {name: _Store(*both) for name, both in self._ledger.stores().items()}

    def met(self, name: str) -> int:
        """A store is there; how many rows are sent again because it is new."""
        if name in self._known:
            return 0
        self._known[name] = _Store()
        self._ledger.set_store(name, 0)
        again = self._ledger.reopen_all()
        if again:
            log.warning("store %s is new here: %d alerts are sent again", name, again)
        return again

    def settled(self, one: Settled) -> int:
        """A store has stored a row of ours, still open in the ledger; how many others it turned out to have lost."""
        self.met(one.store)
        store = self._known[one.store]
        again = 0
        if self._was_put_back(store, one):
            again = self._ledger.reopen_rows(one.store, one.store_row - 1)
            log.warning("store %s was put back from a backup: %d alerts are sent again", one.store, again)
            store.mark = 0
        store.highest = max(store.highest, one.row)
        if one.store_row > store.mark:
            store.mark = one.store_row
            self._ledger.set_store(one.store, store.mark)
        return again

    def _was_put_back(self, store: _Store, one: Settled) -> bool:
        other = self._ledger.settled_as(one.store, one.store_row)
        if other is not None:
            return other != one.row
        return one.row > store.highest and one.store_row <= store.mark
