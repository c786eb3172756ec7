"""What one board gets (`settings.json` on the beacon): its own keys, the group's, the channel's, and ready numbers.

Only the public part of its place is in it. Whoever reads a board's flash gets this file and nothing more.
"""

from typing import Any

import msgspec
from alertwire import keys

from whistle.site import text
from whistle.site.records import Fitting, SiteFile
from whistle.site.roster import Beacon, Roster

LONG_NAME_BYTES = 24  # what a Meshtastic 2.8 node keeps of a long name


def beacon_settings(prk: bytes, site: SiteFile, roster: Roster, beacon: Beacon) -> dict[str, Any]:
    """The settings of one beacon as the beacon program reads them; keys in hex, times in the unit of their name."""
    place = roster.place(beacon.node)
    public = place.public if place else ""
    return {
        "v": 1,
        "site": site.site,
        "node": beacon.node,
        **_keys(prk, site, beacon),
        "channel_name": site.channel_name,
        "channel_psk": site.channel_psk,
        "place": public,
        "words": list(site.words),
        "name": text.trimmed(public, LONG_NAME_BYTES),
        "short": short_names(roster)[beacon.node],
        "mode": beacon.mode,
        "kinds": list(beacon.kinds),
        "captain": beacon.captain,
        "hop_limit": site.hop_limit,
        **_air(site, beacon),
        **msgspec.to_builtins(site.fittings.get(str(beacon.node), Fitting())),
    }


def short_names(roster: Roster) -> dict[int, str]:
    """A short name a node, different within the roster as far as four characters go; the same for the same roster."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for place in roster.places or []:
        names[place.node] = text.short_name(place.public, place.node, taken)
        taken.add(names[place.node])
    return names


def _keys(prk: bytes, site: SiteFile, beacon: Beacon) -> dict[str, Any]:
    id8 = bytes.fromhex(site.site)
    root = keys.root(prk, id8, site.root_epoch)
    own = keys.BeaconKeys.of(keys.device(root, id8, beacon.node, beacon.epoch))
    previous = keys.group(root, id8, site.group_epoch - 1).hex() if site.group_epoch > 1 else None
    return {
        "device_epoch": beacon.epoch,
        "group_epoch": site.group_epoch,
        "up": own.up.hex(),
        "down": own.down.hex(),
        "status": own.status.hex(),
        "id": own.id.hex(),
        "group": keys.group(root, id8, site.group_epoch).hex(),
        "group_previous": previous,
    }


def _air(site: SiteFile, beacon: Beacon) -> dict[str, Any]:
    radio, timing = site.air.radio, site.air.timing
    return {
        "radio": {
            "freq_hz": radio.freq_hz,
            "sf": radio.sf,
            "bw_hz": radio.bw_hz,
            "cr": radio.cr,
            "preamble": radio.preamble,
            "power_dbm": radio.power_dbm,
            "sync": radio.sync,
            "duty_permille": radio.duty_permille,
            "busy_looks": radio.busy_looks,
        },
        "timing": {
            "slot_ms": timing.slot_ms,
            "g0_ms": timing.g0_ms,
            "pulse_mean_s": timing.pulse_mean_s.of(beacon.mode),
            "window_ms": timing.window_ms,
        },
    }
