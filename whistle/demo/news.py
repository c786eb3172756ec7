"""Events from the simulator to every open demo page, none of which can hold the others up."""

import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

WAITING = 500  # events a page may lag behind; a slower one is ended, and its browser comes back
HEARTBEAT_S = 10.0


class News:
    """One writer, many readers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: set[queue.Queue[str | None]] = set()

    def tell(self, name: str, event: dict[str, Any]) -> None:
        """Give `event` to every reader as a Server-Sent Event called `name`."""
        text = f"event: {name}\ndata: {json.dumps(event)}\n\n"
        with self._lock:
            for reader in list(self._readers):
                self._give(reader, text)

    def _give(self, reader: "queue.Queue[str | None]", text: str) -> None:
        try:
            reader.put_nowait(text)
        except queue.Full:
            self._readers.discard(reader)
            reader.queue.clear()
            reader.put_nowait(None)

    def follow(self) -> Iterator[str]:
        """The text of one page's stream, until it lags too far behind or goes away."""
        reader: queue.Queue[str | None] = queue.Queue(WAITING)
        with self._lock:
            self._readers.add(reader)
        try:
            yield ": here\n\n"
            while (text := self._next(reader)) is not None:
                yield text
        finally:
            with self._lock:
                self._readers.discard(reader)

    def _next(self, reader: "queue.Queue[str | None]") -> str | None:
        try:
            return reader.get(timeout=HEARTBEAT_S)
        except queue.Empty:
            return ": still here\n\n"
