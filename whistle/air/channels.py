"""The channels a technician names on the command line."""

import base64
import binascii
from dataclasses import dataclass

from meshwire.channel import Channel, expand_key
from meshwire.presets import Preset, effective_name

from whistle.aes import ecb
from whistle.air.errors import AirError

DEFAULT_PSK = "AQ=="


@dataclass(frozen=True)
class Channels:
    """The channels to try, in the order given. Names may repeat with other keys: then objects carry the index too."""

    all: tuple[Channel, ...]

    def repeated(self, name: str) -> bool:
        """Say whether a name alone does not tell the channel."""
        return sum(channel.name == name for channel in self.all) > 1

    def find(self, name: str, index: int | None) -> Channel:
        """Return the channel with that effective name, and place where several share it; AirError if there is none."""
        found = [channel for at, channel in enumerate(self.all) if channel.name == name and index in (None, at)]
        if not found:
            raise AirError(f"channel {name!r} is not among those given; name it with --channel and --psk")
        if len(found) > 1:
            raise AirError(f"several channels are called {name!r}; say which with channel_index")
        return found[0]


def channels(names: tuple[str, ...], psks: tuple[str, ...], preset: Preset) -> Channels:
    """Return the channels of `--channel` and `--psk` in pairs; if none is named the preset's, with the default key.

    An empty name is the preset's. An empty key is none for the first channel and the first one's key for the others,
    as primary and secondary channels have it.
    """
    if len(names) != len(psks):
        raise AirError(f"{len(names)} --channel and {len(psks)} --psk were given; give them in pairs")
    pairs = zip(names, psks, strict=True) if names else [("", DEFAULT_PSK)]
    found: list[Channel] = []
    for name, psk in pairs:
        key = expand_key(_bytes(psk), found[0].key if found else b"")
        found.append(Channel(_name(name, preset), key, ecb))
    return Channels(tuple(found))


def _name(name: str, preset: Preset) -> str:
    if len(name.encode()) > 11:
        raise AirError(f"channel name {name!r} is too long; a name has at most 11 bytes")
    return effective_name(name, preset)


def _bytes(psk: str) -> bytes:
    try:
        key = base64.b64decode(psk.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise AirError(f"{psk!r} is not base64; copy the key as the app shows it, such as AQ==") from None
    if len(key) > 32:
        raise AirError(f"the key {psk!r} has {len(key)} bytes; a channel key has at most 32")
    return key
