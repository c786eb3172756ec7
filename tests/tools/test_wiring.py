"""The drawings of docs/build/ show the pins of the boards' tables, all of them, and go stale with them."""

import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tests.tools.test_card import collisions
from tools import wiring
from whistle.workbench import boards
from whistle.workbench.boards import rules

KEYS = [board.key for board in wiring.first_tier()]
PAGE = (wiring.ROOT / wiring.PAGE).read_text()


def test_drawings_and_tables_are_what_would_be_made_now() -> None:
    for path, fresh in wiring.made().items():
        assert (wiring.ROOT / path).read_text() == fresh, f"{path} is stale: run python -m tools.wiring"


@pytest.mark.parametrize("key", KEYS)
def test_every_pin_of_the_table_is_drawn_or_named_once(key: str) -> None:
    board = boards.load(key)
    text = (wiring.ROOT / wiring.FOLDER / f"wiring-{key}.svg").read_text()
    pins = dict(wiring.drawn(text))
    assert pins["button"] == board.wiring.button
    assert pins["button2"] == board.wiring.button2
    assert board.wiring.whistle and [pins["whistle-1"], pins["whistle-2"]] == board.wiring.whistle.pins
    named = {int(pin) for line in wiring.on_board(board) for pin in re.findall(r"\d+", line)}
    assert named | set(pins.values()) == {use.pin for use in rules.uses(board)}
    assert not named & set(pins.values())


@pytest.mark.parametrize("key", KEYS)
def test_a_moved_pin_makes_the_drawing_stale(key: str) -> None:
    board = boards.load(key)
    moved = msgspec.structs.replace(board, wiring=msgspec.structs.replace(board.wiring, button=7))
    assert wiring.drawing(moved).svg() != wiring.drawing(board).svg()
    assert wiring.table(moved) != wiring.table(board)


@pytest.mark.parametrize(
    ("key", "held"),
    [
        ("lilygo-t-beam", {"button", "button2", "wire"}),
        ("heltec-v3", {"button", "button2"}),
        ("pico-waveshare", set()),
    ],
)
def test_what_has_no_pull_up_inside_or_loses_it_asleep_is_drawn_with_one(key: str, held: set[str]) -> None:
    board = boards.load(key)
    assert {wire.name for wire in wiring.wires(board) if wire.pulled} == held
    assert wiring.drawing(board).svg().count("100k to 3.3 V") == len(held)
    assert wiring.table(board).count("100k to 3.3 V") == len(held)


@pytest.mark.parametrize("key", boards.names())
def test_no_words_of_a_drawing_run_into_others(key: str) -> None:
    assert collisions(wiring.drawing(boards.load(key))) == []


def test_the_page_has_every_board_of_tier_1_and_says_that_nobody_built_one() -> None:
    assert re.findall(r"<!-- made: wires (\S+) -->", PAGE) == KEYS
    assert "**Not yet built.**" in PAGE
    for key in KEYS:
        drawing = (wiring.ROOT / wiring.FOLDER / f"wiring-{key}.svg").read_text()
        assert f"wiring-{key}.svg" in PAGE
        assert "Not yet built by anybody" in drawing


def test_the_page_tells_the_battery_life_that_the_workbench_tells() -> None:
    from whistle.workbench import power

    board = boards.load("heltec-v3")
    press, listen, relay = (power.life(board, mode, "SHORT_TURBO", 3000).days for mode in power.MODES)
    assert "*press* two and a half years, *listen* less than three weeks, *relay* three days" in PAGE
    assert 2.3 < press / 365.25 < 2.7 and 17 < listen < 21 and 2.5 < relay < 3.5


def test_the_command_notices_a_stale_drawing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import click

    (tmp_path / wiring.FOLDER).mkdir(parents=True)
    (tmp_path / wiring.PAGE).write_text(PAGE)
    monkeypatch.setattr(wiring, "ROOT", tmp_path)
    command = click.command()(click.option("--check", is_flag=True)(wiring.main))
    run = CliRunner().invoke(command, ["--check"])
    assert (run.exit_code, run.output.count("is not what the tables say")) == (1, len(KEYS))
    assert CliRunner().invoke(command, []).exit_code == 0
    assert CliRunner().invoke(command, ["--check"]).exit_code == 0
