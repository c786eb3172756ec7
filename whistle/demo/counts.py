"""The demo's figures of this moment: the tally of lamps against the dashboard's own store."""

import time
from collections import Counter
from typing import Any

from dashboard.parts import Dashboard
from dashboard.store_air import all_gateways, all_refusals
from dashboard.store_pages import by_node
from whistle.bus.messages import State
from whistle.demo.since import Figures, Since
from whistle.demo.tally import Tally


class Counts:
    """What the page shows beside the switches, asked of the store once a second."""

    def __init__(self, whistle: Dashboard) -> None:
        self.tally = Tally()
        self._whistle = whistle
        self._since = Since()
        self._quiet_since = time.monotonic()

    def shown(self, switches: list[dict[str, Any]]) -> dict[str, Any]:
        """All figures, refusals by reason, the switches as they stand, and what came since each was pressed."""
        with self._whistle.store.read() as connection:
            loud, silent = by_node(connection, silent=False), by_node(connection, silent=True)
            states = [state for _, state in all_gateways(connection).values()]
            samples = Counter(str(row.reason) for row in all_refusals(connection))
        if any(switch["on"] for switch in switches) or any(state.outbox for state in states):
            self._quiet_since = time.monotonic()
        refusals = _refusals(states, samples)
        absorbed = sum(state.counts.get("duplicate", 0) for state in states)
        totals = self.tally.totals(loud, sum(silent.values()), time.monotonic() - self._quiet_since)
        refused = {"refused": sum(refusals.values()), "refusals": _rows(refusals), "absorbed": absorbed}
        now = Figures(totals["calls"], totals["lost"], refusals, absorbed)
        return {**totals, **refused, "switches": switches, "since": self._since.shown(switches, now)}


def _refusals(states: list[State], samples: Counter[str]) -> dict[str, int]:
    """By reason: the gateway's own count, or what its samples show already (its heartbeat comes every 20 s)."""
    counts: Counter[str] = Counter()
    for state in states:
        counts.update({str(reason): count for reason, count in state.refused.items()})
    return dict(counts | samples)


def _rows(refusals: dict[str, int]) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": count} for reason, count in sorted(refusals.items()) if count]
