"""A technician's later days: update, move, replace, retire, revoke, the round; real commands on real serial lines.

Boards, chips and radio are emulated (tests/hardware/box.py); the prompt, the copying, the beacon's program and the
gateway's reading are the real ones. What a board has afterwards is read from its flash, the site from its files.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.reader import HeardLine, Refusal
from tests.hardware.box import Board, Desk
from tests.support import stock
from tests.support.waiting import until
from tests.system.atdesk import is_the_beacon
from tests.system.laterdays import (
    AT,
    DOOR,
    OWN_FILES,
    OWN_KEYS,
    Bench,
    FirstDay,
    called,
    ceilings,
    judged,
    pressed,
    release,
    settings,
)

pytestmark = pytest.mark.system

DIES = b"def start():\n    raise RuntimeError('dead')\n"


@pytest.fixture(scope="module")
def first(fetched: Path, tmp_path_factory: pytest.TempPathFactory) -> FirstDay:
    if not os.environ.get("MICROPYTHON_LIB"):
        pytest.skip("missing micropython-lib: set $MICROPYTHON_LIB to a checkout")
    return FirstDay(tmp_path_factory.mktemp("first"), fetched)


@pytest.fixture
def at_bench(first: FirstDay, desk: Desk, tmp_path: Path) -> Iterator[tuple[Bench, Board]]:
    """Another day: the bench, and Anna's board on its cable. No key was told in the end."""
    bench, board = first.later(tmp_path, desk)
    desk.plug(board)
    yield bench, board
    bench.no_key_is_told()


GOOD = {"battery": 90, "low": False, "snr": 8.0, "at": 0.0}


class Call:
    """The board calls, and what it has then."""

    def __init__(self, board: Board) -> None:
        self._board, self._before = board, settings(board)
        self._line = pressed(board)
        self._sent, self._ceilings = len(board.sent()), ceilings(board)
        assert self._ceilings[2], "no open call on flash"

    def goes_on(self) -> None:
        """Under the same keys, the very same call; and no number was used twice."""
        until(lambda: self._line in called(self._board, self._before, self._sent), 20)
        after = ceilings(self._board)
        assert settings(self._board) == self._before and after[2]
        assert after[0] >= self._ceilings[0] and after[1] >= self._ceilings[1]
        numbers = [stock.header(frame).id for frame in self._board.sent()]
        assert len(set(numbers)) == len(numbers), "a packet number was used twice"


def revoked(bench: Bench, node: int, line: bytes) -> bool:
    found = judged(bench.site, node, line)
    return isinstance(found, Refusal) and found.reason == "revoked"


def slot(board: Board) -> str:
    return (board.flash / "slot").read_text()


def test_an_update_keeps_keys_numbers_and_place_and_an_open_call_goes_on(at_bench: tuple[Bench, Board]) -> None:
    bench, board = at_bench
    port, call = str(bench.desk.path), Call(board)
    release(bench.cache, "9.0.0")
    old = (board.flash / "a/pack").read_bytes()
    assert "--yes" in bench.refused("update", port, code=47) and not (board.flash / "b").exists()
    done = bench.last("update", port, "--yes")
    assert done["event"] == "installed" and (done["slot"], done["trial"]) == ("b", True)
    assert done["after"].startswith("9.0.0 ") and done["before"].startswith("0.")
    assert (board.flash / "a/pack").read_bytes() == old  # beside it, till the new one has proved itself
    until(lambda: slot(board) == "b", 40)
    assert (board.flash / "b/version").read_text().strip() == done["after"]
    call.goes_on()
    assert is_the_beacon(board, bench.site, done["node"])


def test_a_new_program_that_does_not_start_leaves_the_board_to_the_old_one(at_bench: tuple[Bench, Board]) -> None:
    bench, board = at_bench
    call = Call(board)
    release(bench.cache, "9.1.0", **{"beacon__program.py": DIES})
    done = bench.last("update", str(bench.desk.path), "--yes")
    assert done["after"].startswith("9.1.0 ") and done["trial"]
    until(lambda: slot(board) == "a", 40)
    assert board.running
    assert board.running.trace.count("rename /slot.new /slot") == 5  # the update, three starts on trial, the way back
    call.goes_on()


def test_a_board_taken_away_in_the_middle_of_an_update_runs_on_and_the_same_again_ends_well(
    at_bench: tuple[Bench, Board],
) -> None:
    bench, board = at_bench
    port, before = str(bench.desk.path), settings(board)
    release(bench.cache, "9.0.0")
    was = {path: path.read_bytes() for path in (board.flash / "a").iterdir()}
    bench.desk.unplug()
    board.cut = 25
    bench.desk.plug(board)
    said = bench.refused("update", port, code=24)
    assert "went away" in said and "plug it in again, and do this again" in said
    assert (board.flash / "b/pack.new").exists() and not (board.flash / "b/version").exists()
    assert {path: path.read_bytes() for path in was} == was and (slot(board), settings(board)) == ("a", before)
    bench.desk.unplug()
    board.cut = 0
    bench.desk.plug(board)
    assert isinstance(judged(bench.site, before["node"], pressed(board)), HeardLine)
    done = bench.last("update", port, "--yes")
    assert (board.flash / "b/version").read_text().strip() == done["after"] and slot(board).startswith("b a ")
    assert settings(board) == before and not (board.flash / "b/pack.new").exists()


def test_a_moved_beacon_says_its_new_place_under_its_old_keys(at_bench: tuple[Bench, Board]) -> None:
    bench, board = at_bench
    before, version = settings(board), bench.site.roster.version
    moved = bench.do("move", "Anna", "--place", "Mill Lane 4", "--board-later")
    assert [event["event"] for event in moved] == ["moved"]
    assert bench.site.find("Anna").public == "Mill Lane 4" and settings(board) == before
    assert bench.last("move", "Anna", "--port", str(bench.desk.path))["epoch"] == 1
    after = settings(board)
    assert is_the_beacon(board, bench.site, before["node"]) and after["place"] == "Mill Lane 4"
    assert [after[key] for key in OWN_KEYS] == [before[key] for key in OWN_KEYS]
    place = bench.site.find("Anna")
    assert (bench.site.roster.version, place.private.door) == (version + 1, DOOR)
    line = pressed(board)
    assert line.startswith(b"\aHELP Mill Lane 4 #") and isinstance(judged(bench.site, before["node"], line), HeardLine)
    label = bench.folder / "label.svg"
    bench.do("label", "Anna", "--out", str(label))
    assert "Mill Lane 4" in label.read_text() and "34th" not in label.read_text()


def test_a_board_that_is_another_beacon_than_the_one_named_is_left_alone(
    at_bench: tuple[Bench, Board], first: FirstDay
) -> None:
    bench, anna = at_bench
    port = ["--port", str(bench.desk.path)]
    bert = first.another(bench.folder / "bert", 2)
    bench.desk.plug(bert)
    node = bench.last("provision", "Bert", "--place", "Mill Lane 4", *AT, *port)["node"]
    before, version = settings(bert), bench.site.roster.version
    for words in (
        ["move", "Anna", "--place", "Elm 1"],
        ["replace", "Anna"],
        ["provision", "Carl", "--place", "Elm 1", *AT],
    ):
        said = bench.refused(*words, *port)
        assert "'Bert'" in said and "retire" in said
        assert settings(bert) == before and bench.site.roster.version == version
    assert isinstance(judged(bench.site, node, pressed(bert)), HeardLine)
    bench.do("retire", "Bert", "--yes")  # what the sentence says helps
    assert bench.last("replace", "Anna", *port)["name"] == "Anna" and is_the_beacon(
        bert, bench.site, bench.node("Anna")
    )


def test_a_replaced_beacon_is_refused_and_the_new_one_believed_until_it_is_retired(
    at_bench: tuple[Bench, Board], first: FirstDay
) -> None:
    bench, old = at_bench
    before = settings(old)
    stolen = pressed(old)
    new = first.another(bench.folder / "new", 3)
    bench.desk.plug(new)
    made = bench.last("replace", "Anna", "--port", str(bench.desk.path))
    node, after = made["node"], settings(new)
    assert (made["name"], made["epoch"]) == ("Anna", 1) and is_the_beacon(new, bench.site, node)
    assert node != before["node"] and not {after[key] for key in OWN_KEYS} & {before[key] for key in OWN_KEYS}
    assert (after["place"], bench.site.find("Anna").private.door) == (before["place"], DOOR)
    assert revoked(bench, before["node"], stolen)
    line = pressed(new)
    assert isinstance(judged(bench.site, node, line), HeardLine)
    label = bench.folder / "label.svg"
    assert bench.last("label", "Anna", "--out", str(label))["nodes"] == [node]

    assert "--yes" in bench.refused("revoke", "Anna", code=2) and isinstance(judged(bench.site, node, line), HeardLine)
    assert bench.last("revoke", "Anna", "--yes")["node"] == node and revoked(bench, node, line)
    assert bench.site.find("Anna").private.door == DOOR
    assert bench.typed("retire", "Anna", said="n\n", code=1) and bench.site.find("Anna").private.door == DOOR
    bench.typed("retire", "Anna", "--port", str(bench.desk.path), said="y\n")
    assert revoked(bench, node, line) and bench.site.find("Anna").private.door == ""
    until(lambda: not {path.name for path in new.flash.iterdir()} & set(OWN_FILES), 5)
    for words in (["move", "Anna", "--place", "Elm 1", "--board-later"], ["label", "Anna", "--out", str(label)]):
        bench.refused(*words)


def test_the_round_says_whom_to_visit_and_a_visit_ends_it(at_bench: tuple[Bench, Board]) -> None:
    bench, board = at_bench
    port = str(bench.desk.path)
    assert bench.round(GOOD)["visits"] == []
    bench.days_pass(31)
    bench.do("rotate", "--yes")
    release(bench.cache, "9.0.0")
    found = bench.round(GOOD | {"battery": 9, "low": True, "snr": 1.0, "at": -3600.0}, "--software", "9.0.0")
    (one,) = found["visits"]
    for said in ("battery low (9 %)", "silent for 60 min", "margin", "software 0.", "old group key", "31 d ago"):
        assert sum(said in reason for reason in one["reasons"]) == 1, (said, one)
    assert len(one["reasons"]) == 6
    paper = (bench.folder / "round.html").read_text()
    assert all(reason.split("(")[0] in paper for reason in one["reasons"]) and "http" not in paper
    bench.do("update", port)  # and all else at once: no start that the technician ends is held against the new program
    bench.do("move", "Anna", "--port", port)
    assert bench.check()[-1]["passed"]
    bench.do("fit", "Anna", "--volume", "60", "--port", port)
    assert is_the_beacon(board, bench.site, bench.node("Anna")) and slot(board).startswith("b a ")
    until(lambda: slot(board) == "b", 40)
    assert bench.round(GOOD)["visits"] == []
