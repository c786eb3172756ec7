"""Install and update on emulated boards: the old release or the new one runs, the beacon's own files are as before."""

import time

import pytest

from tests.hardware import emulated
from tests.support import boxes
from tests.support.waiting import until
from whistle.workbench import compiling, errors
from whistle.workbench.device import Device
from whistle.workbench.installing import install, open_call, state
from whistle.workbench.slots import Slots, release, unpacked


@pytest.fixture
def flash(tmp_path, need):
    need("micropython")
    (tmp_path / "flash").mkdir()
    return tmp_path / "flash"


@pytest.fixture
def old(tmp_path):
    return boxes.release(tmp_path, "old", extra={"alertwire/stale.py": b"STALE = 1\n", "alertwire/kept.py": b"K = 1\n"})


@pytest.fixture
def new(tmp_path):
    return boxes.release(tmp_path, "new", extra={"alertwire/kept.py": b"K = 1\n"})


def ran(flash):
    """What a start of the board runs, one word for each time a release began, until its flash is quiet."""
    (flash / "ran").unlink(missing_ok=True)
    if not (flash / "main.py").exists():
        return []
    with emulated.powered(flash) as board:
        until(lambda: "close /ran" in board.trace, 20)
        seen = 0
        while seen != (seen := len(board.trace)):
            time.sleep(0.3)
    return (flash / "ran").read_text().split()


def updated(flash, release, anyway=False, **faults):
    """Update a board to a release over its prompt; what became of it, and its flash operations."""
    with emulated.powered(flash, at_prompt=True, **faults) as board:
        with Device(board.port) as device:
            done = install(device, release, anyway)
        return done, board.trace


def cut(flash, release, at, torn):
    """The same, its power cut at one flash operation: how many there were until then, that one counted."""
    with emulated.powered(flash, at_prompt=True, cut=at, torn=torn) as board:
        with pytest.raises(errors.PortGone), Device(board.port) as device:
            install(device, release, anyway=True)
        return len(board.trace)


def test_an_empty_board_gets_a_release_and_runs_it(flash, old):
    with emulated.board(flash) as port, Device(port) as device:
        assert state(device) == (None, "")
        done = install(device, old)
        assert state(device) == (Slots("a"), old.stamp)
    assert (done.before, done.after, done.slot, done.copied, done.trial) == ("", old.stamp, "a", 1, False)
    assert ran(flash) == ["old"] and ran(flash) == ["old"]


def test_the_real_program_installs_and_loads_through_the_chooser(flash):
    real = release("0.0.1", compiling.program())
    done, _ = updated(flash, real)
    assert done.copied >= 1 and len(unpacked(real.files["pack"])) > 15
    with emulated.powered(flash, at_prompt=True) as board, Device(board.port) as device:
        loaded = "import chooser\nprint(chooser.load(chooser.choose()).__name__)"
        assert device.run(loaded).split() == ["start"]
        checked = "from alertwire.sequence import pack, unpack\nprint(unpack(pack(1, 2, 3, b'x')))"
        assert device.run(checked).strip() == "(1, 2, 3, b'x')"
        assert device.run("import beacon.program as p\nprint(p.__file__)").strip() == "/run/beacon/program.mpy"


def test_again_it_copies_nothing(flash, old):
    updated(flash, old)
    done, trace = updated(flash, old)
    assert (done.copied, done.kept) == (0, 4) and trace == []


def test_an_update_goes_beside_the_old_and_proves_itself(flash, old, new):
    boxes.placed(flash, old, "a")
    before = boxes.data_of(flash)
    done, _ = updated(flash, new)
    assert (done.before, done.after, done.slot, done.trial) == (old.stamp, new.stamp, "b", True)
    assert (flash / "slot").read_text() == "b a 0"
    assert ran(flash) == ["new"] and (flash / "slot").read_text() == "b"
    assert boxes.data_of(flash) == before
    done, _ = updated(flash, old)
    assert done.slot == "a" and ran(flash) == ["old"] and boxes.data_of(flash) == before


def test_files_of_an_older_release_do_not_stay_in_a_slot(flash, old, new):
    boxes.placed(flash, old, "a")
    boxes.put(flash / "b", {**old.files, "beacon/name.mpy": b"older"})
    updated(flash, new)
    assert {path.name for path in (flash / "b").rglob("*") if path.is_file()} == {"pack", "version"}


def test_a_release_that_dies_is_tried_three_times(tmp_path, flash, old):
    boxes.placed(flash, old, "a")
    updated(flash, boxes.release(tmp_path, "bad", boxes.DIES))
    assert [ran(flash) for _ in range(3)] == [["bad"]] * 3 and (flash / "slot").read_text() == "b a 3"
    assert ran(flash) == ["old"] and (flash / "slot").read_text() == "a"


@pytest.mark.slow
def test_a_release_that_dies_again_and_again_is_given_up_without_anybody(tmp_path, flash, old):
    boxes.placed(flash, old, "a")
    updated(flash, boxes.release(tmp_path, "bad", boxes.DIES))
    with emulated.powered(flash) as board:
        until(lambda: board.trace.count("close /ran") == 4, 40)
    assert (flash / "ran").read_text().split() == ["bad", "bad", "bad", "old"] and board.starts == 4


def test_a_release_that_cannot_be_loaded_leaves_its_starts_to_the_old(tmp_path, flash, old):
    boxes.placed(flash, old, "a")
    broken = boxes.release(tmp_path, "broken", extra={"beacon/name.py": b"import nothing\n"})
    updated(flash, broken)
    assert [ran(flash) for _ in range(4)] == [["old"]] * 4 and (flash / "slot").read_text() == "a"


def test_a_start_that_the_technician_ends_is_no_failed_one(tmp_path, flash, old):
    boxes.placed(flash, old, "a")
    made = boxes.release(tmp_path, "new", "    import time\n    while True:\n        time.sleep(1)")
    updated(flash, made)
    ran_by = flash / "ran"
    with emulated.powered(flash) as board:
        for number in range(1, 6):
            until(lambda number=number: ran_by.exists() and ran_by.read_text().split() == ["new"] * number, 20)
            assert (flash / "slot").read_text() == "b a 1"
            with Device(board.port) as device:
                assert (flash / "slot").read_text() == "b a 0"
                device.reset()


def test_an_update_over_one_on_trial_first_goes_back(tmp_path, flash, old, new):
    boxes.placed(flash, old, "a")
    updated(flash, boxes.release(tmp_path, "bad", boxes.DIES))
    done, trace = updated(flash, new)
    assert done.slot == "b" and trace.index("rename /slot.new /slot") < trace.index("remove /b/version")
    assert ran(flash) == ["new"] and (flash / "slot").read_text() == "b"
    boxes.put(flash, {"slot": b"b a 1"})
    done, _ = updated(flash, old)
    assert (done.copied, done.trial, (flash / "slot").read_text()) == (0, False, "a")


def test_it_is_refused_while_an_alert_stands_open(flash, old, new):
    boxes.placed(flash, old, "a")
    boxes.put(flash, {"state0": boxes.OPEN_CALL})
    before = boxes.data_of(flash)
    with pytest.raises(errors.CallOpen, match="--yes"):
        updated(flash, new)
    assert ran(flash) == ["old"] and not (flash / "b").exists()
    updated(flash, new, anyway=True)
    assert ran(flash) == ["new"] and boxes.data_of(flash) == before
    with emulated.board(flash) as port, Device(port) as device:
        assert open_call(device)
        boxes.put(flash, {"state0": boxes.OPEN_CALL[:-1], "state1": boxes.DATA["state1"]})
        assert not open_call(device), "a torn record is not believed"


def test_a_board_without_room_keeps_what_it_has(flash, old, new):
    boxes.placed(flash, old, "a")
    with pytest.raises(errors.BoardFull, match="bytes"):
        updated(flash, new, room=600)
    assert ran(flash) == ["old"] and (flash / "slot").read_text() == "a"


@pytest.mark.slow
def test_power_cut_at_every_flash_operation_of_an_install(tmp_path, flash, old, tell):
    _, trace = updated(flash, old)
    made = 0
    for at in range(1, len(trace) + 1):
        fresh = tmp_path / f"cut{at}"
        fresh.mkdir()
        made += cut(fresh, old, at, torn=bool(at % 2)) == at
        assert ran(fresh) in ([], ["old"])
        updated(fresh, old)
        assert ran(fresh) == ["old"]
    tell(f"install: {len(trace)} flash operations, cut at each: {made}")
    assert made == len(trace) > 20


@pytest.mark.slow
@pytest.mark.parametrize("torn", [False, True])
def test_power_cut_at_every_flash_operation_of_an_update(tmp_path, flash, old, new, torn, tell):
    def board(name):
        fresh = tmp_path / name
        fresh.mkdir()
        boxes.placed(fresh, old, "a")
        boxes.put(fresh / "b", {**old.files, "version": old.mark})
        boxes.put(fresh, {"state0": boxes.OPEN_CALL})
        return fresh

    _, trace = updated(board("uncut"), new, anyway=True)
    assert trace[-1] == SWITCH, "the switch is the last operation: a cut before it is the old release"
    made = 0
    for at in range(1, len(trace) + 1):
        fresh = board(f"cut{at}")
        before = boxes.data_of(fresh)
        made += cut(fresh, new, at, torn) == at
        assert ran(fresh) == ["old"] and boxes.data_of(fresh) == before, trace[at - 1]
        _, again = updated(fresh, new, anyway=True)
        assert len(again) <= len(trace), "what was whole is not copied again"
        assert ran(fresh) == ["new"] and boxes.data_of(fresh) == before
    tell(f"update: {len(trace)} flash operations, cut at each{' in the middle' if torn else ''}: {made}")
    assert made == len(trace) > 12


SWITCH = "rename /slot.new /slot"


def started(flash, switches, at=0):
    """The operations of a start in which `slot` is written so many times, or that is cut at one operation."""
    with emulated.powered(flash, cut=at, torn=True) as board:
        if at:
            until(board.gone, 20)
        else:
            until(lambda: "close /ran" in board.trace and board.trace.count(SWITCH) == switches, 20)
        return list(board.trace)


@pytest.mark.slow
@pytest.mark.parametrize("slot", ["b a 0", "b a 3"], ids=["the trial", "the way back"])
def test_power_cut_at_every_flash_operation_of_a_start(tmp_path, flash, old, new, slot, tell):
    """On a filesystem that, unlike a board's, empties a file at once when it is opened for writing."""

    def board(name):
        fresh = tmp_path / name
        fresh.mkdir()
        boxes.placed(fresh, old, "a")
        boxes.put(fresh / "b", {**new.files, "version": new.mark})
        boxes.put(fresh, {"slot": slot.encode()})
        return fresh

    whole = started(board("uncut"), 2 if slot == "b a 0" else 1)
    made = 0
    for at in range(1, len(whole) + 1):
        fresh = board(f"cut{at}")
        before = boxes.data_of(fresh)
        made += len(started(fresh, 0, at)) == at
        assert ran(fresh) == (["new"] if slot == "b a 0" else ["old"]), whole[at - 1]
        assert boxes.data_of(fresh) == before
        assert (fresh / "slot").read_text() == ("b" if slot == "b a 0" else "a")
    tell(f"start, {slot}: {len(whole)} flash operations, cut at each: {made}")
    assert made == len(whole) >= 7
