"""Events from the simulator to every open demo page, none of which can hold the others up.

The newest are kept by number: a stream goes on where it broke off, and a page that gets no stream asks for them.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, Final, NamedTuple

KEPT: Final = 1000
LOOK_S: Final = 1.0  # how long a stream sleeps at most before it looks whether its browser is still there
HEARTBEAT_S: Final = 10.0
MISSED: Final = "missed"  # the event that stands for those a page can no longer get


class Piece(NamedTuple):
    """One event with its number."""

    number: int
    name: str
    event: dict[str, Any]

    def text(self) -> str:
        """The event as a Server-Sent Event."""
        return f"id: {self.number}\nevent: {self.name}\ndata: {json.dumps(self.event)}\n\n"


class News:
    """One writer, many readers; `room` streams at the most are open at once."""

    def __init__(self, room: int) -> None:
        self._changed = threading.Condition()
        self._pieces: deque[Piece] = deque(maxlen=KEPT)
        self._newest = 0
        self._room = room
        self._open = 0

    @property
    def newest(self) -> int:
        """The number of the newest event."""
        return self._newest

    def tell(self, name: str, event: dict[str, Any]) -> None:
        """Give `event` to every reader under this name."""
        with self._changed:
            self._newest += 1
            self._pieces.append(Piece(self._newest, name, event))
            self._changed.notify_all()

    def since(self, after: int, wait_s: float = 0.0) -> list[Piece]:
        """The events after this number, waiting so long for the first; a `missed` first when not all are kept."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest != after, wait_s)
            if after > self._newest:  # it speaks of a demo before this one
                return [Piece(self._newest, MISSED, {})]
            found = list(takewhile(lambda piece: piece.number > after, reversed(self._pieces)))[::-1]
        if found and found[0].number > after + 1:
            return [Piece(found[0].number - 1, MISSED, {}), *found]
        return found

    def enter(self) -> bool:
        """Take a place for a stream; False when all are taken."""
        with self._changed:
            if self._open >= self._room:
                return False
            self._open += 1
            return True

    def leave(self) -> None:
        """Give the place back."""
        with self._changed:
            self._open -= 1


class Stream:
    """One page's stream: an iterator of text for the server, which closes it when the browser goes."""

    def __init__(self, news: News, after: int, gone: Callable[[], bool]) -> None:
        self._news, self._after, self._gone = news, after, gone
        self._closed = False

    def __iter__(self) -> Iterator[str]:
        yield ": here\n\n"
        said = time.monotonic()
        while not self._gone():
            pieces = self._news.since(self._after, LOOK_S)
            if pieces:
                self._after = pieces[-1].number
                yield "".join(piece.text() for piece in pieces)
            elif time.monotonic() - said < HEARTBEAT_S:
                continue
            else:
                yield ": still here\n\n"
            said = time.monotonic()

    def close(self) -> None:
        """Give the place back; called by the server, once or more."""
        if not self._closed:
            self._closed = True
            self._news.leave()
