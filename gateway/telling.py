"""How what was settled is said on the bus: frames and rows into `whistle.bus.messages`. Pure."""

from typing import Final, get_args

import msgspec
from alertwire import kinds, telemetry
from alertwire.errors import Malformed
from alertwire.pulse import Pulse as BeaconPulse

from gateway.echoes import Age
from gateway.hearing import Hearing
from gateway.reader import HeardLine
from gateway.rows import AlertRow
from whistle.bus import messages
from whistle.bus.messages import Alert, Event, Judged, Kind, Mode, Pulse, Standing

KINDS: Final[tuple[Kind, ...]] = ("help", "medical", "fire", "watch")
_MODES: Final[tuple[Mode, ...]] = ("press", "listen", "relay", "relay")
_STANDINGS: Final[tuple[Standing, ...]] = ("routine", "open", "silent", "duress")
_EVENTS: Final[dict[str, Event]] = {word: word for word in get_args(Event)}
_JUDGED: Final[dict[str, Judged]] = {word: word for word in get_args(Judged)}
_LONGEST_WORD: Final = 80


def hearing(one: Hearing) -> messages.Hearing:
    """A hearing as dashboards see it."""
    return messages.Hearing(source=one.source[:_LONGEST_WORD], at=one.at, rssi=one.rssi, snr=one.snr, hops=one.hops)


def line_alert(row: AlertRow, reading: HeardLine, judged: str, age: Age) -> Alert:
    """A new alert line. Its `row` is 1 until the ledger has given one."""
    one = reading.line
    return Alert(
        row=1,
        node=row.node,
        sequence=row.sequence,
        of=row.of,
        tag=row.tag.hex(),
        kind=KINDS[one.kind],
        text=one.text[1:].decode(),
        event=_EVENTS[row.event],
        drill=one.drill,
        low=one.low,
        doubt=one.doubt,
        position=one.position,
        judged=_JUDGED[judged],
        age="fresh" if age.proven else "unknown",
        age_limit_s=age.limit_s,
        heard_at=row.at,
        hearings=[hearing(reading.hearing)],
    )


def pulse_alert(row: AlertRow, heard: Hearing, pulse: BeaconPulse, judged: str, age: Age) -> Alert:
    """An alert that only a pulse tells of: it has no text, and its tag is all zeros unless a clone has taken that."""
    return Alert(
        row=1,
        node=row.node,
        sequence=row.sequence,
        of=row.of,
        tag=row.tag.hex(),
        kind=KINDS[pulse.kind],
        text="",
        event=_EVENTS[row.event],
        drill=False,
        low=pulse.low,
        doubt=pulse.doubt,
        position=None,
        judged=_JUDGED[judged],
        age="fresh" if age.proven else "unknown",
        age_limit_s=age.limit_s,
        heard_at=row.at,
        hearings=[hearing(heard)],
    )


def numbered(alert: Alert, row: int) -> Alert:
    """The same alert with its outbox row."""
    return msgspec.structs.replace(alert, row=row)


def _metrics(body: bytes) -> telemetry.Metrics:
    # The tag held, so a body that is not whole is a beacon's mistake: its sign of life counts all the same.
    try:
        return telemetry.read(body)
    except Malformed:
        return telemetry.Metrics()


def sign_of_life(heard: Hearing, pulse: BeaconPulse) -> Pulse:
    """A beacon's pulse."""
    metrics = _metrics(pulse.body)
    return Pulse(
        node=heard.sender,
        at=heard.at,
        battery=None if metrics.battery is None else min(metrics.battery, 255),
        millivolts=metrics.millivolts,
        low=pulse.low,
        doubt=pulse.doubt,
        tamper=pulse.tamper,
        mode=_MODES[pulse.mode],
        standing=_STANDINGS[min(pulse.standing, kinds.DURESS)],
        hops=heard.hops,
        snr=heard.snr,
        rssi=heard.rssi,
        group_epoch=pulse.group_epoch,
    )
