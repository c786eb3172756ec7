"""What this dashboard knows of each beacon, as one document for the technician's round (`whistle dashboard beacons`).

It leaves the dashboard, so it holds numbers and no names, places or people; nor does it say whether an alert stands,
least of all a silent one. Where a beacon said nothing of something, the field is null: not known is not well.
"""

from typing import Any, Final

import msgspec
from sqlalchemy import Row

from dashboard.silence import QUIET_S
from dashboard.store import Store
from dashboard.store_air import all_beacons, pulse
from whistle.site.bundles import DashboardBundle

_TOLD: Final = ("at", "battery", "millivolts", "low", "doubt", "tamper", "mode", "hops", "snr", "rssi")


def document(bundle: DashboardBundle, store: Store, now: float) -> dict[str, Any]:
    """The document, plain JSON values; docs/making-beacons.md has its fields. Times are Unix seconds."""
    with store.read() as connection:
        rows = all_beacons(connection)
    known = [one for one in bundle.roster.beacons if not one.revoked]
    return {
        "v": 1,
        "kind": "beacons",
        "site": bundle.site,
        "made_at": round(now, 3),
        "roster": bundle.roster.version,
        "preset": bundle.preset,
        "quiet_s": QUIET_S,
        "beacons": [_beacon(one.node, rows.get(one.node), bundle) for one in known],
    }


def _beacon(node: int, row: "Row[Any] | None", bundle: DashboardBundle) -> dict[str, Any]:
    last = None if row is None else pulse(row)
    said = None if last is None else {field: getattr(last, field) for field in _TOLD}
    return {
        "node": node,
        "heard_at": None if row is None else row.at,
        "gateway": None if row is None else bundle.gateway_name(row.gateway),
        "pulse": said,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The same for a person: one line a beacon."""
    return [f"Beacons: {len(found['beacons'])}, roster version {found['roster']}."] + [
        f"  !{one['node']:08x}  {_words(one, found['made_at'])}" for one in found["beacons"]
    ]


def encoded(found: dict[str, Any]) -> bytes:
    """As it is written to a file."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _words(one: dict[str, Any], now: float) -> str:
    if one["heard_at"] is None:
        return "never heard"
    heard = f"heard {max(0, now - one['heard_at']) / 60:.0f} min ago by {one['gateway']}"
    said = one["pulse"]
    if said is None:
        return f"{heard}, no pulse yet"
    told = (("battery low", said["low"]), ("case open, cable out or a button stuck", said["tamper"]))
    marks = [word for word, set_ in told if set_]
    return ", ".join([heard, f"mode {said['mode']}", *marks])
