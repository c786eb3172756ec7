"""What can be said on the bus: one struct a class, and nothing that is not listed here.

Every message is a JSON object with `class` (which struct) and `v` (1). Times are Unix seconds, ids lower-case hex,
nodes and sequences unsigned 32-bit integers, `tag` the first device tag of an alert in hex (16 zeros when a pulse
raised it: a silent alert, or an open call whose line was never heard). Fields a later version adds are ignored by
an earlier one; a field that is there and out of range is refused.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

NO_TAG: Final = "0" * 16
MAX_HEARINGS: Final = 16  # in one message; further ones follow as `heard`, so that an alert always fits an envelope
MAX_RADIOS: Final = 16

U8 = Annotated[int, Meta(ge=0, le=0xFF)]
U32 = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]
# `$` alone also matches before a last newline: the lengths below, or `(?!\n)`, keep one out.
Id = Annotated[str, Meta(pattern="^[0-9a-f]{16}", max_length=16)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{32}", max_length=32)]
Word = Annotated[str, Meta(max_length=80)]
Sample = Annotated[str, Meta(pattern=r"^[0-9a-f]*$(?!\n)", max_length=480)]
AirText = Annotated[str, Meta(max_length=233)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Position = tuple[Latitude, Longitude]

Kind = Literal["help", "medical", "fire", "watch"]
Event = Literal["raised", "refined", "again", "cancelled", "duress", "silent"]
Judged = Literal["fresh", "late-or-copied", "clone-or-rollback"]
Age = Literal["fresh", "unknown"]
Reason = Literal["malformed", "tag", "unknown-node", "revoked", "replay"]
Mode = Literal["press", "listen", "relay"]
Standing = Literal["routine", "open", "silent", "duress"]
Said = Literal["shown", "seen", "coming", "clear", "refused"]


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="class", omit_defaults=False):
    v: Literal[1] = 1


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """One frame as one radio heard it. `rssi` in dBm, `snr` in dB, `hops` travelled; None where the radio is silent."""

    source: Word
    at: Seconds
    rssi: float | None = None
    snr: float | None = None
    hops: U8 | None = None


class Radio(msgspec.Struct, frozen=True, kw_only=True):
    """One radio of a gateway: its address without any password, its node number if known, up or down since when."""

    url: Word
    node: U32 | None
    up: bool
    since: Seconds
    last_packet: Seconds | None


Hearings = Annotated[list[Hearing], Meta(max_length=MAX_HEARINGS)]


class Alert(_Message, frozen=True, kw_only=True, tag="alert"):
    """An authentic alert, settled in the gateway's ledger as row `row`; sent again until a `settled` names that row.

    `of` is the sequence of the alert it belongs to: its own, or sequence - back for a refinement or a cancel.
    `text` is the readable text of the air without seal and leading 0x07: never to be trusted as a name or a place.
    """

    row: Annotated[int, Meta(ge=1)]
    node: U32
    sequence: U32
    of: U32
    tag: Id
    kind: Kind
    text: AirText
    event: Event
    drill: bool
    low: bool
    doubt: bool
    position: Position | None
    judged: Judged
    age: Age
    age_limit_s: Count | None
    heard_at: Seconds
    hearings: Hearings


class Heard(_Message, frozen=True, kw_only=True, tag="heard"):
    """Later hearings of an alert already told; sent once, never kept for sending again."""

    node: U32
    sequence: U32
    tag: Id
    hearings: Hearings


class Pulse(_Message, frozen=True, kw_only=True, tag="pulse"):
    """An authentic sign of life of a beacon. `battery` in percent (101 = on mains), `hops` travelled.

    `group_epoch`: which of the site's group keys it has; None from a gateway of an earlier version.
    """

    node: U32
    at: Seconds
    battery: U8 | None
    millivolts: Count | None
    low: bool
    doubt: bool
    tamper: bool
    mode: Mode
    standing: Standing
    hops: U8 | None
    snr: float | None
    rssi: float | None
    group_epoch: U8 | None = None


class State(_Message, frozen=True, kw_only=True, tag="state"):
    """A gateway's heartbeat: at least every 60 s, and at once when something in it changes. Numbers must rise.

    `roster`: the version it goes by; `group_epoch`: the newest group key of its bundle, None from an earlier version.
    """

    at: Seconds
    started: Seconds
    name: Word
    radios: Annotated[list[Radio], Meta(max_length=MAX_RADIOS)]
    outbox: Count
    counts: dict[str, Count]
    refused: dict[Reason, Count]
    cut_off: bool
    freshness_proven: bool
    version: Word
    roster: Count
    group_epoch: U8 | None = None


class Refused(_Message, frozen=True, kw_only=True, tag="refused"):
    """A sample of what a gateway refused: at most one a second and reason. `payload` is hex of at most 240 bytes.

    `kind`: what a revoked beacon calls for, when this was a press of it (its tag held); None for anything else.
    """

    reason: Reason
    node: U32 | None
    at: Seconds
    port: Count | None
    payload: Sample
    why: Annotated[str, Meta(max_length=200)]
    kind: Kind | None = None


class Told(_Message, frozen=True, kw_only=True, tag="told"):
    """What became of an answer, by its `id`: sent on the air, seen by the beacon (its poll said so), or expired.

    Sent once each, never kept for sending again; a dashboard that hears nothing shows the answer as still under way.
    """

    id: Id
    node: U32
    sequence: U32
    answer: Said
    state: Literal["sent", "seen-by-beacon", "expired"]


class Settled(_Message, frozen=True, kw_only=True, tag="settled"):
    """A dashboard has stored the alert: this alone lets a gateway close outbox row `row`.

    `digest` is `envelope.digest` of the sealed bytes that were stored; `store` and `store_row` say where.
    """

    gateway: Id
    row: Annotated[int, Meta(ge=1)]
    digest: Digest
    store: Id
    store_row: Annotated[int, Meta(ge=1)]


class Answer(_Message, frozen=True, kw_only=True, tag="answer"):
    """What is to be told to a beacon about one alert; the higher `ordinal` wins. `captain` is an opaque id, no name."""

    id: Id
    gateway: Id
    node: U32
    sequence: U32
    tag: Id
    answer: Said
    ordinal: Annotated[int, Meta(ge=0, le=15)]
    captain: Word | None
    at: Seconds
    expires: Seconds


class Watch(_Message, frozen=True, kw_only=True, tag="watch"):
    """A dashboard's heartbeat: every 15 s and at once when `watchers` (people with sound armed) changes."""

    at: Seconds
    store: Id
    watchers: Count


Up = Alert | Heard | Pulse | State | Refused | Told
Down = Settled | Answer | Watch
Message = Up | Down

RISING: Final = (State, Watch)  # classes that only the newest number may speak for; the rest rely on primary keys


def class_of(message: Message) -> str:
    """The word in the message's `class` field."""
    return str(message.__struct_config__.tag)
