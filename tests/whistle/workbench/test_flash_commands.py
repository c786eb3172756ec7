"""`whistle workbench ports` and `flash` as a technician types them."""

import json

import click
import pytest
from click.testing import CliRunner, Result
from rich.progress import Progress

from tests.hardware import images
from tests.hardware.romloader import Faults, RomLoader
from whistle.workbench import boards, errors
from whistle.workbench import ports as serial_ports
from whistle.workbench.cache import Cache, New
from whistle.workbench.command import flashing, workbench
from whistle.workbench.ports import Port

S3 = images.esp("esp32s3", size=60_000)
BRIDGE = Port("/dev/ttyUSB0", "10c4:ea60", "0001")
MODEM = Port("/dev/ttyUSB9", "1234:5678")


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path) -> Cache:
    monkeypatch.setenv("WHISTLE_CACHE", str(tmp_path / "cache"))
    cache = Cache(tmp_path / "cache")
    cache.keep(New("image", "ESP32_GENERIC_S3", "1.29.0", S3, "x"))
    return cache


def run(*words: str) -> Result:
    result = CliRunner().invoke(workbench, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def plugged(monkeypatch, found: list[Port], usb: list[str]) -> None:
    monkeypatch.setattr(serial_ports, "listed", lambda: found)
    monkeypatch.setattr(serial_ports, "usb_ids", lambda: usb)


def test_ports_say_which_boards_they_may_be(monkeypatch):
    plugged(monkeypatch, [BRIDGE, MODEM], [])
    said = run("ports").output
    assert "/dev/ttyUSB0" in said and "heltec-v3" in said and "no board we know" in said
    events = [json.loads(line) for line in run("ports", "--json").output.splitlines()]
    assert events[0]["port"] == "/dev/ttyUSB0" and "heltec-v3" in events[0]["boards"] and events[1]["boards"] == []


@pytest.mark.parametrize(("usb", "code", "piece"), [([], 20, "only charge"), (["10c4:ea60"], 23, "CP210x driver")])
def test_no_port_says_why(monkeypatch, usb, code, piece):
    plugged(monkeypatch, [], usb)
    result = run("ports")
    assert result.exit_code == code and piece in result.output and result.output.count("\n") == 1


@pytest.mark.system
def test_a_board_is_flashed_by_one_command():
    with RomLoader("esp32s3") as loader:
        result = run("flash", "--bare", "--port", loader.path, "--board", "heltec-v3", "--json")
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.output.splitlines()]
    assert [event["event"] for event in events] == ["identified", "writing", "flashed"]
    assert events[-1] == {
        "event": "flashed",
        "board": "heltec-v3",
        "port": loader.path,
        "mac": "dc5475aabbcc",
        "image": "ESP32_GENERIC_S3",
        "version": "1.29.0",
    }
    assert loader.flash.startswith(S3)


@pytest.mark.system
def test_a_person_sees_the_same_in_words():
    with RomLoader("esp32s3") as loader:
        said = run("flash", "--bare", "--port", loader.path, "--board", "heltec-v3").output
    for piece in ("MAC dc5475aabbcc", "Writing ESP32_GENERIC_S3 1.29.0", "100 %", "runs MicroPython 1.29.0"):
        assert piece in said, said


@pytest.mark.system
def test_a_bit_that_does_not_take_is_an_exit_code():
    with RomLoader("esp32s3", faults=Faults(flip_at=1234)) as loader:
        result = run("flash", "--bare", "--port", loader.path, "--board", "heltec-v3")
    assert result.exit_code == 36 and "reads back differently" in result.output


@pytest.mark.system
def test_without_the_program_nothing_is_erased():
    with RomLoader("esp32s3") as loader:
        result = run("flash", "--port", loader.path, "--board", "heltec-v3")
    assert result.exit_code == 10 and "whistle workbench fetch" in result.output and not loader.seen


@pytest.mark.system
def test_a_board_that_cannot_be_told_is_a_question_a_script_must_answer():
    with RomLoader("esp32s3") as loader:
        result = run("flash", "--bare", "--port", loader.path, "--json")
    assert result.exit_code == 38 and loader.erased == 0
    assert json.loads(result.output.splitlines()[-1])["error"] == "AmbiguousBoard"


def test_a_person_is_asked_which_board_it_is(monkeypatch):
    two = [boards.load("heltec-v3"), boards.load("heltec-wsl-v3")]
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(click, "prompt", lambda _words, **_: 2)
    with Progress(disable=True) as progress:
        assert flashing.chosen(two, progress, asking=True).key == "heltec-wsl-v3"
        assert flashing.chosen(two[:1], progress, asking=True).key == "heltec-v3"
        with pytest.raises(errors.AmbiguousBoard):
            flashing.chosen(two, progress, asking=False)


def test_waiting_ends(monkeypatch):
    plugged(monkeypatch, [], [])
    result = run("flash", "--bare", "--wait", "0")
    assert result.exit_code == 20
    assert run("flash", "--board", "no-such").exit_code == 1
