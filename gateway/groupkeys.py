"""Who has which group key, and under which one this gateway speaks (docs/protocol.md, section 15).

While one beacon is not known to have the newest key, the gateway speaks under the one before it, which the others still
know: nobody must be left without a gateway's pulses because a key was changed.
"""

import threading
from collections.abc import Iterable, Mapping

from gateway.keyring import Keyring


class GroupKeys:
    """From any thread. `heard`: what the ledger remembers of beacons, by node; None for one not heard yet."""

    def __init__(self, keyring: Keyring, heard: Mapping[int, int | None]) -> None:
        self._keyring = keyring
        self._lock = threading.Lock()
        self._epochs: dict[int, int | None] = dict(heard)
        self.roster(keyring.nodes())

    def roster(self, nodes: Iterable[int]) -> None:
        """These beacons are in the roster now and not revoked."""
        with self._lock:
            self._epochs = {node: self._epochs.get(node) for node in nodes}
            self._choose()

    def heard(self, node: int, epoch: int) -> None:
        """A beacon proved to be alive, and which epoch it has."""
        with self._lock:
            if node in self._epochs and self._epochs[node] != epoch:
                self._epochs[node] = epoch
                self._choose()

    def next_for(self, node: int) -> int | None:
        """The epoch whose key this beacon needs next; None: it has the newest, or nothing is known of it."""
        with self._lock:
            epoch = self._epochs.get(node)
        return None if epoch is None or epoch >= self._keyring.group_epoch else epoch + 1

    def _choose(self) -> None:
        newest = self._keyring.group_epoch
        done = all(epoch is not None and epoch >= newest for epoch in self._epochs.values())
        first = newest <= 1  # no key was ever changed
        self._keyring.speak(newest if done or first else newest - 1)
