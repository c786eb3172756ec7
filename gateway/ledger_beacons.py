"""Which group key each beacon was last heard with, in the ledger; and a look at it from outside."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from gateway.errors import NotALedger
from gateway.ledger import Ledger, looked

_EPOCH: Final = "group_epoch"


class Keyed(NamedTuple):
    """A beacon as the ledger knows it: the epoch it was last heard with, and when; None: not heard."""

    node: int
    epoch: int | None
    at: float | None


class KeyGlance(NamedTuple):
    """The gateway's own group epoch, and every beacon of its roster that is not revoked."""

    epoch: int
    beacons: list[Keyed]

    def behind(self) -> list[Keyed]:
        """Those not known to have the newest key."""
        return [one for one in self.beacons if one.epoch is None or one.epoch < self.epoch]


def sync(ledger: Ledger, epoch: int, nodes: Iterable[int]) -> None:
    """These beacons, and no others, belong to the roster; our own epoch is `epoch`."""
    wanted = set(nodes)
    ledger.set_meta(_EPOCH, epoch)
    for node in set(epochs(ledger)) - wanted:
        ledger.run("DELETE FROM beacon WHERE node=?", (node,))
        ledger.run("DELETE FROM measured WHERE node=?", (node,))
    for node in wanted:
        ledger.run("INSERT INTO beacon (node) VALUES (?) ON CONFLICT DO NOTHING", (node,))


def heard(ledger: Ledger, node: int, epoch: int, at: float) -> None:
    """A beacon of the roster spoke under this epoch; `at` in Unix seconds."""
    ledger.run("UPDATE beacon SET epoch=?2, at=?3 WHERE node=?1", (node, epoch, at))


def epochs(ledger: Ledger) -> dict[int, int | None]:
    """The epoch each beacon was last heard with."""
    return dict(ledger.run("SELECT node, epoch FROM beacon").fetchall())


def glance_keys(directory: Path) -> KeyGlance:
    """Look at the ledger of a gateway that may be running; NotALedger when there is none, or it is an older one."""
    return looked(directory, _keys)


def _keys(db: sqlite3.Connection) -> KeyGlance:
    if not db.execute("SELECT count(*) FROM sqlite_master WHERE name='beacon'").fetchone()[0]:
        raise NotALedger("This ledger was made by an earlier version: start its gateway once with this one.")
    own = db.execute("SELECT value FROM meta WHERE name=?", (_EPOCH,)).fetchone()
    rows = db.execute("SELECT node, epoch, at FROM beacon ORDER BY epoch, node")
    return KeyGlance(int(own[0]) if own else 0, [Keyed(*row) for row in rows])
