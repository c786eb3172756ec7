"""Whose finger is on which button: words of pages may come late or never, and no button may stay down for that."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from whistle.demo.asked import Word

SILENT_S: Final = 3.0  # a page that holds says so every second; one that has not for so long has let go
PAGES: Final = 200  # whose turns are remembered, the newest

Edge = Callable[[int, bool], None]


class Hand:
    """Turns words of pages, each of which has one finger, into edges: `edge(node, down)`, whose errors pass through."""

    def __init__(self, edge: Edge, now: Callable[[], float] = time.monotonic) -> None:
        self._edge = edge
        self._now = now
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, int] = OrderedDict()
        self._fingers: dict[str, tuple[int, float]] = {}  # page -> the node it holds, and when it last said so

    def take(self, word: Word) -> None:
        """Do what a page says, unless a later word of that page has come before."""
        with self._lock:
            if word.turn <= self._turns.get(word.page, 0):
                return
            self._turns[word.page] = word.turn
            self._turns.move_to_end(word.page)
            if len(self._turns) > PAGES:
                self._turns.popitem(last=False)
            if self._fingers.get(word.page, (word.node,))[0] != word.node or not word.down:
                self._release(word.page)
            if word.down:
                self._press(word.page, word.node)

    def look(self) -> None:
        """Let go for every page that fell silent while it held."""
        with self._lock:
            for page, (_, said) in list(self._fingers.items()):
                if self._now() - said > SILENT_S:
                    self._release(page)

    def _press(self, page: str, node: int) -> None:
        if not self._held(node):
            self._edge(node, True)
        self._fingers[page] = node, self._now()

    def _release(self, page: str) -> None:
        node, _ = self._fingers.pop(page, (None, 0.0))
        if node is not None and not self._held(node):
            self._edge(node, False)

    def _held(self, node: int) -> bool:
        return any(held == node for held, _ in self._fingers.values())
