"""`whistle workbench power`: a table for people, events for scripts, and the sentences that must not be missing."""

import json
from typing import Any

from click.testing import CliRunner

from whistle.cli import main
from whistle.workbench import boards, power
from whistle.workbench.command.powering import span


def run(*words: str) -> str:
    done = CliRunner().invoke(main, ["workbench", "power", *words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


def events(*words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("--json", *words).splitlines()]


def test_the_table_has_every_board_in_every_mode_and_says_what_it_is_worth() -> None:
    shown = run()
    rows = [line for line in shown.splitlines() if line.startswith("│")]
    assert len(rows) == 3 * len(boards.names())
    assert "Nobody has measured" in shown and "e: an estimate" in shown
    assert shown.count("It sleeps badly") == 4
    assert shown.count("writes a year") == 3


def test_one_board_is_shown_with_all_its_parts_and_sources() -> None:
    shown = run("--board", "heltec-v3", "--mode", "press", "--preset", "LONG_FAST", "--mah", "1100")
    assert "a pulse every 27,000 s" in shown
    assert "0.0250 mA  m  deep sleep: one user's V3" in shown
    assert "listening after pulses" in shown


def test_a_listening_board_says_that_its_deep_sleep_is_not_reckoned_with() -> None:
    shown = run("--board", "heltec-v3", "--mode", "listen")
    assert "light sleep" in shown and "deep sleep:" not in shown
    assert "C4" in shown and "C4" in run()


def test_events_carry_the_figures_of_the_model() -> None:
    found = events("--board", "heltec-v3", "--mode", "press", "--pulse-mean-s", "3600", "--dbm", "14")
    assert [one["event"] for one in found] == ["life", "wear"]
    expected = power.life(boards.load("heltec-v3"), "press", "SHORT_TURBO", 3000, 3600, 14)
    assert found[0]["days"] == round(expected.days, 1)
    assert found[0]["pulse_mean_s"] == 3600
    assert {part["known"] for part in found[0]["parts"]} <= {"measured", "datasheet", "estimate"}
    assert found[1]["writes_a_year"] > 0


def test_an_unknown_board_is_one_sentence() -> None:
    done = CliRunner().invoke(main, ["workbench", "power", "--board", "mine"])
    assert done.exit_code == 1
    assert "There is no board 'mine': the boards are" in done.output


def test_times_are_said_as_people_say_them() -> None:
    said = [span(days) for days in (1.9, 28, 92, 913)]
    assert said == ["46 hours", "28 days", "3 months", "2.5 years"]
