"""Alerts in the store: taking in what a gateway says, each line once, in one transaction with its change row."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from dashboard import course
from dashboard.store import inserted, note
from dashboard.store_tables import alerts, answers, hearings, lines, reports
from whistle.bus.messages import NO_TAG, Alert, Heard, Hearing

CLOCK_NEVER_SET = 1_700_000_000  # Unix seconds, November 2023: a board without a battery clock says less
MOST_HEARINGS = 64  # kept an alert; more are counted (protocol 8)
WORSE = ("fresh", "late-or-copied", "clone-or-rollback")


class Kept(NamedTuple):
    """Where an alert line stands in the store: what a `settled` says, whether it was new, the change it made.

    `silent` and `duress`: how its alert stood with this very line.
    """

    line: int
    alert: int
    new: bool
    change: int
    silent: bool = False
    duress: bool = False


def keep(connection: Connection, said: Alert, gateway: str, now: float) -> Kept:
    """Take in one alert line from a gateway. Seen before: its hearings are added, nothing else. `now` Unix seconds.

    The caller commits, and only then acknowledges. Identity is (node, sequence, tag), protocol section 8.
    """
    known = _known(connection, said)
    if known is not None:
        _report(connection, known.id, gateway)
        heard = _hear(connection, known.alert, known.id, gateway, said.hearings)
        return Kept(known.id, known.alert, False, note(connection, "alert", known.alert) if heard else 0)
    branches = _branches(connection, said)
    card = _card(branches, said)
    alert = _join(connection, card, said, now) if card is not None else _raise(connection, branches, said, now)
    line = _line(connection, alert, said, gateway, now)
    _report(connection, line, gateway)
    _hear(connection, alert, line, gateway, said.hearings, fresh=card is None)
    silent, duress = _standing(card, said)
    return Kept(line, alert, True, note(connection, "alert", alert), silent, duress)


def keep_heard(connection: Connection, said: Heard, gateway: str) -> bool:
    """Add later hearings to a line that is here; False when there is no such line or nothing new."""
    known = _known(connection, said)
    if known is None or not _hear(connection, known.alert, known.id, gateway, said.hearings):
        return False
    note(connection, "alert", known.alert)
    return True


def _known(connection: Connection, said: Alert | Heard) -> Row[Any] | None:
    key = (lines.c.node == said.node) & (lines.c.sequence == said.sequence) & (lines.c.tag == said.tag)
    return connection.execute(select(lines).where(key)).first()


def _standing(card: Row[Any] | None, said: Alert) -> tuple[bool, bool]:
    duress = said.event == "duress" or (card is not None and card.duress)
    return said.event == "silent" if card is None else _silent(card, said.event), duress


def _branches(connection: Connection, said: Alert) -> list[Row[Any]]:
    """Every alert that claims this node and root sequence, the last first."""
    root = (alerts.c.node == said.node) & (alerts.c.root == said.of)
    return list(connection.execute(select(alerts).where(root).order_by(alerts.c.branch.desc())))


def _card(branches: list[Row[Any]], said: Alert) -> Row[Any] | None:
    """The alert this line belongs to: the open branch of its root, else the last; None when it stands for itself."""
    if said.sequence == said.of and said.tag != NO_TAG:
        return next((row for row in branches if row.root_tag in (None, said.tag)), None)
    return next((row for row in branches if row.state == "open"), branches[0] if branches else None)


def _raise(connection: Connection, twins: list[Row[Any]], said: Alert, now: float) -> int:
    """A new card. Another valid tag for the same sequence makes a branch of its own, and marks both as clones."""
    judged = "clone-or-rollback" if twins else said.judged
    for twin in twins:
        connection.execute(update(alerts).where(alerts.c.id == twin.id).values(judged=judged))
        note(connection, "alert", twin.id)
    silent = said.event == "silent"
    at = course.step(None, "none", said.event, newest=True, silent=silent, drill=said.drill)
    return inserted(
        connection,
        insert(alerts).values(
            node=said.node,
            root=said.of,
            branch=len(twins),
            root_tag=_root_tag(said),
            state=at.state,
            ring=at.ring,
            kind=said.kind,
            newest=said.sequence,
            silent=silent,
            duress=said.event == "duress",
            drill=said.drill,
            low=said.low,
            doubt=said.doubt,
            presses=1 + (said.event == "again"),
            judged=judged,
            age=said.age,
            age_limit_s=said.age_limit_s,
            text=said.text,
            lat=_at(said, 0),
            lon=_at(said, 1),
            hearings=0,
            raised_at=when(said.heard_at, now),
            stored_at=now,
            closed_at=None if at.state == "open" else now,
            ordinal=0,
        ),
    )


def _join(connection: Connection, card: Row[Any], said: Alert, now: float) -> int:
    """A further line of an alert that is here: its facts are added, and its event takes the next step."""
    newest = said.sequence >= card.newest
    event = _event(card, said, now)
    at = course.step(
        card.state, card.ring, event, newest=newest, silent=_silent(card, event), drill=card.drill and said.drill
    )
    opened = at.state == "open" and card.state != "open"
    values = _facts(card, said, event, newest) | {
        "state": at.state,
        "answers_from": _answered(connection, card) if opened else card.answers_from,
        "ring": at.ring,
        "raised_at": min(card.raised_at, when(said.heard_at, now)),
        "closed_at": None if at.state == "open" else (card.closed_at or now),
    }
    connection.execute(update(alerts).where(alerts.c.id == card.id).values(**values))
    return int(card.id)


def _event(card: Row[Any], said: Alert, now: float) -> str:
    event = course.heard_as(said.event, when(said.heard_at, now) - card.raised_at)
    if event == "cancelled" and (card.silent or card.duress):
        return "asked"  # only a captain ends these
    # A loud line under the number of a silent alert (a beacon put back to an old memory) must not hide in it.
    return "again" if card.silent and event == "raised" else event


def _answered(connection: Connection, card: Row[Any]) -> int:
    return connection.scalar(select(func.max(answers.c.number)).where(answers.c.alert == card.id)) or 0


def _facts(card: Row[Any], said: Alert, event: str, newest: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "root_tag": card.root_tag or _root_tag(said),
        "newest": max(card.newest, said.sequence),
        "low": card.low or said.low,
        "doubt": card.doubt or said.doubt,
        "duress": card.duress or event == "duress",
        "asks": card.asks or event == "asked",
        "presses": card.presses + (event == "again"),
        "drill": card.drill and said.drill,
        "judged": max(card.judged, said.judged, key=WORSE.index),
    }
    if newest:
        facts |= {"kind": said.kind, "text": said.text, "age": said.age, "age_limit_s": said.age_limit_s}
        facts["silent"] = _silent(card, event)
    if said.position is not None and newest:
        facts |= {"lat": said.position[0], "lon": said.position[1]}
    return facts


def _silent(card: Row[Any], event: str) -> bool:
    """Silent stays silent until its own beacon speaks up on the air."""
    return card.silent and event not in ("raised", "refined", "again")


def _line(connection: Connection, alert: int, said: Alert, gateway: str, now: float) -> int:
    return inserted(
        connection,
        insert(lines).values(
            alert=alert,
            node=said.node,
            sequence=said.sequence,
            tag=said.tag,
            event=said.event,
            kind=said.kind,
            text=said.text,
            judged=said.judged,
            heard_at=when(said.heard_at, now),
            stored_at=now,
            gateway=gateway,
        ),
    )


def _report(connection: Connection, line: int, gateway: str) -> None:
    connection.execute(upsert(reports).on_conflict_do_nothing().values(line=line, gateway=gateway))


def _hear(
    connection: Connection, alert: int, line: int, gateway: str, heard: Sequence[Hearing], fresh: bool = False
) -> int:
    """Add hearings not here yet; 64 are kept an alert, the rest only counted. Returns how many were new."""
    kept = 0 if fresh else _hearings(connection, alert)
    new = 0
    for one in heard:
        values = {"source": one.source, "at": one.at, "rssi": one.rssi, "snr": one.snr, "hops": one.hops}
        full = kept + new >= MOST_HEARINGS
        new += full or _add(connection, {"alert": alert, "line": line, "gateway": gateway} | values)
    if new:
        connection.execute(update(alerts).where(alerts.c.id == alert).values(hearings=alerts.c.hearings + new))
    return new


def _hearings(connection: Connection, alert: int) -> int:
    return connection.scalar(select(func.count()).select_from(hearings).where(hearings.c.alert == alert)) or 0


def _add(connection: Connection, values: dict[str, Any]) -> int:
    return connection.execute(upsert(hearings).on_conflict_do_nothing().values(**values)).rowcount


def when(stamp: float, now: float) -> float:
    """A gateway's stamp as we believe it: never later than our now, and one from a clock never set counts as now."""
    return now if stamp < CLOCK_NEVER_SET or stamp > now else stamp


def _root_tag(said: Alert) -> str | None:
    return said.tag if said.sequence == said.of and said.tag != NO_TAG else None


def _at(said: Alert, axis: int) -> float | None:
    return None if said.position is None else said.position[axis]
