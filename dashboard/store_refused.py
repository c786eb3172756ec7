"""Presses that were refused because their beacon is revoked, in the store: one row a beacon, as long as it is news."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, case, select
from sqlalchemy.dialects.sqlite import insert as upsert

from dashboard.store import note
from dashboard.store_tables import turned_away
from whistle.bus.messages import Refused

ANEW_S: Final = 3600.0  # silent for so long: what comes then is another press


def keep(connection: Connection, said: Refused, gateway: str, now: float) -> None:
    """A press that was refused; the same beacon again only adds to its row. `now` Unix seconds."""
    at, table = min(said.at, now), turned_away.c
    fresh = upsert(turned_away).values(
        node=said.node, reason=said.reason, kind=said.kind, gateway=gateway, first_at=at, last_at=at, heard=1
    )
    anew = table.last_at < at - ANEW_S
    changed = {
        "reason": said.reason, "kind": said.kind, "gateway": gateway,
        "last_at": case((table.last_at > at, table.last_at), else_=at),
        "first_at": case((anew, at), else_=table.first_at), "heard": case((anew, 1), else_=table.heard + 1),
    }  # fmt: skip
    connection.execute(fresh.on_conflict_do_update(index_elements=["node"], set_=changed))
    note(connection, "away", said.node or 0)


def since(connection: Connection, at: float) -> Sequence[Row[Any]]:
    """Those heard after that moment, the latest first."""
    return connection.execute(
        select(turned_away).where(turned_away.c.last_at > at).order_by(turned_away.c.last_at.desc())
    ).all()
