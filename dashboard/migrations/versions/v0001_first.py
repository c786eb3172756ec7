"""The first schema: people, alerts with their lines, hearings and answers, what the air says, and the books."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _people()
    _sessions()
    _alerts()
    _lines()
    _hearings()
    _answers()
    _gateways()
    _beacons()
    _refusals()
    _meta()
    _counters()
    _marks()
    _changes()


def downgrade() -> None:
    """Unmake them; only tests do this."""
    for table in reversed(TABLES):
        op.drop_table(table)


TABLES = (
    "people",
    "sessions",
    "alerts",
    "lines",
    "hearings",
    "answers",
    "gateways",
    "beacons",
    "refusals",
    "meta",
    "counters",
    "marks",
    "changes",
)


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opaque", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("keeper", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float()),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("key", name="uq_people_key"),
        sa.UniqueConstraint("opaque", name="uq_people_opaque"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float()),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_sessions_person_people"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"], unique=False)


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.BigInteger(), nullable=False),
        sa.Column("branch", sa.Integer(), nullable=False),
        sa.Column("root_tag", sa.String(16)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("ring", sa.String(8), nullable=False),
        sa.Column("silent", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("duress", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("asks", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("drill", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("low", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("doubt", sa.Boolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.Column("judged", sa.String(20), nullable=False),
        sa.Column("age", sa.String(8), nullable=False),
        sa.Column("age_limit_s", sa.Integer()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("hearings", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.Float(), nullable=False),
        sa.Column("stored_at", sa.Float(), nullable=False),
        sa.Column("closed_at", sa.Float()),
        sa.Column("shown_at", sa.Float()),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("node", "root", "branch", name="uq_alerts_node"),
    )
    op.create_index("ix_alerts_state", "alerts", ["state"], unique=False)


def _lines() -> None:
    op.create_table(
        "lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert", sa.Integer(), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.String(16), nullable=False),
        sa.Column("event", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("judged", sa.String(20), nullable=False),
        sa.Column("heard_at", sa.Float(), nullable=False),
        sa.Column("stored_at", sa.Float(), nullable=False),
        sa.Column("gateway", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_lines_alert_alerts"),
        sa.PrimaryKeyConstraint("id", name="pk_lines"),
        sa.UniqueConstraint("node", "sequence", "tag", name="uq_lines_node"),
    )
    op.create_index("ix_lines_alert", "lines", ["alert"], unique=False)


def _hearings() -> None:
    op.create_table(
        "hearings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(16), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("rssi", sa.Float()),
        sa.Column("snr", sa.Float()),
        sa.Column("hops", sa.Integer()),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_hearings_alert_alerts"),
        sa.ForeignKeyConstraint(["line"], ["lines.id"], name="fk_hearings_line_lines"),
        sa.PrimaryKeyConstraint("id", name="pk_hearings"),
        sa.UniqueConstraint("line", "gateway", "source", "at", name="uq_hearings_line"),
    )
    op.create_index("ix_hearings_alert", "hearings", ["alert"], unique=False)


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("alert", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer()),
        sa.Column("answer", sa.String(8), nullable=False),
        sa.Column("ordinal", sa.Integer()),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("told_at", sa.Float()),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_answers_alert_alerts"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_answers_person_people"),
        sa.PrimaryKeyConstraint("number", name="pk_answers"),
        sa.UniqueConstraint("id", name="uq_answers_id"),
    )
    op.create_index("ix_answers_alert", "answers", ["alert"], unique=False)
    op.create_index("ix_answers_state", "answers", ["state"], unique=False)


def _gateways() -> None:
    op.create_table(
        "gateways",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("arrived_at", sa.Float(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateways"),
    )


def _beacons() -> None:
    op.create_table(
        "beacons",
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("gateway", sa.String(16), nullable=False),
        sa.Column("body", sa.Text()),
        sa.PrimaryKeyConstraint("node", name="pk_beacons"),
    )


def _refusals() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("node", sa.BigInteger()),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("port", sa.Integer()),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refusals"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )


def _marks() -> None:
    op.create_table(
        "marks",
        sa.Column("sender", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("sender", "kind", name="pk_marks"),
    )


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(10), nullable=False),
        sa.Column("ref", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
