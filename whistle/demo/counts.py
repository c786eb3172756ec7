"""The demo's figures of this moment: the tally of lamps against the dashboard's own store."""

import json
import time
from typing import Any

from sqlalchemy import func, select

from dashboard.parts import Whistle
from dashboard.store_tables import alerts, gateways
from whistle.demo.tally import Tally


class Counts:
    """What the page shows beside the switches, asked of the store once a second."""

    def __init__(self, whistle: Whistle) -> None:
        self.tally = Tally()
        self._whistle = whistle
        self._quiet_since = time.monotonic()

    def shown(self, switches: list[dict[str, Any]]) -> dict[str, Any]:
        """All figures, refusals by reason, and the switches as they stand."""
        with self._whistle.store.read() as connection:
            rows = connection.execute(select(alerts.c.node, func.count()).group_by(alerts.c.node))
            stored: dict[int, int] = {node: count for node, count in rows}
            states = [json.loads(body) for body in connection.scalars(select(gateways.c.body))]
        if any(switch["on"] for switch in switches) or any(state["outbox"] for state in states):
            self._quiet_since = time.monotonic()
        refusals = _refusals(states)
        totals = self.tally.totals(stored, time.monotonic() - self._quiet_since)
        return {**totals, "refused": sum(refusals.values()), "refusals": _rows(refusals), "switches": switches}


def _refusals(states: list[dict[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for state in states:
        for reason, count in state["refused"].items():
            counts[reason] = counts.get(reason, 0) + count
    return counts


def _rows(refusals: dict[str, int]) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": count} for reason, count in sorted(refusals.items()) if count]
