"""What must not be in git is found; the tree holds none of it."""

import subprocess
from pathlib import Path

import click
import pytest

from tools import tracked


def judged(root: Path, path: str, body: str | bytes = "fine\n") -> list[str]:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body if isinstance(body, bytes) else body.encode())
    return list(tracked.judge(root, path))


@pytest.mark.parametrize(
    "path",
    ["dashboard/static/vendor/x.mjs", "node_modules/a/b.js", "x/y.min.js", "x/font.woff2", "a.mpy", "site/master.key"],
)
def test_files_that_are_made_or_anothers(path: str, tmp_path: Path) -> None:
    assert judged(tmp_path, path)


@pytest.mark.parametrize(
    "text",
    [
        "see https://" + "registry.npmjs.org/x",
        "/" + "work/main/x.py",
        "/" + "root/.cache",
        "/** @license MIT */",
        "Permission is hereby granted, free of charge",
    ],
)
def test_words_that_are_not_ours(text: str, tmp_path: Path) -> None:
    found = judged(tmp_path, "docs/x.md", "first line\n" + text)
    assert len(found) == 1
    assert found[0].endswith("in line 2")


def test_what_is_ours_passes(tmp_path: Path) -> None:
    assert judged(tmp_path, "docs/x.md", "See https://meshtastic.org, docs/work.md and ~/work/x.\n") == []
    assert judged(tmp_path, "LICENSE", "All rights reserved") == []
    assert judged(tmp_path, "docs/demo.webp", b"\0" * 1_500_000) == []


def test_large_files_are_found(tmp_path: Path) -> None:
    assert judged(tmp_path, "x.bin", b"\0" * 700_000) == ["700000 bytes"]
    assert judged(tmp_path, "docs/demo.webp", b"\0" * 2_200_000) == ["2200000 bytes"]


def test_only_tracked_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "held").write_text("x")
    (tmp_path / "loose").write_text("x")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "held"], cwd=tmp_path, check=True)
    assert tracked.tracked(tmp_path) == ["held"]


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(click.ClickException, match="no git work tree"):
        tracked.tracked(tmp_path)
