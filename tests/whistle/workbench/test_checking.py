"""The check of a board: what passes, and each fault a technician meets, told apart and with its remedy."""

import json
import re
from contextlib import ExitStack

import msgspec
import pytest

from tests.hardware import emulated
from tests.support import boxes
from whistle.workbench import boards, checking, slips
from whistle.workbench.bench import Bench
from whistle.workbench.checking import People, Step, check
from whistle.workbench.device import Device
from whistle.workbench.errors import SlipNotKept

TABLE = boards.load("heltec-v3")
GOOD = {"battery": [80, 3900], "pressed": [0, 1]}
YES = People(lambda _: True, lambda _: True, lambda _: True)
STANDIN = emulated.HERE / "standin"
RUNS = b"""
import asyncio, sys
async def live():
    while True:
        await asyncio.sleep_ms(20)
        if 'beacon' in sys.modules:
            open('/haunted', 'w').close()
asyncio.run(live())
"""


@pytest.fixture
def made(tmp_path, need):
    """made(name, **model): the flash of a board that is as the model says."""
    need("micropython")
    (tmp_path / "air").mkdir()

    def make(name, settings=True, **model):
        flash = tmp_path / name
        files = {
            "chooser/__init__.mpy": boxes.chooser(tmp_path / "starter")["chooser/__init__.mpy"],
            "a/beacon/__init__.py": b"",
            "a/beacon/boards/__init__.py": b"",
            "a/beacon/boards/esp32.py": (STANDIN / "board.py").read_bytes(),
            "a/beacon/radios/__init__.py": b"",
            "a/beacon/radios/sx126x.py": (STANDIN / "radio.py").read_bytes(),
            "board": boards.wiring(TABLE),
            "model": json.dumps({**GOOD, **model}).encode(),
        }
        boxes.put(flash, {**files, **({"settings": boxes.DATA["settings"]} if settings else {})})
        return flash

    return make


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(flash, other): the steps of a check, by name."""
    for name, seconds in (("BUTTON_S", 1.0), ("HEAR_S", 3.0), ("LAMP_S", 0.1), ("WHISTLE_S", 0.1)):
        monkeypatch.setattr(checking, name, seconds)

    def steps(flash, other=None, people=YES, stamp="0.2.0 abc", trial=False):
        with ExitStack() as stack:
            benches = []
            for one in (flash, other):
                if one is not None:
                    power = stack.enter_context(emulated.powered(one, models=(tmp_path / "air",)))
                    benches.append(Bench(stack.enter_context(Device(power.port)), "a"))
            return list(check(benches[0], stamp, trial, people, benches[1] if other else None))

    return steps


def by_name(steps):
    return {step.name: step for step in steps}


def test_a_good_board_passes_every_step_with_a_bench_radio(made, run):
    flash = made("board")
    steps = run(flash, made("bench", settings=False))
    assert [(step.name, step.outcome) for step in steps] == [
        (name, "passed")
        for name in (
            "program",
            "radio",
            "noise",
            "to the bench",
            "from the bench",
            "battery",
            "button",
            "second button",
            "lamp",
            "whistle",
        )
    ], steps
    assert checking.passed(steps) and "-38 dBm" in by_name(steps)["to the bench"].says
    assert (flash / "told").read_text().splitlines() == [
        "lamp 1 green bad-settings",
        "lamp 0 green dark",
        "whistle 1 coming",
        "whistle 0 silent",
    ]
    assert (flash / "attended").exists(), "the watchdog is kept quiet while the prompt is used"


def test_the_program_that_ran_before_does_not_go_on_beside_the_check(made, run):
    flash = made("board")
    (flash / "main.py").write_bytes(RUNS)
    assert checking.passed(run(flash))
    assert not (flash / "haunted").exists(), "its tasks went on: they take frames, and send the board to sleep"


def test_a_modem_is_told_as_one(made, run):
    flash = made("board")
    (flash / "settings").write_bytes(b"modem")
    steps = run(flash)
    assert [(step.name, step.outcome) for step in steps] == [("program", "passed"), ("radio", "skipped")]
    assert "gateway" in steps[1].says
    (flash / "settings").write_bytes(b"{torn")
    assert "provision" in by_name(run(flash))["radio"].remedy


@pytest.mark.parametrize(("used", "remedy"), [(True, ""), (False, "fit NAME --second-button")])
def test_a_second_button_that_the_program_does_not_listen_to_is_told(made, run, used, remedy):
    flash = made("board")
    held = json.loads((flash / "settings").read_bytes())
    (flash / "settings").write_text(json.dumps({**held, "second_button": used}))
    step = by_name(run(flash))["second button"]
    assert step.outcome == "passed" and remedy in step.remedy and ("not in use" in step.says) is not used


def test_without_a_bench_radio_or_a_person_steps_are_skipped_and_say_so(made, run):
    steps = by_name(run(made("board"), people=People(lambda _: None, lambda _: None, lambda _: False)))
    skipped = {name for name, step in steps.items() if step.outcome == "skipped"}
    assert skipped == {"to the bench", "from the bench", "button", "second button", "lamp", "whistle"}
    assert all(steps[name].says for name in skipped)


@pytest.mark.parametrize(
    ("model", "step", "remedy"),
    [
        ({"raises": "Internal radio Status 2 OpError 0x20"}, "radio", "1800 mV at DIO3"),
        ({"raises": "radio error 0x0020: if 0x0020, look at tcxo_mv"}, "radio", "1800 mV at DIO3"),
        ({"raises": "radio error 0x0041: if 0x0020, look at tcxo_mv"}, "radio", "put it aside"),
        ({"registers": {"sync": 0x24B4, "mode": 5, "errors": 0x20}}, "radio", "1800 mV at DIO3"),
        ({"raises": "BUSY timeout"}, "radio", "BUSY line .pin 13."),
        ({"raises": "[Errno 5] EIO"}, "radio", "MISO .pin 11."),
        ({"raises": "Invalid initial status (0, 0)."}, "radio", "MISO .pin 11."),
        ({"registers": {1: 0, 2: 0, 3: 0}}, "radio", "MISO .pin 11."),
        ({"registers": [255, 255]}, "radio", "MISO .pin 11."),
        ({"raises": "something new"}, "radio", "put it aside"),
        ({"noise": -60}, "noise", "transmitters"),
        ({"noise": -200}, "noise", "hears nothing"),
        ({"battery": [3, 3100]}, "battery", "charge it"),
        ({"battery": [99, 9000]}, "battery", "ratio"),
        ({"battery": []}, "battery", "divider|ratio"),
        ({"pressed": [1]}, "button", "wires of the button"),
        ({"pressed": [0]}, "second button", "wires of the second button"),
    ],
)
def test_each_fault_is_told_apart(made, run, model, step, remedy):
    steps = run(made("board", **model))
    failed = [one for one in steps if one.outcome == "failed"]
    assert [one.name for one in failed] == [step] and not checking.passed(steps)
    assert by_name(steps)["whistle"].outcome == "passed", "one fault does not end the check"
    assert re.search(remedy, failed[0].remedy), failed[0]
    assert failed[0].says


def test_a_board_without_settings_program_or_lamp_is_told(made, run):
    steps = by_name(run(made("bare", settings=False), stamp=""))
    assert (steps["program"].outcome, steps["radio"].outcome) == ("failed", "failed")
    assert "provision" in steps["radio"].remedy and "install" in steps["program"].remedy
    steps = by_name(run(made("dark"), people=People(lambda _: False, lambda _: True, lambda _: True)))
    assert steps["lamp"].outcome == "failed" and "lamp's pin" in steps["lamp"].remedy
    flash = made("gone")
    (flash / "a/beacon/radios/sx126x.py").unlink()
    assert "with the driver" in by_name(run(flash))["radio"].remedy
    (flash / "a/beacon/boards/esp32.py").unlink()
    assert "install" in by_name(run(flash))["board"].remedy
    (flash / "board").unlink()
    assert "provision" in by_name(run(flash))["board"].remedy


@pytest.mark.parametrize(("model", "remedy"), [({"hears": False}, "antennas"), ({"rssi": -118}, "for this band")])
def test_a_deaf_board_and_a_weak_one_are_found_with_the_bench_radio(made, run, model, remedy):
    steps = by_name(run(made("board", **model), made("bench")))
    assert steps["to the bench"].outcome == "passed" and steps["from the bench"].outcome == "failed"
    assert remedy in steps["from the bench"].remedy


def test_a_bench_radio_that_is_broken_itself_is_named(made, run):
    steps = by_name(run(made("board"), made("bench", raises="BUSY timeout")))
    assert steps["radio"].outcome == "passed" and "bench radio" in steps["to the bench"].remedy


def test_a_slip_is_kept_under_node_or_chip_and_time(tmp_path):
    steps = [Step("radio", "passed", "3 registers read"), Step("noise", "failed", "-60 dBm", "move away")]
    path = slips.keep(slips.slip(0xA1B2C3D4, "aabb", "0.2.0 abc", steps), tmp_path / "slips")
    kept = json.loads(path.read_bytes())
    assert path.name.startswith("a1b2c3d4-20") and kept["passed"] is False
    assert msgspec.convert(kept, slips.Slip).steps == steps
    assert slips.keep(slips.slip(0, "aabb", "", steps[:1]), tmp_path / "slips").name.startswith("aabb-")
    (tmp_path / "file").write_text("")
    with pytest.raises(SlipNotKept, match="--slips"):
        slips.keep(slips.slip(1, "", "", steps), tmp_path / "file")
