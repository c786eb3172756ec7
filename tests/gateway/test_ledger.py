"""The ledger on real files: one transaction or nothing, marks for ever, disks that fail, copies put back, damage."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.datadir import DataDir
from gateway.errors import DataDirectory, NotALedger, NotCommitted
from gateway.hearing import Hearing
from gateway.ledger import KEEP_S, Ledger, glance
from gateway.ledger_beacons import glance_keys
from gateway.ledger_measured import glance_measured
from gateway.rows import NO_TAG, AlertRow, AnswerRow
from tests.support.gateway_parts import FakeClock, Inside
from tests.support.gateways import World

ONE = Hearing("tcp://r", 5, 1, 11, b"x", -80.0, 5.0, 1, 100.0)


class Opened:
    """A ledger that can be closed, killed (left as it is) and opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.open()

    def open(self) -> Ledger:
        self.home = DataDir(self.folder)
        self.ledger = Ledger(self.home, self.clock)
        return self.ledger

    def close(self) -> None:
        self.ledger.close()
        self.home.close()

    def again(self) -> Ledger:
        self.close()
        return self.open()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    one = Opened(tmp_path / "data")
    yield one
    one.close()


def row(node: int = 5, sequence: int = 9, tag: bytes = b"12345678", **more) -> AlertRow:
    return AlertRow(node, sequence, tag, more.pop("of", sequence), 0, "raised", 100.0, **more)


def test_how_it_is_opened(opened: Opened) -> None:
    ask = opened.ledger._db.execute
    assert ask("PRAGMA journal_mode").fetchone()[0] == "wal" and ask("PRAGMA synchronous").fetchone()[0] == 2
    tables = ask("SELECT name, strict FROM pragma_table_list WHERE schema='main' AND name NOT LIKE 'sqlite_%'")
    assert {strict for _, strict in tables} == {1}
    assert ask("PRAGMA user_version").fetchone()[0] == 3


def test_what_is_not_committed_is_not_there(opened: Opened) -> None:
    ledger = opened.ledger
    ledger.begin()
    ledger.add_alert(row(), ONE, b"{}")
    ledger.raise_mark(5, 9)
    ledger.undo()
    assert ledger.waiting() == 0 and ledger.mark(5) is None and ledger.at_sequence(5, 9) == []
    ledger.begin()
    assert ledger.add_alert(row(), ONE, b"{}") == 1
    ledger.commit()
    assert opened.again().at_sequence(5, 9) == [row()]


def test_marks_rise_by_maximum_and_keep_the_last_pulses_tag(opened: Opened) -> None:
    ledger = opened.ledger
    for sequence, pulse in ((10, b"a" * 8), (4, b""), (12, b""), (11, b"b" * 8)):
        ledger.raise_mark(5, sequence, pulse)
    assert ledger.mark(5) == (12, b"b" * 8) and ledger.mark(6) is None


def test_outbox_rows_are_never_given_twice(opened: Opened) -> None:
    """Not even when all are settled and old: a row number stands for one alert for ever."""
    ledger = opened.ledger
    rows = [ledger.add_alert(row(sequence=n), ONE, b"{}") for n in range(3)]
    for number in rows:
        ledger.close_row(number, "5" * 16, number)
    opened.clock.tick(KEEP_S + 10)
    while ledger.purge():
        pass
    assert ledger.highest_row() == max(rows)
    assert opened.again().add_alert(row(sequence=7), ONE, b"{}") == max(rows) + 1


def test_purging_counts_seconds_of_service_and_keeps_marks_and_alerts(opened: Opened) -> None:
    ledger, clock = opened.ledger, opened.clock
    settled, waiting = (ledger.add_alert(row(sequence=n), ONE, b"{}") for n in (1, 2))
    ledger.raise_mark(5, 2)
    ledger.close_row(settled, "5" * 16, 1)
    ledger.add_answer(AnswerRow("a" * 16, 5, 1, 1, NO_TAG, 3, 1, None, "seen", "b", 0.0))
    clock.jump(clock.wall() + 10 * 365 * 86400)
    assert ledger.purge() == 0, "ten years of wall clock are no age"
    ledger = opened.again()
    clock.tick(KEEP_S - 60)
    assert ledger.purge() == 0
    ledger = opened.again()
    clock.tick(3600)
    while ledger.purge():
        pass
    assert ledger.open_rows(0, 9) == [(waiting, b"{}")], "what no dashboard has stays for ever"
    assert ledger.mark(5) and len(ledger.at_sequence(5, 1)) == 1 and ledger.answers() == []
    assert ledger._db.execute("SELECT count(*) FROM hearing").fetchone()[0] == 0


def test_a_full_disk_commits_nothing_and_comes_back(opened: Opened) -> None:
    ledger = opened.ledger
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count={pages}")
    stored = 0
    with pytest.raises(NotCommitted, match="full"):
        for stored in range(500):
            ledger.begin()
            ledger.add_alert(row(sequence=stored), ONE, bytes(500))
            ledger.commit()
    ledger.undo()
    assert ledger._db.execute("SELECT count(*) FROM alert").fetchone()[0] == ledger.waiting() == stored
    ledger._db.execute("PRAGMA max_page_count=100000")
    ledger.begin()
    ledger.add_alert(row(sequence=stored), ONE, b"{}")
    ledger.commit()
    assert ledger.waiting() == stored + 1
    assert opened.again()._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_disk_that_became_read_only_commits_nothing_and_comes_back(opened: Opened) -> None:
    ledger = opened.ledger
    ledger._db.execute("PRAGMA query_only=1")
    with pytest.raises(NotCommitted, match="readonly"):
        ledger.begin()
        ledger.add_alert(row(), ONE, b"{}")
    ledger.undo()
    ledger._db.execute("PRAGMA query_only=0")
    ledger.begin()
    ledger.add_alert(row(), ONE, b"{}")
    ledger.commit()
    assert ledger.waiting() == 1


def test_a_connection_that_broke_is_made_anew(opened: Opened) -> None:
    ledger = opened.ledger
    ledger.add_alert(row(), ONE, b"{}")
    ledger._db.close()
    with pytest.raises((NotCommitted, sqlite3.ProgrammingError)):
        ledger.begin()
    ledger.undo()
    ledger.begin()
    ledger.add_alert(row(sequence=10), ONE, b"{}")
    ledger.commit()
    assert ledger.waiting() == 2


def test_a_second_gateway_in_the_same_directory_is_refused(opened: Opened) -> None:
    with pytest.raises(DataDirectory, match=f"in use by another gateway .process {os.getpid()}."):
        DataDir(opened.folder)


def test_a_directory_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectory, match="choose another"):
        DataDir(tmp_path / "file" / "below")


def test_a_later_versions_ledger_is_left_alone(tmp_path: Path) -> None:
    home = DataDir(tmp_path)
    with closing(sqlite3.connect(home.ledger)) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(NotALedger, match="later version"):
        Ledger(home, FakeClock())
    with closing(sqlite3.connect(home.ledger)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 99
    home.close()
    for look in (lambda: glance(tmp_path, 5), lambda: glance_keys(tmp_path), lambda: glance_measured(tmp_path)):
        with pytest.raises(NotALedger, match="later version"):
            look()


def test_what_lies_in_the_ledgers_place_is_told_as_what_it_is(tmp_path: Path) -> None:
    for name in ("damaged", "folder", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "damaged" / "ledger.db").write_text("noise that is no ledger" * 99)
    (tmp_path / "folder" / "ledger.db").mkdir()
    (tmp_path / "empty" / "ledger.db").touch()
    for name, said in (("damaged", "cannot be read"), ("folder", "cannot be read"), ("empty", "holds nothing yet")):
        with pytest.raises(NotALedger, match=said) as told:
            glance(tmp_path / name, 5)
        assert "there is no ledger" not in str(told.value) and str(told.value).endswith(".")


@pytest.mark.parametrize("how", ["garbage", "hole"])
def test_a_damaged_ledger_is_put_aside_and_alerts_are_heard_on(opened: Opened, how: str) -> None:
    for n in range(200):
        opened.ledger.add_alert(row(sequence=n), ONE, bytes(200))
    opened.close()
    path = opened.folder / "ledger.db"
    data = path.read_bytes()
    path.write_bytes(b"not a database" * 500 if how == "garbage" else data[:4096] + bytes(8192) + data[12288:])
    ledger = opened.open()
    assert ledger.damaged and ledger.damaged.exists() and ledger.waiting() == 0
    ledger.begin()
    ledger.add_alert(row(), ONE, b"{}")
    ledger.commit()


def test_a_copy_put_back_is_noticed(opened: Opened) -> None:
    opened.ledger.add_alert(row(), ONE, b"{}")
    assert not opened.ledger.restored and not opened.again().restored
    opened.close()
    backup = opened.folder.with_name("backup")
    shutil.copytree(opened.folder, backup)
    assert not opened.open().restored
    opened.close()
    shutil.copyfile(backup / "ledger.db", opened.folder / "ledger.db")
    assert opened.open().restored, "an older ledger in the same file"
    assert not opened.again().restored
    opened.close()
    shutil.rmtree(opened.folder)
    shutil.copytree(backup, opened.folder)
    assert opened.open().restored, "the whole directory, older"
    opened.close()
    opened.folder.rename(opened.folder.with_name("moved"))
    opened.folder = opened.folder.with_name("moved")
    assert not opened.open().restored, "a directory that was moved is no copy"
    opened.close()
    (opened.folder / "ledger.db").unlink()
    assert opened.open().restored, "a ledger that was lost"


def test_after_a_restore_freshness_is_not_proven_and_nothing_is_refused(world: World, tmp_path: Path) -> None:
    folder, clock, beacon = tmp_path / "data", FakeClock(), world.beacons[0]
    one = Inside(world, folder, clock)
    one.hear(beacon, 67, beacon.pulse(10))
    one.close()
    backup = tmp_path / "backup.db"
    shutil.copyfile(folder / "ledger.db", backup)
    one = Inside(world, folder, clock)
    assert one.proof.proven
    one.hear(beacon, 11, beacon.line(50))
    one.close()
    shutil.copyfile(backup, folder / "ledger.db")
    one = Inside(world, folder, clock)
    assert not one.proof.proven and not one.state().freshness_proven
    [raised] = one.hear(beacon, 11, beacon.line(50))
    assert raised.alert.event == "raised" and raised.alert.age == "unknown"
    outcomes = one.hear(beacon, 67, beacon.pulse(9))
    assert not any(outcome.__class__.__name__ == "Refusal" for outcome in outcomes)
    one.close()
    one = Inside(world, folder, clock)
    assert not one.proof.proven, "a restart proves nothing"
    echo = one.echoes.current()
    for number, each in enumerate(world.beacons):
        one.fake.tick(2)
        one.hear(each, 67, each.pulse(100 + number, echo=echo))
    one.fake.tick(61)
    one.turn()
    assert one.proof.proven
    one.close()


def test_freshness_is_proven_again_after_a_days_service(world: World, tmp_path: Path) -> None:
    one = Inside(world, tmp_path / "data")
    one.proof.lose(one.ledger)
    one.fake.tick(25 * 3600 - 100)
    one.turn()
    assert not one.proof.proven
    one.fake.tick(200)
    one.turn()
    assert one.proof.proven
    one.close()


def test_looking_from_outside(opened: Opened) -> None:
    opened.ledger.add_alert(row(), ONE, b"{}")
    opened.ledger.raise_mark(5, 9)
    opened.ledger.add_refused({(1, "tag"): 3, (2, "tag"): 4})
    opened.ledger.put_samples([(0, "tag", ONE, "no")])
    seen = glance(opened.folder, 5)
    assert (seen.alerts, seen.beacons, seen.waiting, seen.refused) == (1, 1, 1, {"tag": 7})
    assert seen.newest == [row()] and seen.samples == [("tag", 5, 100.0, "no")]
    with pytest.raises(NotALedger, match="no ledger"):
        glance(opened.folder / "elsewhere", 5)


def test_nobody_else_may_read_what_a_gateway_keeps(tmp_path: Path) -> None:
    """Whatever the umask, whoever made the directory, and also when the ledger was damaged and is begun anew."""
    (tmp_path / "ledger.db").write_text("noise that is no ledger" * 99)
    before = os.umask(0)
    try:
        one = Opened(tmp_path)
        one.ledger.begin()
        one.ledger.commit()
        found = {file.name: f"{file.stat().st_mode & 0o777:o}" for file in tmp_path.iterdir()}
        one.close()
    finally:
        os.umask(before)
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.damaged-1", "lock", "witness"} <= found.keys()
    assert set(found.values()) == {"600"}
