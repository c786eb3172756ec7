"""The tables of the store, as the newest migration leaves them (a test compares the two).

An alert is one card for people; its lines are the sealed lines that speak of it. `branch` tells apart alerts that
claim the same (node, sequence) with different valid tags: a clone or a rolled-back beacon, both kept.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


meta = Table("meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False))

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("opaque", String(16), nullable=False, unique=True),  # all the bus ever learns of a captain
    Column("name", String(60), nullable=False),
    Column("key", String(120), nullable=False, unique=True),
    Column("password", String(200), nullable=False),
    _flag("keeper"),
    Column("created_at", Float, nullable=False),
    Column("ended_at", Float),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of the cookie's token: the store cannot sign anyone in
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("created_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
    Column("ended_at", Float),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("node", BigInteger, nullable=False),
    Column("root", BigInteger, nullable=False),
    Column("branch", Integer, nullable=False),
    Column("root_tag", String(16)),  # None until the line itself is here (a poll or a cancel may come first)
    Column("state", String(10), nullable=False, index=True),  # open, cancelled, clear: course.py
    Column("kind", String(10), nullable=False),
    Column("newest", BigInteger, nullable=False),  # highest sequence of its lines: what is older changes no state
    Column("ring", String(8), nullable=False),  # none, siren, soft, once: course.py
    *(_flag(name) for name in ("silent", "duress", "asks", "drill", "low", "doubt")),
    Column("presses", Integer, nullable=False),
    Column("judged", String(20), nullable=False),
    Column("age", String(8), nullable=False),
    Column("age_limit_s", Integer),
    Column("text", Text, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("hearings", Integer, nullable=False),
    Column("raised_at", Float, nullable=False),
    Column("stored_at", Float, nullable=False),
    Column("closed_at", Float),
    Column("shown_at", Float),
    Column("shown_to", BigInteger),  # the newest line that somebody on watch was shown; None before the first
    Column(
        "answers_from", Integer, nullable=False, server_default="0"
    ),  # answers up to this number are void: replies.py
    Column("ordinal", Integer, nullable=False),
    UniqueConstraint("node", "root", "branch"),
)

lines = Table(
    "lines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert", ForeignKey("alerts.id"), nullable=False, index=True),
    Column("node", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("tag", String(16), nullable=False),
    Column("event", String(10), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("judged", String(20), nullable=False),
    Column("heard_at", Float, nullable=False),
    Column("stored_at", Float, nullable=False),
    Column("gateway", String(16), nullable=False),
    UniqueConstraint("node", "sequence", "tag"),
)

reports = Table(
    "reports",
    metadata,
    Column("line", ForeignKey("lines.id"), primary_key=True),
    Column("gateway", String(16), primary_key=True),
)  # which gateways told of a line: to those it may be named

hearings = Table(
    "hearings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert", ForeignKey("alerts.id"), nullable=False, index=True),
    Column("line", ForeignKey("lines.id"), nullable=False),
    Column("gateway", String(16), nullable=False),
    Column("source", String(80), nullable=False),
    Column("at", Float, nullable=False),
    Column("rssi", Float),
    Column("snr", Float),
    Column("hops", Integer),
    UniqueConstraint("line", "gateway", "source", "at"),
)

answers = Table(
    "answers",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(16), nullable=False, unique=True),
    Column("alert", ForeignKey("alerts.id"), nullable=False, index=True),
    Column("person", ForeignKey("people.id")),  # None: the dashboard itself, "shown"
    Column("answer", String(8), nullable=False),
    Column("ordinal", Integer),  # None: kept here, never sent
    Column("upto", BigInteger, nullable=False, server_default="0"),  # the newest line there was when it was said
    Column("at", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("state", String(8), nullable=False),  # sent, aired, told, expired, kept: replies.py
    Column("told_at", Float),
    Index("ix_answers_state", "state"),
)

gateways = Table(
    "gateways",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("arrived_at", Float, nullable=False),
    Column("body", Text, nullable=False),
)  # its last State, as JSON

beacons = Table(
    "beacons",
    metadata,
    Column("node", BigInteger, primary_key=True),
    Column("at", Float, nullable=False),  # when a gateway last heard it, clamped to our now
    Column("gateway", String(16), nullable=False),
    Column("body", Text),
)  # its last Pulse, as JSON; None when only alerts were heard

refusals = Table(
    "refusals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("gateway", String(16), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("node", BigInteger),
    Column("at", Float, nullable=False),
    Column("port", Integer),
    Column("payload", Text, nullable=False),
    Column("why", Text, nullable=False),
)

turned_away = Table(
    "turned_away",
    metadata,
    Column("node", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", String(16), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("gateway", String(16), nullable=False),
    Column("first_at", Float, nullable=False),
    Column("last_at", Float, nullable=False),
    Column("heard", Integer, nullable=False),
)  # presses of revoked beacons

counters = Table(
    "counters", metadata, Column("name", String(60), primary_key=True), Column("n", Integer, nullable=False)
)

marks = Table(
    "marks",
    metadata,
    Column("sender", String(16), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("number", String(20), nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("topic", String(10), nullable=False),
    Column("ref", String(20), nullable=False),
    sqlite_autoincrement=True,
)
