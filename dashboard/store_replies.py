"""Answers in the store: what captains say, what was sent of it, and what the beacon's lamp shows."""

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update

from dashboard import course, replies
from dashboard.errors import NoSuchAlert
from dashboard.store import note
from dashboard.store_tables import alerts, answers, changes, lines, people, reports

Answers = Sequence[Row[Any]]


class Sending(NamedTuple):
    """What the beacon is told: the word and its ordinal. `ordinal` None: nothing, it is only kept here."""

    word: str
    ordinal: int | None


def answer(connection: Connection, alert: int, person: int, word: str, now: float, upto: int | None = None) -> str:
    """A captain says seen, coming or clear. Hushes the sound for everyone; returns the answer's id.

    `upto`: the newest line the captain had before the eyes, None for all there are. NoSuchAlert when there is no such
    alert, it was cleared already, or all is to be clear that was pressed again since.
    """
    card = connection.execute(select(alerts).where(alerts.c.id == alert)).first()
    if card is None:
        raise NoSuchAlert("There is no such alert: look at the list again.")
    if card.state == "clear" or (card.state == "cancelled" and word == "coming"):
        raise NoSuchAlert("This alert is closed already: nothing was sent.")
    if word == "clear" and upto is not None and upto < card.newest:
        raise NoSuchAlert("There is new word from their beacon: look at the alert, then say all clear.")
    told = replies.to_send(word, latest(connection, card), person, state=card.state, duress=card.duress)
    event = "clear" if word == "clear" else "answered"
    at = course.step(card.state, card.ring, event, newest=True, silent=card.silent, drill=card.drill)
    closed = now if at.state != "open" else None
    connection.execute(
        update(alerts)
        .where(alerts.c.id == alert)
        .values(state=at.state, ring=at.ring, closed_at=card.closed_at or closed, asks=card.asks and at.state == "open")
    )
    number = None if told is None else replies.ordinal(card.ordinal, told)
    made = _add(connection, card, person, Sending(word, number), now)
    note(connection, "alert", alert)
    return made


def shown(connection: Connection, alert: int, now: float) -> str | None:
    """A screen on watch shows all lines of this alert: to be told to the beacon once a line, which forgets with each
    new one what it was told before. Returns the answer's id, None when that was done."""
    card = connection.execute(select(alerts).where(alerts.c.id == alert, _owed())).first()
    if card is None:
        return None
    values = {"shown_at": card.shown_at or now, "shown_to": card.newest}
    connection.execute(update(alerts).where(alerts.c.id == alert).values(**values))
    made = _add(connection, card, None, _standing(connection, card), now)
    note(connection, "alert", alert)
    return made


def _owed() -> ColumnElement[bool]:
    return alerts.c.shown_to.is_(None) | (alerts.c.shown_to < alerts.c.newest)


def _standing(connection: Connection, card: Row[Any]) -> Sending:
    """What a line that was just shown is told: the best that people said and that still holds, else *shown*."""
    last = select(answers).where(
        answers.c.alert == card.id, answers.c.number > card.answers_from, answers.c.ordinal > 0
    )
    row = connection.execute(last.order_by(answers.c.number.desc()).limit(1)).first()
    if row is None or card.state != "open" or card.duress:
        return Sending("shown", 0)
    return Sending(row.answer, row.ordinal)


def not_shown(connection: Connection) -> dict[int, int]:
    """Alerts whose *shown* is still owed to the beacon, each with the id of its last change (0 when long ago)."""
    owed = connection.scalars(select(alerts.c.id).where(_owed(), alerts.c.state != "clear")).all()
    last = {
        row.ref: int(row.last)
        for row in connection.execute(
            select(changes.c.ref, func.max(changes.c.id).label("last"))
            .where(changes.c.topic == "alert", changes.c.ref.in_([str(alert) for alert in owed]))
            .group_by(changes.c.ref)
        )
    }
    return {alert: last.get(str(alert), 0) for alert in owed}


def latest(connection: Connection, card: Row[Any]) -> dict[int, str]:
    """What every captain last said of an alert, since it was last opened."""
    rows = connection.execute(
        select(answers.c.person, answers.c.answer)
        .where(answers.c.alert == card.id, answers.c.person.is_not(None), answers.c.number > card.answers_from)
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


def outgoing(connection: Connection, now: float, made: str | None = None, aired: bool = True) -> Answers:
    """Answers to publish: this one, or all that are still on their way; with node, root and root_tag to name.

    `aired` False: without those that a gateway has in its hands.
    """
    wanted = [_under_way() if aired else answers.c.state == "sent", answers.c.expires > now]
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


def known_to(connection: Connection, alert: int, upto: int) -> dict[str, tuple[int, str]]:
    """Gateways that told us of this alert, and (sequence, tag) of the newest line each has told, not after `upto`."""
    told = (
        select(reports.c.gateway, lines.c.sequence, lines.c.tag)
        .join_from(reports, lines)
        .where(lines.c.alert == alert, lines.c.sequence <= upto)
        .order_by(lines.c.sequence, lines.c.id)
    )
    return {row.gateway: (row.sequence, row.tag) for row in connection.execute(told)}


def _add(connection: Connection, card: Row[Any], person: int | None, sending: Sending, now: float) -> str:
    made, (word, number) = secrets.token_hex(8), sending
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
            upto=card.newest,
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
