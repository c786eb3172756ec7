"""Who starts the demo's processes, brings back what dies unasked, turns the trouble switches and stops everything."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from whistle.demo.errors import Refused
from whistle.demo.process import Process
from whistle.demo.trouble import Troubles

WATCH_SECONDS = 0.5


class Supervisor:
    """Answers the demo page (one request, one answer) and notices a process that died though no switch stopped it."""

    def __init__(self, troubles: Troubles, watched: Sequence[Process]) -> None:
        self._troubles = troubles
        self._watched = list(watched)
        self._ended = threading.Event()
        self._lock = threading.Lock()  # two browser tabs may turn one switch at once
        self._do: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"switch": self._switch, "state": self._state}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request; raises Refused for what the supervisor does not do."""
        do = self._do.get(str(request.get("do")))
        if do is None:
            raise Refused(f"The supervisor knows {', '.join(self._do)}.")
        with self._lock:
            return do(request)

    def watch(self) -> str:
        """Return the name of a process that died unasked, or "" once `end` was called."""
        while not self._ended.wait(WATCH_SECONDS):
            for process in self._watched:
                if process.died:
                    return process.name
        return ""

    def end(self) -> None:
        """Make `watch` return; safe to call from a signal handler."""
        self._ended.set()

    def _switch(self, request: dict[str, Any]) -> dict[str, Any]:
        said = self._troubles.turn(str(request.get("name")), request.get("on") is True)
        return {**self._state(request), "said": said}

    def _state(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"switches": self._troubles.state()}
