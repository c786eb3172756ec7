"""The rows of the ledger as the rest of the gateway sees them."""

from typing import Final, NamedTuple

NO_TAG: Final = bytes(8)


class AlertRow(NamedTuple):
    """One settled alert. `tag` is 8 zero bytes when a pulse raised it; `heard` counts all hearings, kept or not."""

    node: int
    sequence: int
    tag: bytes
    of: int
    kind: int
    event: str
    at: float
    heard: int = 1
    closed: int = 0


class AnswerRow(NamedTuple):
    """What a person (or a dashboard: shown) said about the frame `sequence` of the alert `of`.

    `state`: waiting, seen or expired; `until` is on the steady clock of boot `boot`.
    """

    id: str
    node: int
    of: int
    sequence: int
    tag: bytes
    answer: int
    ordinal: int
    captain: str | None
    state: str
    boot: str
    until: float


class Glance(NamedTuple):
    """A look at a ledger from outside. `samples`: (reason, node, at, why), the newest last."""

    alerts: int
    beacons: int
    waiting: int
    newest: list[AlertRow]
    refused: dict[str, int]
    samples: list[tuple[str, int | None, float, str]]
