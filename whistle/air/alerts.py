"""What one of our own messages says, in words: for reading only, since no key to check it is at hand here."""

from collections.abc import Callable

from alertwire import gatewaypulse, kinds, line, pulse, receipt, telemetry
from alertwire.errors import Malformed
from meshwire.data import ALERT, TELEMETRY, TEXT

Fields = dict[str, object]


def describe(portnum: int, payload: bytes) -> Fields | None:
    """Return the fields of a line, receipt, beacon pulse or gateway pulse, None for anything else.

    `authentic` is null throughout: whether a message is genuine only a holder of the site's keys can say.
    """
    for reader in _READERS.get(portnum, ()):
        try:
            return reader(payload)
        except Malformed:
            continue
    return None


def _line(payload: bytes) -> Fields:
    found = line.parse(payload)
    return {
        "type": "line",
        "authentic": None,
        "text": found.text[1:].decode(),
        "kind": kinds.NAMES[found.kind],
        "drill": found.drill,
        "low": found.low,
        "cancel": found.cancel,
        "doubt": found.doubt,
        **_sequence(found.sequence),
        "of": line.root(found.sequence, found.back),
        "group_epoch": found.group_epoch,
        "echo": found.echo,
        "position": found.position,
        "group_tag": found.group_tag.hex(),
        "tag": found.tag.hex(),
    }


def _receipt(payload: bytes) -> Fields:
    found = receipt.parse(payload)
    return {
        "type": "receipt",
        "authentic": None,
        "text": found.text.decode(),
        "group_epoch": found.group_epoch,
        "entries": [_entry(entry) for entry in found.entries],
        "group_tag": found.group_tag.hex(),
    }


def _entry(entry: bytes) -> Fields:
    answer, cut_off, ordinal = kinds.unpack_answer(entry[3])
    return {
        "answers_tag": entry[:3].hex(),
        "answer": kinds.ANSWERS[answer - 1] if 0 < answer <= len(kinds.ANSWERS) else answer,
        "cut_off": cut_off,
        "ordinal": ordinal,
        "tag": entry[4:].hex(),
    }


def _pulse(payload: bytes) -> Fields:
    found = pulse.parse(payload)
    return {
        "type": "pulse",
        "authentic": None,
        **_sequence(found.sequence),
        "group_epoch": found.group_epoch,
        "echo": found.echo,
        "sealed_status": found.sealed.hex(),
        "tag": found.tag.hex(),
        "metrics": _metrics(found.body),
    }


def _gateway_pulse(payload: bytes) -> Fields:
    found = gatewaypulse.parse(payload)
    return {
        "type": "gateway pulse",
        "authentic": None,
        "number": found.number,
        "group_epoch": found.group_epoch,
        "echo": found.echo,
        "slots": [slot.hex() for slot in found.slots],
        "group_tag": found.group_tag.hex(),
        "metrics": _metrics(found.body),
    }


def _sequence(sequence: int) -> Fields:
    return {"sequence": sequence, "device_epoch": sequence >> 24, "counter": sequence & 0xFFFFFF}


def _metrics(body: bytes) -> Fields | None:
    try:
        found = telemetry.read(body)
    except Malformed:
        return None
    return {
        "battery": found.battery,
        "millivolts": found.millivolts,
        "channel_util": found.channel_util,
        "air_util": found.air_util,
        "uptime": found.uptime,
    }


_READERS: dict[int, tuple[Callable[[bytes], Fields], ...]] = {
    ALERT: (_line,),
    TEXT: (_line, _receipt),
    TELEMETRY: (_pulse, _gateway_pulse),
}
