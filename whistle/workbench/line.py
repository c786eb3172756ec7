"""The line: a box of boards, one after the other, from bare to labelled. A bad board is set aside and the line goes on.

Everything is in the journal before it is relied on; killed and started again the line repeats nothing that was done. A
board gets a row of the list only when it is about to be provisioned; one that fails gives its row back, and the next
good board takes it under the next epoch, so that no row waits for a broken board.

    seen      a board came, and which
    step      one step is done (flash, install)
    row       this board is to become this beacon
    checked   what the check found
    labelled  the beacon is finished
    batch     a list is begun, or gone on with
    failed    the board failed: step and reason; all of its steps are void, its row is free
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from whistle.site import lifecycle
from whistle.workbench import boards
from whistle.workbench.batchlist import Row
from whistle.workbench.errors import (
    BadJournal,
    BadProgram,
    BadRow,
    BadWish,
    BoardFailed,
    CacheError,
    NoFont,
    NotHeard,
    SiteTrouble,
    SlipNotKept,
    WorkbenchError,
)
from whistle.workbench.journal import Event
from whistle.workbench.provision import OnBench, Provisioner
from whistle.workbench.say import Say
from whistle.workbench.steps import Device, Steps

# What is not the board's fault stops the line: the next board would meet it too.
_STOPS: Final = (BadJournal, BadProgram, BadRow, BadWish, CacheError, NoFont, NotHeard, SiteTrouble, SlipNotKept)


class Failure(NamedTuple):
    """A board that was set aside: its id, the step it failed at, and why."""

    board: str
    step: str
    reason: str


class Tally(NamedTuple):
    """How a list stands: nodes labelled in the list's order, boards set aside, names that still have no beacon."""

    labelled: list[int]
    failed: list[Failure]
    remaining: list[str]


class Line:
    """Works a list off. `rows` are judged; what the roster says against them is a BadRow before the first board."""

    def __init__(self, made: Provisioner, steps: Steps, rows: Sequence[Row], say: Say) -> None:
        self._made, self._steps, self._rows, self._say = made, steps, rows, say
        self._journal = made.journal
        for row in rows:
            self._must_fit(row)
        self._list = hashlib.sha256("\n".join(row.wish.name for row in rows).encode()).hexdigest()[:16]

    def run(self) -> Tally:
        """Board after board until every row has its beacon or the technician wants no more."""
        last: Device | None = None
        self._journal.add("batch", list=self._list)
        while self.tally().remaining:
            last = self._steps.wait(last)
            if last is None:
                break
            self._board(last)
        return self.tally()

    def tally(self) -> Tally:
        """How the list stands, by the journal alone."""
        nodes = {row.wish.name: self._finished(row) for row in self._rows}
        return Tally(
            [node for node in nodes.values() if node is not None],
            self._failures(),
            [name for name, node in nodes.items() if node is None],
        )

    def _board(self, device: Device) -> None:
        board, step = f"on {device.port}", "identify"
        try:
            found = self._steps.identify(device)
            board = found.id
            self._journal.add("seen", board=board, table=found.board)
            if self._known(board):
                self._steps.start(device)
                return
            on_bench = OnBench(device, boards.load(found.board), board)
            for step in ("flash", "install"):
                on_bench = self._prepared(on_bench, step)
            step = "provision"
            name, node = self._provisioned(on_bench)
            step = "check"
            self._checked(on_bench, node)
            self._journal.add("labelled", board=board, node=node, name=name)
            self._say.event("labelled", f"{name}: ready, !{node:08x}. Next board.", board=board, node=node, name=name)
        except _STOPS:
            raise
        except WorkbenchError as error:
            self._failed(board, step, error.format_message())
        except OSError as error:
            self._failed(
                board, step, f"It went away ({error.strerror or error}): look at its cable, then try it again."
            )

    def _known(self, board: str) -> bool:
        done = self._journal.last("labelled", "failed", board=board)
        if done is None or done["event"] == "failed" or not self._is_board_of(board, done["node"]):
            return False
        self._say.event(
            "known", f"This board is {done['name']} already: take the next one.", board=board, name=done["name"]
        )
        return True

    def _is_board_of(self, board: str, node: int) -> bool:
        beacon, newest = self._made.site.roster.beacon(node), self._journal.last("provisioned", node=node)
        return beacon is not None and not beacon.revoked and newest is not None and newest["board"] == board

    def _prepared(self, on_bench: OnBench, step: str) -> OnBench:
        """Flashed or installed, unless that was done since the board last failed."""
        done = self._journal.last("step", board=on_bench.id, step=step)
        failed = self._journal.last("failed", board=on_bench.id)
        if done is not None and self._later(done, failed):
            return on_bench
        self._say.event("step", f"{on_bench.id}: {step} ...", board=on_bench.id, step=step)
        version = None
        if step == "flash":
            on_bench = on_bench._replace(device=self._steps.flash(on_bench.device, on_bench.table))
        else:
            version = self._steps.install(on_bench.device, on_bench.table)
        self._journal.add("step", board=on_bench.id, step=step, software=version)
        return on_bench

    def _later(self, one: Event, other: Event | None) -> bool:
        return other is None or self._journal.events.index(one) > self._journal.events.index(other)

    def _provisioned(self, on_bench: OnBench) -> tuple[str, int]:
        row = self._row_for(on_bench)
        name = row.wish.name
        self._must_be_free(on_bench, row)
        others = any(one["board"] != on_bench.id for one in self._journal.told("row", name=name))
        self._journal.add("row", board=on_bench.id, name=name)
        self._say.event("provision", f"{on_bench.id}: becomes {name} ...", board=on_bench.id, name=name)
        node = self._made.enrol(row.wish)
        self._made.provision(node, on_bench, again=others or self._failed_once(on_bench.id))
        return name, node

    def _must_be_free(self, on_bench: OnBench, row: Row) -> None:
        """BoardFailed for a beacon in use that lies in the box; what a board was when it failed here is void."""
        newest, mine = self._journal.last("failed", "provisioned", board=on_bench.id), self._node(row)
        if newest is not None and newest["event"] == "failed":
            return
        try:
            self._made.must_be_free(on_bench, *[] if mine is None else [mine])
        except BadWish as error:
            raise BoardFailed(error.message) from None

    def _failed_once(self, board: str) -> bool:
        return self._journal.last("failed", board=board) is not None

    def _row_for(self, on_bench: OnBench) -> Row:
        """The row it was about to become; else the first that nobody has; else one whose board stayed away."""
        open_rows = [row for row in self._rows if self._finished(row) is None]
        fitting = [row for row in open_rows if row.board in ("", on_bench.table.key)]
        mine = [row for row in fitting if self._holder(row) == on_bench.id]
        free = [row for row in fitting if self._holder(row) is None]
        for row in (*mine, *free, *fitting):
            return row
        wanted = ", ".join(sorted({row.board for row in open_rows}))
        raise BoardFailed(f"No beacon of the list is for a board {on_bench.table.key}: still wanted are {wanted}.")

    def _holder(self, row: Row) -> str | None:
        """The board that was last to become this row, None when it gave the row back or took another."""
        last = self._journal.last("row", name=row.wish.name)
        if last is None:
            return None
        after = self._journal.last("row", "failed", board=last["board"])
        return last["board"] if after is last else None

    def _checked(self, on_bench: OnBench, node: int) -> None:
        slip = self._steps.check(on_bench.device, on_bench.table)
        self._journal.add("checked", board=on_bench.id, node=node, passed=slip.passed, **msgspec.to_builtins(slip))
        for finding in slip.findings:
            if finding.passed is False:
                raise BoardFailed(f"{finding.name}: {finding.words}")

    def _failed(self, board: str, step: str, reason: str) -> None:
        self._journal.add("failed", board=board, step=step, reason=reason)
        self._say.event("failed", f"{board}: set aside at {step}: {reason}", board=board, step=step, reason=reason)

    def _finished(self, row: Row) -> int | None:
        """The node of this row's beacon when it is labelled and in use."""
        node = self._node(row)
        done = None if node is None else self._journal.last("labelled", node=node)
        return node if done is not None and node is not None and self._is_board_of(done["board"], node) else None

    def _node(self, row: Row) -> int | None:
        place = lifecycle.named(self._made.site.roster, row.wish.name)
        return place.node if place else None

    def _must_fit(self, row: Row) -> None:
        """BadRow when the roster has this name or spot otherwise, or its board was set up outside of a batch."""
        try:
            self._made.judge(row.wish)
        except BadWish as error:
            raise BadRow(f"Line {row.line}, column name or place: {error.message}") from None
        node = self._node(row)
        spent = node is not None and str(node) in self._made.site.file.settings_made
        if spent and self._journal.last("row", name=row.wish.name) is None:
            said = f"{row.wish.name!r} was set up already, and not by a batch: take the row out."
            raise BadRow(f"Line {row.line}, column name: {said}")

    def _failures(self) -> list[Failure]:
        """The boards that were set aside since this list was begun, and did not come through later."""
        begun, newest = False, dict[str, Event]()
        for entry in self._journal.events:
            begun = begun or (entry["event"] == "batch" and entry["list"] == self._list)
            if begun and entry["event"] in ("failed", "labelled"):
                newest[entry["board"]] = entry
        failed = [entry for entry in newest.values() if entry["event"] == "failed"]
        return [Failure(entry["board"], entry["step"], entry["reason"]) for entry in failed]
