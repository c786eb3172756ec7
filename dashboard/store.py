"""What this dashboard knows, durable: one SQLite file, one transaction a step.

A change is acknowledged to anyone only after `write()` has returned; every change a page must hear of leaves a row in
`changes`, whose ids rise in the order of commits, because there is one writer at a time.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Insert, create_engine, delete, event, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError

from dashboard import store_schema
from dashboard.errors import DataUnusable, Unwritable
from dashboard.store_tables import changes, counters, meta
from whistle.site import files

KEEP_CHANGES = 20_000  # a page that was away for longer starts afresh
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Store:
    """The store in directory `data`; made, or brought to the newest schema, when opened.

    `id` (16 hex digits) names this store for ever: gateways learn from it when a store was replaced.
    `trouble` is None, or why the last write failed.
    """

    def __init__(self, data: Path) -> None:
        self.path = data / "store.sqlite"
        self.trouble: str | None = None
        self._lock = threading.Lock()
        try:
            files.private(self.path, "-wal", "-shm")
            self._writer = _engine(self.path, "BEGIN IMMEDIATE", pool_size=1)
            self._reader = _engine(self.path, "BEGIN", pool_size=16)
            store_schema.upgrade(self._writer)
        except (DatabaseError, OSError) as error:
            raise DataUnusable(f"The store {self.path} cannot be opened ({_cause(error)}): {_remedy(error)}.") from None
        self.id = self._identity()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One durable transaction, whole or not at all; Unwritable when the disk will not have it."""
        try:
            with self._lock, self._writer.begin() as connection:
                yield connection
        except DatabaseError as error:
            self.trouble = _cause(error)
            raise Unwritable(f"The store cannot be written ({self.trouble}): make room on the disk.") from error
        self.trouble = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view, never waiting for a writer; Unwritable when the disk will not even give it."""
        try:
            with self._reader.connect() as connection:
                yield connection
        except DatabaseError as error:
            raise Unwritable(f"The store cannot be read ({_cause(error)}): look after its disk.") from error

    def close(self) -> None:
        """Close every connection; what was committed stays."""
        self._reader.dispose()
        self._writer.dispose()

    def _identity(self) -> str:
        with self.write() as connection:
            known = get(connection, "store")
            return known or put(connection, "store", secrets.token_hex(8))


def get(connection: Connection, key: str) -> str | None:
    """The value kept under `key`, or None."""
    return connection.scalar(select(meta.c.value).where(meta.c.key == key))


def put(connection: Connection, key: str, value: str) -> str:
    """Keep `value` under `key`; returns it."""
    fresh = upsert(meta).values(key=key, value=value)
    connection.execute(fresh.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
    return value


def note(connection: Connection, topic: str, ref: object) -> int:
    """Leave a change row for the pages: `topic` and what it speaks of. Its id is an event id of the live stream."""
    number = inserted(connection, insert(changes).values(topic=topic, ref=str(ref)))
    if number % 1000 == 0:
        connection.execute(delete(changes).where(changes.c.id <= number - KEEP_CHANGES))
    return number


def inserted(connection: Connection, statement: Insert) -> int:
    """Insert one row; its number."""
    key = connection.execute(statement).inserted_primary_key
    assert key is not None  # single-row inserts into tables of ours always have one
    return int(key[0])


def last_change(connection: Connection) -> int:
    """The id of the newest change, 0 when there is none yet."""
    return int(connection.scalar(select(func.coalesce(func.max(changes.c.id), 0))) or 0)


def changes_since(connection: Connection, after: int, limit: int = 500) -> list[tuple[int, str, str]] | None:
    """(id, topic, ref) of what changed after event id `after`, oldest first; None when that is no longer known."""
    query = select(changes).where(changes.c.id > after).order_by(changes.c.id).limit(limit)
    rows = [(row.id, row.topic, row.ref) for row in connection.execute(query)]
    if rows and rows[0][0] == after + 1:
        return rows
    oldest, newest = connection.execute(
        select(func.coalesce(func.min(changes.c.id), 1), func.coalesce(func.max(changes.c.id), 0))
    ).one()
    return None if after > newest or after + 1 < oldest else rows


def count(connection: Connection, added: dict[str, int]) -> None:
    """Add to the counters that outlive this process."""
    for name, n in added.items():
        fresh = upsert(counters).values(name=name, n=n)
        connection.execute(fresh.on_conflict_do_update(index_elements=["name"], set_={"n": counters.c.n + n}))


def counted(connection: Connection) -> dict[str, int]:
    """All counters, by name."""
    return {row.name: row.n for row in connection.execute(select(counters).order_by(counters.c.name))}


def _engine(path: Path, begin: str, pool_size: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=pool_size,
        max_overflow=64,
        connect_args={"timeout": 5.0, "check_same_thread": False},
    )

    def prepare(raw: Any, _: Any) -> None:
        raw.isolation_level = None  # transactions are begun below, not guessed by the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            raw.execute(f"PRAGMA {pragma}").close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    return engine


def _cause(error: DatabaseError | OSError) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error.orig).splitlines()[0] if error.orig is not None else type(error).__name__


def _remedy(error: DatabaseError | OSError) -> str:
    if isinstance(error, DatabaseError) and getattr(error.orig, "sqlite_errorcode", 0) in DAMAGED:
        return "put a back-up in its place, or move it away and gateways tell a new one what they keep"
    return "check that this user may write there, or give another --data"
