"""The same tests on the board's interpreter: alertwire, meshwire and beacon, with the same count as here.

There they test what boards get: the compiled files.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import board

ROOT = Path(__file__).resolve().parents[2]
RUNNER = "tests/micropython/run.py"
ROOMS = ("alertwire", "meshwire", "beacon")


def shared_files() -> list[str]:
    """Every test file that both interpreters run; those ending in _host.py are CPython's alone."""
    found = [path for room in ROOMS for path in (ROOT / "tests" / room).glob("test_*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in found if not path.stem.endswith("_host"))


@pytest.fixture(scope="module")
def here() -> set[str]:
    """The same files' tests as pytest finds them, `file::name`."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--no-header", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *shared_files()], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return {line for line in done.stdout.splitlines() if "::" in line}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file of firmware/ as a board gets it, those that only hosts import too; private names tests use stay."""
    folder = tmp_path_factory.mktemp("firmware")
    tests = [path for room in ROOMS for path in (ROOT / "tests" / room).rglob("*.py")]
    board.compile_to(folder, sorted(board.FIRMWARE.rglob("*.py")), beside=tests)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["micropython", "micropython32"])
def test_both_interpreters_run_the_same_tests(
    tool: str, here: set[str], compiled: Path, need: Callable[[str], Path], tell: Callable[[str], None]
) -> None:
    command = [str(need(tool)), "-X", "heapsize=32m", RUNNER, str(compiled), *shared_files()]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600)
    there = {line.partition(" ")[2] for line in done.stdout.splitlines() if line.startswith(("pass ", "FAIL "))}
    last = (done.stdout.splitlines() or ["nothing"])[-1]
    tell(f"shared tests: {len(here)} on CPython, {last} on MicroPython ({'32' if '32' in tool else '64'} bits)")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    assert there == here, f"only here: {sorted(here - there)}; only there: {sorted(there - here)}"
    assert here, "no shared test was found"
