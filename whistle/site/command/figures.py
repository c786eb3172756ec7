"""A site's radio numbers from region and preset: the one place where the site and the language of the air meet.

`whistle/site` itself knows no radio; these commands, the demo and the tests work the numbers out here and hand them in.
"""

from typing import Any, Final

from meshwire import plan, presets, regions
from meshwire.errors import MeshwireError
from meshwire.regions import Region

from whistle.site.bundles import PulseMeans, Radio
from whistle.site.errors import BadInput
from whistle.site.records import Air, Timing

FIRMWARE: Final = "2.8"
BEACONS: Final = 60
BOARD_DBM: Final = 22  # the most an SX1262 can send

# A hundred looks in a row find the air busy beside a jammer alone (docs/protocol.md section 9).
_BUSY_LOOKS: Final = 100


def figures(region: str, preset: str, channel_name: str, beacons: int, firmware: str = FIRMWARE) -> dict[str, Any]:
    """All of `whistle air plan`'s figures for a choice a site may make; BadInput for one it may not."""
    try:
        found = plan.plan(region, preset, channel_name, beacons, firmware)
        band = plan.find_region(region)
    except MeshwireError as error:
        raise BadInput(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    _must_be_usable(band, preset, found)
    return found


def air(region: str, preset: str, channel_name: str, beacons: int = BEACONS, firmware: str = FIRMWARE) -> Air:
    """What a site keeps of those figures, ready for `Site.create`."""
    found = figures(region, preset, channel_name, beacons, firmware)
    band = plan.find_region(region)
    return Air(
        region=region,
        preset=preset,
        region_code=band.code,
        preset_code=plan.find_preset(preset).code,
        beacons=beacons,
        radio=_radio(band, preset, found),
        timing=_timing(preset, found),
    )


def proposed(region: str) -> str:
    """The preset to propose for a site's own mesh: the fastest that stands plainly in the region's law."""
    band = regions.REGIONS[region]
    wanted = "SHORT_TURBO" if region == "US" else "SHORT_FAST"
    return wanted if wanted in band.presets() else band.default


def too_shy(air: Air) -> bool:
    """Whether boards wait for a free air for ever where no law asks for it, as after a site file without the figure."""
    return not air.radio.busy_looks and not plan.find_region(air.region).carrier_sense


def _radio(band: Region, preset: str, found: dict[str, Any]) -> Radio:
    modem = presets.PRESETS[preset].modem(band.wide)
    return Radio(
        freq_hz=round(found["frequency_mhz"] * 1e6),
        sf=modem.sf,
        bw_hz=modem.bw_hz,
        cr=modem.cr,
        preamble=modem.preamble,
        power_dbm=min(band.dbm, BOARD_DBM),
        duty_permille=band.duty_permille,
        busy_looks=0 if band.carrier_sense else _BUSY_LOOKS,
    )


def _timing(preset: str, found: dict[str, Any]) -> Timing:
    means = {mode: round(figure["mean_s"]) for mode, figure in found["pulses"].items()}
    return Timing(
        slot_ms=found["waiting_slot_ms"],
        g0_ms=plan.first_gap_ms(preset),
        window_ms=plan.window_ms(preset),
        pulse_mean_s=PulseMeans(**means),
    )


def _must_be_usable(band: Region, preset: str, found: dict[str, Any]) -> None:
    if band.ham:
        raise BadInput(f"{band.name} is an amateur band, where encryption is forbidden: no site can be there.")
    if band.wide:
        raise BadInput(f"{band.name} needs radios for 2.4 GHz, which no board of ours has: choose another region.")
    if found["bandwidth_khz"] * 1000 > band.end_hz - band.start_hz:
        offered = ", ".join(band.presets())
        raise BadInput(f"{preset} is wider than the whole band of {band.name}: choose one of {offered}.")
