"""The settings file of one beacon: JSON as the technician's tool writes it, checked against one table."""

import json
from binascii import unhexlify

from alertwire import wire

from beacon.errors import BadSettings

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]

MODES = ("press", "listen", "relay")  # by their numbers in a pulse

# name, what it is (n: a number, k: a key in hex, t: a text), least and most: of a number itself, else of its bytes. A
# dotted name lies inside an object.
TABLE = """v n 1 1
node n 1 4294967294
device_epoch n 0 255
group_epoch n 0 255
hop_limit n 0 7
radio.sf n 5 12
radio.bw_hz n 7800 1700000
radio.cr n 5 8
radio.preamble n 6 64
radio.duty_permille n 1 1000
radio.busy_looks n 0 1000
timing.g0_ms n 500 120000
timing.pulse_mean_s n 60 172800
timing.window_ms n 500 120000
up k 32 32
down k 32 32
status k 32 32
id k 32 32
group k 32 32
channel_psk k 0 32
channel_name t 0 11
place t 1 88
name t 1 39
short t 1 4"""


class Settings:
    """What one beacon is: numbers as numbers, keys as bytes; `radio` and `timing` are the file's own objects.

    `quiet`, if any: from and to which minute of the day a neighbour's alert makes no sound, and minutes east of UTC.
    """

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
    volume: int
    quiet: "list[int] | None"
    radio: "dict[str, int]"
    timing: "dict[str, int]"

    def group_of(self, epoch: int) -> "bytes | None":
        """The group key of an epoch (its low four bits are enough), current or previous; None of any other."""
        back = self.group_epoch - epoch & 15
        return self.group if not back else self.group_previous if back == 1 else None

    def rekey(self, field: bytes, keep: "Callable[[], None] | None" = None) -> bool:
        """Use the group key of a message made for us, if its epoch is above ours, after `keep()`; True then."""
        key = wire.rekeyed(field, self.node, self.down)
        if not key or field[1] <= self.group_epoch:
            return False
        if keep:
            keep()
        self.group_previous = self.group if field[1] == self.group_epoch + 1 else None
        self.group, self.group_epoch = key, field[1]
        return True


def read(text: "bytes | None") -> Settings:
    """Return the settings in `text`; BadSettings with one sentence when anything a beacon needs is missing or wrong."""
    settings = Settings()
    name = "settings"
    try:
        raw = json.loads(text or "")
        for row in TABLE.split("\n"):
            name, kind, least, most = row.split()
            value = raw
            for part in name.split("."):
                value = value[part]
            if kind == "k":
                value = unhexlify(value)
            size = value if kind == "n" else len(value.encode() if kind == "t" else value)
            _need(int(least) <= size <= int(most))
            setattr(settings, name, value)
        for name in ("radio", "timing", "second_button", "whistle", "words"):
            setattr(settings, name, raw[name])
        _need(len(settings.words) == 4 and max([len(word.encode()) for word in settings.words]) < 21)
        name = "volume"  # not in the settings that the first release wrote
        settings.volume = raw.get(name, 100)
        _need(0 <= settings.volume <= 100)
        name = "quiet"
        settings.quiet = raw.get(name)
        _need(settings.quiet is None or len([0 for part in settings.quiet if -1440 < part < 1440]) == 3)
        name = "mode"
        settings.mode = MODES.index(raw[name])
        name = "group_previous"
        settings.group_previous = raw[name] and unhexlify(raw[name])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadSettings("'%s' is missing or wrong: provision this beacon again" % name) from None
    return settings


def _need(fine: bool) -> None:
    if not fine:
        raise ValueError
