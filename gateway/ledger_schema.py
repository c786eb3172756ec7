"""The ledger's schema: numbered scripts, of which a file has had the first few."""

import sqlite3
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from gateway.errors import NotALedger


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the file to the newest schema, one numbered script after the other, each whole or not at all."""
    held = version(db, path)
    for number, script in enumerate(_scripts()[held:], held + 1):
        db.executescript(f"BEGIN IMMEDIATE; {script.read_text()} PRAGMA user_version={number}; COMMIT;")


def version(db: sqlite3.Connection, path: Path) -> int:
    """The schema of the file, 0 for none yet; NotALedger for a later one than ours."""
    held = int(db.execute("PRAGMA user_version").fetchone()[0])
    if held > len(_scripts()):
        raise NotALedger(f"{path} was written by a later version of Whistle ({held}): install that one.")
    return held


def _scripts() -> list[Traversable]:
    folder = resources.files("gateway.schema").iterdir()
    return sorted((one for one in folder if one.name.endswith(".sql")), key=lambda one: one.name)
