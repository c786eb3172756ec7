"""The Meshtastic channel link, by which a neighbour's stock node and phone join the site as listeners.

The link is a `ChannelSet` of Meshtastic's `apponly.proto` in base64url behind `https://meshtastic.org/e/#`: one channel
and the radio's settings. Only the handful of fields a listener needs is written, by hand; the package is compared
byte for byte in the tests. Whoever has the link reads every open line of the site.
"""

from base64 import urlsafe_b64encode
from typing import Final

PREFIX: Final = "https://meshtastic.org/e/#"

_VARINT: Final = 0
_BYTES: Final = 2

# Field numbers: ChannelSet, ChannelSettings, LoRaConfig.
_SETTINGS, _LORA_CONFIG = 1, 2
_PSK, _NAME, _MODULE_SETTINGS = 2, 3, 7
_USE_PRESET, _MODEM_PRESET, _REGION, _HOP_LIMIT, _TX_ENABLED = 1, 2, 7, 8, 9


def link(name: str, psk: bytes, region_code: int, preset_code: int, hop_limit: int) -> str:
    """The link for a channel. Codes are those of Meshtastic's RegionCode and ModemPreset tables."""
    raw = channel_set(name, psk, region_code, preset_code, hop_limit)
    return PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode()


def channel_set(name: str, psk: bytes, region_code: int, preset_code: int, hop_limit: int) -> bytes:
    """The protobuf bytes of the link: fields in the order of their numbers, zeros left out, as protobuf writes them.

    `module_settings` is there and empty, which says in so many words that no position is to be sent.
    """
    settings = _field(_PSK, psk) + _field(_NAME, name.encode()) + _field(_MODULE_SETTINGS, b"")
    lora = (
        _number(_USE_PRESET, 1)
        + _number(_MODEM_PRESET, preset_code)
        + _number(_REGION, region_code)
        + _number(_HOP_LIMIT, hop_limit)
        + _number(_TX_ENABLED, 1)
    )
    return _field(_SETTINGS, settings) + _field(_LORA_CONFIG, lora)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value) if value else b""


def _field(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
