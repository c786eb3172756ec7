"""The boards' ports on models of their chips, on MicroPython: what on_*.py says, one test each."""

import ast
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import board

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
RUNNER = "tests/micropython/run.py"
FILES = ("on_display.py", "on_esp32.py", "on_peripherals.py", "on_pmu.py", "on_rp2.py")


def written(file: str) -> list[str]:
    """The tests in a file."""
    tree = ast.parse((HERE / file).read_text())
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.fixture(scope="module")
def said(need: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of every test, by file and name; a file that broke off has said nothing of the rest."""
    folder, flash = tmp_path_factory.mktemp("board"), tmp_path_factory.mktemp("flash")
    board.compile_to(folder, sorted(board.FIRMWARE.rglob("*.py")), beside=HERE.glob("on_*.py"))
    for path in (ROOT / "tests" / "hardware").glob("*.py"):
        shutil.copy(path, folder)
    results = {}
    for file in FILES:
        command = [
            str(need("micropython")),
            "-X",
            "heapsize=32m",
            RUNNER,
            str(folder),
            str((HERE / file).relative_to(ROOT)),
        ]
        surroundings = os.environ | {"WHISTLE_FLASH": str(flash)}
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=surroundings)
        lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith(("pass ", "FAIL "))]
        results |= {f"{file}::{name.partition('::')[2]}": verdict for verdict, name in lines}
        results[file] = done.stdout[-3000:] + done.stderr[-3000:]
    return results


@pytest.mark.parametrize(("file", "name"), [(file, name) for file in FILES for name in written(file)])
def test_on_the_model(file: str, name: str, said: dict[str, str]) -> None:
    assert said.get(f"{file}::{name}") == "pass", said[file]
