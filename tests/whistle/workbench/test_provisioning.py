"""Settings and wiring put on a board: whole or not at all, once, seen by nobody."""

import base64
import json
import logging
from pathlib import Path

import pytest

from tests.hardware import emulated
from tests.support import boxes
from whistle.workbench import boards, errors
from whistle.workbench.device import Device
from whistle.workbench.provisioning import beacon_on, forget, node_on, provision, wire

TABLE = boards.load("heltec_v3" if "heltec_v3" in boards.names() else boards.names()[0])
KEY = "c0ffee" * 10 + "dead"


def settings(node=77, epoch=1):
    """A beacon's settings, some kilobytes as real ones are."""
    return json.dumps({"v": 1, "node": node, "device_epoch": epoch, "up": KEY, "filler": "x" * 1500}).encode()


@pytest.fixture
def flash(tmp_path, need):
    need("micropython")
    (tmp_path / "flash").mkdir()
    return tmp_path / "flash"


def given(flash, data, **faults):
    """Provision a board; what became of it, and the board's flash operations."""
    with emulated.powered(flash, at_prompt=True, **faults) as board:
        with Device(board.port) as device:
            done = provision(device, TABLE, data)
        return done, list(board.trace)


def test_a_new_board_gets_both_files_and_once(flash):
    done, trace = given(flash, settings())
    assert done == (77, True, True) and len(trace) > 8
    assert (flash / "settings").read_bytes() == settings()
    assert (flash / "board").read_bytes() == boards.wiring(TABLE)
    done, trace = given(flash, settings())
    assert done == (77, False, False) and trace == []
    assert {path.name for path in flash.iterdir()} == {"settings", "board"}


def test_a_table_that_was_corrected_is_brought_alone(flash):
    boxes.put(flash, {**boxes.DATA, "board": b"{}"})
    with emulated.board(flash) as port, Device(port) as device:
        assert wire(device, TABLE) and not wire(device, TABLE)
    assert (flash / "board").read_bytes() == boards.wiring(TABLE)
    assert (flash / "settings").read_bytes() == boxes.DATA["settings"]


def test_a_beacon_that_gets_a_higher_epoch_keeps_its_numbers(flash):
    boxes.put(flash, {**boxes.DATA, "settings": settings()})
    given(flash, settings(epoch=2))
    assert (flash / "settings").read_bytes() == settings(epoch=2)
    assert all((flash / name).read_bytes() == boxes.DATA[name] for name in ("state0", "state1", "marks"))


def test_a_board_that_was_another_beacon_forgets_it_before_it_is_the_new_one(flash):
    boxes.put(flash, {**boxes.DATA, "settings": settings(node=5)})
    _, trace = given(flash, settings(node=77))
    order = ["remove /settings", "remove /state0", "remove /state1", "remove /marks", "rename /settings.new /settings"]
    assert [operation for operation in trace if operation in order] == order
    assert {path.name for path in flash.iterdir()} == {"settings", "board"}


def test_a_board_that_forgets_has_only_what_is_no_beacons_own(flash):
    cut = {"settings.new": settings()[:700], "new": b"3"}  # what a power cut left half written
    boxes.put(flash, {**boxes.DATA, **cut, "settings": settings(), "group": b"1", "survey": b"2", "slot": b"a"})
    with emulated.board(flash) as port, Device(port) as device:
        forget(device)
        forget(device)
    assert {path.name for path in flash.iterdir()} == {"board", "slot"}


def test_settings_that_make_no_sense_cost_no_numbers(flash):
    boxes.put(flash, {**boxes.DATA, "settings": b"{torn"})
    with emulated.board(flash) as port, Device(port) as device:
        assert node_on(device) == -1 and beacon_on(device) is None
    given(flash, settings())
    assert (flash / "state1").read_bytes() == boxes.DATA["state1"]


def test_a_board_says_which_beacon_it_is_and_under_which_epoch(flash):
    with emulated.board(flash) as port, Device(port) as device:
        assert (node_on(device), beacon_on(device)) == (0, None)
    boxes.put(flash, {"settings": settings(epoch=3)})
    with emulated.board(flash) as port, Device(port) as device:
        assert (node_on(device), beacon_on(device)) == (77, (77, 3))


@pytest.mark.parametrize("wrong", [b"", b"{}", b"[1]", b'{"node": "x"}', b"\xff"])
def test_bytes_that_are_no_settings_never_reach_a_board(flash, wrong):
    boxes.put(flash, {"settings": settings()})
    with pytest.raises(errors.Garbled, match="whistle site settings"):
        given(flash, wrong)
    assert (flash / "settings").read_bytes() == settings()


def test_a_full_board_keeps_its_settings(flash):
    boxes.put(flash, {"settings": settings(), "board": boards.wiring(TABLE)})
    with pytest.raises(errors.BoardFull):
        given(flash, settings(epoch=2), room=700)
    assert (flash / "settings").read_bytes() == settings() and not (flash / "settings.new").exists()


def test_a_key_is_seen_by_nobody(flash, capfd, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    said = []
    real = Device.run

    def watched(self, source, *rest, **others):
        try:
            said.append(real(self, source, *rest, **others))
        except errors.WorkbenchError as error:
            said.append(error.format_message())
            raise
        lines = [Path(f"/proc/{entry.name}/cmdline") for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        for line in lines:
            try:
                assert KEY.encode() not in line.read_bytes()
            except OSError:
                continue
        return said[-1]

    monkeypatch.setattr(Device, "run", watched)
    given(flash, settings())
    (flash / "settings").unlink()
    with pytest.raises(errors.PortGone) as cut:
        given(flash, settings(), cut=5)
    with pytest.raises(errors.NotWritten) as worn:
        given(flash, settings(epoch=3), worn=True)
    out = capfd.readouterr()
    told = [*said, out.out, out.err, caplog.text, str(cut.value), str(worn.value), repr(cut.value.__context__)]
    carried = base64.b64encode(settings()[:768]).decode()[:60]  # as it travels to the board
    assert len(said) > 15 and not any(KEY in text or carried in text for text in told)


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, 77, 5], ids=["a new board", "the same beacon", "another beacon"])
@pytest.mark.parametrize("torn", [False, True])
def test_power_cut_at_every_flash_operation(tmp_path, flash, before, torn, tell):
    def board(name):
        fresh = tmp_path / name
        fresh.mkdir()
        if before is not None:
            boxes.put(fresh, {**boxes.DATA, "settings": settings(node=before)})
        return fresh

    new = settings(epoch=2)
    _, trace = given(board("uncut"), new)
    made = 0
    for at in range(1, len(trace) + 1):
        fresh = board(f"cut{at}")
        with emulated.powered(fresh, at_prompt=True, cut=at, torn=torn) as power:
            with pytest.raises(errors.PortGone), Device(power.port) as device:
                provision(device, TABLE, new)
            made += len(power.trace) == at
        left = (fresh / "settings").read_bytes() if (fresh / "settings").exists() else None
        allowed = {None: [None], 77: [settings(node=77)], 5: [settings(node=5), None]}[before]
        assert left in allowed, f"neither the old settings nor none: {trace[at - 1]}"
        _, again = given(fresh, new)
        assert (fresh / "settings").read_bytes() == new and len(again) <= len(trace)
        numbers = [(fresh / name).exists() for name in ("state0", "state1", "marks")]
        assert numbers == [before == 77] * 3
        assert given(fresh, new)[1] == []
    tell(f"provision: {len(trace)} flash operations, cut at each{' in the middle' if torn else ''}: {made}")
    assert made == len(trace) >= 9
