"""What the technician's directory remembers in `site.json`; no key but the channel's is in it.

The radio's numbers are worked out by whoever makes the site (`whistle/site/command/figures.py`) and kept, so that
every beacon of a site is set up alike, also by a later version that would work them out differently.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from whistle.site.bundles import Gateway, Positive, PulseMeans, Radio
from whistle.site.roster import Epoch, Hex32, Id


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Timing(_Strict, frozen=True, kw_only=True):
    """The times of section 9 for this preset: slot and first gap and listening window in ms, pulses in s."""

    slot_ms: Positive
    g0_ms: Positive
    window_ms: Positive
    pulse_mean_s: PulseMeans


class Air(_Strict, frozen=True, kw_only=True):
    """Region and preset as people chose them, with their numbers in Meshtastic's tables, and what follows from them.

    `beacons` is how many the pulses' timing was worked out for.
    """

    region: str
    preset: str
    region_code: Annotated[int, Meta(ge=0)]
    preset_code: Annotated[int, Meta(ge=0)]
    beacons: Positive
    radio: Radio
    timing: Timing


Minute = Annotated[int, Meta(ge=0, le=1439)]
East = Annotated[int, Meta(ge=-840, le=840)]


class Fitting(_Strict, frozen=True, kw_only=True):
    """How one board is fitted and what its resident wants: no business of gateways, so it is not in the roster.

    `second_button`: one for silent alerts is wired. `whistle`: it sounds for neighbours at all, `volume` percent loud,
    and not from `quiet[0]` to `quiet[1]` (minutes of the day, `quiet[2]` minutes east of UTC).
    """

    second_button: bool = False
    whistle: bool = True
    volume: Annotated[int, Meta(ge=0, le=100)] = 100
    quiet: tuple[Minute, Minute, East] | None = None


class SiteFile(_Strict, frozen=True, kw_only=True):
    """site.json. `settings_made` says for which epoch a node's settings were last written, `fittings` how its board is
    fitted (JSON keys are texts).
    """

    v: Literal[1] = 1
    site: Id
    name: str
    language: str
    words: tuple[str, str, str, str]
    channel_name: str
    channel_psk: Hex32
    hop_limit: Annotated[int, Meta(ge=0, le=7)] = 3
    root_epoch: Epoch = 1
    group_epoch: Epoch = 1
    bus_epoch: Epoch = 1
    roster_key: Hex32
    air: Air
    gateways: list[Gateway]
    settings_made: dict[str, Epoch] = {}
    fittings: dict[str, Fitting] = {}

    def __repr__(self) -> str:
        """Shows no key."""
        return f"<SiteFile of site {self.site}>"
