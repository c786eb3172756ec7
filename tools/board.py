"""What is copied to a board, compiled as a board gets it, and how large that is.

python -m tools.board           lists every file of the largest board and its size; exit 1 when the program exceeds CORE
                                or all of it WHOLE
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from whistle.workbench import boards, compiling
from whistle.workbench.compiling import alive

__all__ = ["CORE", "FIRMWARE", "WHOLE", "alive", "closure", "compile_to", "core", "sizes"]

FIRMWARE = Path(__file__).resolve().parent.parent / "firmware"
CORE = 34 * 1024  # the program itself, the same on every board, and the chooser
WHOLE = 44 * 1024  # with the largest board's port, radio and display; the LoRa driver is micropython-lib's and apart
START = "main"
HARDWARE = ("beacon/boards/", "beacon/radios/")


def closure(*starts: str, firmware: Path = FIRMWARE) -> list[Path]:
    """Every file that modules (and what they import, whenever they import it) need, sorted."""
    return compiling.closure(*starts, firmware=firmware)


def compile_to(
    folder: Path, files: list[Path], firmware: Path = FIRMWARE, beside: Iterable[Path] = ()
) -> dict[str, int]:
    """Compile files of firmware/ into a folder laid out alike; bytes by name. Raises CalledProcessError.

    Private names that files `beside` them use are not shortened.
    """
    return compiling.compile_to(folder, files, firmware, beside)


def modules() -> list[list[str]]:
    """For each board we know the modules that the file `board` makes its program import."""
    wirings = [boards.load(key).wiring for key in boards.names()]
    display = [["beacon.boards.display"] if wiring.display else [] for wiring in wirings]
    return [
        [f"beacon.boards.{wiring.port}", f"beacon.radios.{wiring.radio.driver}", *more]
        for wiring, more in zip(wirings, display, strict=True)
    ]


def sizes(firmware: Path = FIRMWARE, hardware: list[list[str]] | None = None) -> dict[str, int]:
    """Bytes of every compiled file of the largest board's program, by name."""
    with tempfile.TemporaryDirectory() as folder:
        programs = [
            compile_to(Path(folder), closure(START, *board, firmware=firmware), firmware)
            for board in hardware or modules()
        ]
    return max(programs, key=lambda program: sum(program.values()))


def core(table: dict[str, int]) -> int:
    """Bytes of the program itself, without what differs from board to board."""
    return sum(size for name, size in table.items() if not name.startswith(HARDWARE))


def main() -> None:
    """Print the table; exit 1 when the board's files are too large."""
    table = sizes()
    for name, size in sorted(table.items()):
        click.echo(f"{size:7d}  {name}")
    own, total = core(table), sum(table.values())
    click.echo(f"{own:7d}  bytes of .mpy in the program, of {CORE} allowed")
    click.echo(f"{total:7d}  with port, radio and display, of {WHOLE} allowed")
    sys.exit(1 if own > CORE or total > WHOLE else 0)


if __name__ == "__main__":
    click.command()(main)()
