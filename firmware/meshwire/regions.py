"""Regions, and the frequency a channel has in them: by the rules of firmware 2.7 and of 2.8 (host only).

All frequencies are whole Hz. Both rules cut a band into slots and let the channel's name choose one; they differ where
a band is not a multiple of the bandwidth, and only 2.8 knows spacing, padding and slots fixed by the region.
"""

from meshwire import presets

FIRMWARES = ("2.7", "2.8")


class Region:
    """A band and its law. `duty_permille` of the last hour may be sent; `dbm` is the power limit.

    `profile` names the presets it allows, `slot` the slot (from 1) that 2.8 fixes, 0 for none; `since` and `until` the
    firmwares that have it; `ham` bands need a licence and forbid encryption; where
    `carrier_sense` holds, nobody may send into a busy channel (JP: ARIB STD-T108; KR: who neither hops nor keeps to a
    duty cycle, and we do neither).
    """

    def __init__(
        self,
        code: int,
        name: str,
        start_khz: int,
        end_khz: int,
        duty_permille: int,
        dbm: int,
        profile: str = "STD",
        spacing_hz: int = 0,
        padding_hz: int = 0,
        slot: int = 0,
        default: str = "LONG_FAST",
        since: str = "2.7",
        until: str = "",
    ):
        self.code = code
        self.name = name
        self.start_hz = start_khz * 1000
        self.end_hz = end_khz * 1000
        self.duty_permille = duty_permille
        self.dbm = dbm
        self.profile = profile
        self.spacing_hz = spacing_hz
        self.padding_hz = padding_hz
        self.slot = slot
        self.default = default
        self.since = since
        self.until = until
        self.ham = name.startswith("ITU")
        self.carrier_sense = name in ("JP", "KR")
        self.wide = name == "LORA_24"

    def presets(self) -> "tuple[str, ...]":
        """Return the names of the presets that firmware 2.8 offers here."""
        return PROFILES[self.profile]


PROFILES = {
    "STD": presets.STANDARD,
    "EU868": tuple(name for name in presets.STANDARD if not name.endswith("TURBO")),
    "LITE": ("LITE_FAST", "LITE_SLOW"),
    "NARROW": ("NARROW_FAST", "NARROW_SLOW"),
    "HAM_20": ("TINY_FAST", "TINY_SLOW"),
    "HAM_100": ("NARROW_FAST", "NARROW_SLOW"),
}

_TABLE = (
    (1, "US", 902000, 928000, 1000, 30),
    (2, "EU_433", 433000, 434000, 100, 10),
    (3, "EU_868", 869400, 869650, 100, 27, "EU868"),
    (4, "CN", 470000, 510000, 1000, 19),
    (5, "JP", 920500, 923500, 1000, 13),
    (6, "ANZ", 915000, 928000, 1000, 30),
    (7, "KR", 920000, 923000, 1000, 23),
    (8, "TW", 920000, 925000, 1000, 27),
    (9, "RU", 868700, 869200, 1000, 20),
    (10, "IN", 865000, 867000, 1000, 30),
    (11, "NZ_865", 864000, 868000, 1000, 36),
    (12, "TH", 920000, 925000, 100, 27),
    (13, "LORA_24", 2400000, 2483500, 1000, 10),
    (14, "UA_433", 433000, 434700, 100, 10),
    (15, "UA_868", 868000, 868600, 10, 14, "STD", 0, 0, 0, "LONG_FAST", "2.7", "2.7"),
    (16, "MY_433", 433000, 435000, 1000, 20),
    (17, "MY_919", 919000, 924000, 1000, 27),
    (18, "SG_923", 917000, 925000, 1000, 20),
    (19, "PH_433", 433000, 434700, 1000, 10),
    (20, "PH_868", 868000, 869400, 1000, 14),
    (21, "PH_915", 915000, 918000, 1000, 24),
    (22, "ANZ_433", 433050, 434790, 1000, 14),
    (23, "KZ_433", 433075, 434775, 1000, 10),
    (24, "KZ_863", 863000, 868000, 1000, 30),
    (25, "NP_865", 865000, 868000, 1000, 30),
    (26, "BR_902", 902000, 907500, 1000, 30),
    (27, "ITU1_2M", 144000, 146000, 1000, 30, "HAM_20", 0, 2200, 26, "TINY_FAST", "2.8"),
    (28, "ITU2_2M", 144000, 148000, 1000, 30, "HAM_20", 0, 2200, 51, "TINY_FAST", "2.8"),
    (29, "EU_866", 865600, 867600, 25, 27, "LITE", 400000, 37500, 0, "LITE_FAST", "2.8"),
    (32, "EU_N_868", 869400, 869650, 100, 27, "NARROW", 0, 10400, 1, "NARROW_SLOW", "2.8"),
    (33, "ITU3_2M", 144000, 148000, 1000, 30, "HAM_20", 0, 2200, 33, "TINY_FAST", "2.8"),
    (34, "ITU1_70CM", 430000, 440000, 1000, 30, "HAM_100", 0, 18750, 37, "NARROW_SLOW", "2.8"),
    (35, "ITU2_70CM", 420000, 450000, 1000, 30, "HAM_100", 0, 18750, 137, "NARROW_SLOW", "2.8"),
    (36, "ITU3_70CM", 430000, 450000, 1000, 30, "HAM_100", 0, 18750, 37, "NARROW_SLOW", "2.8"),
    (37, "ITU2_125CM", 220000, 225000, 1000, 30, "HAM_100", 0, 18750, 37, "NARROW_SLOW", "2.8"),
)

REGIONS = {str(row[1]): Region(*row) for row in _TABLE}
"""Every region in which a radio sends, by its name in the protobuf."""


def djb2(text: str) -> int:
    """Return the 32-bit djb2 hash of a channel name, which chooses its slot."""
    value = 5381
    for byte in text.encode():
        value = value * 33 + byte & 0xFFFFFFFF
    return value


def slots(region: Region, bw_hz: int, firmware: str = "2.8") -> int:
    """Return into how many slots the band is cut for a bandwidth; 0 when it does not fit once (2.7 then uses 1)."""
    span = region.end_hz - region.start_hz
    if firmware == "2.7":
        return span // (region.spacing_hz + bw_hz)
    width = region.spacing_hz + 2 * region.padding_hz + bw_hz
    return (2 * (span + region.spacing_hz) + width) // (2 * width)


def frequency(region: Region, bw_hz: int, slot: int, firmware: str = "2.8") -> int:
    """Return the centre frequency in Hz of a slot, counted from 0."""
    if firmware == "2.7":
        return region.start_hz + bw_hz // 2 + slot * bw_hz
    return region.start_hz + bw_hz // 2 + region.padding_hz + slot * (region.spacing_hz + 2 * region.padding_hz + bw_hz)


def choose_slot(region: Region, bw_hz: int, effective_name: str, firmware: str = "2.8", channel_num: int = 0) -> int:
    """Return the slot, from 0, of the primary channel: configured (`channel_num` from 1), else fixed, else by name."""
    count = max(1, slots(region, bw_hz, firmware))
    if channel_num:
        return (channel_num - 1) % count
    if region.slot and firmware != "2.7":
        return region.slot - 1
    return djb2(effective_name) % count
