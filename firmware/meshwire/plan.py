"""What a choice of region, preset and channel name means: frequency, airtimes, and how much air the pulses take.

Host only. Lengths and intervals are those of our alert protocol, its sections 3 to 6.
"""

from meshwire import presets, regions
from meshwire.channel import channel_hash, expand_key
from meshwire.errors import MeshwireError
from meshwire.presets import Preset
from meshwire.regions import Region

PAYLOADS = {
    "line": (54, "HELP 34th & Cedar #1042, sealed"),
    "line with position": (62, "the same, 8 characters more"),
    "receipt": (41, "one entry"),
    "receipt for eight": (180, "eight entries, the longest there is"),
    "beacon pulse": (36, "metrics and seal"),
    "gateway pulse": (76, "metrics, six slots and seal"),
}
"""The payload of each kind of message in bytes, and which example that is."""

ENVELOPE = 16 + 6
"""Header, and `Data` with port, payload and bitfield, for ports below 128 and payloads below 128 bytes."""

_RELAY_MEAN_S, _LISTEN_MEAN_S, _PRESS_MEAN_S = 390, 15 * 60, 27000
_RELAY_SILENT_MIN, _LISTEN_SILENT_MIN, _PRESS_SILENT_MIN = 30, 50, 25 * 60
_COPIES = 7.5  # transmissions a pulse costs, its repeats and relays together
_PULSE_BUDGET = 0.05
_GATEWAY_EVERY_S, _GATEWAY_BUDGET, _GATEWAY_SILENT_S = 20, 0.005, 180
_MISSED = 3  # gateway pulses that may be lost before a gateway counts as silent
_DWELL_MS = 400  # 47 CFR 15.247 for anything that is not 500 kHz wide


# Protocol section 9: the 95th percentile of a two-hop round trip, in ms, where it was measured; from the fastest preset
# to the slowest.
FIRST_GAP_MS = {
    "SHORT_TURBO": 2000,
    "SHORT_FAST": 2000,
    "SHORT_SLOW": 2000,
    "MEDIUM_FAST": 4000,
    "LONG_TURBO": 7000,
    "LONG_FAST": 10000,
}


def find_region(name: str) -> Region:
    """Return the region of that name; MeshwireError names the ones there are."""
    if name not in regions.REGIONS:
        raise MeshwireError("there is no region %s; choose one of %s" % (name, ", ".join(regions.REGIONS)))
    return regions.REGIONS[name]


def find_preset(name: str) -> Preset:
    """Return the preset of that name; MeshwireError names the ones there are."""
    if name not in presets.PRESETS:
        raise MeshwireError("there is no preset %s; choose one of %s" % (name, ", ".join(presets.PRESETS)))
    return presets.PRESETS[name]


def plan(
    region_name: str, preset_name: str, channel_name: str, beacons: int, firmware: str = "2.8", channel_num: int = 0
) -> "dict[str, object]":
    """Return all figures, ready for JSON: names say the unit, `warnings` are whole sentences.

    `firmware` is "2.7" or "2.8"; `channel_num` the slot configured by hand, from 1, 0 to let the name choose.
    """
    region, preset = find_region(region_name), find_preset(preset_name)
    modem = preset.modem(region.wide)
    name = presets.effective_name(channel_name, preset)
    slots = max(1, regions.slots(region, modem.bw_hz, firmware))
    slot = regions.choose_slot(region, modem.bw_hz, name, firmware, channel_num)
    airtime = {kind: modem.airtime_us(frame_size(size)) / 1000 for kind, (size, _) in PAYLOADS.items()}
    pulses = pulse_figures(beacons, airtime["beacon pulse"] / 1000)
    every_s = max(_GATEWAY_EVERY_S, airtime["gateway pulse"] / 1000 / _GATEWAY_BUDGET)
    found: dict[str, object] = {
        "region": region.name,
        "preset": preset.name,
        "firmware": firmware,
        "channel": name,
        "channel_hash_with_default_key": channel_hash(name, expand_key(b"\x01")),
        "frequency_mhz": regions.frequency(region, modem.bw_hz, slot, firmware) / 1e6,
        "slot": slot + 1,
        "slots": slots,
        "spreading_factor": modem.sf,
        "bandwidth_khz": modem.bw_hz / 1000,
        "coding_rate": "4/%d" % modem.cr,
        "waiting_slot_ms": modem.slot_ms,
        "duty_cycle_percent": region.duty_permille / 10,
        "power_limit_dbm": region.dbm,
        "frame_bytes": {kind: frame_size(size) for kind, (size, _) in PAYLOADS.items()},
        "airtime_ms": airtime,
        "beacons": beacons,
        "pulses": pulses,
        "gateway_pulse_every_s": round(every_s, 1),
        "gateway_pulse_load_percent": round(airtime["gateway pulse"] / 10 / every_s, 3),
    }
    found["warnings"] = warnings(region, preset, firmware, airtime, pulses, every_s)
    return found


def frame_size(payload: int) -> int:
    """Return the bytes on the air of a payload on a port below 128; from 128 bytes on its length takes two."""
    return ENVELOPE + payload + (1 if payload > 127 else 0)


def pulse_figures(beacons: int, airtime_s: float) -> "dict[str, dict[str, float]]":
    """Return, for each mode all beacons may be in: mean interval, load on the air, and when silence is noticed.

    Relays stretch their interval so that all pulses together stay within 5 % of the air.
    """
    mean = max(float(_RELAY_MEAN_S), beacons * _COPIES * airtime_s / _PULSE_BUDGET)
    modes = {
        "relay": (mean, _RELAY_SILENT_MIN * mean / _RELAY_MEAN_S),
        "listen": (_LISTEN_MEAN_S, _LISTEN_SILENT_MIN),
        "press": (_PRESS_MEAN_S, _PRESS_SILENT_MIN),
    }
    return {
        mode: {
            "mean_s": round(mean_s, 1),
            "load_percent": round(100 * beacons * _COPIES * airtime_s / mean_s, 3),
            "silent_after_min": round(silent_min, 1),
        }
        for mode, (mean_s, silent_min) in modes.items()
    }


def first_gap_ms(preset_name: str) -> int:
    """Return the first gap between two calls, g0, as it was measured.

    For other presets it lies between the two measured ones whose lines are shorter and longer on the air, beyond the
    slowest in proportion to that.
    """
    if preset_name in FIRST_GAP_MS:
        return FIRST_GAP_MS[preset_name]
    line_us, fast_us, low = line_airtime_us(preset_name), 0, FIRST_GAP_MS["SHORT_TURBO"]
    for name, high in FIRST_GAP_MS.items():
        slow_us = line_airtime_us(name)
        if line_us <= slow_us:
            return round(low + (high - low) * (line_us - fast_us) / (slow_us - fast_us))
        fast_us, low = slow_us, high
    return round(low * line_us / fast_us)


def window_ms(preset_name: str) -> int:
    """Return how long a beacon listens after a frame of its own: a three-hop round trip, three seconds at least."""
    return max(3000, first_gap_ms(preset_name) * 14 // 10)


def line_airtime_us(preset_name: str) -> int:
    """Return the airtime of the example line."""
    return find_preset(preset_name).modem().airtime_us(frame_size(PAYLOADS["line"][0]))


def warnings(
    region: Region,
    preset: Preset,
    firmware: str,
    airtime: "dict[str, float]",
    pulses: "dict[str, dict[str, float]]",
    every_s: float,
) -> "list[str]":
    """Return what speaks against the choice, each a sentence with its remedy."""
    return _law(region, preset, firmware, airtime) + _promises(region, pulses, airtime, every_s)


def _law(region: Region, preset: Preset, firmware: str, airtime: "dict[str, float]") -> "list[str]":
    found = []
    bw_hz = preset.modem(region.wide).bw_hz
    if region.end_hz - region.start_hz < bw_hz:
        found.append(
            "%s is not lawful in %s: it is %g kHz wide, the band only %g kHz; choose one of %s."
            % (preset.name, region.name, bw_hz / 1000, (region.end_hz - region.start_hz) / 1000, _offered(region))
        )
    elif preset.name not in region.presets():
        found.append(
            "Firmware 2.8 does not offer %s in %s; it offers %s." % (preset.name, region.name, _offered(region))
        )
    for what, since in ((preset.name, preset.since), (region.name, region.since)):
        if firmware == "2.7" and since == "2.8":
            found.append("%s exists from firmware 2.8 on; nodes with 2.7 cannot join." % what)
    if region.until and firmware != region.until:
        found.append("%s was removed after firmware %s; use EU_868." % (region.name, region.until))
    if region.ham:
        found.append(
            "%s is an amateur band: a licence is needed and encryption forbidden, so it cannot carry alerts."
            % region.name
        )
    if region.carrier_sense:
        found.append("In %s nobody may send into a busy air: a jammer beside a beacon silences it." % region.name)
    if region.name == "US" and bw_hz < 500000:
        plain = "only presets of 500 kHz (SHORT_TURBO, MEDIUM_TURBO, LONG_TURBO) stand plainly in 47 CFR 15.247"
        if airtime["line"] > _DWELL_MS:
            plain += ", and here a line stays on one frequency for %.0f ms" % airtime["line"]
        found.append("In the US %s; choose one of them where you can." % plain)
    return found


def _promises(
    region: Region, pulses: "dict[str, dict[str, float]]", airtime: "dict[str, float]", every_s: float
) -> "list[str]":
    found = []
    if pulses["relay"]["mean_s"] > _RELAY_MEAN_S:
        found.append(
            "Relays notice silence only after %.0f minutes instead of 30: more often, so many beacons would take over "
            "5 %% of the air with their pulses; use a faster preset or fewer relays."
            % pulses["relay"]["silent_after_min"]
        )
    for mode in ("listen", "press"):
        if pulses[mode]["load_percent"] > 100 * _PULSE_BUDGET:
            found.append(
                "With all beacons in mode %s the pulses take %.1f %% of the air, more than 5 %%; use a faster preset."
                % (mode, pulses[mode]["load_percent"])
            )
    if _MISSED * every_s > _GATEWAY_SILENT_S:
        found.append(
            "A gateway speaks only every %.0f s here, so that its silence is noticed after %.0f s instead of 180; "
            "use a faster preset." % (every_s, _MISSED * every_s)
        )
    if region.duty_permille < 1000:
        hour_ms = 3600 * region.duty_permille
        found.append(
            "Everyone may send %g %% of an hour: %d lines and relays each, then radios fall silent, alerts too."
            % (region.duty_permille / 10, hour_ms // airtime["line"])
        )
        if pulses["relay"]["load_percent"] * 10 > region.duty_permille:
            found.append("The pulses alone may use up the duty cycle; put most beacons into mode listen.")
    return found


def _offered(region: Region) -> str:
    return ", ".join(region.presets())
