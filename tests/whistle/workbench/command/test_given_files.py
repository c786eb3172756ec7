"""Files that are named on the command line: whatever lies under the name, one sentence, and at once."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support import bench
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
    where = [] if words[0] in ("boards", "fetch", "install") else ["--site", str(home)]
    given = [str(path) if word == "{}" else word for word in words]
    done = CliRunner().invoke(main, ["workbench", given[0], *where, *given[1:]])
    assert isinstance(done.exception, SystemExit), done.exception
    return done


def one_sentence(done: Result, *codes: int) -> str:
    assert done.exit_code in (1, 2, 10, 34, *codes), done.output
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


LATER = {
    "site.json": ["label", "--all", "--out", "x.svg"],
    "roster.json": ["label", "--all", "--out", "x.svg"],
    "state.json": ["round", "--state", "{}"],
    "survey.jsonl": ["survey"],
    "keys.json": ["rotate", "--done", "{}"],
    "cache/manifest.json": ["install", "/dev/null"],
}


@pytest.mark.parametrize("name", sorted(LATER))
def test_what_a_later_version_wrote_is_told_as_that(name: str, home: Path, tmp_path: Path) -> None:
    path = tmp_path / name if name.startswith("cache") else home / name
    path.parent.mkdir(exist_ok=True)
    old = json.loads(path.read_bytes()) if path.exists() else {}
    which = "format" if name.startswith("cache") else "v"
    path.write_text(json.dumps({**old, which: 2, "new": [1]}) + "\n")
    before = path.read_bytes()
    said = one_sentence(run(home, LATER[name], path), 13)
    assert path.name in said and "was written by a later version of Whistle: install that one" in said
    assert "damaged" not in said and path.read_bytes() == before


def test_slips_that_were_named_and_are_not_there_are_missed(home: Path, tmp_path: Path) -> None:
    assert "nosuch" in one_sentence(run(home, ["survey", "--slips", "{}"], tmp_path / "nosuch"))
    done = CliRunner().invoke(main, ["workbench", "survey", "--site", str(home)])
    assert done.exit_code == 0 and "Measured: 0" in done.output, "a site that was never surveyed is no fault"
