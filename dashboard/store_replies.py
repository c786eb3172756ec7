"""Answers in the store: what captains say, what was sent of it, and what the beacon's lamp shows."""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update

from dashboard import course, replies
from dashboard.errors import NoSuchAlert
from dashboard.store import note
from dashboard.store_tables import alerts, answers, changes, lines, people

Answers = Sequence[Row[Any]]


def answer(connection: Connection, alert: int, person: int, word: str, now: float) -> str:
    """A captain says seen, coming or clear. Hushes the sound for everyone; returns the answer's id.

    NoSuchAlert when there is no such alert, or it was cleared already.
    """
    card = connection.execute(select(alerts).where(alerts.c.id == alert)).first()
    if card is None:
        raise NoSuchAlert("There is no such alert: look at the list again.")
    if card.state == "clear" or (card.state == "cancelled" and word == "coming"):
        raise NoSuchAlert("This alert is closed already: nothing was sent.")
    told = replies.to_send(word, latest(connection, alert), person, state=card.state, duress=card.duress)
    event = "clear" if word == "clear" else "answered"
    at = course.step(card.state, card.ring, event, newest=True, silent=card.silent, drill=card.drill)
    closed = now if at.state != "open" else None
    connection.execute(
        update(alerts)
        .where(alerts.c.id == alert)
        .values(state=at.state, ring=at.ring, closed_at=card.closed_at or closed, asks=card.asks and at.state == "open")
    )
    made = _add(connection, card, person, word, told, now)
    note(connection, "alert", alert)
    return made


def shown(connection: Connection, alert: int, now: float) -> str | None:
    """A screen on watch shows this alert: *shown* is to be sent, once. Returns its id, None when that was done."""
    card = connection.execute(select(alerts).where(alerts.c.id == alert, alerts.c.shown_at.is_(None))).first()
    if card is None:
        return None
    connection.execute(update(alerts).where(alerts.c.id == alert).values(shown_at=now))
    made = _add(connection, card, None, "shown", "shown" if card.ordinal == 0 else None, now)
    note(connection, "alert", alert)
    return made


def not_shown(connection: Connection) -> dict[int, int]:
    """Alerts whose *shown* is still owed to the beacon, each with the id of its first change (0 when long ago)."""
    owed = connection.scalars(select(alerts.c.id).where(alerts.c.shown_at.is_(None), alerts.c.state != "clear")).all()
    first = {
        row.ref: int(row.first)
        for row in connection.execute(
            select(changes.c.ref, func.min(changes.c.id).label("first"))
            .where(changes.c.topic == "alert", changes.c.ref.in_([str(alert) for alert in owed]))
            .group_by(changes.c.ref)
        )
    }
    return {alert: first.get(str(alert), 0) for alert in owed}


def latest(connection: Connection, alert: int) -> dict[int, str]:
    """What every captain last said of an alert."""
    rows = connection.execute(
        select(answers.c.person, answers.c.answer)
        .where(answers.c.alert == alert, answers.c.person.is_not(None))
        .order_by(answers.c.number)
    )
    return {row.person: row.answer for row in rows}


def told(connection: Connection, made: str, state: str, now: float) -> int | None:
    """A gateway's word on an answer: "sent" on the air, "seen-by-beacon", or "expired". Returns the alert if new.

    States only move on: aired after sent, told after both; told of one settles the older ones of its alert.
    """
    after = {"sent": "aired", "seen-by-beacon": "told", "expired": "expired"}[state]
    row = connection.execute(select(answers).where(answers.c.id == made)).first()
    if row is None or row.ordinal is None or after not in replies.FOLLOWS[row.state]:
        return None
    if after == "told":
        older = (answers.c.alert == row.alert) & (answers.c.ordinal < row.ordinal)
        connection.execute(update(answers).where(older, _under_way()).values(state="kept"))
    stamp = {"told_at": now} if after == "told" else {}
    connection.execute(update(answers).where(answers.c.id == made).values(state=after, **stamp))
    note(connection, "alert", row.alert)
    return int(row.alert)


def expire(connection: Connection, now: float) -> list[int]:
    """Answers whose ten minutes are over: marked, and their alerts returned, for a word to the captain."""
    due = and_(_under_way(), answers.c.expires <= now)
    over = sorted(set(connection.scalars(select(answers.c.alert).where(due))))
    if over:
        connection.execute(update(answers).where(due).values(state="expired"))
    for alert in over:
        note(connection, "alert", alert)
    return over


def outgoing(connection: Connection, now: float, made: str | None = None) -> Answers:
    """Answers to publish: this one, or all that are still on their way; with node, root and root_tag to name."""
    wanted = [_under_way(), answers.c.expires > now]
    if made is not None:
        wanted.append(answers.c.id == made)
    query = (
        select(
            answers, alerts.c.node, alerts.c.root, alerts.c.root_tag, alerts.c.silent, alerts.c.duress, people.c.opaque
        )
        .join_from(answers, alerts)
        .join(people, isouter=True)
        .where(*wanted)
        .order_by(answers.c.ordinal)
    )
    return connection.execute(query).all()


def heard_by(connection: Connection, alert: int) -> set[str]:
    """Gateways that told us of this alert."""
    return set(connection.scalars(select(lines.c.gateway).where(lines.c.alert == alert).distinct()))


def _add(connection: Connection, card: Row[Any], person: int | None, word: str, send: str | None, now: float) -> str:
    made = secrets.token_hex(8)
    number = None if send is None else (0 if send == "shown" else replies.ordinal(card.ordinal, send))
    if number:
        connection.execute(update(alerts).where(alerts.c.id == card.id).values(ordinal=number))
        _supersede(connection, card.id)
    connection.execute(
        insert(answers).values(
            id=made,
            alert=card.id,
            person=person,
            answer=word,
            ordinal=number,
            at=now,
            expires=now + replies.LIVES_S,
            state="kept" if number is None else "sent",
        )
    )
    return made


def _supersede(connection: Connection, alert: int) -> None:
    connection.execute(update(answers).where(answers.c.alert == alert, _under_way()).values(state="kept"))


def _under_way() -> ColumnElement[bool]:
    return answers.c.state.in_(("sent", "aired"))
