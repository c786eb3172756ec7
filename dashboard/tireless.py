"""A thread that goes on: what ends one go of its work ends neither the work nor the knowledge that it failed.

Nothing is swallowed. A go that fails ends its thread, so Python writes the reason into the log as of any mistake;
another thread then takes the work up, and `failed` says so for a while.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from dashboard.clock import Clock

AGAIN_S: Final = 1.0  # between a go that failed and the next
LINGER_S: Final = 30.0  # so long a fault is told, or a banner would flash with every go that works
_log: Final = logging.getLogger(__name__)


class Tireless:
    """Does `go` over and over from `start` to `stop`. A go ends within seconds, and at once when `wake` is called."""

    def __init__(self, name: str, go: Callable[[], object], wake: Callable[[], object], clock: Clock) -> None:
        self._name, self._go, self._wake, self._clock = name, go, wake, clock
        self._went_at = self._failed_at = -1e9
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._went_at = self._clock.steady()
        self._thread.start()

    def stop(self, patience_s: float = 2.0) -> None:
        """End after the go under way, within so many seconds."""
        self._stopped.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    @property
    def running(self) -> bool:
        """Whether a thread is at work."""
        return self._thread.is_alive()

    @property
    def failed(self) -> bool:
        """Whether a go failed within the last half minute."""
        return self._clock.steady() - self._failed_at < LINGER_S

    @property
    def stuck_s(self) -> float:
        """Seconds since a go last ended, well or not; 0 for what was never started."""
        return 0.0 if self._thread.ident is None else self._clock.steady() - self._went_at

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self._go()
                self._went_at = self._clock.steady()
        finally:
            if not self._stopped.is_set():
                self._hand_over()

    def _hand_over(self) -> None:
        _log.error("%s failed (the reason follows) and goes on in %.0f s", self._name, AGAIN_S)
        self._went_at = self._failed_at = self._clock.steady()
        if not self._stopped.wait(AGAIN_S):
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
