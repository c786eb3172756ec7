"""The settings file of one beacon: JSON as the technician's tool writes it, checked against one table."""

import json
from binascii import unhexlify

from beacon.errors import BadSettings

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]

PRESS, LISTEN, RELAY = 0, 1, 2
MODES = ("press", "listen", "relay")

# name, what it is, least, most: a number, a key in hex (bytes), a text (bytes). A dotted name lies inside an object.
TABLE = """v number 1 1
node number 1 4294967294
device_epoch number 0 255
group_epoch number 0 255
hop_limit number 0 7
radio.sf number 5 12
radio.bw_hz number 7800 1700000
radio.cr number 5 8
radio.preamble number 6 64
radio.duty_permille number 1 1000
timing.g0_ms number 500 120000
timing.pulse_mean_s number 60 172800
timing.window_ms number 500 120000
up key 32 32
down key 32 32
status key 32 32
id key 32 32
group key 32 32
channel_psk key 0 32
channel_name text 0 11
place text 1 88
name text 1 39
short text 1 4"""


class Settings:
    """What one beacon is: numbers as numbers, keys as bytes; `radio` and `timing` are the file's own objects."""

    node: int
    device_epoch: int
    group_epoch: int
    hop_limit: int
    up: bytes
    down: bytes
    status: bytes
    id: bytes
    group: bytes
    group_previous: "bytes | None"
    channel_psk: bytes
    channel_name: str
    place: str
    name: str
    short: str
    words: "list[str]"
    mode: int
    second_button: bool
    whistle: bool
    radio: "dict[str, int]"
    timing: "dict[str, int]"

    def group_of(self, epoch: int) -> "bytes | None":
        """The group key of an epoch (its low four bits are enough), current or previous; None of any other."""
        back = self.group_epoch - epoch & 15
        return self.group if not back else self.group_previous if back == 1 else None


def read(text: "bytes | None") -> Settings:
    """Return the settings in `text`; BadSettings with one sentence when anything a beacon needs is missing or wrong."""
    settings = Settings()
    name = "settings"
    try:
        raw = json.loads(text or "")
        for row in TABLE.split("\n"):
            name, kind, least, most = row.split()
            setattr(settings, name, _value(raw, name, kind, int(least), int(most)))
        for name in ("radio", "timing", "second_button", "whistle"):
            setattr(settings, name, raw[name])
        name = "mode"
        settings.mode = MODES.index(raw[name])
        name = "words"
        settings.words = [_value(raw[name], at, "text", 1, 20) for at in range(4)]
        name = "group_previous"
        settings.group_previous = raw[name] and unhexlify(raw[name])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise BadSettings("'%s' is missing or wrong: provision this beacon again" % name)
    return settings


def _value(raw: "Any", name: "str | int", kind: str, least: int, most: int) -> "Any":
    """Return what is found under a name, when it is of its kind and size."""
    for part in name.split(".") if isinstance(name, str) else (name,):
        raw = raw[part]
    value = unhexlify(raw) if kind == "key" else raw
    if not least <= (value if kind == "number" else len(value if kind == "key" else value.encode())) <= most:
        raise ValueError
    return value
