"""From many tables to one board; the probe runs on real MicroPython, against pins that are strict."""

import os
import subprocess

import msgspec
import pytest

from tests.hardware import probed_board
from whistle.workbench import boards, identify
from whistle.workbench.errors import AmbiguousBoard
from whistle.workbench.ports import Port

EVERY = [boards.load(key) for key in boards.names()]
BY_KEY = {board.key: board for board in EVERY}


def wired(key: str) -> dict:
    radio = msgspec.to_builtins(BY_KEY[key].wiring.radio)
    return {name: value for name, value in radio.items() if value is not None}


def shown(key: str) -> dict | None:
    return msgspec.to_builtins(BY_KEY[key].wiring.display)


@pytest.fixture
def probe(need, tmp_path):
    """Run the script for some boards on MicroPython with a board's pins; the keys that are left."""
    micropython = need("micropython")

    def run(keys: list[str], machine: str) -> list[str]:
        candidates = [BY_KEY[key] for key in keys]
        (tmp_path / "machine.py").write_text(machine)
        (tmp_path / "probe.py").write_text(identify.script(candidates))
        done = subprocess.run(
            [str(micropython), str(tmp_path / "probe.py")],
            capture_output=True,
            text=True,
            timeout=30,
            env=os.environ | {"MICROPYPATH": f"{tmp_path}:.frozen"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [board.key for board in identify.by_probe(candidates, done.stdout)]

    return run


KEYS = [board.key for board in EVERY if board.wiring.radio.driver != "stream"]
SAME = {"heltec-v3", "heltec-wsl-v3"}  # one layout, with a display and without


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("floating", [0, 1])
def test_every_board_is_found_among_all_by_its_radio(probe, key, floating):
    assert probe(KEYS, probed_board.module(wired(key), shown(key), floating=floating)) == [key]


def test_a_radio_without_its_display_is_taken_for_the_table_without_one(probe):
    assert probe(["heltec-v3", "heltec-wsl-v3"], probed_board.module(wired("heltec-v3"))) == ["heltec-wsl-v3"]


@pytest.mark.parametrize("sync", [b"\x14\x24", b"\x34\x44", b"\x24\xb4"])
def test_a_radio_that_was_in_use_is_known_too(probe, sync):
    assert probe(["lilygo-t3-s3", "xiao-s3-wio"], probed_board.module(wired("xiao-s3-wio") | {"sync": sync})) == [
        "xiao-s3-wio"
    ]


@pytest.mark.parametrize(
    "machine",
    [
        probed_board.module(None),
        probed_board.module(None, floating=0),
        probed_board.module(wired("heltec-v3") | {"stuck": True}),
        probed_board.module(wired("heltec-v3") | {"sync": b"\x00\x00"}),
        probed_board.module(wired("pico-waveshare")),
    ],
    ids=["nothing", "grounded", "busy", "dead", "other pins"],
)
def test_a_radio_that_does_not_answer_is_none(probe, machine):
    assert probe(["heltec-v3", "xiao-s3-wio"], machine) == []


def test_pins_that_this_chip_has_not_are_passed_over(probe):
    assert probe(KEYS, probed_board.module(wired("pico-waveshare"), absent=tuple(range(30, 49)))) == ["pico-waveshare"]


ODD = ["7", "[[5180, true]]", '[["x", []]]', "[" * 5000, "\udcff"]


@pytest.mark.parametrize("printed", ["", "Traceback", "MPY: soft reboot\n", "\n\n", *ODD])
def test_no_answer_at_all_leaves_none(printed):
    assert identify.by_probe(EVERY, printed) == []


def test_each_step_narrows():
    port = Port("/dev/ttyUSB0", "10c4:ea60")
    seen = identify.by_usb(port, EVERY)
    assert {board.key for board in seen} == {"heltec-v3", "heltec-wsl-v3", "lilygo-t-beam"}
    assert {board.key for board in identify.by_chip("esp32s3", seen)} == SAME
    assert identify.only(identify.by_chip("esp32", seen)).key == "lilygo-t-beam"
    assert identify.by_usb(Port("/dev/pts/1", ""), EVERY) == EVERY


def test_what_stays_open_is_asked():
    with pytest.raises(AmbiguousBoard, match="heltec-v3, heltec-wsl-v3.*--board") as refused:
        identify.only([BY_KEY["heltec-v3"], BY_KEY["heltec-wsl-v3"]])
    assert refused.value.exit_code == 38
    with pytest.raises(AmbiguousBoard, match="no board we know"):
        identify.only([])
