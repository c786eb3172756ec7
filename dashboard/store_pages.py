"""What pages read: cards with everything that is shown on them, in three queries however many there are."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from dashboard.store_tables import alerts, answers, hearings, lines, reports

RECENT_S = 12 * 3600.0  # closed alerts stay on the first page so long
PAGE = 50


class Card(NamedTuple):
    """An alert row, its answers in order, and which gateways told of it."""

    alert: Row[Any]
    answers: Sequence[Row[Any]]
    gateways: Sequence[str]


class Story(NamedTuple):
    """Everything known of one alert: its card, its lines as they came, the hearings kept."""

    card: Card
    lines: Sequence[Row[Any]]
    hearings: Sequence[Row[Any]]


def current(connection: Connection, now: float) -> list[Card]:
    """Open alerts, and those closed within the last twelve hours (at most fifty)."""
    open_ones = _cards(connection, select(alerts).where(alerts.c.state == "open").order_by(alerts.c.id.desc()))
    recent = select(alerts).where(alerts.c.state != "open", alerts.c.closed_at > now - RECENT_S)
    return open_ones + _cards(connection, recent.order_by(alerts.c.id.desc()).limit(PAGE))


def card(connection: Connection, alert: int) -> Card | None:
    """One alert's card, or None."""
    return next(iter(_cards(connection, select(alerts).where(alerts.c.id == alert))), None)


def cards(connection: Connection, wanted: Sequence[int]) -> list[Card]:
    """The cards of these alerts, in the order of their ids."""
    return _cards(connection, select(alerts).where(alerts.c.id.in_(wanted)).order_by(alerts.c.id))


def ringing(connection: Connection) -> list[Row[Any]]:
    """Alerts that sound until somebody answers."""
    return list(connection.execute(select(alerts).where(alerts.c.ring != "none").order_by(alerts.c.id)))


def history(connection: Connection, before: int | None) -> list[Card]:
    """A page of all alerts, newest first; `before` continues below that id."""
    where: list[ColumnElement[bool]] = [] if before is None else [alerts.c.id < before]
    return _cards(connection, select(alerts).where(*where).order_by(alerts.c.id.desc()).limit(PAGE))


def story(connection: Connection, alert: int) -> Story | None:
    """All that is known of one alert, or None."""
    found = card(connection, alert)
    if found is None:
        return None
    told = connection.execute(select(lines).where(lines.c.alert == alert).order_by(lines.c.heard_at, lines.c.id))
    heard = connection.execute(
        select(hearings, lines.c.sequence)
        .join_from(hearings, lines)
        .where(hearings.c.alert == alert)
        .order_by(hearings.c.at, hearings.c.id)
    )
    return Story(found, told.all(), heard.all())


def open_nodes(connection: Connection) -> dict[int, str]:
    """Nodes with an open alert, and its kind."""
    rows = connection.execute(select(alerts.c.node, alerts.c.kind).where(alerts.c.state == "open"))
    return {row.node: row.kind for row in rows}


def tally(connection: Connection, since: float) -> dict[str, int]:
    """How many alerts were raised since then (real, drills), for the strip at the top."""
    rows = connection.execute(
        select(alerts.c.drill, func.count().label("n"))
        .where(or_(alerts.c.raised_at >= since, alerts.c.state == "open"))
        .group_by(alerts.c.drill)
    )
    return {"drills" if row.drill else "alerts": row.n for row in rows}


def by_node(connection: Connection, *, silent: bool) -> dict[int, int]:
    """How many alerts each beacon has here, silent or else loud ones, of all that ever were."""
    counted = select(alerts.c.node, func.count().label("n")).where(alerts.c.silent == silent)
    return {row.node: row.n for row in connection.execute(counted.group_by(alerts.c.node))}


def _cards(connection: Connection, query: Select[Any]) -> list[Card]:
    rows = connection.execute(query).all()
    wanted = [row.id for row in rows]
    said: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(answers).where(answers.c.alert.in_(wanted)).order_by(answers.c.number)):
        said[row.alert].append(row)
    through: dict[int, list[str]] = defaultdict(list)
    told = select(lines.c.alert, reports.c.gateway).join_from(lines, reports).where(lines.c.alert.in_(wanted))
    for row in connection.execute(told.distinct()):
        through[row.alert].append(row.gateway)
    return [Card(row, said[row.id], sorted(through[row.id])) for row in rows]
