"""To wait for what other threads and processes bring about."""

import time
from collections.abc import Callable

PATIENCE_S = 15.0


def until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait for something to become true, and fail the test when it does not."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
