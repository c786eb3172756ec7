"""Shorter names for what nobody outside a class or function can name: on a board every name lies in the heap.

A board keeps each different name once, and all of them in tables that double: with one name too many it takes 4.6 KB
in one piece, or fails where there is no such piece any more. So private members of a class (`_x`, used as `self._x`
alone) and parameters that nobody passes by name are called by one letter when files are compiled for a board. Classes
that have a base or are one, members that stand in any string but a docstring, and parameters with a default (made to be
passed by name) keep theirs. What a file does stays as it is; a call that hides which parameters it names is refused.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from whistle.workbench.errors import BadProgram

LETTERS = "abcdefghijklmnopqrstuvwxyz"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Shortener:
    """Made of all files that may run together: what any of them says by name stays."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._said: set[str] = set()  # in a string
        self._seen: set[str] = set()  # members of something that may not be `self`
        self._passed: set[str] = set()  # parameters passed by name
        self._bases: set[str] = set()
        for path in files:
            self._learn(ast.parse(path.read_text()))

    def _learn(self, tree: ast.Module) -> None:
        ours = {one for node in classes(tree) for one in members(node)}
        dumb = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings: nothing reads them
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg:
                self._passed.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in dumb:
                self._said.update(re.findall(r"\w+", node.value))
            elif isinstance(node, ast.Attribute) and node not in ours:
                self._seen.add(node.attr)
            elif isinstance(node, ast.ClassDef):
                self._bases.update(last(base) for base in node.bases)

    def shortened(self, text: str, name: str) -> str:
        """The same file with shorter names; `name` is what BadProgram calls it."""
        tree = ast.parse(text)
        must_be_plain(tree, name)
        related: set[ast.AST] = set()
        for node in classes(tree):
            if node.bases or node.name in self._bases:
                related.update(ast.walk(node))
            else:
                self._members(node)
        for one in ast.walk(tree):
            if isinstance(one, Function) and one not in related:
                self._parameters(one)
        return ast.unparse(tree) + "\n"

    def _members(self, node: ast.ClassDef) -> None:
        """Rename a class's private members, the ones used most first."""
        defined = [one for one in node.body if isinstance(one, Function)]
        inner = {one for one in ast.walk(node) if isinstance(one, Function | ast.ClassDef)} - {*defined, node}
        others = {one.name for one in inner} | {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        fixed = others | self._said | self._seen
        ours = list(members(node))
        used = Counter(one.attr for one in ours)
        private = [name for name, _ in used.most_common() if name[0] == "_" != name[1:2] and name not in fixed]
        taken = fixed | {*used} | {one.name for one in defined}
        free = (f"_{first}{second}" for second in ("", *LETTERS) for first in LETTERS)
        fresh = (name for name in free if name not in taken)
        names = {name: next(fresh) for name in private if len(name) > 2}
        for member in ours:
            member.attr = names.get(member.attr, member.attr)
        for method in defined:
            method.name = names.get(method.name, method.name)

    def _parameters(self, function: Function) -> None:
        """Rename a function's parameters, wherever they stand below it."""
        given = function.args
        without = given.args[: len(given.args) - len(given.defaults)]
        own_ones = [*without, *([given.vararg] if given.vararg else [])]
        stay = bound(function) | self._passed | {"self"}
        taken = stay | {one.arg for one in ast.walk(given) if isinstance(one, ast.arg)}
        taken |= {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
        free = (letter for letter in LETTERS if letter not in taken)
        renamed: dict[str, str] = {}
        for one in own_ones:
            if len(one.arg) > 1 and one.arg not in stay:
                renamed[one.arg] = next(free, one.arg)
                one.arg = renamed[one.arg]
        for part in function.body:
            for node in ast.walk(part):
                if isinstance(node, ast.Name):
                    node.id = renamed.get(node.id, node.id)


def must_be_plain(tree: ast.Module, name: str) -> None:
    """BadProgram for a call with `**`: which parameters it names is known only when it runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and any(word.arg is None for word in node.keywords):
            raise BadProgram(
                f"{name}, line {node.lineno}: a call with ** hides which parameters it passes, and a board's are given "
                "shorter names: pass them by name."
            )


def classes(tree: ast.Module) -> list[ast.ClassDef]:
    """Every class of a file, wherever it stands."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def members(node: ast.ClassDef) -> Iterator[ast.Attribute]:
    """Every `self.x` that is certainly a class's own: in a method, where nothing else is called `self`."""
    for method in node.body:
        if isinstance(method, Function) and is_given_self(method):
            for one in ast.walk(method):
                if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self":
                    yield one


def is_given_self(method: Function) -> bool:
    """Whether `self` is the object throughout a method."""
    first = method.args.args[0].arg if method.args.args else ""
    static = "staticmethod" in map(last, method.decorator_list)
    stored = {one.id for one in ast.walk(method) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)}
    return first == "self" and not static and "self" not in bound(method) | stored


def last(node: ast.expr) -> str:
    """The last word of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def bound(function: Function) -> set[str]:
    """Names that stand in a function for something else than its own parameters and plain variables."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, Function | ast.Lambda | ast.ClassDef) and node is not function:
            found |= inside(node)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found.update(node.names)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return found


def inside(node: Function | ast.Lambda | ast.ClassDef) -> set[str]:
    """The names that a function or class within a function has or makes: its own, its parameters, a class's members."""
    if isinstance(node, ast.ClassDef):
        return {node.name, *(one.id for one in ast.walk(node) if isinstance(one, ast.Name))}
    return {getattr(node, "name", ""), *(one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg))}
