"""The open feed: a plain copy of alerts, answers and gateways for other programs, off unless somebody switches it on.

Everyone who can read the broker reads it. So it holds no more than a passer-by with a radio in the channel hears:
the kind, the public place, that somebody answered. Never in it: who captains are, private parts of places, positions,
names of gateways, keys; silent alerts; nor that a cancel was made under duress, which must look like any cancel.
`docs/open-feed.md` holds the schema, generated from the structs below, and examples.
"""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from whistle.bus.link import Link
from whistle.bus.messages import Age, Alert, Answer, Count, Id, Judged, Kind, Seconds, State
from whistle.bus.topics import checked_id

_encoder: Final = msgspec.json.Encoder()

OpenEvent = Literal["raised", "refined", "again", "cancelled"]
OpenAnswer = Literal["seen", "coming", "clear"]
Standing = Literal["open", "silent", "duress"]

_EVENTS: Final[dict[str, OpenEvent]] = {
    "raised": "raised",
    "refined": "refined",
    "again": "again",
    "cancelled": "cancelled",
    "duress": "cancelled",
}
_ANSWERS: Final[dict[str, OpenAnswer]] = {"seen": "seen", "coming": "coming", "clear": "clear"}


class AlertDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`whistle/open/<site>/alert/<alert>`: something happened to an alert; a later one about it replaces an earlier."""

    v: Literal[1] = 1
    site: Id
    alert: str
    kind: Kind
    place: str
    event: OpenEvent
    drill: bool
    judged: Judged
    age: Age
    at: Seconds


class AnswerDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`whistle/open/<site>/answer/<alert>`: a captain answered the alert."""

    v: Literal[1] = 1
    site: Id
    alert: str
    answer: OpenAnswer
    at: Seconds


class GatewayDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`whistle/open/<site>/gateway/<gateway>`: how a gateway is, as it last said; no word for 60 s is no good word."""

    v: Literal[1] = 1
    site: Id
    gateway: Id
    radios: Count
    radios_up: Count
    waiting: Count
    cut_off: bool
    at: Seconds


DOCUMENTS: Final = {"alert": AlertDocument, "answer": AnswerDocument, "gateway": GatewayDocument}


def alert_name(node: int, sequence: int) -> str:
    """How the feed names an alert for ever: node and first sequence, 8 hex digits each."""
    return f"{node:08x}-{sequence:08x}"


def of_alert(site: str, alert: Alert, place: str, standing: Standing) -> AlertDocument | None:
    """The document for an alert at a public `place`, or None for one that must not be told."""
    hidden = standing == "silent" or alert.event == "silent" or (standing == "duress" and alert.event != "duress")
    if hidden:
        return None
    return AlertDocument(
        site=site,
        alert=alert_name(alert.node, alert.of),
        kind=alert.kind,
        place=place,
        event=_EVENTS[alert.event],
        drill=alert.drill,
        judged=alert.judged,
        age=alert.age,
        at=alert.heard_at,
    )


def of_answer(site: str, answer: Answer, first: int, standing: Standing) -> AnswerDocument | None:
    """The document for a captain's answer, or None for one that must not be told, or that no person gave."""
    said = _ANSWERS.get(answer.answer)
    if said is None or standing != "open":
        return None
    return AnswerDocument(site=site, alert=alert_name(answer.node, first), answer=said, at=answer.at)


def of_gateway(site: str, gateway: str, state: State) -> GatewayDocument:
    """The document for a gateway's heartbeat."""
    return GatewayDocument(
        site=site,
        gateway=gateway,
        radios=len(state.radios),
        radios_up=sum(radio.up for radio in state.radios),
        waiting=state.outbox,
        cut_off=state.cut_off,
        at=state.at,
    )


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the three documents, under `$defs`."""
    _, components = msgspec.json.schema_components(DOCUMENTS.values(), ref_template="#/$defs/{name}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}


class OpenFeed:
    """Publishes the feed on the broker named for it (QoS 1, never retained). Every method returns whether it went out.

    `standing` is asked for each time, because only the store knows it for sure: nothing is told of a `silent` alert,
    and of one cancelled under `duress` only that cancel, as if it were any other.
    """

    def __init__(self, broker: str, site: str, on_up: Callable[[], None] = lambda: None) -> None:
        self.site = checked_id(site)
        self.link = Link(broker, [], lambda _topic, _payload: None, on_up=on_up)

    def start(self) -> "OpenFeed":
        """Begin to connect, and return at once."""
        self.link.start()
        return self

    def close(self) -> None:
        """Leave the broker."""
        self.link.close()

    def alert(self, alert: Alert, place: str, standing: Standing) -> bool:
        """Tell of an alert at its roster's public place. A duress cancel goes out as a cancel."""
        document = of_alert(self.site, alert, place, standing)
        return document is not None and self._publish("alert", document.alert, document)

    def answer(self, answer: Answer, first: int, standing: Standing) -> bool:
        """Tell of a captain's answer, without the captain; `first` is the alert's first sequence."""
        document = of_answer(self.site, answer, first, standing)
        return document is not None and self._publish("answer", document.alert, document)

    def gateway(self, gateway: str, state: State) -> bool:
        """Tell how a gateway is."""
        return self._publish("gateway", checked_id(gateway), of_gateway(self.site, gateway, state))

    def _publish(self, what: str, name: str, document: msgspec.Struct) -> bool:
        return self.link.publish(f"whistle/open/{self.site}/{what}/{name}", _encoder.encode(document))
