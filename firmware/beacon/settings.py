"""The settings file of one beacon: JSON as the technician's tool writes it, checked by one table."""

import binascii
import json

from beacon.errors import BadSettings

VERSION = 1
MODES = ("press", "listen", "relay")
REMEDY = ": provision this beacon again"

# name: least, most; a dotted name lies inside an object
NUMBERS = {
    "node": (1, 0xFFFFFFFE),
    "device_epoch": (0, 255),
    "group_epoch": (0, 255),
    "hop_limit": (0, 7),
    "radio.sf": (5, 12),
    "radio.bw_hz": (7800, 1700000),
    "radio.cr": (5, 8),
    "radio.preamble": (6, 64),
    "radio.duty_permille": (1, 1000),
    "timing.slot_ms": (1, 1000),
    "timing.g0_ms": (500, 120000),
    "timing.pulse_mean_s": (60, 172800),
    "timing.window_ms": (500, 120000),
}
KEYS = {"site": 8, "up": 32, "down": 32, "status": 32, "id": 32, "group": 32, "group_previous": 32, "channel_psk": 0}
TEXTS = {"channel_name": 11, "place": 100, "name": 39, "short": 4}


class Settings:
    """What one beacon is: numbers as numbers, keys as bytes; `radio` and `timing` are the file's own objects."""

    node: int
    device_epoch: int
    group_epoch: int
    hop_limit: int
    site: bytes
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
    captain: bool
    second_button: bool
    whistle: bool
    radio: "dict[str, int]"
    timing: "dict[str, int]"


def read(text: "bytes | None") -> Settings:
    """Return the settings in `text`; BadSettings with one sentence when anything a beacon needs is missing or wrong."""
    if text is None:
        raise BadSettings("there is no settings file" + REMEDY)
    try:
        raw = json.loads(text)
    except ValueError:
        raise BadSettings("the settings file is not JSON" + REMEDY)
    if not isinstance(raw, dict) or raw.get("v") != VERSION:
        raise BadSettings("the settings file is not of version 1" + REMEDY)
    settings = Settings()
    for name in NUMBERS:
        _number(settings, raw, name)
    for name in KEYS:
        setattr(settings, name, _key(raw, name))
    for name in TEXTS:
        setattr(settings, name, _text(raw.get(name), name, TEXTS[name]))
    _rest(settings, raw)
    return settings


def _wrong(name: str) -> BadSettings:
    return BadSettings("the setting '" + name + "' is missing or wrong" + REMEDY)


def _number(settings: Settings, raw: "dict[str, object]", name: str) -> None:
    """Check one number; those at the top become attributes, the others stay in their object."""
    group, _, last = name.rpartition(".")
    table = raw.get(group) if group else raw
    value = table.get(last) if isinstance(table, dict) else None
    least, most = NUMBERS[name]
    if not isinstance(value, int) or not least <= value <= most:
        raise _wrong(name)
    if not group:
        setattr(settings, name, value)


def _key(raw: "dict[str, object]", name: str) -> "bytes | None":
    """Return a key given in hex; only the previous group key may be absent, only the channel's may have another size."""
    value = raw.get(name)
    if value is None and name == "group_previous":
        return None
    try:
        key = binascii.unhexlify(value)  # type: ignore[arg-type]  # what is no text is a TypeError
    except (ValueError, TypeError):
        raise _wrong(name)
    if len(key) != KEYS[name] and KEYS[name] or len(key) > 32:
        raise _wrong(name)
    return key


def _text(value: object, name: str, most: int) -> str:
    """Return a text of at most `most` UTF-8 bytes."""
    if not isinstance(value, str) or len(value.encode()) > most:
        raise _wrong(name)
    return value


def _rest(settings: Settings, raw: "dict[str, object]") -> None:
    """Take the mode as a number, the four words, the switches and the two objects."""
    mode, words = raw.get("mode"), raw.get("words")
    if mode not in MODES:
        raise _wrong("mode")
    if not isinstance(words, list) or len(words) != 4:
        raise _wrong("words")
    settings.mode = MODES.index(mode)
    settings.words = [_text(word, "words", 20) for word in words]
    settings.captain = raw.get("captain") is True
    settings.second_button = raw.get("second_button") is True
    settings.whistle = raw.get("whistle") is True
    settings.radio = raw["radio"]  # type: ignore[assignment]  # _number has found numbers in both
    settings.timing = raw["timing"]  # type: ignore[assignment]
