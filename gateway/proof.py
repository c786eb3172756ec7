"""Whether freshness is proven: a ledger put back from a backup has marks that are too low (protocol section 8).

Nothing is refused for it. It is proven again when every beacon of the roster was heard with an echo of ours, or after
25 hours of service, by when every beacon that works has raised its mark.
"""

from collections.abc import Iterable
from typing import Final

from gateway.ledger import Ledger

_META: Final = "unproven_since_s"
LONGEST_S: Final = 25 * 3600


class Proof:
    """Kept by the ledger's thread; `proven` may be read by any."""

    def __init__(self, ledger: Ledger, nodes: Iterable[int]) -> None:
        since = ledger.meta(_META)
        self._since = None if since in (None, "") else int(since or 0)
        self._wanted = set(nodes)
        if ledger.restored or ledger.damaged is not None:
            self.lose(ledger)

    @property
    def proven(self) -> bool:
        """False from a restore until it is made up for."""
        return self._since is None

    def lose(self, ledger: Ledger) -> None:
        """The ledger is older than it should be."""
        self._since = ledger.served()
        ledger.set_meta(_META, self._since)

    def roster(self, nodes: Iterable[int]) -> None:
        """Only these can be waited for: nobody else may speak any more."""
        self._wanted &= set(nodes)

    def shown(self, node: int, fresh: bool) -> None:
        """A beacon was heard; `fresh` when its echo proved it."""
        if fresh:
            self._wanted.discard(node)

    def look(self, ledger: Ledger) -> bool:
        """Take the mark of doubt away when it is time; whether that happened just now."""
        if self._since is None or (self._wanted and ledger.served() - self._since < LONGEST_S):
            return False
        self._since = None
        ledger.set_meta(_META, "")
        return True
