"""The Meshtastic Telemetry message our pulses ride in: every stock phone shows battery and uptime (section 5).

``Telemetry{2: DeviceMetrics}``, then field 127 last. Phones skip a field they do not know. For hosts.
"""

import struct

from .errors import Malformed

_FIELD = b"\xfa\x07"


def join(body: bytes, field: bytes) -> bytes:
    """The payload of port 67: Telemetry, then field 127."""
    return body + _FIELD + bytes([len(field)]) + field


def split(payload: bytes) -> "tuple[bytes, bytes]":
    """(Telemetry, field 127). Malformed unless it is DeviceMetrics and then our field, both whole, to the last byte."""
    at = 2 + payload[1] if 1 < len(payload) < 256 and payload[0] == 0x12 else 130
    field = payload[at + 3 :]
    if at > 129 or join(payload[:at], field) != payload:
        raise Malformed("not a pulse")
    return payload[:at], field


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def metrics(
    battery: "int | None", millivolts: "int | None", channel_util: "float | None", air_util: "float | None",
    uptime: "int | None",
) -> bytes:  # fmt: skip
    """Telemetry with DeviceMetrics and no time. Percent, mV, percent, percent, seconds; None leaves a field out."""
    body = b"" if battery is None else b"\x08" + _varint(battery)
    volts = None if millivolts is None else millivolts / 1000
    for number, value in (0x15, volts), (0x1D, channel_util), (0x25, air_util):
        if value is not None:
            body += struct.pack("<Bf", number, value)
    if uptime is not None:
        body += b"\x28" + _varint(uptime)
    return b"\x12" + bytes([len(body)]) + body


class Metrics:
    """What a body says of its sender, None where it does not: percent, mV, percent, percent, seconds."""

    battery: "int | None" = None
    millivolts: "int | None" = None
    channel_util: "float | None" = None
    air_util: "float | None" = None
    uptime: "int | None" = None


def read(body: bytes) -> Metrics:
    """The DeviceMetrics in the first part of `split`; unknown numbers are skipped. Malformed when not whole."""
    found = Metrics()
    at = 2
    while at < len(body):
        number = body[at]
        if number & 7 == 5:
            at = _float(found, number >> 3, body, at + 1)
        elif number & 7 == 0:
            at = _whole(found, number >> 3, body, at + 1)
        else:
            raise Malformed("metrics are not whole")
    return found


def _float(found: Metrics, field: int, body: bytes, at: int) -> int:
    if at + 4 > len(body):
        raise Malformed("metrics are not whole")
    value = struct.unpack("<f", body[at : at + 4])[0]
    if field == 2 and 0 <= value < 100:
        found.millivolts = int(value * 1000 + 0.5)
    elif field == 3:
        found.channel_util = value
    elif field == 4:
        found.air_util = value
    return at + 4


def _whole(found: Metrics, field: int, body: bytes, at: int) -> int:
    value = shift = 0
    while at < len(body) and shift < 63:
        value |= (body[at] & 127) << shift
        shift += 7
        at += 1
        if body[at - 1] < 128:
            if field == 1:
                found.battery = value
            elif field == 5:
                found.uptime = value
            return at
    raise Malformed("metrics are not whole")
