"""Every on-board file compiles with the board's compiler, and together they fit a board."""

import subprocess
from pathlib import Path

import click
import pytest

from tools import board

EVERY = sorted(board.FIRMWARE.rglob("*.py"))
NAMES = [str(path.relative_to(board.FIRMWARE)) for path in EVERY]


@pytest.mark.parametrize("path", EVERY, ids=NAMES)
def test_file_compiles(path: Path, tmp_path: Path) -> None:
    assert sum(board.compile_to(tmp_path, [path]).values()) > 0


def test_the_program_fits_a_board() -> None:
    table = board.sizes()
    assert "main.py" in table
    assert {name.partition("/")[0] for name in table} >= {"alertwire", "meshwire", "beacon"}
    assert board.core(table) <= board.CORE and sum(table.values()) <= board.WHOLE, table


def plant(root: Path, files: dict[str, str]) -> Path:
    """Write a small firmware folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_closure_follows_every_form_of_import(tmp_path: Path) -> None:
    firmware = plant(
        tmp_path,
        {
            "main.py": "from a.b import c\nimport asyncio\n",
            "a/__init__.py": "from . import d\n",
            "a/b.py": "def later():\n    from .e import x\n    import f\n",
            "a/d.py": "",
            "a/e.py": "if False:\n    from g import Unneeded\nelse:\n    import h\n",
            "f.py": "",
            "g.py": "",
            "h.py": "",
            "alone.py": "",
        },
    )
    found = [str(path.relative_to(firmware)) for path in board.closure("main", firmware=firmware)]
    assert found == ["a/__init__.py", "a/b.py", "a/d.py", "a/e.py", "f.py", "h.py", "main.py"]


def test_the_largest_board_counts(tmp_path: Path) -> None:
    firmware = plant(
        tmp_path,
        {
            "main.py": "import asyncio\n",
            "beacon/__init__.py": "",
            "beacon/boards/__init__.py": "",
            "beacon/boards/small.py": "A = 1\n",
            "beacon/boards/large.py": "from beacon.radios import one\nB = 'much longer than the small board'\n",
            "beacon/radios/one.py": "C = 2\n",
        },
    )
    table = board.sizes(firmware, [["beacon.boards.small"], ["beacon.boards.large"]])
    assert "beacon/radios/one.py" in table
    assert "beacon/boards/small.py" not in table
    assert board.core(table) == table["main.py"] + table["beacon/__init__.py"]


def test_a_module_of_ours_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    firmware = plant(tmp_path, {"main.py": "from a.gone import x\n", "a/__init__.py": ""})
    with pytest.raises(click.ClickException, match=r"a\.gone"):
        board.closure("main", firmware=firmware)


def test_a_file_the_compiler_refuses_is_an_error(tmp_path: Path) -> None:
    firmware = plant(tmp_path / "firmware", {"main.py": "match x:\n    case 1:\n        pass\n"})
    with pytest.raises(subprocess.CalledProcessError):
        board.compile_to(tmp_path / "out", [firmware / "main.py"], firmware)
