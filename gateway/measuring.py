"""How each radio heard each beacon last, and under which key: noted as it comes, written once a second at the most.

Nobody is told of it on the air, and an alert's hearings lie with the alert: what a kill takes from here is one second
of a survey, and of the count of a key's change.
"""

from gateway import ledger_beacons, ledger_measured
from gateway.hearing import Hearing
from gateway.ledger import Ledger

_Level = tuple[Hearing, int]
_Key = tuple[int, float]


class Measuring:
    """`heard` and `keyed` note, `write` in a transaction, `written` after its commit; all in the ledger's thread."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, int], _Level] = {}
        self._keys: dict[int, _Key] = {}
        self._taken: tuple[dict[tuple[str, int], _Level], dict[int, _Key]] = {}, {}

    def heard(self, one: Hearing, sequence: int) -> None:
        """An authentic frame of a beacon; one that is not above the last of that radio changes nothing."""
        place = (one.source, one.sender)
        if place not in self._levels or sequence > self._levels[place][1]:
            self._levels[place] = (one, sequence)

    def keyed(self, node: int, epoch: int, at: float) -> None:
        """A beacon spoke under this epoch; `at` in Unix seconds."""
        self._keys[node] = (epoch, at)

    def waiting(self) -> bool:
        """Whether there is something to write."""
        return bool(self._levels or self._keys)

    def write(self, ledger: Ledger) -> None:
        """Put what is new into the ledger's transaction; it is forgotten here only by `written`."""
        self._taken = dict(self._levels), dict(self._keys)
        for one, sequence in self._taken[0].values():
            ledger_measured.heard(ledger, one, sequence)
        for node, (epoch, at) in self._taken[1].items():
            ledger_beacons.heard(ledger, node, epoch, at)

    def written(self) -> None:
        """The transaction of `write` is committed."""
        levels, keys = self._taken
        self._levels = {place: level for place, level in self._levels.items() if levels.get(place) is not level}
        self._keys = {node: key for node, key in self._keys.items() if keys.get(node) is not key}
