"""Presses of revoked beacons, one row a beacon: refused, and shown to captains all the same."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own: samples of what was refused are pushed out by whoever sends most."""
    op.create_table(
        "turned_away",
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("gateway", sa.String(16), nullable=False),
        sa.Column("first_at", sa.Float(), nullable=False),
        sa.Column("last_at", sa.Float(), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_turned_away"),
    )


def downgrade() -> None:
    """Unmake it; only tests do this."""
    op.drop_table("turned_away")
