"""No key and no door in anything that any command says or writes, also where it is given the wrong file."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support import bench
from tests.support.bench import Hands
from whistle.cli import main
from whistle.site import files
from whistle.site.site import Site
from whistle.workbench.command import COMMANDS

DOOR = "SECRETDOOR"
ANNA = ["Anna", "--place", "34th", "--lat", "1", "--lon", "2", "--door", DOOR]
KEPT = {"site.json", "master.key", "bundle.json"}  # of the site, where keys belong
TOLD = {"roster.json", "list.csv"}  # where doors may be
WORK = [
    ["provision", *ANNA, "--port", "/dev/aa"],
    ["provision", *ANNA, "--port", "/dev/bb"],
    ["provision", *ANNA, "--port", "/dev/bb", "--again"],
    ["fit", "Anna", "--volume", "10", "--port", "/dev/bb"],
    ["move", "Anna", "--place", "Mill", "--port", "/dev/bb"],
    ["replace", "Anna", "--port", "/dev/cc"],
    ["batch", "list.csv", "--out", "out"],
    ["label", "--all", "--out", "all.pdf"],
    ["label", "Anna", "--out", "one.svg"],
    ["survey", "--out", "survey.html"],
    ["rotate", "--yes"],
    ["retire", "Anna", "--yes"],
    ["revoke", "B1", "--yes"],
    ["modem", "/dev/nosuch"],
    ["power"], ["boards"], ["ports"], ["flash", "--wait", "0"], ["install", "/dev/nosuch"], ["update", "/dev/nosuch"],
    ["check", "/dev/nosuch"], ["fetch", "--image", "nosuch", "--for", "heltec-v3"], ["round", "--state", "nosuch"],
]  # fmt: skip
WRONG = [
    ["batch", "{}"], ["rotate", "--done", "{}"], ["round", "--state", "{}"], ["survey", "--slips", "{}"],
    ["rotate", "--yes", "--master", "{}"], ["boards", "--check", "{}"],
    ["fetch", "--image", "{}", "--for", "heltec-v3"],
]  # fmt: skip
NOWHERE = {"power", "boards", "ports", "flash", "install", "update", "check", "fetch", "modem"}


def spellings(key: str) -> set[str]:
    """Pieces of a key (hex) as somebody could write it."""
    raw = bytes.fromhex(key)
    coded = {code(raw).decode()[:20] for code in (b64encode, urlsafe_b64encode)}
    return coded | {key[:16], key[16:32], key[:16].upper(), repr(raw[:6])[2:-1]}


def keys(home: Path, boards: Path) -> set[str]:
    found = {(home / "master.key").read_text().strip(), Site.open(home).file.channel_psk}
    found |= {json.loads((home / "bundle.json").read_bytes())[key] for key in ("root", "link_up", "link_down")}
    for path in boards.glob("*/settings"):
        facts = json.loads(path.read_bytes())
        found |= {facts[key] for key in ("up", "down", "status", "id", "group", "group_previous") if facts[key]}
    return found


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WHISTLE_CACHE", str(tmp_path / "cache"))
    home = bench.site_at(tmp_path)
    hands = Hands(tmp_path / "boards", ["m1", "m2", "m3"], {("m2", "provision"): "It does not answer."})

    def run(*words: str) -> str:
        where = [] if words[0] in NOWHERE else ["--site", str(home)]
        done = CliRunner().invoke(main, ["workbench", words[0], *where, *words[1:]], obj=hands)
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
        return done.output

    return run


def test_no_command_says_or_writes_a_key(said: Callable[..., str], tmp_path: Path) -> None:
    home = tmp_path / "site"
    (tmp_path / "list.csv").write_text(f"name,place,lat,lon,door\nB1,P1,1,2,{DOOR}\nB2,P2,1,2,{DOOR}\n")
    files.write(home / "bundle.json", files.pretty(Site.open(home).bundle("gateway")))
    assert {words[0] for words in WORK} == set(COMMANDS)
    told = [said(words[0], *how, *words[1:]) for words in WORK for how in ([], ["--json"])]
    secret = [home / name for name in KEPT] + list((tmp_path / "boards").glob("*/settings"))
    for words in WRONG:
        told += [said(*(str(path) if word == "{}" else word for word in words)) for path in secret]
    pieces = {piece for key in keys(home, tmp_path / "boards") for piece in spellings(key)}
    for path in tmp_path.rglob("*"):
        if path.is_file() and path not in secret and tmp_path / "boards" not in path.parents:
            content = path.read_bytes().decode("latin-1")
            told.append(content.replace(DOOR, "") if path.name in TOLD else content)
    assert len(told) > 90 and len(pieces) > 100
    assert not [text[:200] for text in told if DOOR in text or any(piece in text for piece in pieces)]
