"""The emulated board is a board to the maker's own program: real mpremote over a real pseudo-terminal."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hardware import emulated
from tests.support.waiting import until


@pytest.fixture
def flash(tmp_path, need):
    need("micropython")
    (tmp_path / "flash").mkdir()
    return tmp_path / "flash"


def mpremote(port: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mpremote", "connect", port, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_mpremote_runs_code_and_sees_what_it_raises(flash):
    with emulated.board(flash) as port:
        done = mpremote(port, "exec", "import sys; print(sys.implementation.name, 6 * 7)")
        assert (done.returncode, done.stdout.split()) == (0, ["micropython", "42"])
        failed = mpremote(port, "exec", "1/0")
        assert failed.returncode == 1 and "ZeroDivisionError" in failed.stdout + failed.stderr


def test_mpremote_copies_hashes_lists_renames_and_removes(flash, tmp_path):
    data = bytes(range(256)) * 9
    (tmp_path / "file").write_bytes(data)
    with emulated.board(flash) as port:
        assert mpremote(port, "fs", "mkdir", ":x").returncode == 0
        assert mpremote(port, "fs", "cp", str(tmp_path / "file"), ":x/file").returncode == 0
        assert (flash / "x/file").read_bytes() == data
        assert hashlib.sha256(data).hexdigest() in mpremote(port, "fs", "sha256sum", ":x/file").stdout
        assert "2304 file" in mpremote(port, "fs", "ls", ":x").stdout
        assert mpremote(port, "fs", "cp", ":x/file", str(tmp_path / "back")).returncode == 0
        assert (tmp_path / "back").read_bytes() == data
        assert mpremote(port, "exec", "import os; os.rename('/x/file', '/y')").returncode == 0
        assert mpremote(port, "fs", "rm", ":y").returncode == 0
        assert mpremote(port, "fs", "rmdir", ":x").returncode == 0
    assert list(flash.iterdir()) == []


def test_a_soft_reset_forgets_everything_but_files(flash):
    with emulated.powered(flash) as board:
        assert mpremote(board.port, "exec", "kept = 5").returncode == 0
        assert "5" in mpremote(board.port, "resume", "exec", "print(kept)").stdout
        assert mpremote(board.port, "soft-reset").returncode == 0
        assert mpremote(board.port, "resume", "exec", "print(kept)").returncode == 1
        assert board.starts > 1


def test_a_program_that_loops_runs_from_the_start_and_is_interrupted(flash):
    (flash / "boot.py").write_text("open('booted', 'w').close()\n")
    (flash / "main.py").write_text(
        "import asyncio\nasync def m():\n while True:\n  await asyncio.sleep(1)\nasyncio.run(m())\n"
    )
    with emulated.powered(flash) as board:
        until(lambda: "close /booted" in board.trace)
        assert mpremote(board.port, "resume", "exec", "print('here')").stdout.strip() == "here"


def test_only_a_reset_starts_it_anew(flash):
    """As on every port but Unix: SystemExit leads to the prompt."""
    for last, starts in (("sys.exit()", 1), ("machine.soft_reset()", 2), ("machine.reset()", 2)):
        (flash / "left").write_text("")
        code = f"import os, sys, machine\nif 'left' in os.listdir():\n os.remove('left')\n {last}\n"
        (flash / "main.py").write_text(code)
        with emulated.powered(flash) as board:
            until(lambda board=board, starts=starts: "remove /left" in board.trace and board.starts == starts)
            assert mpremote(board.port, "resume", "exec", "print('here')").stdout.strip() == "here"
            assert board.starts == starts, last


def test_its_flash_is_counted_cut_and_full(flash):
    write = "f = open('x', 'wb'); f.write(b'12345678'); f.close()"
    with emulated.powered(flash) as board:
        mpremote(board.port, "exec", write)
        trace = list(board.trace)
    assert trace == ["open /x", "write /x", "close /x"]
    (flash / "x").unlink()
    left = {}
    for cut in range(1, len(trace) + 1):
        with emulated.powered(flash, cut=cut, torn=True) as board:
            assert mpremote(board.port, "exec", write).returncode != 0
        left[cut] = (flash / "x").read_bytes() if (flash / "x").exists() else None
    assert left == {1: None, 2: b"1234", 3: b"12345678"}
    (flash / "x").unlink()
    with emulated.powered(flash, room=3) as board:
        said = mpremote(board.port, "exec", write)
        assert said.returncode == 1 and "OSError: 28" in said.stdout + said.stderr, "as a board says: no space"


def test_a_pulled_cable_takes_the_port_away(flash):
    with emulated.powered(flash) as board:
        board.pull()
        assert not Path(board.port).exists()
