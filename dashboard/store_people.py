"""Captains and their sessions in the store. No password and no session token is kept, only what proves them."""

import hashlib
import secrets
import unicodedata
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.errors import BadName, NameTaken
from dashboard.store_tables import people, sessions

IDLE_S = 60 * 60.0  # a session nobody uses; a page on watch uses it by being there
LONGEST_S = 12 * 60 * 60.0
FORGET_S = 30 * 86400.0  # when even the trace of an old session goes
LONGEST_NAME = 40


def add(connection: Connection, name: str, password_hash: str, now: float, keeper: bool | None = None) -> Row[Any]:
    """A new captain; the first one is a keeper unless told otherwise. NameTaken when the name is in use."""
    shown = clean_name(name)
    first = not connection.scalar(select(func.count()).select_from(people))
    try:
        connection.execute(
            insert(people).values(
                opaque=secrets.token_hex(8),
                name=shown,
                key=key(shown),
                password=password_hash,
                keeper=first if keeper is None else keeper,
                created_at=now,
            )
        )
    except IntegrityError:
        raise NameTaken(f"There is a captain named {shown} already: take another name.") from None
    return connection.execute(select(people).where(people.c.key == key(shown))).one()


def clean_name(name: str) -> str:
    """The name as it is kept, or BadName: printable, one line, at most 40 characters."""
    shown = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(shown) <= LONGEST_NAME or not shown.isprintable():
        raise BadName(f"A captain's name has 1 to {LONGEST_NAME} printable characters.")
    return shown


def key(name: str) -> str:
    """What two spellings of one name have in common."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()[:120]


def by_name(connection: Connection, name: str) -> Row[Any] | None:
    """The captain of this name who may sign in, or None."""
    return connection.execute(select(people).where(people.c.key == key(name), people.c.ended_at.is_(None))).first()


def remove(connection: Connection, name: str, now: float) -> bool:
    """This captain signs in no more, and is signed out everywhere; False when there is none. The name stays in use."""
    row = by_name(connection, name)
    if row is None:
        return False
    connection.execute(update(people).where(people.c.id == row.id).values(ended_at=now))
    connection.execute(update(sessions).where(sessions.c.person == row.id).values(ended_at=now))
    return True


def names(connection: Connection) -> dict[int, str]:
    """Every captain's name by number, also of those who have left."""
    return {row.id: row.name for row in connection.execute(select(people.c.id, people.c.name))}


def everyone(connection: Connection) -> list[Row[Any]]:
    """Captains who may sign in, by name."""
    return list(connection.execute(select(people).where(people.c.ended_at.is_(None)).order_by(people.c.key)))


def rehash(connection: Connection, person: int, password_hash: str) -> None:
    """Replace a password's hash by a stronger one of the same password."""
    connection.execute(update(people).where(people.c.id == person).values(password=password_hash))


def open_session(connection: Connection, person: int, now: float) -> str:
    """A new session; the token returned (256 bits) is known to the browser alone."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(sessions).where(sessions.c.created_at < now - FORGET_S))
    connection.execute(insert(sessions).values(id=_digest(token), person=person, created_at=now, used_at=now))
    return token


def session(connection: Connection, token: str, now: float) -> Row[Any] | None:
    """The captain of a live session with `since` and `used_at` of it, or None: unknown, ended, idle, too old.

    `now` is steady; one used long after it was used by a process whose clock was wrong, and is over.
    """
    row = connection.execute(
        select(people, sessions.c.created_at.label("since"), sessions.c.used_at)
        .join_from(sessions, people)
        .where(sessions.c.id == _digest(token), sessions.c.ended_at.is_(None), people.c.ended_at.is_(None))
    ).first()
    alive = row is not None and -IDLE_S < now - row.used_at < IDLE_S and now - row.since < LONGEST_S
    return row if alive else None


def touch(connection: Connection, token: str, now: float) -> None:
    """The session is in use."""
    connection.execute(update(sessions).where(sessions.c.id == _digest(token)).values(used_at=now))


def end_session(connection: Connection, token: str, now: float) -> None:
    """Signed out: the token opens nothing any more."""
    connection.execute(update(sessions).where(sessions.c.id == _digest(token)).values(ended_at=now))


def end_others(connection: Connection, person: int, token: str, now: float) -> int:
    """Sign this captain out everywhere else; returns of how many places."""
    others = (sessions.c.person == person) & sessions.c.ended_at.is_(None) & (sessions.c.id != _digest(token))
    return connection.execute(update(sessions).where(others).values(ended_at=now)).rowcount


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
