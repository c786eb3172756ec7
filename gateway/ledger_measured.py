"""How each radio heard each beacon last, in the ledger; and a look at it from outside, for the technician's survey."""

import sqlite3
from pathlib import Path
from typing import Final

from gateway.errors import NotALedger
from gateway.hearing import Hearing
from gateway.ledger import Ledger, looked
from whistle.site.measured import Measured

_NAME: Final = "gateway_name"


def named(ledger: Ledger, name: str) -> None:
    """The gateway's name, as its bundle has it."""
    ledger.set_meta(_NAME, name)


def heard(ledger: Ledger, one: Hearing, sequence: int) -> None:
    """An authentic frame of a beacon of the roster; one that is not above the last of that radio changes nothing."""
    ledger.run(
        "INSERT INTO measured SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9 WHERE EXISTS (SELECT 1 FROM beacon WHERE node=?2)"
        " ON CONFLICT DO UPDATE SET"
        " sequence=?3, radio=?4, at=?5, rssi=?6, snr=?7, hops=?8, relay=?9 WHERE ?3>sequence",
        (one.source, one.sender, sequence, one.radio, one.at, one.rssi, one.snr, one.hops, one.relay),
    )


def glance_measured(directory: Path) -> tuple[str, list[Measured]]:
    """(the gateway's name, every beacon as each radio heard it last) of a gateway that may be running.

    NotALedger when there is none, or it is of an earlier version.
    """
    return looked(directory, _measured)


def _measured(db: sqlite3.Connection) -> tuple[str, list[Measured]]:
    if not db.execute("SELECT count(*) FROM sqlite_master WHERE name='measured'").fetchone()[0]:
        raise NotALedger("This ledger was made by an earlier version: start its gateway once with this one.")
    name = db.execute("SELECT value FROM meta WHERE name=?", (_NAME,)).fetchone()
    rows = db.execute("SELECT node, source, radio, at, snr, rssi, hops, relay FROM measured ORDER BY node, source")
    found = [
        Measured(node=node, source=source, radio=radio, at=at, snr=snr, rssi=rssi, hops=hops, relay=relay)
        for node, source, radio, at, snr, rssi, hops, relay in rows
    ]
    return str(name[0]) if name else "", found
