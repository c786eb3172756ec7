"""Small rules that no ready-made linter knows: who may import what, and the shape of functions and files.

They are section 2 of the design, as tables. Larger borders (which package may import which) are import-linter's, in
pyproject.toml.

    python -m tools.rules           one line a finding; exit 1 when there is any
"""

import ast
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import click

from tools.board import alive

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("firmware", "gateway", "dashboard", "whistle", "tools")
TRIALS = ("tests", "bench")  # judged by length alone, and more gently

# The two wire languages run on a board and must stay pure: time, chance, storage and AES are handed in.
PURE = {
    "firmware/alertwire/*": {"alertwire", "struct", "hashlib", "binascii"},
    "firmware/meshwire/*": {"meshwire", "struct", "hashlib", "binascii"},
}

# What MicroPython 1.25 does not have on a stock board.
ABSENT_NAMES = """
__future__ abc collections.abc contextlib copy dataclasses datetime enum functools hmac itertools logging pathlib queue
secrets signal string subprocess threading traceback typing unittest uuid warnings weakref
"""
ABSENT = frozenset(ABSENT_NAMES.split())


class Border(NamedTuple):
    """A module (with all below it) that only files matching one of `within` may import."""

    module: str
    within: tuple[str, ...]
    why: str


RADIO = "gateway/sources/radio.py"
LEDGER = ("gateway/ledger*.py",)
STORE = ("dashboard/store*.py", "dashboard/migrations/*")

BORDERS = (
    Border(
        "machine",
        ("firmware/beacon/boards/*", "firmware/beacon/radios/*", "firmware/chooser/*"),
        "only boards and radios touch hardware; the chooser resets it",
    ),
    Border("meshtastic", (RADIO,), "it can block without end and exit: one file holds it"),
    Border("pubsub", (RADIO,), "it comes with meshtastic: the same one file"),
    Border(
        "paho",
        ("whistle/bus/*", "gateway/sources/mqtt*.py"),
        "the bus is the only MQTT client beside the uplink source",
    ),
    Border("sqlite3", LEDGER + STORE, "SQL stands in the ledger and the store"),
    Border("sqlalchemy", STORE, "SQL stands in the store"),
    Border("alembic", STORE, "SQL stands in the store"),
)

# (files, name) that may cross a border all the same: shapes and types, which do nothing.
CROSSINGS = (
    ("whistle/simulator/stockradio.py", "meshtastic.protobuf"),
    ("dashboard/*", "sqlalchemy.Connection"),
    ("dashboard/*", "sqlalchemy.Engine"),
    ("dashboard/*", "sqlalchemy.Row"),
)

SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA)\b", re.S
)
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b")
BROAD = {"Exception", "BaseException"}
SHARED = ("support", "hardware")  # what tests of several rooms lean on: helpers, and models of boards
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = {"trial": 80, "ours": 50}


def main() -> None:
    """Print every finding; exit 1 when there is one."""
    found = [finding for path in sources(ROOT) for finding in look(path.relative_to(ROOT).as_posix(), path.read_text())]
    for finding in found:
        click.echo(finding)
    click.echo(f"rules: {len(found)} findings")
    sys.exit(1 if found else 0)


def sources(root: Path) -> Iterator[Path]:
    """Every Python file of ours, sorted."""
    for top in (*PACKAGES, *TRIALS):
        yield from sorted((root / top).rglob("*.py"))


def look(path: str, text: str) -> Iterator[str]:
    """Findings in one file, `path:line: sentence`; path is relative to the repository's root, with slashes."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: {error.msg}"
        return
    trial = path.split("/")[0] in TRIALS
    checks = (lengths, neighbours) if trial else (lengths, imports, broad, prints, sql, unfinished)
    for check in checks:
        for line, sentence in check(path, text, tree):
            yield f"{path}:{line}: {sentence}"


Findings = Iterator[tuple[int, str]]


def imports(path: str, _text: str, tree: ast.AST) -> Findings:
    """Imports that a table forbids this file."""
    for line, name in imported(tree):
        for sentence in (impure(path, name), absent(path, name), crossed(path, name)):
            if sentence:
                yield line, sentence


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of everything imported in a file but under `if False:`; relative ones are ours."""
    for node in alive(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def under(name: str, module: str) -> bool:
    """Whether a dotted name is a module or stands below it."""
    return name == module or name.startswith(module + ".")


def impure(path: str, name: str) -> str | None:
    """What is wrong when a wire language imports more than it may."""
    for where, allowed in PURE.items():
        if fnmatch(path, where) and name.split(".")[0] not in allowed:
            return f"{name} in a pure language: it may import {', '.join(sorted(allowed))}; have the rest handed in"
    return None


def absent(path: str, name: str) -> str | None:
    """What is wrong when a board's file imports what boards do not have."""
    if path.startswith("firmware/") and any(under(name, module) for module in ABSENT):
        return f"{name} does not exist on a board"
    return None


def crossed(path: str, name: str) -> str | None:
    """What is wrong when a module is imported outside the files it belongs to."""
    if any(fnmatch(path, where) and under(name, allowed) for where, allowed in CROSSINGS):
        return None
    for border in BORDERS:
        if under(name, border.module) and not any(fnmatch(path, where) for where in border.within):
            return f"{name} belongs in {' or '.join(border.within)}: {border.why}"
    return None


def neighbours(path: str, _text: str, tree: ast.AST) -> Findings:
    """Tests of one room that lean on another's, or benches that do: what several need stands in tests/support."""
    room = room_of(path.split("/")[1:])
    for line, name in imported(tree):
        if under(name, "tests"):
            other = room_of(name.split(".")[1:])
            if other not in (room, *SHARED):
                yield line, f"{name} belongs to the tests of {other}: move what is shared to tests/support"


def room_of(parts: list[str]) -> str:
    """Which room's tests those below tests/ are, from the parts of a path or of a module's name."""
    return "/".join(parts[: 2 if parts[0] == "whistle" else 1])


def broad(_path: str, _text: str, tree: ast.AST) -> Findings:
    """Handlers that catch everything: they hide what nobody thought of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in caught):
                yield node.lineno, "a broad except: name what can happen"


def prints(_path: str, _text: str, tree: ast.AST) -> Findings:
    """Calls of print: command lines use click.echo, everything else the log."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node.lineno, "print: a command uses click.echo, other code the log"


def sql(path: str, _text: str, tree: ast.AST) -> Findings:
    """SQL text outside the files that hold it."""
    if any(fnmatch(path, where) for where in LEDGER + STORE) or path == "tools/rules.py":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield node.lineno, "SQL outside the ledger and the store"


def unfinished(_path: str, text: str, _tree: ast.AST) -> Findings:
    """Marks of work put off."""
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield number, "a mark of unfinished work"


def lengths(path: str, text: str, tree: ast.AST) -> Findings:
    """Files and functions too long to be read at once."""
    trial = path.split("/")[0] in TRIALS
    lines = text.count("\n")
    if lines > MOST_LINES and not trial:
        yield 1, f"{lines} lines, of at most {MOST_LINES}"
    most = MOST_LINES_OF_A_FUNCTION["trial" if trial else "ours"]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > most:
                yield node.lineno, f"{node.name} has {size} lines, of at most {most}"


if __name__ == "__main__":
    main()
