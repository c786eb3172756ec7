"""A plan of the air as lines a person reads."""

from collections.abc import Iterator
from typing import Any


def lines(plan: dict[str, Any]) -> Iterator[str]:
    """Yield the plan of `meshwire.plan.plan`, line by line, warnings last."""
    yield f"{plan['region']}, {plan['preset']}, channel {plan['channel']}, by the rules of firmware {plan['firmware']}"
    yield ""
    yield f"frequency    {plan['frequency_mhz']:.4f} MHz, slot {plan['slot']} of {plan['slots']}"
    yield (
        f"modulation   SF{plan['spreading_factor']}, {plan['bandwidth_khz']:g} kHz, coding {plan['coding_rate']}, "
        f"waiting slot {plan['waiting_slot_ms']} ms"
    )
    yield f"law          at most {plan['duty_cycle_percent']:g} % of an hour, {plan['power_limit_dbm']} dBm"
    yield ""
    for kind, airtime in plan["airtime_ms"].items():
        yield f"{kind:<20} {plan['frame_bytes'][kind]:>4} bytes {airtime:>9.1f} ms"
    yield ""
    yield f"pulses of {plan['beacons']} beacons, repeats and relays counted, if all are in mode"
    for mode, figures in plan["pulses"].items():
        yield (
            f"  {mode:<8} every {_duration(figures['mean_s'])} on average, {figures['load_percent']:.2f} % of the air, "
            f"silence noticed within {_duration(figures['silent_after_min'] * 60)}"
        )
    yield (
        f"gateway pulses every {_duration(plan['gateway_pulse_every_s'])}, "
        f"{plan['gateway_pulse_load_percent']:.2f} % of the air for each gateway"
    )
    for warning in plan["warnings"]:
        yield ""
        yield f"Mind: {warning}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
