"""Brings a store to the newest schema with Alembic, which is loaded only when there is something to do."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from dashboard.errors import DataUnusable

HEAD = "0003"  # newest revision in migrations/versions; a test holds the two together
SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(engine: Engine, to: str = HEAD) -> None:
    """Run the missing migrations in one transaction; DataUnusable for a store of a later version."""
    with engine.begin() as connection:
        now = revision(connection)
        if now == to:
            return
        if now is not None and now > HEAD:
            raise DataUnusable(
                f"This store is of version {now}, newer than this program ({HEAD}): "
                "install the newer program again, or give another --data."
            )
        _run(connection, to)


def revision(connection: Connection) -> str | None:
    """The revision the store is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _run(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
