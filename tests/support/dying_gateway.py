"""The real gateway, killed by SIGKILL at one chosen step: `python dying_gateway.py STEP run --bundle ...`.

Nothing of it is replaced: a step is wrapped from outside, and at its first use for a new alert the process kills
itself, as a power cut would, without any clean-up.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gateway.answerer import Answerer
from gateway.command import gateway
from gateway.ledger import Ledger
from gateway.outbox import Outbox

NEVER = "never"


def die() -> None:
    """The power is cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def before_commit() -> None:
    """An alert is written, and not committed."""
    added: list[bool] = []
    _before(Ledger, "add_alert", lambda: added.append(True))
    _before(Ledger, "commit", lambda: die() if added else None)


def commit_to_receipt() -> None:
    """It is committed; its beacon was told nothing."""
    _withhold_publishing(lambda: False)
    added: list[bool] = []
    _before(Ledger, "add_alert", lambda: added.append(True))
    _before(Answerer, "send_receipt", lambda: die() if added else None)


def receipt_to_publish() -> None:
    """Its beacon was told *heard*; no dashboard knows of it."""
    said: list[bool] = []
    _withhold_publishing(lambda: bool(said))
    _after(Answerer, "send_receipt", lambda: said.append(True))
    _before(Outbox, "publish", lambda: die() if said else None)


def publish_to_settled() -> None:
    """A dashboard has stored it and said so; the gateway's row is not closed."""
    _before(Outbox, "close", die)


STEPS: dict[str, Callable[[], None]] = {
    "before commit": before_commit,
    "commit to receipt": commit_to_receipt,
    "receipt to publish": receipt_to_publish,
    "publish to settled": publish_to_settled,
    NEVER: lambda: None,
}


def _before(owner: type, name: str, act: Callable[[], object]) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **words: Any) -> Any:
        act()
        return real(*args, **words)

    setattr(owner, name, wrapped)


def _after(owner: type, name: str, act: Callable[[], object]) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **words: Any) -> Any:
        done = real(*args, **words)
        act()
        return done

    setattr(owner, name, wrapped)


def _withhold_publishing(allowed: Callable[[], bool]) -> None:
    """As long as it is not allowed, the broker takes nothing: so receipts come before publishing, not beside it."""
    real = Outbox.publish

    def wrapped(self: Outbox, *args: Any) -> bool:
        return allowed() and real(self, *args)

    setattr(Outbox, "publish", wrapped)  # noqa: B010  mypy forbids assigning to a method


if __name__ == "__main__":
    STEPS[sys.argv[1]]()
    gateway(sys.argv[2:])
