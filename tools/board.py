"""What is copied to a board, compiled as a board gets it, and how large that is.

python -m tools.board           lists every file and its size; exit 1 when together they exceed LIMIT
"""

import sys
import tempfile
from pathlib import Path

import click

from whistle.workbench import compiling
from whistle.workbench.compiling import alive

__all__ = ["FIRMWARE", "LIMIT", "alive", "closure", "compile_to", "sizes"]

FIRMWARE = Path(__file__).resolve().parent.parent / "firmware"
LIMIT = 30 * 1024
START = "main"
BOARDS = "beacon/boards"  # start.py imports exactly one of these, by a name it reads from a file


def closure(*starts: str, firmware: Path = FIRMWARE) -> list[Path]:
    """Every file that modules (and what they import, whenever they import it) need, sorted."""
    return compiling.closure(*starts, firmware=firmware)


def compile_to(folder: Path, files: list[Path], firmware: Path = FIRMWARE) -> dict[str, int]:
    """Compile files of firmware/ into a folder laid out alike; bytes by name. Raises CalledProcessError."""
    return compiling.compile_to(folder, files, firmware)


def sizes(firmware: Path = FIRMWARE) -> dict[str, int]:
    """Bytes of every compiled file of the largest board's program, by name."""
    boards = sorted((firmware / BOARDS).glob("[a-z]*.py"))
    drivers = [[f"{BOARDS.replace('/', '.')}.{board.stem}"] for board in boards] or [[]]
    with tempfile.TemporaryDirectory() as folder:
        programs = [
            compile_to(Path(folder), closure(START, *driver, firmware=firmware), firmware) for driver in drivers
        ]
    return max(programs, key=lambda program: sum(program.values()))


def main() -> None:
    """Print the table; exit 1 when the board's files are too large together."""
    table = sizes()
    for name, size in sorted(table.items()):
        click.echo(f"{size:7d}  {name}")
    total = sum(table.values())
    click.echo(f"{total:7d}  bytes of .mpy in {len(table)} files, of {LIMIT} allowed")
    sys.exit(1 if total > LIMIT else 0)


if __name__ == "__main__":
    click.command()(main)()
