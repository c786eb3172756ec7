"""`python -m tests.gateway.killed STEP NUMBER ...`: the gateway's own command, which kills itself with SIGKILL when a
step is reached for the NUMBERth time. What follows is handed to `whistle gateway`."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gateway.answerer import Answerer
from gateway.ledger import Ledger
from gateway.outbox import Outbox

# step: class, method, whether the kill comes before the call or after it
STEPS: dict[str, tuple[type, str, bool]] = {
    "before commit": (Ledger, "commit", True),
    "after commit": (Ledger, "commit", False),
    "before receipt": (Answerer, "send_receipt", True),
    "before publish": (Outbox, "publish", True),
    "after publish": (Outbox, "publish", False),
    "before close": (Outbox, "close", True),
    "after close": (Outbox, "close", False),
}


def arm(step: str, number: int) -> None:
    """Make the step deadly."""
    owner, name, before = STEPS[step]
    real: Callable[..., Any] = getattr(owner, name)
    left = [number]

    def deadly(*args: Any, **more: Any) -> Any:
        left[0] -= 1
        if before and left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*args, **more)
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, deadly)


if __name__ == "__main__":
    from gateway.command import gateway

    if sys.argv[1] != "never":
        arm(sys.argv[1], int(sys.argv[2]))
    gateway(sys.argv[3:])
