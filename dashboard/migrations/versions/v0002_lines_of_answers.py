"""Which gateway told of which line, which line an answer speaks of, and up to which line an alert was shown."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is there already spoke of all lines there were, and was shown whole if it was shown."""
    op.add_column("alerts", sa.Column("shown_to", sa.BigInteger()))
    op.add_column("alerts", sa.Column("answers_from", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("answers", sa.Column("upto", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.create_table(
        "reports",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("line", "gateway", name="pk_reports"),
        sa.ForeignKeyConstraint(["line"], ["lines.id"], name="fk_reports_line_lines"),
    )
    op.execute("UPDATE alerts SET shown_to = newest WHERE shown_at IS NOT NULL")
    op.execute("UPDATE answers SET upto = (SELECT newest FROM alerts WHERE alerts.id = answers.alert)")
    op.execute("INSERT INTO reports SELECT id, gateway FROM lines UNION SELECT line, gateway FROM hearings")


def downgrade() -> None:
    """Unmake them; only tests do this."""
    op.drop_table("reports")
    with op.batch_alter_table("answers") as table:
        table.drop_column("upto")
    with op.batch_alter_table("alerts") as table:
        table.drop_column("answers_from")
        table.drop_column("shown_to")
