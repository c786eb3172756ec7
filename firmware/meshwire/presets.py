"""Modem presets of Meshtastic 2.7 and 2.8 (host only: a board's settings carry the numbers)."""

from meshwire.airtime import Modem


class Preset:
    """A named set of LoRa settings. Bandwidths in Hz; `wide_hz` is the one in the 2.4 GHz band, 0 for none.

    `hash_name` stands for an empty channel name, `code` is the protobuf enum, `since` the first firmware that has it.
    """

    def __init__(self, code: int, name: str, hash_name: str, sf: int, bw_hz: int, cr: int, wide_hz: int, since: str):
        self.code = code
        self.name = name
        self.hash_name = hash_name
        self.sf = sf
        self.bw_hz = bw_hz
        self.cr = cr
        self.wide_hz = wide_hz
        self.since = since

    def modem(self, wide: bool = False) -> Modem:
        """Return the modem of this preset; in the 2.4 GHz band with 12 preamble symbols, wider, and looking longer."""
        if not wide or not self.wide_hz:
            return Modem(self.sf, self.bw_hz, self.cr)
        modem = Modem(self.sf, self.wide_hz, self.cr, 12)
        looking = 4 + (2 * self.sf + 3) // 32  # symbols
        modem.slot_ms = ((looking * 10000 << self.sf) + 76 * self.wide_hz) // (10 * self.wide_hz)
        return modem


_TABLE = (
    (0, "LONG_FAST", "LongFast", 11, 250000, 5, 812500, "2.7"),
    (1, "LONG_SLOW", "LongSlow", 12, 125000, 8, 406250, "2.7"),
    (3, "MEDIUM_SLOW", "MediumSlow", 10, 250000, 5, 812500, "2.7"),
    (4, "MEDIUM_FAST", "MediumFast", 9, 250000, 5, 812500, "2.7"),
    (5, "SHORT_SLOW", "ShortSlow", 8, 250000, 5, 812500, "2.7"),
    (6, "SHORT_FAST", "ShortFast", 7, 250000, 5, 812500, "2.7"),
    (7, "LONG_MODERATE", "LongMod", 11, 125000, 8, 406250, "2.7"),
    (8, "SHORT_TURBO", "ShortTurbo", 7, 500000, 5, 1625000, "2.7"),
    (9, "LONG_TURBO", "LongTurbo", 11, 500000, 8, 1625000, "2.7"),
    (10, "LITE_FAST", "LiteFast", 9, 125000, 5, 0, "2.8"),
    (11, "LITE_SLOW", "LiteSlow", 10, 125000, 5, 0, "2.8"),
    (12, "NARROW_FAST", "NarrowFast", 7, 62500, 6, 0, "2.8"),
    (13, "NARROW_SLOW", "NarrowSlow", 8, 62500, 6, 0, "2.8"),
    (14, "TINY_FAST", "TinyFast", 7, 15600, 5, 0, "2.8"),
    (15, "TINY_SLOW", "TinySlow", 8, 15600, 6, 0, "2.8"),
    (16, "MEDIUM_TURBO", "MediumTurbo", 9, 500000, 5, 1625000, "2.8"),
)

PRESETS = {row[1]: Preset(*row) for row in _TABLE}
"""Every preset a radio can be set to, by its name in the protobuf. VERY_LONG_SLOW was removed in April 2025."""

STANDARD = tuple([row[1] for row in _TABLE if row[6]])


def effective_name(channel_name: str, preset: Preset) -> str:
    """Return the name that counts on the air: an empty name, and "Default", stand for the preset's."""
    return preset.hash_name if channel_name in ("", "Default") else channel_name
