"""What the site refuses: one error of the workbench's own, with its exit code, whichever command met it."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from whistle.workbench.command import COMMANDS, workbench

WORDS = {
    "batch": ["list.csv"],
    "check": ["/dev/null"],
    "fit": ["Cedar"],
    "flash": [],
    "install": ["/dev/null"],
    "label": ["Cedar", "--out", "x.pdf"],
    "move": ["Cedar", "--place", "Elm", "--board-later"],
    "provision": ["Cedar", "--place", "34th", "--lat", "44.9", "--lon", "-93.1", "--port", "/dev/null"],
    "replace": ["Cedar", "--port", "/dev/null"],
    "retire": ["Cedar", "--yes"],
    "revoke": ["Cedar", "--yes"],
    "rotate": ["--yes"],
    "round": ["--state", "state.json"],
    "survey": [],
    "update": ["/dev/null"],
}


def test_every_command_on_a_site_is_tried_here() -> None:
    on_site = {name for name in COMMANDS if "directory" in {option.name for option in found(name).params}}
    assert on_site == set(WORDS)


def found(name: str) -> click.Command:
    command = workbench.get_command(click.Context(workbench), name)
    assert command is not None
    return command


@pytest.mark.parametrize("name", sorted(WORDS))
def test_a_directory_without_a_site_is_said_in_the_workbenchs_own_words(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_text("name,place,lat,lon\nCedar,34th,44.9,-93.1\n")
    done = CliRunner().invoke(workbench, [name, "--json", "--site", str(tmp_path / "none"), *WORDS[name]])
    said = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, said["event"], said["error"]) == (1, "error", "SiteTrouble"), done.output
    assert said["sentence"].endswith(".") and "whistle site" in said["sentence"]
