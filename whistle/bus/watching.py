"""What `whistle bus watch` makes of what it hears: one line a message, or one JSON object."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from whistle.bus import envelope, topics
from whistle.bus.envelope import Envelope
from whistle.bus.errors import UnknownGateway, Unreadable
from whistle.bus.messages import Alert, Answer, Heard, Message, Pulse, Refused, Settled, State, Told, Watch, class_of
from whistle.bus.numbers import Seen

Keys = Callable[[str], tuple[bytes, bytes] | None]
Names = Callable[[str], str]


class Sight(msgspec.Struct, frozen=True):
    """One message as it was heard: opened, or refused with a reason word and a sentence. `stale`: its number fell."""

    at: float
    topic: str
    size: int
    envelope: Envelope | None
    reason: str | None = None
    why: str | None = None
    stale: bool = False


class Watcher:
    """Opens everything of one site with the keys of a dashboard's bundle, and judges what cannot be opened.

    `keys(gateway)` gives (up, down) or None for a gateway the bundle does not know; `epoch` is the bundle's.
    """

    def __init__(self, keys: Keys, epoch: int) -> None:
        self._keys = keys
        self._epoch = epoch
        self._seen = Seen()

    def look(self, topic: str, payload: bytes, at: float) -> Sight:
        """What there is to say about one message; never raises over what a broker may send."""
        try:
            opened = self._opened(topic, payload)
        except Unreadable as error:
            return Sight(at, topic, len(payload), None, error.reason, str(error))
        return Sight(at, topic, len(payload), opened, stale=not self._seen.rises(opened))

    def _opened(self, topic: str, payload: bytes) -> Envelope:
        where = topics.parse(topic)
        keys = self._keys(where.gateway)
        if keys is None:
            raise UnknownGateway(f"gateway {where.gateway} is not in this bundle: make the dashboard's bundle again")
        key = keys[0] if where.direction == "up" else keys[1]
        return envelope.unseal(key, topic, payload, self._epoch)


def as_json(sight: Sight) -> bytes:
    """The sight as one JSON object: `at`, `topic`, `size`, then the opened message, or `reason` and `why`."""
    head: dict[str, Any] = {"at": sight.at, "topic": sight.topic, "size": sight.size}
    if sight.envelope is None:
        return msgspec.json.encode({**head, "reason": sight.reason, "why": sight.why})
    opened = sight.envelope
    return msgspec.json.encode(
        {
            **head,
            "epoch": opened.epoch,
            "sender": opened.sender.hex(),
            "number": opened.number,
            "stale": sight.stale,
            "message": opened.message,
        }
    )


def as_line(sight: Sight, name: Names) -> str:
    """The sight as one line for people; whatever strangers wrote in it is shown without control characters."""
    when = datetime.fromtimestamp(sight.at, UTC).strftime("%H:%M:%S.%f")[:-3]
    if sight.envelope is None:
        return visible(f"{when}  ??    {sight.topic}  cannot be opened ({sight.reason}): {sight.why}")
    where = topics.parse(sight.topic)
    message = sight.envelope.message
    mark = "  [stale: a newer one was heard]" if sight.stale else ""
    arrow = "up  " if where.direction == "up" else "down"
    return visible(
        f"{when}  {arrow}  {name(where.gateway)}  {class_of(message)}  {_TELLS[type(message)](message)}{mark}"
    )


def visible(text: str) -> str:
    """The text with every character that would not show, or would steer a terminal, as a box."""
    return "".join(char if char.isprintable() else "□" for char in text)


def _alert(said: Alert) -> str:
    marks = "".join(f" {mark}" for mark in ("drill", "low", "doubt") if getattr(said, mark))
    heard = f"heard {len(said.hearings)} times"
    return f"{_which(said)} {said.kind} {said.event}, {said.judged}, age {said.age}{marks}, row {said.row}, {heard}"


def _state(said: State) -> str:
    up = sum(radio.up for radio in said.radios)
    refused = sum(said.refused.values())
    cut_off = ", cut off" if said.cut_off else ""
    return f"{up}/{len(said.radios)} radios up, {said.outbox} waiting, {refused} refused{cut_off}, roster {said.roster}"


def _pulse(said: Pulse) -> str:
    marks = "".join(f" {mark}" for mark in ("low", "doubt", "tamper") if getattr(said, mark))
    return f"!{said.node:08x} {said.standing}, mode {said.mode}, battery {said.battery}{marks}"


def _refused(said: Refused) -> str:
    node = "?" if said.node is None else f"!{said.node:08x}"
    return f"{said.reason} from {node}: {said.why}"


def _which(said: Alert | Heard | Answer | Told) -> str:
    return f"!{said.node:08x}-{said.sequence:08x}"


_TELLS: Final[dict[type[Message], Callable[[Any], str]]] = {
    Alert: _alert,
    Heard: lambda said: f"{_which(said)} heard {len(said.hearings)} more times",
    Pulse: _pulse,
    State: _state,
    Refused: _refused,
    Told: lambda said: f"{_which(said)} answer {said.answer}: {said.state}",
    Settled: lambda said: f"row {said.row} is row {said.store_row} of store {said.store}",
    Answer: lambda said: f"{_which(said)} {said.answer}, ordinal {said.ordinal}",
    Watch: lambda said: f"store {said.store}, {said.watchers} on watch",
}
