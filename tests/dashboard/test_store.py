"""The store: made by migrations alone, one transaction a step, whole after any death."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text

from dashboard import serve, store_schema
from dashboard.errors import DataUnusable, Unwritable
from dashboard.store import Store, changes_since, count, counted, last_change, note, put
from dashboard.store_replies import known_to
from dashboard.store_schema import HEAD, SCRIPTS
from dashboard.store_tables import alerts, answers, changes, metadata
from tests.support.dashboards import Speaker, world

ALERT = "INSERT INTO alerts (id, node, root, branch, state, kind, newest, ring, presses, judged, age, text, hearings, "
ALERT += "raised_at, stored_at, shown_at, ordinal) VALUES ({}, 7, {}, 0, 'open', 'help', {}, 'none', 1, 'fresh', "
ALERT += "'fresh', '', 0, 1.0, 1.0, {}, 0)"
LINE = "INSERT INTO lines VALUES ({}, 1, 7, {}, '{}', 'raised', 'help', '', 'fresh', 1.0, 1.0, 'mill')"
OLD = (
    ALERT.format(1, 1042, 1043, 2.0),
    ALERT.format(2, 9, 9, "NULL"),
    LINE.format(1, 1042, "a"),
    LINE.format(2, 1043, "b"),
    "INSERT INTO hearings (id, alert, line, gateway, source, at) VALUES (1, 1, 1, 'hall', 'udp', 1.0)",
    "INSERT INTO answers (number, id, alert, answer, ordinal, at, expires, state) "
    "VALUES (1, 'x', 1, 'shown', 0, 1.0, 2.0, 'told')",
)


@pytest.fixture
def kept(tmp_path: Path):
    made = Store(tmp_path)
    yield made
    made.close()


def test_the_migrations_make_exactly_the_tables_the_program_knows(kept: Store) -> None:
    with kept._writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert store_schema.revision(connection) == HEAD
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_an_old_store_is_brought_on_with_what_it_knows(tmp_path: Path) -> None:
    """As the first schema left it: an alert of two lines, heard by two gateways, shown and answered."""
    old = create_engine(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store_schema.upgrade(old, "0001")
    with old.begin() as connection:
        for statement in OLD:
            connection.execute(text(statement))
    old.dispose()
    kept = Store(tmp_path)
    with kept.read() as connection:
        assert connection.execute(select(alerts.c.shown_to, alerts.c.answers_from)).all() == [(1043, 0), (None, 0)]
        assert known_to(connection, 1, 1043) == {"mill": (1043, "b"), "hall": (1042, "a")}
        assert connection.execute(select(answers.c.upto)).scalar_one() == 1043
    kept.close()


def test_a_store_of_a_later_program_is_left_alone(kept: Store, tmp_path: Path) -> None:
    with kept.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    kept.close()
    with pytest.raises(DataUnusable, match="newer than this program"):
        Store(tmp_path)


def test_what_is_no_store_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"these are not the bytes of a database" * 50)
    with pytest.raises(DataUnusable, match=r"cannot be opened \(.*\): put a back-up in its place"):
        Store(tmp_path)


def test_it_is_durable(kept: Store) -> None:
    with kept.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_failed_step_leaves_nothing(kept: Store) -> None:
    with pytest.raises(Unwritable), kept.write() as connection:
        note(connection, "alert", 1)
        connection.execute(text("INSERT INTO no_such_table VALUES (1)"))
    with kept.read() as connection:
        assert last_change(connection) == 0
    assert kept.trouble == "no such table: no_such_table"
    with kept.write() as connection:
        note(connection, "alert", 1)
    assert kept.trouble is None


def test_a_disk_that_is_full_is_noticed_and_recovered_from(kept: Store) -> None:
    with kept._writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unwritable, match="database or disk is full"), kept.write() as connection:
        put(connection, "big", "x" * 200_000)
    with kept._writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    with kept.write() as connection:
        put(connection, "big", "x" * 200_000)
    assert kept.trouble is None


def test_changes_are_numbered_in_order_and_forgotten_in_the_end(kept: Store, monkeypatch) -> None:
    from dashboard import store

    monkeypatch.setattr(store, "KEEP_CHANGES", 50)
    with kept.write() as connection:
        numbers = [note(connection, "beacon", n) for n in range(1000)]
        assert numbers == list(range(1, 1001))
        assert changes_since(connection, 998) == [(999, "beacon", "998"), (1000, "beacon", "999")]
        assert changes_since(connection, 1000) == []
        assert changes_since(connection, 10) is None and changes_since(connection, 1001) is None
        assert len(connection.execute(select(changes)).all()) == 50


def test_numbers_of_changes_are_never_used_again(kept: Store) -> None:
    with kept.write() as connection:
        note(connection, "beacon", 1)
        connection.execute(text("DELETE FROM changes"))
        assert note(connection, "beacon", 1) == 2


def test_counters_add_up(kept: Store) -> None:
    for _ in range(3):
        with kept.write() as connection:
            count(connection, {"bus not-ours": 2})
    with kept.read() as connection:
        assert counted(connection) == {"bus not-ours": 6}


def test_two_processes_may_open_it(kept: Store, tmp_path: Path) -> None:
    other = Store(tmp_path)
    with kept.write() as connection:
        note(connection, "alert", 1)
    with other.write() as connection:
        assert note(connection, "alert", 1) == 2
    assert other.id == kept.id
    other.close()


WRITER = """
import sys
from pathlib import Path
from tests.support.dashboards import Speaker, world
from whistle.bus.messages import Settled
made = world(Path(sys.argv[1]))
speaker = Speaker(made.site)
publish = made.publish
def say(topic, payload):
    publish(topic, payload)
    one = made.said[-1][1]
    if isinstance(one, Settled):
        sys.stdout.write(f"{one.row} {one.store_row}\\n")
        sys.stdout.flush()
    return True
made.publish = say
first = int(sys.argv[2])
for n in range(first, first + 100000):
    made.hear(speaker, speaker.alert(row=n, sequence=n, tag=f"{n:016x}"))
"""


def test_killed_at_any_moment_nothing_that_was_settled_is_lost(tmp_path: Path) -> None:
    settled: dict[int, int] = {}
    for turn in range(6):
        argv = [sys.executable, "-c", WRITER, str(tmp_path), str(turn * 1000)]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."})
        assert process.stdout is not None
        for _ in range(5 + turn * 7):
            row, store_row = map(int, process.stdout.readline().split())
            settled[row] = store_row
        process.send_signal(signal.SIGKILL)
        for line in process.stdout.read().splitlines(keepends=True):
            if line.endswith("\n"):
                settled[int(line.split()[0])] = int(line.split()[1])
        process.wait()
        process.stdout.close()
    database = sqlite3.connect(tmp_path / "store.sqlite")
    stored = dict(database.execute("SELECT sequence, id FROM lines"))
    whole = database.execute("PRAGMA integrity_check").fetchone()
    alerts = database.execute("SELECT count(*) FROM alerts").fetchone()
    database.close()
    assert len(settled) >= 100 and whole == ("ok",)
    assert {row: stored.get(row) for row in settled} == settled
    assert alerts == (len(stored),)


def test_a_disk_that_gives_nothing_back_is_said_and_stops_no_thread(tmp_path: Path) -> None:
    from sqlalchemy import event
    from sqlalchemy.exc import OperationalError

    from tests.support.dashboards import Captain, add, world

    here = world(tmp_path)
    add(here)
    maria = Captain(here)
    maria.sign_in()

    def broken(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    event.listen(here.whistle.store._reader, "before_cursor_execute", broken)
    here.whistle.rounds.once()
    answer = maria.get("/")
    assert answer.status_code == 503 and "The store cannot be read (disk I/O error)" in answer.get_data(as_text=True)
    event.remove(here.whistle.store._reader, "before_cursor_execute", broken)
    assert maria.get("/").status_code == 200
    here.whistle.stop()


def modes(folder: Path) -> dict[str, str]:
    return {one.name: f"{one.stat().st_mode & 0o777:o}" for one in folder.iterdir() if one.is_file()}


def test_nobody_else_may_read_what_a_dashboard_keeps(tmp_path: Path) -> None:
    """Whatever the umask, and whoever made the directory."""
    before = os.umask(0)
    try:
        with serve.held(tmp_path):
            one = world(tmp_path)
            one.hear(Speaker(one.site), Speaker(one.site).alert())
            assert modes(tmp_path) == dict.fromkeys(
                (
                    "lock",
                    "roster.json",
                    "session.key",
                    "store.sqlite",
                    "store.sqlite-shm",
                    "store.sqlite-wal",
                    "trust.json",
                ),
                "600",
            )
            one.whistle.stop()
    finally:
        os.umask(before)


def test_a_store_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    Store(tmp_path).close()
    (tmp_path / "store.sqlite").chmod(0o666)
    Store(tmp_path).close()
    assert modes(tmp_path)["store.sqlite"] == "600"


def test_a_session_key_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    """Killed between making the file and filling it."""
    (tmp_path / "session.key").touch()
    one = world(tmp_path)
    assert len(one.app.config["SECRET_KEY"]) == 32
    one.whistle.stop()
