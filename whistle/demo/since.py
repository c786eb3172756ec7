"""What came since each trouble switch was last pressed: what stands under it on the page, so that no switch answers
for another's doing.

A stranger's switch (forge, replay) shows refusals of its own reason alone; every other switch shows the rest.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

OWN: Final = {"forge": "tag", "replay": "replay"}  # the reason for which the gateway refuses what this switch sends
ABSORBS: Final = "replay"  # the switch whose frames may also be known already, and change nothing


class Figures(NamedTuple):
    """All that is counted, at one moment."""

    calls: int
    lost: int
    refused: Mapping[str, int]
    absorbed: int


class Since:
    """Compares the figures of now with those from just before each switch's last press."""

    def __init__(self) -> None:
        self._last = Figures(0, 0, {}, 0)
        self._pressed: dict[str, int] = {}
        self._before: dict[str, Figures] = {}

    def shown(self, switches: list[dict[str, Any]], now: Figures) -> dict[str, dict[str, Any]]:
        """What came since its last press, by the name of every switch that was pressed at all."""
        for switch in switches:
            name, pressed = switch["name"], switch["pressed"]
            if pressed != self._pressed.get(name, 0):
                # the figures of now may hold already what the press did
                self._pressed[name], self._before[name] = pressed, self._last
        self._last = now
        return {name: _came(name, before, now) for name, before in self._before.items()}


def _came(name: str, before: Figures, now: Figures) -> dict[str, Any]:
    more = Counter(now.refused) - Counter(before.refused)  # a gateway that began anew counts from nothing: never below
    mine = {reason: count for reason, count in more.items() if _belongs(reason, name)}
    return {
        "calls": now.calls - before.calls,
        "lost": max(now.lost - before.lost, 0),
        "refusals": [{"reason": reason, "count": count} for reason, count in sorted(mine.items())],
        "absorbed": max(now.absorbed - before.absorbed, 0) if name == ABSORBS else 0,
    }


def _belongs(reason: str, name: str) -> bool:
    return reason == OWN[name] if name in OWN else reason not in OWN.values()
