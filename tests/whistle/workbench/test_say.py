"""What people and scripts read, whatever terminal it is read on."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from rich.table import Table
from rich.text import Text

from whistle.workbench import boards
from whistle.workbench.command import COMMANDS, workbench
from whistle.workbench.say import Say

ENV = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
PLAIN = [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]


def told(words: list[str], **env: str) -> bytes:
    command = [sys.executable, "-m", "whistle", "workbench", *words]
    done = subprocess.run(command, capture_output=True, timeout=60, env=ENV | env)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def shown(name: str, columns: int) -> list[str]:
    done = CliRunner().invoke(workbench, [name], env={"COLUMNS": str(columns)})
    assert done.exit_code == 0
    return [line.rstrip() for line in done.output.splitlines()]


@pytest.mark.parametrize("env", PLAIN)
@pytest.mark.parametrize("columns", ["20", "60", "200"])
def test_a_terminal_without_letters_of_ours_shows_readable_tables(env: dict[str, str], columns: str) -> None:
    for name in ("power", "boards"):
        said = told([name], COLUMNS=columns, **env).decode("ascii")
        assert all(key in said for key in boards.names())


@pytest.mark.parametrize("columns", [25, 40, 60, 78, 80, 120])
def test_no_word_of_a_table_is_cut_in_any_terminal(columns: int) -> None:
    for name in ("power", "boards"):
        lines = shown(name, columns)
        assert all(any(key in line for line in lines) for key in boards.names())
        assert "…" not in "".join(lines)


def test_boards_fit_into_a_phones_terminal() -> None:
    lines = shown("boards", 40)
    assert max(map(len, lines)) <= 40
    assert all(boards.load(key).name in " ".join(map(str.strip, lines)) for key in boards.names())


def test_a_wide_terminal_shows_one_row_a_board() -> None:
    assert len(shown("boards", 120)) == len(boards.names()) + 4


def test_letters_that_a_terminal_lacks_come_as_the_nearest_it_has() -> None:
    script = "from whistle.workbench.say import Say, readable; readable(); Say().event('x', 'Åsa Straße … \\udcff')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=60, env=ENV | {"PYTHONIOENCODING": "ascii"}
    )
    assert done.stdout.decode("ascii") == "Asa Stra?e ... ?\n", done.stderr


def test_a_scripts_lines_are_whole_in_every_encoding() -> None:
    script = "from whistle.workbench.say import Say; Say(True).event('x', '', name='Åsa \\udcff')"
    for encoding in ("ascii", "utf-8"):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, timeout=60, env=ENV | {"PYTHONIOENCODING": encoding}
        )
        assert json.loads(done.stdout)["name"] == "Åsa \udcff", done.stderr


@pytest.mark.parametrize("columns", [20, 100])
def test_a_name_is_never_read_as_colours(columns: int, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    table = Table("name", "")
    table.add_row("[/b] [red]", Text("good", style="green"))
    Say().table(table)
    assert "[/b]" in capsys.readouterr().out


def test_every_command_is_helped_in_every_encoding() -> None:
    for name in COMMANDS:
        assert CliRunner().invoke(workbench, [name, "--help"]).output.isascii(), name
