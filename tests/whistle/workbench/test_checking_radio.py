"""The check of a real SX126x driver on the model of the chip: what each broken track or wrong table looks like."""

import json
import os
from pathlib import Path

import pytest

from tests.hardware import emulated
from tests.support import boxes
from tests.support.waiting import until
from whistle.workbench import boards, checking, compiling
from whistle.workbench.bench import Bench
from whistle.workbench.device import Device

STANDIN = emulated.HERE / "standin"
TABLE = boards.load("heltec-v3")
TUNING = {"freq_hz": 926750000, "sf": 7, "bw_hz": 500000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43}
# What is soldered to the board, and what is broken of it.
CHIP = """
import json, machine
from ether import Ether
from sx126x import Chip
with open("/board") as file:
    wiring = json.load(file)["radio"]
chip = Chip(Ether(), wiring, {tcxo})
{broken}
open("/soldered", "w").close()
"""


def driver() -> dict[str, bytes]:
    """micropython-lib's driver from $MICROPYTHON_LIB, by path on a board."""
    named = os.environ.get("MICROPYTHON_LIB")
    if not named or not Path(named).is_dir():
        pytest.skip("missing micropython-lib: set $MICROPYTHON_LIB to a checkout")
    room = Path(named) / "micropython/lora"
    packages = ("lora", "lora-sync", "lora-async", "lora-sx126x")
    files = [path for package in packages for path in (room / package / "lora").glob("*.py")]
    return {f"lib/lora/{path.name}": path.read_bytes() for path in files}


@pytest.fixture
def look(tmp_path, need):
    """look(broken, tcxo, **radio): the steps of a radio on a chip that is so."""
    need("micropython")
    if "beacon/radios/sx126x.mpy" not in (program := compiling.program()):
        pytest.skip("missing firmware/beacon/radios/sx126x.py")

    def steps(broken="", tcxo=3000, **radio):
        flash = tmp_path / "flash"
        wiring = json.loads(boards.wiring(TABLE))
        wiring["radio"] = {key: value for key, value in {**wiring["radio"], **radio}.items() if value is not None}
        files = {name: data for name, data in program.items() if "/boards/" not in name}
        boxes.put(flash / "a", {**files, **{name.removeprefix("lib/"): data for name, data in driver().items()}})
        boxes.put(
            flash,
            {
                "a/beacon/boards/__init__.py": b"",
                "a/beacon/boards/esp32.py": (STANDIN / "board.py").read_bytes(),
                "chooser/__init__.mpy": program["chooser/__init__.mpy"],
                "board": json.dumps(wiring).encode(),
                "settings": json.dumps({"radio": TUNING}).encode(),
                "boot.py": CHIP.format(tcxo=tcxo, broken=broken).encode(),
            },
        )
        with emulated.powered(flash, models=(emulated.HERE,)) as board:
            until(lambda: "close /soldered" in board.trace)  # Ctrl-C would come between
            with Device(board.port) as device:
                return list(checking.radio(Bench(device, "a"), None))

    return steps


def test_a_sound_radio_passes(look):
    steps = look()
    assert [(step.name, step.outcome) for step in steps[:2]] == [("radio", "passed"), ("noise", "passed")], steps
    assert steps[1].says.endswith("dBm")


@pytest.mark.parametrize(
    ("broken", "radio", "remedy"),
    [
        ("", {"tcxo_mv": None}, "oscillator does not start: its table gives no mV"),
        ("chip.tcxo_us = 90000", {}, "oscillator does not start: its table gives 1800 mV"),
        ("chip.busy.stuck = 1", {}, "BUSY line (pin 13)"),
        ("machine.bus(wiring['spi']).stuck = 0", {}, "MISO (pin 11)"),
        ("machine.bus(wiring['spi']).stuck = 0xFF", {}, "MISO (pin 11)"),
    ],
)
def test_each_broken_track_is_told_apart(look, broken, radio, remedy):
    (step,) = look(broken, **radio)
    assert step.outcome == "failed" and remedy in step.remedy, step
