"""What the `meshtastic` library prints goes to our log: our standard output belongs to whoever started us.

The library prints from its own threads and from calls of ours, so output is told apart by thread, not by time.
"""

import logging
import sys
import threading
from typing import Final, TextIO

log = logging.getLogger("gateway.library")

_ITS_THREADS: Final = ("stream reader", "publishing", "call: ")  # the names it gives, and the one `deadline` gives


class _Inside(threading.local):
    on = False


class _Split:
    """A text stream that sends the library's threads to the log and everybody else where they meant."""

    def __init__(self, real: TextIO, level: int) -> None:
        self.real = real
        self._level = level
        self._inside = _Inside()

    def write(self, text: str) -> int:
        if self._inside.on or not threading.current_thread().name.startswith(_ITS_THREADS):
            return self.real.write(text)
        if text.strip():
            self._inside.on = True  # a log handler may write to this very stream
            log.log(self._level, "%s", text.rstrip()[:500])
            self._inside.on = False
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


def hush_library() -> None:
    """From now on nothing the library's threads print reaches standard output or error as it is; safe to call again."""
    for name, level in (("stdout", logging.DEBUG), ("stderr", logging.WARNING)):
        if not isinstance(getattr(sys, name), _Split):
            setattr(sys, name, _Split(getattr(sys, name), level))
