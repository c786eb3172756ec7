"""What a ledger holds, for a person at a terminal; reads beside a running gateway without holding it up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from gateway.ledger import glance
from gateway.ledger_beacons import Keyed, KeyGlance
from gateway.rows import AlertRow, Glance
from whistle.site import rotation
from whistle.site.measured import Measured, MeasuredReport

_NEVER: Final = "-"
_UNSAFE: Final = dict.fromkeys((*range(32), *range(127, 160)), "□")


def shown(data: Path, alerts: int) -> list[str]:
    """The lines to print; LedgerError when there is no ledger."""
    return list(_lines(glance(data, alerts)))


def keys(found: KeyGlance) -> list[str]:
    """The lines to print of who has the newest group key. A gateway knows no names: nodes as `!hex`."""
    behind = found.behind()
    done = len(found.beacons) - len(behind)
    head = f"{done} of {len(found.beacons)} beacons have the newest group key (epoch {found.epoch})"
    return [head + ("; still old, or not heard yet:" if behind else "."), *(_keyed(one) for one in behind)]


def key_report(found: KeyGlance, site: str) -> str:
    """The same for a script, one line of JSON: whistle.site.rotation.KeyReport."""
    beacons = [rotation.Keyed(node=one.node, epoch=one.epoch, at=one.at) for one in found.beacons]
    report = rotation.KeyReport(site=site, group_epoch=found.epoch, beacons=beacons)
    return msgspec.json.encode(report).decode()


def measured(name: str, found: list[Measured]) -> list[str]:
    """The lines to print of how each radio heard each beacon last."""
    head = f"{len({one.node for one in found})} beacons were heard by {name or 'this gateway'}; each as heard last:"
    return [head, *map(_measured, found)]


def measured_report(name: str, found: list[Measured], site: str) -> str:
    """The same for `whistle workbench survey`, one line of JSON: whistle.site.measured.MeasuredReport."""
    return msgspec.json.encode(MeasuredReport(site=site, gateway=name, beacons=found)).decode()


def _measured(one: Measured) -> str:
    level = "level not told" if one.snr is None or one.rssi is None else f"{one.snr:g} dB, {one.rssi:g} dBm"
    way = "hops not told" if one.hops is None else "direct" if not one.hops else f"{one.hops} hops"
    last = f", last from 0x{one.relay:02x}" if one.hops and one.relay is not None else ""
    return f"  !{one.node:08x}  {_time(one.at)}  {level}, {way}{last}  {one.source}"


def _keyed(one: Keyed) -> str:
    if one.epoch is None or one.at is None:
        return f"  !{one.node:08x}  not heard yet"
    return f"  !{one.node:08x}  epoch {one.epoch}, heard {_time(one.at)}"


def _lines(found: Glance) -> Iterator[str]:
    yield f"{found.alerts} alerts, {found.beacons} beacons heard, {found.waiting} alerts wait for a dashboard"
    for row in found.newest:
        yield _alert(row)
    refused = ", ".join(f"{reason} {number}" for reason, number in sorted(found.refused.items())) or "nothing"
    yield f"refused: {refused}"
    for reason, node, at, why in found.samples:
        yield f"  {_time(at)}  !{node or 0:08x}  {reason}: {why.translate(_UNSAFE)}"


def _alert(row: AlertRow) -> str:
    state = "over" if row.closed else "open"
    counter, kind = row.sequence & 0xFFFFFF, ("help", "medical", "fire", "watch")[row.kind]
    return f"  {_time(row.at)}  !{row.node:08x} #{counter}  {kind} {row.event}, {state}, heard {row.heard} times"


def _time(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return _NEVER
