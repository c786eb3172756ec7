"""Shorter names for what nobody outside a class or function can name: on a board every name lies in the heap.

A board keeps each different name once, and all of them in tables that double: with one name too many it takes 4.6 KB
in one piece, or fails where there is no such piece any more. So private members of a class (`_x`, used as `self._x`
alone) and parameters that nobody passes by name are called by one letter when files are compiled for a board. Classes
that have a base or are one, parameters with a default (made to be passed by name), and names that stand in any string,
keep theirs. What a file does stays as it is.
"""

import ast
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Shortener:
    """Made of all files that may run together: what any of them says by name stays."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._kept: set[str] = set()
        self._passed: set[str] = set()  # parameters passed by name
        self._bases: set[str] = set()
        for path in files:
            for node in ast.walk(ast.parse(path.read_text())):
                self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.keyword) and node.arg:
            self._passed.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self._kept.update(node.value.split())
        elif isinstance(node, ast.Attribute) and not own(node):
            self._kept.add(node.attr)
        elif isinstance(node, ast.ClassDef):
            self._bases.update(last(base) for base in node.bases)

    def shortened(self, text: str) -> str:
        """The same file with shorter names."""
        tree = ast.parse(text)
        related: set[ast.AST] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                if node.bases or node.name in self._bases:
                    related.update(ast.walk(node))
                else:
                    self._members(node)
        for node in ast.walk(tree):
            if isinstance(node, Function) and node not in related:
                self._parameters(node)
        return ast.unparse(tree) + "\n"

    def _members(self, node: ast.ClassDef) -> None:
        """Rename a class's private members, the ones used most first."""
        at_class = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        used = Counter(one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and own(one))
        private = [name for name, _ in used.most_common() if name[0] == "_" != name[1:2] and name not in at_class]
        free = (f"_{first}{second}" for second in ("", *LETTERS) for first in LETTERS)
        fresh = (name for name in free if name not in used)
        names = {name: next(fresh) for name in private if name not in self._kept and len(name) > 2}
        for one in ast.walk(node):
            if isinstance(one, ast.Attribute) and own(one):
                one.attr = names.get(one.attr, one.attr)
            elif isinstance(one, Function):
                one.name = names.get(one.name, one.name)

    def _parameters(self, function: Function) -> None:
        """Rename a function's parameters, wherever they stand below it."""
        given = function.args
        without = given.args[: len(given.args) - len(given.defaults)]
        own_ones = [*without, *([given.vararg] if given.vararg else [])]
        names, fixed = said(function)
        free = (letter for letter in LETTERS if letter not in names | fixed)
        renamed: dict[str, str] = {}
        for one in own_ones:
            if len(one.arg) > 1 and one.arg != "self" and one.arg not in self._passed | fixed:
                renamed[one.arg] = next(free, one.arg)
                one.arg = renamed[one.arg]
        for part in function.body:
            for node in ast.walk(part):
                if isinstance(node, ast.Name):
                    node.id = renamed.get(node.id, node.id)


def own(node: ast.Attribute) -> bool:
    """Whether it is a member of `self`."""
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def last(node: ast.expr) -> str:
    """The last word of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def said(function: Function) -> tuple[set[str], set[str]]:
    """(names that stand for something in a function, names bound in it in other ways, which therefore must stay)."""
    names = {one.arg for one in function.args.args}
    fixed: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, Function | ast.Lambda) and node is not function:
            fixed.update(one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg))
            fixed.add(getattr(node, "name", ""))
        elif isinstance(node, ast.ExceptHandler) and node.name:
            fixed.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            fixed.update(node.names)
        elif isinstance(node, ast.alias):
            fixed.add((node.asname or node.name).split(".")[0])
    return names, fixed
