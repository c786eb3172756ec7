"""How a gateway's radios heard beacons last: a report from the gateway to the technician. No key is in it."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from whistle.site import files
from whistle.site.errors import Damaged, OtherSite
from whistle.site.roster import Id, Node


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A beacon's last authentic frame as one radio heard it; None: the radio does not say.

    `at`: Unix seconds of the gateway; `radio`: its node number; dB, dBm; `relay`: last byte of who sent it last.
    """

    node: Node
    source: str
    radio: Node | None
    at: Annotated[float, Meta(ge=0)]
    snr: float | None
    rssi: float | None
    hops: Annotated[int, Meta(ge=0, le=7)] | None
    relay: Annotated[int, Meta(ge=0, le=255)] | None


class MeasuredReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `whistle gateway survey --json` says."""

    v: Literal[1] = 1
    site: Id
    gateway: str
    beacons: list[Measured]


_decoder: Final = msgspec.json.Decoder(MeasuredReport)


def load_report(path: Path, site: str) -> MeasuredReport:
    """A gateway's report from a stick; Damaged, or OtherSite when it speaks of another site."""
    try:
        report = files.read(path, _decoder, "a report of `whistle gateway survey --json`")
    except FileNotFoundError:
        raise Damaged(f"There is no report at {path}: make one with `whistle gateway survey --json`.") from None
    if report.site != site:
        raise OtherSite(f"The report in {path} is of site {report.site}, ours is {site}: take the right one.")
    return report
