"""What a gateway knows, in one SQLite file: all SQL of this room stands here.

One thread writes, between `begin` and `commit`; nothing is true before `commit` returned. WAL and synchronous=FULL:
what was committed survives kill -9 and a power cut. Ages are counted in seconds of service, so that a clock set to
1970 or ten years ahead purges nothing. Marks and alerts outlive every purge.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.clock import Clock
from gateway.datadir import LEDGER, DataDir
from gateway.errors import Contradiction, NotALedger, NotCommitted
from gateway.hearing import Hearing
from gateway.ledger_schema import migrate, version
from gateway.rows import AlertRow, AnswerRow, Glance

T = TypeVar("T")

MOST_HEARINGS: Final = 64
SAMPLES: Final = 100
KEEP_S: Final = 30 * 86400
_MOST_MINUTES: Final = 50_000
_CHUNK: Final = 500
_ANSWERS: Final = "SELECT id,node,of,sequence,tag,answer,ordinal,captain,state,boot,until FROM answer"

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=1",
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_size_limit=4194304",
)

_PURGES: Final = (
    "DELETE FROM outbox WHERE row IN (SELECT row FROM outbox WHERE closed_s<?"
    " AND row<(SELECT max(row) FROM outbox) LIMIT ?)",
    "DELETE FROM hearing WHERE id IN (SELECT id FROM hearing WHERE kept_s<? LIMIT ?)",
    "DELETE FROM answer WHERE id IN (SELECT id FROM answer WHERE kept_s<? LIMIT ?)",
)


class Ledger:
    """An open ledger. Every method but `reader` belongs to the one writing thread; NotCommitted means all is undone."""

    def __init__(self, home: DataDir, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self._opened = clock.steady()
        self.damaged: Path | None = None
        self._db = self._connected()
        self._served = int(self.meta("served_s") or 0)
        self.restored = self._restored()

    # the transaction

    def begin(self) -> None:
        """Start a transaction."""
        self._do("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make all since `begin` durable; returns after it is on the disk."""
        self._do("COMMIT")

    def undo(self) -> None:
        """Forget all since `begin`; after a failed `commit` too. Opens the file anew when nothing else helps."""
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.DatabaseError:
            self._reopen()

    # alerts

    def mark(self, node: int) -> tuple[int, bytes] | None:
        """(highest sequence, tag of the last pulse) of a beacon."""
        row = self._one("SELECT sequence, pulse FROM mark WHERE node=?", (node,))
        return row and (row[0], row[1])

    def raise_mark(self, node: int, sequence: int, pulse: bytes = b"") -> None:
        """Raise a mark by maximum; a pulse leaves its tag with it."""
        self._do(
            "INSERT INTO mark VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET sequence=max(sequence,?2),"
            " pulse=iif(?3=x'',pulse,?3)",
            (node, sequence, pulse),
        )

    def at_sequence(self, node: int, sequence: int) -> list[AlertRow]:
        """Every alert stored under this identity: none, one, or a clone's too."""
        rows = self._do("SELECT * FROM alert WHERE node=? AND sequence=?", (node, sequence))
        return [AlertRow(*row) for row in rows]

    def family(self, node: int, of: int) -> list[AlertRow]:
        """The alert `of` and all that refine, repeat or cancel it, by rising sequence."""
        rows = self._do(
            "SELECT * FROM alert WHERE node=?1 AND sequence BETWEEN ?2 AND ?2+65535 AND of=?2 ORDER BY sequence",
            (node, of),
        )
        return [AlertRow(*row) for row in rows]

    def last_alert(self, node: int, at_most: int) -> int | None:
        """The sequence of the last alert of this beacon that is not above `at_most`, None when there is none."""
        found = self._one("SELECT max(of) FROM alert WHERE node=? AND sequence<=? AND of<=?", (node, at_most, at_most))
        return None if found[0] is None else int(found[0])

    def add_alert(self, alert: AlertRow, hearing: Hearing, body: bytes) -> int:
        """Store a new alert with its first hearing and put it in the outbox: the outbox row."""
        self._do("INSERT INTO alert VALUES (?,?,?,?,?,?,?,?,?)", alert)
        self._add_hearing(alert, hearing)
        return self._do("INSERT INTO outbox (body) VALUES (?)", (body,)).lastrowid or 0

    def heard_again(self, alert: AlertRow, hearing: Hearing) -> None:
        """One more hearing of a stored alert: kept up to 64, then only counted."""
        if alert.heard < MOST_HEARINGS:
            self._add_hearing(alert, hearing)
        self._do(
            "UPDATE alert SET heard=heard+1 WHERE node=? AND sequence=? AND tag=?",
            (alert.node, alert.sequence, alert.tag),
        )

    def close_alert(self, node: int, of: int, closed: bool = True) -> None:
        """The alert is cleared or cancelled (or open again, under duress)."""
        self._do("UPDATE alert SET closed=? WHERE node=? AND sequence=?", (int(closed), node, of))

    def open_alerts(self) -> list[AlertRow]:
        """Every alert not cleared or cancelled, with its refinements."""
        rows = self._do("SELECT * FROM alert WHERE closed=0 ORDER BY at DESC LIMIT 1000")
        return [AlertRow(*row) for row in rows]

    def _add_hearing(self, alert: AlertRow, one: Hearing) -> None:
        self._do(
            "INSERT INTO hearing (node,sequence,tag,source,at,rssi,snr,hops,kept_s) VALUES (?,?,?,?,?,?,?,?,?)",
            (alert.node, alert.sequence, alert.tag, one.source, one.at, one.rssi, one.snr, one.hops, self.served()),
        )

    # outbox

    def open_rows(self, after: int, most: int) -> list[tuple[int, bytes]]:
        """(row, body) of outbox rows not settled, above `after`, oldest first."""
        return self._do(
            "SELECT row, body FROM outbox WHERE closed_s IS NULL AND row>? ORDER BY row LIMIT ?", (after, most)
        ).fetchall()

    def newest_open_rows(self, most: int) -> list[tuple[int, bytes]]:
        """The same, newest first: after a long outage the newest alert is told first."""
        return self._do(
            "SELECT row, body FROM outbox WHERE closed_s IS NULL ORDER BY row DESC LIMIT ?", (most,)
        ).fetchall()

    def waiting(self) -> int:
        """How many outbox rows are not settled."""
        return int(self._one("SELECT count(*) FROM outbox WHERE closed_s IS NULL")[0])

    def highest_row(self) -> int:
        """The highest outbox row ever given out; 0 when none was."""
        return int(self._one("SELECT ifnull(max(row),0) FROM outbox")[0])

    def settled_as(self, store: str, store_row: int) -> int | None:
        """The outbox row that this store keeps as its row `store_row`, or None."""
        found = self._one("SELECT row FROM outbox WHERE store=? AND store_row=?", (store, store_row))
        return int(found[0]) if found else None

    def close_row(self, row: int, store: str, store_row: int) -> None:
        """A dashboard has stored this row: it is not sent again."""
        self._do(
            "UPDATE outbox SET closed_s=?, store=?, store_row=? WHERE row=?", (self.served(), store, store_row, row)
        )

    def reopen_rows(self, store: str, above: int) -> int:
        """Send again what this store once had above its row `above`; how many rows that is."""
        return self._do(
            "UPDATE outbox SET closed_s=NULL, store=NULL, store_row=NULL WHERE store=? AND store_row>?", (store, above)
        ).rowcount

    def reopen_all(self) -> int:
        """Send everything kept again, for a store never met before; how many rows that is."""
        return self._do(
            "UPDATE outbox SET closed_s=NULL, store=NULL, store_row=NULL WHERE closed_s IS NOT NULL"
        ).rowcount

    def stores(self) -> dict[str, tuple[int, int]]:
        """(its highest row, the highest outbox row it has settled) of each store that has said that it is there."""
        rows = self._do("SELECT id, mark, (SELECT max(row) FROM outbox WHERE store=id) FROM store")
        return {name: (mark, highest or 0) for name, mark, highest in rows}

    def set_store(self, store: str, mark: int) -> None:
        """Remember a store and its highest row."""
        self._do("INSERT INTO store VALUES (?1,?2) ON CONFLICT DO UPDATE SET mark=?2", (store, mark))

    # answers

    def add_answer(self, answer: AnswerRow) -> bool:
        """Remember what was said; False when it was said before (its id is known)."""
        done = self._do(
            "INSERT INTO answer VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", (*answer, self.served())
        )
        return done.rowcount == 1

    def renew_answer(self, answer: AnswerRow) -> None:
        """Its time is counted on the clock of another boot from now on."""
        self._do("UPDATE answer SET boot=?, until=? WHERE id=?", (answer.boot, answer.until, answer.id))

    def set_answer(self, id: str, state: str) -> None:
        """An answer was shown by its beacon, or expired."""
        self._do("UPDATE answer SET state=? WHERE id=?", (state, id))

    def answer(self, id: str) -> AnswerRow | None:
        """The answer of that id, or None."""
        row = self._one(f"{_ANSWERS} WHERE id=?", (id,))
        return AnswerRow(*row) if row else None

    def answers(self) -> list[AnswerRow]:
        """Every answer kept, the latest last."""
        return [AnswerRow(*row) for row in self._do(f"{_ANSWERS} ORDER BY kept_s")]

    # the rest

    def meta(self, name: str) -> "str | int | float | None":
        """A single fact by name."""
        row = self._one("SELECT value FROM meta WHERE name=?", (name,))
        value: str | int | float | None = row[0] if row else None
        return value

    def set_meta(self, name: str, value: str | int | float) -> None:
        """Remember a single fact."""
        self._do("INSERT INTO meta VALUES (?1,?2) ON CONFLICT DO UPDATE SET value=?2", (name, value))

    def echoes(self) -> list[tuple[int, str, float]]:
        """(value, boot, steady seconds when issued) of the echoes given lately."""
        return self._do("SELECT value, boot, issued FROM echo ORDER BY at").fetchall()

    def add_echo(self, value: int, boot: str, issued: float) -> None:
        """Remember an echo before it goes on the air; the last 16 are kept."""
        self._do("INSERT OR REPLACE INTO echo (value, boot, issued) VALUES (?,?,?)", (value, boot, issued))
        self._do("DELETE FROM echo WHERE at NOT IN (SELECT at FROM echo ORDER BY at DESC LIMIT 16)")

    def heartbeats(self) -> dict[bytes, int]:
        """The newest number of each dashboard's heartbeat."""
        return dict(self._do("SELECT sender, number FROM heartbeat").fetchall())

    def set_heartbeats(self, marks: Mapping[bytes, int]) -> None:
        """Remember them."""
        for sender, number in marks.items():
            self._do("INSERT INTO heartbeat VALUES (?1,?2) ON CONFLICT DO UPDATE SET number=?2", (sender, number))

    def add_refused(self, counts: Mapping[tuple[int, str], int]) -> None:
        """Add to the numbers refused by (minute, reason)."""
        for (minute, reason), number in counts.items():
            self._do(
                "INSERT INTO refused VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET number=number+?3",
                (minute, reason, number),
            )

    def put_samples(self, samples: Iterable[tuple[int, str, Hearing, str]]) -> None:
        """Keep (place, reason, hearing, why); the same place again overwrites."""
        for place, reason, one, why in samples:
            self._do(
                "INSERT OR REPLACE INTO sample VALUES (?,?,?,?,?,?,?)",
                (place % SAMPLES, reason, one.sender, one.at, one.port, one.payload[:240], why),
            )

    def refused(self) -> dict[str, int]:
        """How many were refused by reason, in all minutes kept."""
        return dict(self._do("SELECT reason, sum(number) FROM refused GROUP BY reason").fetchall())

    # age

    def served(self) -> int:
        """Seconds a gateway has run on this ledger, over all its starts."""
        return self._served + int(self._clock.steady() - self._opened)

    def purge(self) -> int:
        """Delete a piece of what is older than 30 days of service; how many rows went (0: nothing more to do)."""
        before = self.served() - KEEP_S
        self.set_meta("served_s", self.served())
        gone = sum(self._do(sql, (before, _CHUNK)).rowcount for sql in _PURGES)
        self._do(
            "DELETE FROM refused WHERE minute < (SELECT minute FROM refused ORDER BY minute DESC LIMIT 1 OFFSET ?)",
            (_MOST_MINUTES,),
        )
        return gone

    def close(self) -> None:
        """Close the file; what was begun and not committed is forgotten."""
        self.undo()
        try:
            self.set_meta("served_s", self.served())
        except NotCommitted:
            return
        finally:
            self._db.close()

    def run(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """One statement, for the other files of the ledger."""
        return self._do(sql, values)

    # inside

    def _do(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.IntegrityError as error:
            raise Contradiction(f"{error}") from None
        except sqlite3.ProgrammingError:
            raise  # a mistake that no data can cause
        except sqlite3.DatabaseError as error:
            raise NotCommitted(f"the ledger could not be written: {error}") from None

    def _one(self, sql: str, values: tuple[object, ...] = ()) -> Any:
        return self._do(sql, values).fetchone()

    def _connected(self) -> sqlite3.Connection:
        try:
            return _opened(self._home.ledger)
        except sqlite3.OperationalError as error:
            raise NotALedger(f"{self._home.ledger} cannot be used ({error}): check the disk and its rights.") from None
        except sqlite3.DatabaseError:
            self.damaged = self._home.put_aside()
            return _opened(self._home.ledger)

    def _reopen(self) -> None:
        self._db.close()
        try:
            self._db = _opened(self._home.ledger)
        except sqlite3.DatabaseError as error:
            raise NotCommitted(f"the ledger could not be opened again: {error}") from None

    def _restored(self) -> bool:
        """Whether this file is older than its directory, or both were put back from a copy; counts this start."""
        (witnessed, mark), starts, known = self._home.witness(), int(self.meta("starts") or 0), self.meta("witness")
        with suppress(NotCommitted):  # a full disk is no reason not to hear
            self.set_meta("starts", max(starts, witnessed) + 1)
            self.set_meta("witness", "")  # unknown, should we be killed before the next line has worked
            self.set_meta("witness", self._home.bear_witness(max(starts, witnessed) + 1))
        return starts < witnessed or (bool(known) and known != mark)


def glance(directory: Path, alerts: int) -> Glance:
    """Look at the ledger of a gateway that may be running; NotALedger when there is none, or it cannot be read."""
    return looked(directory, lambda db: _glance(db, alerts))


def looked(directory: Path, take: Callable[[sqlite3.Connection], T]) -> T:
    """What `take` reads from the ledger of a gateway that may be running; NotALedger as `glance`."""
    path = directory / LEDGER
    if not path.exists():
        raise NotALedger(f"there is no ledger in {directory}: name the directory a gateway was run with.")
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            if not version(db, path):
                raise NotALedger(f"{path} holds nothing yet: start its gateway once.")
            return take(db)
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        raise NotALedger(f"{path} cannot be read ({error}): name another --data, or bring back a copy.") from None


def _glance(db: sqlite3.Connection, alerts: int) -> Glance:
    numbers = (
        "SELECT (SELECT count(*) FROM alert), (SELECT count(*) FROM mark),"
        " (SELECT count(*) FROM outbox WHERE closed_s IS NULL)"
    )
    newest = db.execute("SELECT * FROM alert ORDER BY at DESC LIMIT ?", (alerts,))
    refused = db.execute("SELECT reason, sum(number) FROM refused GROUP BY reason")
    samples = db.execute("SELECT reason, node, at, why FROM sample ORDER BY at LIMIT ?", (SAMPLES,))
    stored, beacons, waiting = db.execute(numbers).fetchone()
    rows = [AlertRow(*row) for row in newest]
    return Glance(stored, beacons, waiting, rows, dict(refused.fetchall()), samples.fetchall())


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with ExitStack() as undo:
        undo.callback(db.close)
        for pragma in _PRAGMAS:
            db.execute(pragma).fetchall()
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check found damage")
        migrate(db, path)
        undo.pop_all()
    return db
