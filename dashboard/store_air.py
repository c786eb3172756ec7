"""What the air says, in the store: gateways, beacons, samples of what was refused, marks of what must only rise."""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from dashboard.store import inserted, note
from dashboard.store_tables import beacons, gateways, marks, refusals
from whistle.bus.messages import Pulse, Refused, State

KEEP_REFUSALS: Final = 100


def keep_state(connection: Connection, said: State, gateway: str, now: float) -> None:
    """A gateway's heartbeat: only the last one is kept."""
    _replace(connection, gateways, {"id": gateway}, {"arrived_at": now, "body": msgspec.json.encode(said).decode()})
    note(connection, "gateway", gateway)


def keep_pulse(connection: Connection, said: Pulse, gateway: str, now: float) -> bool:
    """A beacon's sign of life. An older one than the last changes nothing, so a delayed bus makes nobody look alive.

    Unless the last is of a time that has not come: then a clock was wrong, and is right now.
    """
    at = min(said.at, now)
    last = connection.scalar(select(beacons.c.at).where(beacons.c.node == said.node, beacons.c.body.is_not(None)))
    if last is not None and at < last <= now:
        return False
    body = msgspec.json.encode(said).decode()
    _replace(connection, beacons, {"node": said.node}, {"at": at, "gateway": gateway, "body": body})
    note(connection, "beacon", said.node)
    return True


def heard(connection: Connection, node: int, gateway: str, at: float, now: float) -> None:
    """A beacon was heard otherwise than by a pulse."""
    fresh = upsert(beacons).values(node=node, at=at, gateway=gateway)
    connection.execute(
        fresh.on_conflict_do_update(
            index_elements=["node"],
            set_={"at": at, "gateway": gateway},
            where=(beacons.c.at < at) | (beacons.c.at > now),
        )
    )


def keep_refused(connection: Connection, said: Refused, gateway: str, now: float) -> None:
    """A sample of what a gateway refused; the last hundred are kept."""
    number = inserted(
        connection,
        insert(refusals).values(
            gateway=gateway,
            reason=said.reason,
            node=said.node,
            at=min(said.at, now),
            port=said.port,
            payload=said.payload,
            why=said.why,
        ),
    )
    connection.execute(delete(refusals).where(refusals.c.id <= number - KEEP_REFUSALS))
    note(connection, "refused", number)


def all_gateways(connection: Connection) -> dict[str, tuple[float, State]]:
    """Every gateway that ever spoke: when its last word arrived, and that word."""
    return {
        row.id: (row.arrived_at, msgspec.json.decode(row.body, type=State))
        for row in connection.execute(select(gateways))
    }


def all_beacons(connection: Connection) -> dict[int, Row[Any]]:
    """Every beacon ever heard, by node: `at`, `gateway`, `body` (use `pulse`)."""
    return {row.node: row for row in connection.execute(select(beacons))}


def pulse(row: Row[Any]) -> Pulse | None:
    """The last pulse of a beacon's row, or None when only its alerts were heard."""
    return None if row.body is None else msgspec.json.decode(row.body, type=Pulse)


def all_refusals(connection: Connection) -> list[Row[Any]]:
    """The samples kept, newest first."""
    return list(connection.execute(select(refusals).order_by(refusals.c.id.desc())))


def all_marks(connection: Connection) -> dict[tuple[bytes, str], int]:
    """The highest number heard of each sender and class that must rise."""
    return {(bytes.fromhex(row.sender), row.kind): int(row.number) for row in connection.execute(select(marks))}


def mark(connection: Connection, sender: bytes, kind: str, number: int) -> None:
    """Remember a number that was heard. (u64, hence kept as text.)"""
    _replace(connection, marks, {"sender": sender.hex(), "kind": kind}, {"number": str(number)})


def _replace(connection: Connection, table: Any, keys: dict[str, Any], values: dict[str, Any]) -> None:
    fresh = upsert(table).values(**keys, **values)
    connection.execute(fresh.on_conflict_do_update(index_elements=list(keys), set_=values))
