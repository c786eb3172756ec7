"""One message of every class, and hypothesis strategies that make others."""

import msgspec
from hypothesis import strategies as st

from whistle.bus import messages as m

SITE = "0001020304050607"
GATEWAY = "a1a2a3a4a5a6a7a8"
KEY = bytes(range(64))
SENDER = bytes.fromhex(GATEWAY)
STORE = bytes.fromhex("d1d2d3d4d5d6d7d8")

HEARING = m.Hearing(source="tcp://127.0.0.1:4403", at=1764000000.25, rssi=-97.5, snr=6.25, hops=2)

ALERT = m.Alert(
    row=1,
    node=0x0A1B2C3D,
    sequence=0x01000412,
    of=0x01000412,
    tag="3c78698ab7ba6e28",
    kind="help",
    text="HELP 34th & Cedar #1042",
    event="raised",
    drill=False,
    low=False,
    doubt=False,
    position=None,
    judged="fresh",
    age="fresh",
    age_limit_s=900,
    heard_at=1764000000.25,
    hearings=[HEARING],
)
WATCH = m.Watch(at=1764000000.0, store=STORE.hex(), watchers=2)
STATE = m.State(
    at=1764000000.0,
    started=1763990000.0,
    name="Hall",
    radios=[m.Radio(url="tcp://127.0.0.1:4403", node=1, up=True, since=1.0, last_packet=None)],
    outbox=0,
    counts={"received": 5},
    refused={"tag": 2},
    cut_off=False,
    freshness_proven=True,
    version="0.1.0",
    roster=3,
)

UP = [
    ALERT,
    m.Heard(node=1, sequence=2, tag=m.NO_TAG, hearings=[HEARING]),
    m.Pulse(
        node=1,
        at=1.5,
        battery=101,
        millivolts=None,
        low=False,
        doubt=False,
        tamper=True,
        mode="relay",
        standing="open",
        hops=None,
        snr=None,
        rssi=-80.0,
    ),
    STATE,
    m.Refused(reason="replay", node=None, at=1.0, port=67, payload="fa07", why="the same number again"),
    m.Refused(reason="revoked", node=7, at=1.0, port=11, payload="07", why="it is revoked", kind="fire"),
    m.Told(id="1" * 16, node=1, sequence=2, answer="coming", state="seen-by-beacon"),
]
DOWN = [
    m.Settled(gateway=GATEWAY, row=1, digest="0" * 32, store=STORE.hex(), store_row=9),
    m.Answer(
        id="1" * 16,
        gateway=GATEWAY,
        node=1,
        sequence=2,
        tag="3c78698ab7ba6e28",
        answer="coming",
        ordinal=3,
        captain="c7",
        at=1.0,
        expires=601.0,
    ),
    WATCH,
]

u32 = st.integers(0, 0xFFFFFFFF)
hearings = st.builds(
    m.Hearing,
    source=st.text(max_size=80),
    at=st.floats(0, 4e9),
    rssi=st.none() | st.floats(-200, 50),
    snr=st.none() | st.floats(-50, 50),
    hops=st.none() | st.integers(0, 7),
)
alerts = st.builds(
    m.Alert,
    row=st.integers(1, 1 << 53),
    node=u32,
    sequence=u32,
    of=u32,
    tag=st.binary(min_size=8, max_size=8).map(bytes.hex),
    text=st.text(max_size=233),
    position=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    age_limit_s=st.none() | st.integers(0, 1 << 31),
    heard_at=st.floats(0, 4e9),
    hearings=st.lists(hearings, max_size=6),
)


def altered(message: m.Message, **changes: object) -> m.Message:
    """The message with some fields changed, not validated."""
    return msgspec.structs.replace(message, **changes)


SHORT = UP[4]
LONG = altered(ALERT, hearings=[HEARING] * m.MAX_HEARINGS)
