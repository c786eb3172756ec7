"""A fault inside does not end the dashboard's work, and no page goes on as if nothing were wrong."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.dashboards import CORNER, COURT, START, Captain, Speaker, World, world
from tests.support.waiting import until
from whistle.bus.messages import Settled, Watch

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@contextmanager
def file_of(here: World) -> Iterator[sqlite3.Connection]:
    """The store's file in other hands."""
    other = sqlite3.connect(here.whistle.store.path, isolation_level=None)
    yield other
    other.close()


def damage(here: World, statement: str) -> None:
    with file_of(here) as other:
        other.execute(statement)


def blind(here: World) -> list[str]:
    return [one.text for one in here.whistle.rounds.standing() if one.level == "blind"]


def test_rounds_go_on_after_a_row_that_cannot_be_read_and_say_so(here: World, mill: Speaker) -> None:
    here.hear(mill, mill.state())
    damage(here, "UPDATE gateways SET body = '{'")
    here.whistle.rounds.start()
    until(lambda: any("fault of its own" in text for text in blind(here)))
    before = len(here.told(Watch))
    here.time.pass_(16)
    here.whistle.rounds.nudge()
    until(lambda: len(here.told(Watch)) > before)  # gateways still hear us
    here.hear(mill, mill.state())
    here.time.pass_(60)
    here.whistle.rounds.nudge()
    until(lambda: not any("fault of its own" in text for text in blind(here)))


def test_a_store_that_cannot_be_read_is_said(here: World, mill: Speaker, tmp_path: Path) -> None:
    here.hear(mill, mill.state())
    here.whistle.stop()
    spoil(here.whistle.store.path, "gateways")
    again = world(tmp_path, here.site)
    again.whistle.rounds.once()
    assert any("cannot be read (database disk image is malformed)" in text for text in blind(again))
    assert again.told(Watch)  # what can still be done is done
    again.whistle.stop()


def test_the_ingest_goes_on_after_a_row_that_makes_no_sense(here: World, mill: Speaker) -> None:
    here.hear(mill, mill.alert())
    damage(here, "UPDATE alerts SET newest = 'x'")
    here.whistle.ingest.start()
    for message in (mill.alert(event="again", sequence=1043, of=1042, tag="a" * 16), mill.alert(node=COURT)):
        here.whistle.ingest.arrived(*mill.sealed(message))
    until(lambda: {one.row for one in here.told(Settled)} == {1, 3})
    here.whistle.rounds.once()
    assert any("could not be taken in" in text for text in blind(here))
    here.time.pass_(60)
    here.whistle.ingest.arrived(*mill.sealed(mill.alert(node=CORNER, sequence=9, tag="b" * 16)))
    until(lambda: len(here.told(Settled)) == 3)
    here.whistle.rounds.once()
    assert not any("could not be taken in" in text for text in blind(here))


def test_a_page_sees_by_itself_that_nobody_goes_round(here: World, mill: Speaker, maria: Captain) -> None:
    here.whistle.health.link_trouble = None
    here.whistle.ingest.start()
    here.hear(mill, mill.state())
    here.whistle.rounds.start()
    until(lambda: blind(here) == [])
    with file_of(here) as other:
        other.execute("BEGIN IMMEDIATE")  # another program has the file and does not let go
        here.time.pass_(11)  # the next round wants to write
        here.whistle.rounds.nudge()
        until(lambda: here.whistle.rounds._tidy_at == START + 11)
        here.time.pass_(30)
        assert any("stopped looking after itself" in text for text in blind(here))
        assert b"stopped looking after itself" in maria.get("/").data
        other.execute("ROLLBACK")


def test_a_stream_tells_it_although_nobody_turns_it(here: World, maria: Captain) -> None:
    here.whistle.rounds.start()
    until(lambda: here.whistle.health.troubles)
    with maria.client.get("/live", buffered=False) as answer, file_of(here) as other:
        said = iter(answer.response)
        next(said)
        other.execute("BEGIN IMMEDIATE")
        here.time.pass_(11)
        here.whistle.rounds.nudge()
        until(lambda: here.whistle.rounds._tidy_at == START + 11)
        here.time.pass_(30)
        heard = b"".join(next(said) for _ in range(2))
        other.execute("ROLLBACK")
    assert b"stopped looking after itself" in heard


def spoil(path: Path, table: str) -> None:
    """What a dying disk does: the page a table begins on is noise."""
    with sqlite3.connect(path) as whole:
        (page,) = whole.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = whole.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
