"""Every board's table: no pin twice, none asked for what it cannot do; and each rule finds a planted fault."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from whistle.cli import main
from whistle.workbench import boards
from whistle.workbench.boards import Board, rules
from whistle.workbench.errors import BadTable, UnknownBoard

KEYS = boards.names()


def changed(key: str, **changes: Any) -> Board:
    """The board with some values changed; a dotted name (written with __) lies inside a part, None takes one out."""
    raw = msgspec.to_builtins(boards.load(key))
    for name, value in changes.items():
        inner, parts = raw, name.split("__")
        for part in parts[:-1]:
            inner = inner[part]
        inner[parts[-1]] = value
    return msgspec.convert(raw, Board)


def test_the_issues_boards_are_there_and_tier_1_stands_first() -> None:
    assert KEYS[:2] == ["heltec-v3", "heltec-wsl-v3"]
    assert {"xiao-s3-wio", "lilygo-t3-s3", "lilygo-t-beam", "pico-waveshare", "rak11310"} <= set(KEYS)
    assert [boards.load(key).tier for key in KEYS] == sorted(boards.load(key).tier for key in KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_table_asks_nothing_of_a_pin_that_it_cannot_do(key: str) -> None:
    assert rules.faults(boards.load(key)) == []


@pytest.mark.parametrize("key", KEYS)
def test_every_figure_of_power_says_where_it_is_from(key: str) -> None:
    power = boards.load(key).power
    assert all(draw.source for draw in (power.deep, power.light, power.awake) if draw)


@pytest.mark.parametrize("key", KEYS)
def test_every_pin_of_a_table_is_looked_at(key: str) -> None:
    def pins(value: Any, name: str = "") -> list[int]:
        if isinstance(value, dict):
            return [pin for inner, one in value.items() for pin in pins(one, inner)]
        if name in ("power", "gate"):
            return [value[0]] if value else []
        if name in ("pins", "pmu_i2c"):
            return list(value or ())
        if name == "still":
            return [pin for pin, _ in value]
        plain = {"on", "hz", "sweep", "spi", "uart", "tcxo_mv", "max_dbm", "ratio", "dio2_switch", "driver"}
        plain |= {"model", "wakes"}
        return [] if value is None or isinstance(value, str) or name in plain else [value]

    board = boards.load(key)
    assert sorted(pins(msgspec.to_builtins(board.wiring))) == sorted(use.pin for use in rules.uses(board))


FAULTS = [
    ("heltec-v3", {"wiring__wire": 2}, "pin 2 is used more than once, for button and wire: move one"),
    ("heltec-v3", {"wiring__lamp__pin": 36}, "pin 36 is used more than once, for lamp.pin and"),
    ("heltec-v3", {"wiring__still": [[36, 1], [36, 1]]}, "pin 36 is used more than once, for"),
    ("heltec-v3", {"wiring__button": 33}, "pin 33 cannot wake the board: move button to one of 0-21"),
    ("heltec-v3", {"wiring__button2": 47}, "pin 47 cannot wake the board: move button2"),
    ("heltec-v3", {"wiring__button": 0}, "pin 0 decides how the chip boots: move button, "),
    ("heltec-v3", {"wiring__button2": 3}, "pin 3 decides how the chip boots: move button2, "),
    ("heltec-v3", {"wiring__tamper": 46}, "pin 46 decides how the chip boots: move tamper"),
    ("heltec-v3", {"wiring__lamp__pin": 29}, "pin 29 belongs to flash memory: move lamp.pin"),
    ("heltec-v3", {"wiring__lamp__pin": 43}, "pin 43 belongs to the console: move lamp.pin"),
    ("heltec-v3", {"wiring__lamp__pin": 24}, "esp32s3 has no pin 24: move lamp.pin"),
    ("heltec-v3", {"wiring__battery__pin": 15}, "pin 15 measures no voltage: move battery.pin to one of 1-10"),
    ("heltec-v3", {"wiring__battery__pin": None}, "battery is measured either at a pin or by its pmu"),
    ("heltec-v3", {"wiring__radio__busy": None}, "radio.busy is missing: driver sx126x needs it"),
    ("heltec-v3", {"wiring__radio__irq": None}, "radio.irq is missing"),
    ("lilygo-t3-s3", {"wiring__radio__wakes": True}, "radio.irq is no pin that ends a deep sleep: take wakes out"),
    ("rak11310", {"wiring__radio__wakes": True}, "radio.irq is no pin that ends a deep sleep: take wakes out"),
    ("heltec-v3", {"wiring__radio__spi": 0}, "radio.spi 0 holds the flash memory"),
    ("heltec-v3", {"wiring__radio__uart": 1}, "radio.uart means nothing to driver sx126x"),
    ("heltec-v3", {"wiring__radio__model": "sx1276"}, "radio.model sx1276 is not of driver sx126x"),
    ("heltec-v3", {"wiring__radio__driver": "stream"}, "radio.tx is missing: driver stream needs it"),
    ("heltec-v3", {"wiring__port": "rp2"}, "the port of esp32s3 is esp32"),
    ("heltec-v3", {"flash_at": 0x1000}, "flash_at of esp32s3 is 0x0"),
    ("heltec-v3", {"uf2": "RPI-RP2"}, "uf2 names the drive"),
    ("heltec-v3", {"power__deep": None}, "power.deep is missing"),
    ("heltec-v3", {"usb": []}, "usb is empty"),
    ("heltec-v3", {"usb": ["10c4:ea60", "10c4:ea60"]}, "usb names an id twice"),
    ("heltec-v3", {"wiring__lamp__red": 38}, "lamp has either one pin, or red, green and blue"),
    ("heltec-v3", {"wiring__lamp__pin": None}, "lamp has either one pin"),
    ("heltec-v3", {"pulled": [7]}, "pulled names 7, where no switch is"),
    ("xiao-s3-wio", {"wiring__lamp__pin": 34}, "pin 34 belongs to octal PSRAM"),
    ("xiao-s3-wio", {"wiring__wire": 19}, "pin 19 belongs to USB"),
    ("lilygo-t-beam", {"wiring__lamp__pin": 36}, "pin 36 can only be read: move lamp.pin"),
    ("lilygo-t-beam", {"wiring__lamp__pin": 7}, "pin 7 belongs to flash memory"),
    ("lilygo-t-beam", {"wiring__lamp__pin": 17}, "pin 17 belongs to PSRAM"),
    ("lilygo-t-beam", {"wiring__button2": 36}, "pin 36 has no pull-up inside: fit one for button2"),
    ("lilygo-t-beam", {"wiring__button2": 15}, "pin 15 decides how the chip boots"),
    ("lilygo-t-beam", {"wiring__button2": 22}, "pin 22 cannot wake the board"),
    ("lilygo-t-beam", {"wiring__pmu_i2c": None}, "pmu_i2c is missing"),
    ("lilygo-t-beam", {"wiring__radio__max_dbm": 22}, "an SX127x sends 20 dBm at most"),
    ("lilygo-t-beam", {"wiring__radio__tcxo_mv": 1800}, "tcxo_mv and dio2_switch are for an SX126x"),
    ("pico-waveshare", {"wiring__radio__sck": 9}, "pin 9 cannot be radio.sck of block 1: choose one of 10, 14, 26"),
    ("pico-waveshare", {"wiring__radio__spi": 0}, "cannot be radio.mosi of block 0"),
    ("pico-waveshare", {"wiring__radio__spi": 2}, "an RP2040 has only blocks 0 and 1"),
    ("pico-waveshare", {"wiring__battery__pin": 21}, "pin 21 measures no voltage: move battery.pin to one of 26-29"),
    ("pico-waveshare", {"wiring__display": {"sda": 5, "scl": 4}}, "display.sda lies on an even pin"),
    ("rak11310", {"wiring__whistle__pins": [5, 6]}, "both whistle.pins must be of one PWM slice"),
]


@pytest.mark.parametrize(("key", "changes", "sentence"), FAULTS)
def test_a_planted_fault_is_found(key: str, changes: dict[str, Any], sentence: str) -> None:
    found = rules.faults(changed(key, **changes))
    assert any(sentence in one for one in found), found
    assert all(one.startswith(f"{key}: ") and one.endswith(".") for one in found)


def test_every_rule_has_a_planted_fault() -> None:
    for check in rules.CHECKS:
        assert any(list(check(changed(key, **changes))) for key, changes, _ in FAULTS), check.__name__


def test_a_strap_is_accepted_only_when_nothing_better_is_free() -> None:
    board = changed("heltec-v3", wiring__button2=3)
    crowded = msgspec.structs.replace(
        board.wiring, still=[(pin, 1) for pin in (4, 7, 15, 16, 19, 20)], display=None, lamp=boards.Lamp(pin=17)
    )
    assert "decides how the chip boots: move button2, 18, 21 are free" in str(
        rules.faults(msgspec.structs.replace(board, wiring=crowded))
    )
    full = msgspec.structs.replace(crowded, still=[*crowded.still, (18, 1), (21, 1)])
    assert rules.faults(msgspec.structs.replace(board, wiring=full)) == []


@pytest.mark.parametrize("id", ["10C4:EA60", "10c4ea60", "10c4:ea6", "usb"])
def test_a_usb_id_is_two_times_four_small_hex_digits(id: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="usb"):
        changed("heltec-v3", usb=[id])


def test_a_file_that_cannot_be_read_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "x"\ntier = 9\n')
    with pytest.raises(BadTable, match=r"mine\.toml: .*tier"):
        boards.read(path)
    with pytest.raises(UnknownBoard, match=r"no board 'mine': the boards are heltec-v3, "):
        boards.load("mine")


def test_the_boards_own_file_holds_the_wiring_and_nothing_that_is_not_there() -> None:
    board = boards.load("heltec-wsl-v3")
    raw = json.loads(boards.wiring(board))
    assert raw["port"] == "esp32"
    assert raw["radio"]["irq"] == 14
    assert "display" not in raw
    assert boards.wiring(board) == boards.wiring(boards.load("heltec-wsl-v3"))


def test_the_command_checks_all_tables_or_given_files(tmp_path: Path) -> None:
    run = CliRunner().invoke(main, ["workbench", "boards", "--check"])
    assert (run.exit_code, run.output) == (0, f"{len(KEYS)} tables checked, 0 faults.\n")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((boards.FOLDER / "heltec-v3.toml").read_text().replace("button = 2 ", "button = 0 "))
    run = CliRunner().invoke(main, ["workbench", "boards", "--check", "--json", str(wrong)])
    events = [json.loads(line) for line in run.output.splitlines()]
    assert run.exit_code == 1
    assert [one["event"] for one in events] == ["fault", "checked", "error"]
    assert "pin 0 decides how the chip boots" in events[0]["sentence"]


def test_the_command_lists_all_boards() -> None:
    run = CliRunner().invoke(main, ["workbench", "boards", "--json"])
    assert [json.loads(line)["key"] for line in run.output.splitlines()] == KEYS


@pytest.mark.parametrize("key", ["../boards/heltec-v3", "/etc/passwd", "", ".", "heltec-v3.toml", "heltec\0v3"])
def test_a_board_is_named_by_its_key_alone(key):
    with pytest.raises(UnknownBoard, match="the boards are"):
        boards.load(key)
