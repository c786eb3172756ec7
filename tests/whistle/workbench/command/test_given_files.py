"""Files that are named on the command line: whatever lies under the name, one sentence, and at once."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.whistle.workbench import bench
from whistle.cli import main
from whistle.site.site import Site

DEEP = b'{"a":' * 200_000
STATE = {"v": 1, "kind": "beacons", "made_at": 1, "roster": 1, "preset": "SHORT_TURBO", "quiet_s": {}, "beacons": []}
NAMED = {
    "list": ["batch", "{}"],
    "state": ["round", "--state", "{}"],
    "slips": ["survey", "--slips", "{}"],
    "report": ["rotate", "--done", "{}"],
    "master": ["rotate", "--yes", "--master", "{}"],
    "board's table": ["boards", "--check", "{}"],
    "image": ["fetch", "heltec-v3", "--image", "{}", "--for", "heltec-v3"],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WHISTLE_CACHE", str(tmp_path / "cache"))
    return bench.site_at(tmp_path)


def run(home: Path, words: list[str], path: Path) -> Result:
    where = [] if words[0] in ("boards", "fetch") else ["--site", str(home)]
    given = [str(path) if word == "{}" else word for word in words]
    done = CliRunner().invoke(main, ["workbench", given[0], *where, *given[1:]])
    assert isinstance(done.exception, SystemExit), done.exception
    return done


def one_sentence(done: Result) -> str:
    assert done.exit_code in (1, 2, 10, 34), done.output
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    return said


def odd(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "odd"
    if kind == "device":
        return Path("/dev/zero")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(1 << 40)  # it takes no room; read whole it would take all there is
    else:
        path.write_bytes({"deep": DEEP, "rubbish": bytes(range(256)) * 9}[kind])
    return path


@pytest.mark.parametrize("kind", ["device", "pipe", "folder", "huge", "deep", "rubbish"])
@pytest.mark.parametrize("what", sorted(NAMED))
def test_what_is_no_such_file_is_one_sentence_at_once(what: str, kind: str, home: Path, tmp_path: Path) -> None:
    path = odd(tmp_path, kind)
    said = one_sentence(run(home, NAMED[what], path))
    assert (path.name in said or what == "image") and said.endswith(".") and len(said) < 400
    if kind in ("device", "pipe") and what != "board's table":
        assert "plain file" in said
    assert Site.open(home).file.group_epoch == 1


@pytest.mark.parametrize("at", [1e300, 1e15, -1])
def test_a_time_that_no_calendar_has_is_refused(at: float, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps({**STATE, "site": Site.open(home).file.site, "made_at": at}))
    words = ["round", "--state", "{}", "--out", str(tmp_path / "page.html")]
    assert "made_at" in one_sentence(run(home, words, path))


def test_a_journal_that_is_a_pipe_is_refused(home: Path, tmp_path: Path) -> None:
    os.mkfifo(home / "workbench.jsonl")
    path = tmp_path / "state.json"
    path.write_text(json.dumps({**STATE, "site": Site.open(home).file.site}))
    assert "plain file" in one_sentence(run(home, ["round", "--state", "{}"], path))
    Site.open(home).add_beacon("Anna", "34th", 1, 2)
    assert "plain file" in one_sentence(run(home, ["retire", "Anna", "--yes"], path))
