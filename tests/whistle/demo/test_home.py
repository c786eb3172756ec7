"""A demo's folder goes with its demo; what a killed one left goes when the next starts, and nothing else does."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from whistle.demo import home
from whistle.demo.errors import DemoError

LIVING = """
import time
from whistle.demo import home
with home.temporary() as folder:
    (folder / "keys").write_text("secret")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /tmp, here and for every program that is started."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def other() -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Another demo, as far as its folder goes: a process of its own."""
    with subprocess.Popen([sys.executable, "-c", LIVING], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield child, Path(child.stdout.readline().strip())
        child.kill()


def test_a_demos_folder_is_private_and_gone_at_its_end() -> None:
    with home.temporary() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "keys").write_text("secret")
    assert not folder.exists()


def test_the_folder_of_a_demo_that_failed_keeps_its_logs_and_is_never_swept() -> None:
    with pytest.raises(DemoError), home.temporary() as folder:
        (folder / "air.log").write_text("last words")
        raise DemoError("it stopped by itself")
    assert home.sweep() == [] and (folder / "air.log").exists()


def test_a_demo_that_could_not_even_begin_leaves_no_empty_folder(temporary: Path) -> None:
    with pytest.raises(DemoError), home.temporary():
        raise DemoError("the port is in use")
    assert list(temporary.iterdir()) == []


def test_the_next_demo_removes_what_a_killed_one_left_and_nothing_of_a_living_one(
    other: tuple["subprocess.Popen[str]", Path],
) -> None:
    child, folder = other
    assert home.sweep() == [] and (folder / "keys").exists()
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert (folder / "keys").exists()
    assert home.sweep() == [folder] and not folder.exists()


def dead(folder: Path) -> Path:
    folder.mkdir()
    (folder / home.LOCK).touch()
    return folder


def test_what_is_not_a_dead_demos_own_folder_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strangers = dead(temporary / "somebody-elses")
    (temporary / "whistle-demo-link").symlink_to(strangers)
    (temporary / "whistle-demo-bare").mkdir()
    (temporary / "whistle-demo-file").touch()
    (temporary / "whistle-demo-lock").mkdir()
    (temporary / "whistle-demo-lock" / home.LOCK).symlink_to(strangers / home.LOCK)
    assert home.sweep() == []
    mine = dead(temporary / "whistle-demo-mine")
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 4711)
        assert home.sweep() == [] and mine.exists()
    assert home.sweep() == [mine]
    assert len(list(temporary.iterdir())) == 5
