"""install, update and check as a technician types them, against emulated boards."""

import json

import pytest
from click.testing import CliRunner

from tests.hardware import emulated
from tests.support import boxes, sites
from whistle.workbench import boards, checking, journal, slots
from whistle.workbench.cache import Cache, New
from whistle.workbench.command import workbench

STANDIN = emulated.HERE / "standin"


@pytest.fixture
def flash(tmp_path, need):
    need("micropython")
    (tmp_path / "flash").mkdir()
    return tmp_path / "flash"


@pytest.fixture
def cache(tmp_path):
    """A cache with two small releases and a driver."""
    kept = Cache(tmp_path / "cache")
    for version in ("0.1.0", "0.2.0"):
        made = boxes.release(tmp_path, version)
        program = {**made.starter, **slots.unpacked(made.files["pack"])}
        kept.keep(*(New("program", path, version, data or b"\n", "test") for path, data in program.items()))
    kept.keep(New("driver", "lib/lora/modem.mpy", "0.1.6", b"M\x06", "test"))
    return kept.folder


def whistle(*words, code=0):
    """Run a command with --json; its events by name, the last of each."""
    done = CliRunner().invoke(workbench, [words[0], "--json", *map(str, words[1:])])
    assert done.exit_code == code, done.output
    events = [json.loads(line) for line in done.output.splitlines()]
    return {event["event"]: event for event in events}


def test_install_then_update_then_nothing_to_do(flash, cache):
    with emulated.powered(flash, at_prompt=True) as board:
        failed = whistle("update", board.port, "--cache", cache, code=48)
        assert "whistle workbench install" in failed["error"]["sentence"]
        done = whistle("install", board.port, "--cache", cache, "--version", "0.1.0")["installed"]
        assert done["after"].startswith("0.1.0 ") and (done["slot"], done["trial"], done["before"]) == ("a", False, "")
        assert "lora/modem.mpy" in slots.unpacked((flash / "a/pack").read_bytes())
        before = done["after"]
    boxes.put(flash, boxes.DATA)
    with emulated.powered(flash, at_prompt=True) as board:
        events = whistle("update", board.port, "--cache", cache)
        done = events["installed"]
        assert (done["before"], done["slot"], done["trial"]) == (before, "b", True)
        assert done["after"].startswith("0.2.0 ") and events["file"]["number"] == events["file"]["of"]
    boxes.put(flash, {"slot": b"b", "state1": boxes.OPEN_CALL})
    with emulated.powered(flash, at_prompt=True) as board:
        assert whistle("update", board.port, "--cache", cache)["installed"]["copied"] == 0
        assert (
            whistle("update", board.port, "--cache", cache, "--version", "0.1.0", code=47)["error"]["error"]
            == "CallOpen"
        )
        assert (
            whistle("update", board.port, "--cache", cache, "--version", "0.1.0", "--yes")["installed"]["slot"] == "a"
        )


def test_what_was_done_to_a_board_is_written_down_for_the_round_where_there_is_a_site(flash, cache, tmp_path):
    home = sites.made(tmp_path, beacons=0).directory
    with emulated.powered(flash, at_prompt=True) as board:
        whistle("install", board.port, "--cache", cache, "--version", "0.1.0", "--site", home)
    boxes.put(flash, boxes.DATA)
    with emulated.powered(flash, at_prompt=True) as board:
        whistle("update", board.port, "--cache", cache, "--site", home)
        said = whistle("update", board.port, "--cache", cache, "--site", tmp_path / "stick", code=1)["error"]
        assert "plug in the stick" in said["sentence"]
    first, second = journal.read(home / journal.NAME)
    assert (first["event"], first["board"], first["trial"], first["node"]) == ("installed", "454d55303031", False, 0)
    assert first["software"].startswith("0.1.0 ")
    assert (second["trial"], second["node"]) == (True, 77) and second["software"].startswith("0.2.0 ")


def test_another_command_at_the_bench_keeps_no_board_from_its_program(flash, cache, tmp_path):
    home = sites.made(tmp_path, beacons=0).directory
    with emulated.powered(flash, at_prompt=True) as board, journal.opened(home / journal.NAME) as held:
        said = whistle("install", board.port, "--cache", cache, "--site", home)
        assert said["installed"] and "Another command works at this bench" in said["unwritten"]["why"]
    assert held.events == [] and journal.read(home / journal.NAME) == []
    (home / journal.NAME).write_text("no event\n")
    with emulated.powered(flash, at_prompt=True) as board:
        assert (
            "is no event"
            in whistle("update", board.port, "--cache", cache, "--site", home, code=1)["error"]["sentence"]
        )


def test_without_a_cache_it_says_fetch(flash, tmp_path):
    with emulated.board(flash) as port:
        assert "fetch" in whistle("install", port, "--cache", tmp_path / "none", code=10)["error"]["sentence"]


def test_a_check_keeps_its_slip_and_its_exit_code(flash, tmp_path, monkeypatch):
    for name in ("BUTTON_S", "LAMP_S", "WHISTLE_S"):
        monkeypatch.setattr(checking, name, 0.5)
    extra = {
        "beacon/boards/__init__.py": b"",
        "beacon/boards/esp32.py": (STANDIN / "board.py").read_bytes(),
        "beacon/radios/__init__.py": b"",
        "beacon/radios/sx126x.py": (STANDIN / "radio.py").read_bytes(),
    }
    made = boxes.release(tmp_path, "0.2.0", extra=extra)
    boxes.placed(flash, made, "b")
    model = {"battery": [80, 3900], "pressed": [0, 1]}
    wires = boards.wiring(boards.load("heltec-v3"))
    boxes.put(flash, {"model": json.dumps(model).encode(), "board": wires})
    home = sites.made(tmp_path, beacons=0).directory
    options = ("--slips", tmp_path / "slips", "--lamp", "yes", "--whistle", "skip", "--site", home)
    (tmp_path / "air").mkdir()
    with emulated.powered(flash, models=(tmp_path / "air",)) as board:
        events = whistle("check", board.port, *options)
        assert events["slip"]["passed"] and events["slip"]["node"] == 77
        slip = json.loads(next((tmp_path / "slips").iterdir()).read_bytes())
        assert slip["release"] == made.stamp and len(slip["steps"]) == 10
        outcomes = {step["name"]: step["outcome"] for step in slip["steps"]}
        assert outcomes["lamp"] == "passed" and outcomes["whistle"] == "skipped"
    boxes.put(flash, {"model": json.dumps({**model, "noise": -50}).encode()})
    with emulated.powered(flash, models=(tmp_path / "air",)) as board:
        failed = whistle("check", board.port, *options, "--no-button", code=49)
        assert "noise" in failed["error"]["sentence"] and failed["slip"]["passed"] is False
        told = [(one["event"], one["node"], one["passed"]) for one in journal.read(home / journal.NAME)]
        assert told == [("checked", 77, True), ("checked", 77, False)]
        assert journal.read(home / journal.NAME)[0]["software"] == made.stamp
        said = CliRunner().invoke(workbench, ["check", board.port, *map(str, options), "--no-button"])
        assert said.exit_code == 49 and "what to do" in said.output and "chargers" in said.output
