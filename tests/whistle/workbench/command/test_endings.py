"""How commands end that did not come through: stopped by hand, unanswered, misspelt; for people and for scripts."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.support import bench
from whistle.cli import main
from whistle.site.site import Site
from whistle.workbench.command import COMMANDS, workbench

ENV = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["workbench", *words], input=typed)


def stopping(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """That command is stopped by hand as soon as it begins."""
    command = workbench.get_command(click.Context(workbench), name)
    assert command is not None

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "params", [])
    monkeypatch.setattr(command, "callback", stopped)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_ctrl_c_says_in_one_sentence_how_things_stand_and_what_to_do(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping(monkeypatch, name)
    done = run(name)
    assert done.exit_code == 130
    (said,) = done.stderr.strip().splitlines()
    assert "Aborted" not in said and said.startswith("Error: Stopped by hand: ")
    assert f"{COMMANDS[name].stopped}; {COMMANDS[name].then}." in said and said.endswith(".")


def test_a_script_that_was_stopped_gets_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    command = workbench.get_command(click.Context(workbench), "boards")
    assert command is not None

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "callback", stopped)
    done = run("boards", "--json")
    (said,) = [json.loads(line) for line in done.output.splitlines()]
    assert done.exit_code == 130 and (said["event"], said["error"]) == ("error", "Stopped")
    assert said["sentence"].startswith("Stopped by hand: ")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_command_as_ctrl_c_does(sent: signal.Signals, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "whistle", "workbench", "flash", "--bare", "--json", "--wait", "30"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=ENV | {"WHISTLE_CACHE": str(tmp_path)})
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "waiting"
    process.send_signal(sent)
    said = json.loads(process.communicate(timeout=20)[0])
    assert process.returncode == 130 and said["error"] == "Stopped"


def test_handlers_are_as_they_were_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    run("boards")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("name", ["retire", "revoke", "rotate"])
@pytest.mark.parametrize("how", [[], ["--json"]])
def test_where_nobody_can_be_asked_the_option_that_answers_is_named(name: str, how: list[str], tmp_path: Path) -> None:
    site = bench.site_at(tmp_path)
    Site.open(site).add_beacon("Anna", "34th & Cedar", 44.95, -93.25)
    before = (site / "roster.json").read_bytes(), (site / "site.json").read_bytes()
    words = [name, *([] if name == "rotate" else ["Anna"]), "--site", str(site), *how]
    done = run(*words, typed="")
    sentence = json.loads(done.stdout)["sentence"] if how else done.stderr.splitlines()[-1]
    assert done.exit_code == 2 and "Nobody is there to answer: say --yes." in sentence
    no = run(*words, typed="n\n")
    assert no.exit_code == 1 and "nothing was changed" in no.output and "Aborted" not in no.output
    assert ((site / "roster.json").read_bytes(), (site / "site.json").read_bytes()) == before


def test_ctrl_c_at_a_question_is_a_stop_and_no_answer(tmp_path: Path) -> None:
    site = bench.site_at(tmp_path)
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "whistle", "workbench", "rotate", "--site", str(site)]
    process = subprocess.Popen(words, stdin=theirs, stderr=subprocess.PIPE, env=ENV)
    os.close(theirs)
    assert process.stderr is not None
    seen = b""
    while b"[y/N]" not in seen:
        seen += process.stderr.read1()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1].decode()
    os.close(ours)
    assert process.returncode == 130 and "Stopped by hand: " in said


@pytest.mark.parametrize(
    "words",
    [
        ["nosuch", "--json"],
        ["--json", "boards"],
        ["boards", "--json", "--nosuch"],
        ["boards", "--nosuch", "--json"],
        ["round", "--json"],
        ["power", "--mah", "many", "--json"],
        ["fetch", "--json", "--image", "x"],
        ["boards", "--json", "/nosuch.toml"],
        ["power", "--json", "--mah", "nan"],
        ["power", "--json", "--pulse-mean-s", "nan"],
        ["survey", "--json", "--reach", "NaN"],
        ["flash", "--json", "--wait", "nan"],
        ["flash", "--json", "--wait", "-1"],
    ],
)
def test_a_wrong_option_is_json_for_a_script(words: list[str]) -> None:
    done = run(*words)
    (said,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2 and said["event"] == "error" and re.search(r"[.?)]$", said["sentence"])
    assert done.stderr == ""


def test_a_wrong_option_is_words_for_a_person() -> None:
    done = run("boards", "--nosuch")
    assert done.exit_code == 2 and "Usage: " in done.stderr and done.stdout == ""


@pytest.mark.parametrize("command", [["workbench", "rotate"], ["site", "rotate"], ["site", "init", "new"]])
def test_a_command_whose_input_is_closed_finds_nobody_to_ask(command: list[str], tmp_path: Path) -> None:
    site = bench.site_at(tmp_path)
    where = [] if "init" in command else ["--site", str(site)]
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "whistle", *command, *where]
    done = subprocess.run(shell, capture_output=True, text=True, env=ENV, cwd=tmp_path, timeout=30)
    assert done.returncode == 2 and "Nobody is there to answer" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "new").exists()
