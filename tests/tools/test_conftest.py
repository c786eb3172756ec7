"""The rule of skips: said aloud on a person's machine, a failure in CI."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

def test_tool(need):
    need("no-such-tool")

def test_told(need, tell):
    tell("302 of 1000 frames lost")
    assert need("sh").name == "sh"

@pytest.mark.xfail(strict=True)
def test_expected():
    assert False
"""
CTRL_C = """
import signal, subprocess, sys

def test_what_is_started_hears_ctrl_c():
    work = "print(flush=True); import time; time.sleep(30)"
    child = subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in child.communicate(timeout=10)[1]
"""
EXCUSED = 'import pytest\n\ndef test_driver():\n    pytest.skip("MICROPYTHON_LIB names no checkout")\n'
WHOLE_FILE = 'import pytest\npytest.skip("not on this machine", allow_module_level=True)\n'


WORKERS = pytest.mark.parametrize("workers", ["0", "2"])


def run(folder: Path, ci: str, workers: str) -> subprocess.CompletedProcess[str]:
    shutil.copyfile(ROOT / "tests" / "conftest.py", folder / "conftest.py")
    env = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "-n", workers, str(folder)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


@WORKERS
@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_missing_tool(ci: str, code: int, workers: str, tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(TESTS)
    done = run(tmp_path, ci, workers)
    assert done.returncode == code, done.stdout + done.stderr
    assert "missing tool: no-such-tool" in done.stdout
    assert done.stdout.count("302 of 1000 frames lost") == 1
    assert ("1 failed, 1 passed, 1 xfailed" if code else "1 passed, 1 skipped, 1 xfailed") in done.stdout


def test_what_no_registry_holds_may_be_absent_in_ci_too(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(EXCUSED)
    done = run(tmp_path, "true", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "MICROPYTHON_LIB names no checkout" in done.stdout


@WORKERS
def test_in_the_background_ctrl_c_still_reaches_what_a_test_starts(workers: str, tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(CTRL_C)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for a command with an ampersand
    try:
        done = run(tmp_path, "", workers)
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.returncode == 0, done.stdout + done.stderr


@WORKERS
@pytest.mark.parametrize("ci", ["true", ""])
def test_a_whole_file_skipped(ci: str, workers: str, tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(WHOLE_FILE)
    (tmp_path / "test_y.py").write_text("def test_y():\n    assert 1\n")
    done = run(tmp_path, ci, workers)
    assert "not on this machine" in done.stdout
    assert (done.returncode == 0) == (ci == "")
