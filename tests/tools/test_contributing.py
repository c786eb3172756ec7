"""The tutorial for adding a board works as it stands: its table is read, checked and reckoned with."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools import wiring
from whistle.cli import main
from whistle.workbench import boards, power
from whistle.workbench.boards import rules

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()


def block(language: str) -> str:
    """The one block of that language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return str(found)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "cedar-box.toml"
    path.write_text(block("toml"))
    return path


def test_the_tutorials_table_is_a_board_without_faults(table: Path) -> None:
    board = boards.read(table)
    assert board.key == "cedar-box"
    assert rules.faults(board) == []
    raw = json.loads(boards.wiring(board))
    assert raw["lamp"] == {"red": 38, "green": 39, "blue": 40, "on": 1}
    assert "display" not in raw
    assert power.life(board, "press", "SHORT_TURBO", 3000).days > 365


def test_the_tutorials_command_accepts_it(table: Path) -> None:
    assert "whistle workbench boards --check cedar-box.toml" in PAGE
    run = CliRunner().invoke(main, ["workbench", "boards", "--check", str(table)])
    assert (run.exit_code, run.output) == (0, "1 tables checked, 0 faults.\n")


def test_the_fault_that_the_tutorial_shows_is_the_one_that_comes(table: Path) -> None:
    table.write_text(block("toml").replace("button = 5 ", "button = 0 "))
    run = CliRunner().invoke(main, ["workbench", "boards", "--check", str(table)])
    assert run.exit_code == 1
    assert block("text").strip() in run.output


def test_the_tutorials_pins_are_those_of_the_rules() -> None:
    def pins(cell: str) -> frozenset[int]:
        ends = [part.split("–") for part in re.findall(r"\d+(?:–\d+)?", cell)]
        return frozenset(pin for one in ends for pin in range(int(one[0]), int(one[-1]) + 1))

    rows = re.findall(r"(?m)^\| `(\w+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", PAGE)
    assert {row[0] for row in rows} == set(rules.CHIPS)
    for name, wake, straps, adc, flash in rows:
        chip = rules.CHIPS[name]
        assert (pins(wake) or chip.pins) == chip.wake
        assert (pins(straps), pins(adc)) == (chip.straps, chip.adc)
        assert pins(flash) == chip.flash.union(*chip.psram.values())


def test_the_comments_it_shows_are_where_the_table_of_wires_goes() -> None:
    begin, end = re.findall(r"`(<!-- .*? -->)`", PAGE)
    found = wiring.PART.fullmatch(f"{begin}\n{end}")
    assert found and found[1] == "cedar-box"


def test_the_imaginary_board_is_none_of_ours() -> None:
    assert "cedar-box" not in boards.names()
