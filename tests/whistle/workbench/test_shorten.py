"""Shorter names for a board: what runs is the same, and what anybody else may name keeps its name."""

from pathlib import Path

import pytest

from tools import board
from whistle.workbench.errors import BadProgram
from whistle.workbench.shorten import Shortener


def short(tmp_path: Path, text: str, *others: str) -> str:
    for number, one in enumerate((text, *others)):
        (tmp_path / f"{number}.py").write_text(one)
    return Shortener(tmp_path.glob("*.py")).shortened(text, "0.py")


COUNTER = """
class Counter:
    def __init__(self, start, step=1):
        self._value = start
        self.step = step
    def up(self, times):
        for _ in range(times):
            self._add(self.step)
        return self._value
    def _add(self, amount):
        self._value += amount
"""


def test_what_nobody_else_can_name_is_short_and_works(tmp_path: Path) -> None:
    made = short(tmp_path, COUNTER, "from x import Counter\nCounter(1, step=2)\n")
    for name in ("_value", "_add", "amount", "start", "times"):
        assert name not in made
    room: dict[str, type] = {}
    exec(made, room)
    assert room["Counter"](5, step=2).up(3) == 11


@pytest.mark.parametrize(
    "other",
    [
        "def peek(counter):\n    return counter._value\n",
        "NAMES = '_value other'\n",
        "class More(Counter):\n    pass\n",
        "import x\nclass More(x.Counter):\n    pass\n",
        "def peek(self):\n    return self._value\n",
        "class Other:\n    @staticmethod\n    def peek(self):\n        return self._value\n",
        "class Other:\n    def peek(self, counter):\n        return (lambda self: self._value)(counter)\n",
        "class Other:\n    def peek(self, counter):\n        self = counter\n        return self._value\n",
        "class Other:\n    def peek(this, self):\n        return self._value\n",
    ],
)
def test_a_member_that_others_know_keeps_its_name(other: str, tmp_path: Path) -> None:
    assert "self._value += " in short(tmp_path, COUNTER, other)


@pytest.mark.parametrize(
    "text",
    [
        "class A(Base):\n    def f(self, word):\n        self._word = word\n",
        "class A:\n    _word = 1\n    def f(self):\n        return self._word\n",
        "def f(word):\n    def g():\n        nonlocal word\n        word = 2\n    g()\n    return word\n",
        "def f(word):\n    return (lambda word: word)(word)\n",
        "def f(word):\n    try:\n        g()\n    except OSError as word:\n        pass\n",
        "def f(word):\n    import word\n    return word\n",
        "def f(word):\n    return word\nf(word=1)\n",
        "def f(a, word=1):\n    return word\n",
        "def f(word):\n    class A:\n        word = 1\n    return A.word\n",
        "def f(word):\n    class word:\n        pass\n    return word\n",
        "def f(word):\n    def word():\n        pass\n    return word\n",
        "def f(word):\n    if word:\n        def word():\n            pass\n    return word\n",
    ],
)
def test_a_name_that_is_bound_in_other_ways_stays(text: str, tmp_path: Path) -> None:
    assert short(tmp_path, text).split() == text.split()


def test_a_new_name_hides_no_other(tmp_path: Path) -> None:
    made = short(tmp_path, "a = 1\ndef f(word, b):\n    return a + word + b\nx = f(10, 100)\n")
    room: dict[str, int] = {}
    exec(made, room)
    assert room["x"] == 111 and "word" not in made


ODD = {
    "a letter taken by a name given with **": (
        "def f(word, **more):\n    return word, more\nx = f(1, a=2)\n", (1, {"a": 2}),
    ),
    "a letter taken by the rest of the names": ("def f(word, **a):\n    return word\nx = f(1, b=2)\n", 1),
    "a letter taken by the rest of the values": ("def f(word, *a):\n    return word\nx = f(1, 2)\n", 1),
    "a letter taken by a name behind the star": ("def f(word, *, a):\n    return word\nx = f(1, a=2)\n", 1),
    "a letter taken by a nested function": (
        "def f(word):\n    def a(other):\n        return word + other\n    return a(2)\nx = f(1)\n", 3,
    ),
    "a nested function called as a member is": (
        "class A:\n    def __init__(self):\n        self._value = 1\n    def _go(self):\n        return self._value\n"
        "    def run(self):\n        def _go():\n            return 2\n        return _go() + self._go()\n"
        "x = A().run()\n", 3,
    ),
    "a short member that others call": (
        "class A:\n    def __init__(self):\n        self._value = 1\n    def _a(self):\n        return self._value\n"
        "x = A()._a()\n", 1,
    ),
    "a class in a class that has a base": (
        "class Base:\n    def go(self):\n        return self._value\nclass A:\n    class B(Base):\n"
        "        def __init__(self):\n            self._value = 1\nx = A.B().go()\n", 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_source_does_what_it_did(odd: str, tmp_path: Path) -> None:
    text, wanted = ODD[odd]
    room: dict[str, object] = {}
    exec(short(tmp_path, text), room)
    assert room["x"] == wanted


def test_a_docstring_keeps_no_name_long(tmp_path: Path) -> None:
    assert "_value" not in short(tmp_path, COUNTER, '"""The _value."""\ndef f():\n    """Its _value."""\n')


def test_a_call_that_hides_which_names_it_passes_is_refused_with_its_line(tmp_path: Path) -> None:
    text = "def f(word):\n    return word\n\ndef g(given):\n    return f(**given)\n"
    with pytest.raises(BadProgram, match=r"0\.py, line 5: .*pass them by name"):
        short(tmp_path, text)


def test_the_boards_program_has_far_fewer_names(tmp_path: Path) -> None:
    board.compile_to(tmp_path, board.closure("beacon.program"))
    compiled = b"".join(path.read_bytes() for path in tmp_path.rglob("*.mpy"))
    assert b"_acknowledge" not in compiled and b"_number" not in compiled
    assert b"build_line" in compiled
