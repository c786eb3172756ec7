"""A survey's two halves joined: what the beacon measured, off its flash by cable, and what each gateway heard of it.

The gateway's radio is the sender of its pulses, which joins them. A direction that nobody measured makes no slip: a
gateway whose report is missing is named instead.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
from meshwire import plan
from msgspec import Meta

from whistle.site import files
from whistle.site.measured import Measured, MeasuredReport
from whistle.site.roster import Node, Place
from whistle.workbench import survey
from whistle.workbench.device import Device
from whistle.workbench.errors import NotSurveyed
from whistle.workbench.survey import Heard, Slip

FILE: Final = "/survey"
HOUR_S: Final = 3600.0
LISTENS: Final = 20  # windows: how long a beacon measures (firmware/beacon/caller.py)
CLOCKS_S: Final = 120.0  # how far a gateway's clock and the beacon's, which is a gateway's, may be apart
YEAR_2020: Final = 1_577_836_800  # below that the beacon has heard no gateway, and knows no time

Byte = Annotated[int, Meta(ge=0, le=255)]
_Way = tuple[Annotated[int, Meta(ge=-7, le=7)], float, float, Byte, Node]


class Onboard(NamedTuple):
    """The board's file: when (Unix seconds; None: it knew no time), whether a gateway answered, and by radio's node
    number how each gateway came.
    """

    node: int
    at: float | None
    answered: bool
    ways: dict[int, Heard]


class Joined(NamedTuple):
    """The new slips, and node numbers of radios that were heard and that no report is of."""

    slips: list[Slip]
    unknown: list[int]


def collect(port: str, device: Callable[[str], Device] = Device) -> Onboard:
    """Read the survey off the board on `port` and start its program anew. DeviceError; NotSurveyed: none lies there."""
    with device(port) as board:
        raw = board.read(FILE)
        board.reset()
    if raw is None:
        raise NotSurveyed(
            f"No survey lies on the board on {port}: hang it in its place, switch it on, tap once within the hour, and "
            "wait for good, weak or none."
        )
    return onboard(raw, port)


def onboard(raw: bytes, port: str) -> Onboard:
    """The bytes of the file; NotSurveyed when they are none."""
    try:
        node, at, answered, ways = msgspec.json.decode(raw, type=tuple[Node, int, int, list[_Way]])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotSurveyed(f"The survey on {port} makes no sense ({error}): measure that place again.") from None
    heard = {
        # hops are counted downwards there; above 0 is a sender that does not tell how many
        radio: Heard(snr=snr, rssi=rssi, hops=-hops if hops <= 0 else 7, relay=relay if hops else None)
        for hops, snr, rssi, relay, radio in ways
    }
    return Onboard(node, float(at) if at > YEAR_2020 else None, bool(answered), heard)


def joined(found: Onboard, place: Place, reports: Sequence[MeasuredReport], preset: str, now: float) -> Joined:
    """One slip for each gateway that a report is of: how it heard the beacon during the survey, and the other way."""
    began = now - HOUR_S if found.at is None else found.at - plan.window_ms(preset) * LISTENS / 1000 - CLOCKS_S
    slips, known = [], set()
    for report in reports:
        mine = {one.radio for one in report.beacons if one.radio is not None}
        known |= mine
        ups = (_up(one) for one in report.beacons if one.node == found.node and one.at >= began)
        up, down = _best(ups), _best(heard for radio, heard in found.ways.items() if radio in mine)
        at = now if found.at is None else found.at
        slips.append(
            Slip(at=at, node=found.node, place=place.public, gateway=report.gateway, preset=preset, up=up, down=down)
        )
    return Joined(slips, sorted(set(found.ways) - known))


def append(path: Path, slips: Iterable[Slip]) -> None:
    """Put slips at the end of the file: all of them or none. BadSlips when what is there is none; NotSaved."""
    survey.read(path)
    old = files.take(path, survey.MOST) if path.exists() else b""
    if old and not old.endswith(b"\n"):
        old += b"\n"
    files.write(path, old + b"".join(msgspec.json.encode(one) + b"\n" for one in slips))


def _up(one: Measured) -> Heard | None:
    """As that radio heard it; None when it tells no level. A number of hops that it does not tell may be any."""
    if one.snr is None:
        return None
    hops = 7 if one.hops is None else one.hops
    return Heard(snr=one.snr, rssi=one.rssi, hops=hops, relay=one.relay if hops else None)


def _best(found: Iterable[Heard | None]) -> Heard | None:
    """Of several radios of one gateway the best way, a direct one before all others."""
    heard = [one for one in found if one is not None]
    return max(heard, key=lambda one: (-one.hops, one.snr), default=None)
