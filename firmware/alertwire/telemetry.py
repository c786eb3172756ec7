"""The Meshtastic Telemetry message our pulses ride in, so that every stock phone shows battery and uptime (section 5).

``Telemetry{2: DeviceMetrics}``, then field 127 last. Phones skip a field they do not know.
"""

import struct

from .errors import Malformed

_FIELD = b"\xfa\x07"


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
    if millivolts is not None:
        body += struct.pack("<Bf", 0x15, millivolts / 1000)
    if channel_util is not None:
        body += struct.pack("<Bf", 0x1D, channel_util)
    if air_util is not None:
        body += struct.pack("<Bf", 0x25, air_util)
    if uptime is not None:
        body += b"\x28" + _varint(uptime)
    return b"\x12" + bytes([len(body)]) + body


def join(body: bytes, field: bytes) -> bytes:
    """The payload of port 67: body, then field 127."""
    return body + _FIELD + bytes([len(field)]) + field


def split(payload: bytes) -> "tuple[bytes, bytes]":
    """(body, field 127) of a payload. Malformed unless it is DeviceMetrics and then our field, both whole, to the end."""
    if len(payload) < 5 or payload[0] != 0x12 or payload[1] > 127:
        raise Malformed("not a pulse")
    at = 2 + payload[1]
    if payload[at : at + 2] != _FIELD or len(payload) < at + 3 or len(payload) != at + 3 + payload[at + 2]:
        raise Malformed("not a pulse")
    return payload[:at], payload[at + 3 :]
