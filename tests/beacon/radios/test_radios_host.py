"""The radios on their chip models, on MicroPython, with the real driver: what on_*.py says, one test each.

The driver is micropython-lib's; no package registry holds it, so these tests need a checkout: $MICROPYTHON_LIB.
"""

import ast
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from radios import build

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
RUNNER = "tests/micropython/run.py"
FILES = ("on_models.py", "on_sx126x.py", "on_sx127x.py")

Need = Callable[[str], Path]


def written(file: str) -> list[str]:
    """The tests in a file: its own, and those of another file that it says again."""
    body = ast.parse((HERE / file).read_text()).body
    names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    names += [ast.unparse(node.targets[0]) for node in body if isinstance(node, ast.Assign)]
    return [name for name in names if name.startswith("test_")]


def run(program: Path, board: Path, file: str) -> "subprocess.CompletedProcess[str]":
    """All tests of a file against what was built in `board`."""
    command = [str(program), "-X", "heapsize=32m", RUNNER, str(board), str((HERE / file).relative_to(ROOT))]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def said(need: Need, driver: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of every test, by file and name; a file that broke off has said nothing of the rest."""
    board = build.board(tmp_path_factory.mktemp("board"), driver)
    results = {}
    for file in FILES:
        done = run(need("micropython"), board, file)
        lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith(("pass ", "FAIL "))]
        results |= {f"{file}::{name.partition('::')[2]}": verdict for verdict, name in lines}
        results[file] = done.stdout[-3000:] + done.stderr[-3000:]
    return results


@pytest.mark.parametrize(("file", "name"), [(file, name) for file in FILES for name in written(file)])
def test_on_the_model(file: str, name: str, said: dict[str, str]) -> None:
    assert said.get(f"{file}::{name}") == "pass", said[file]
