"""What the demo counts beside its switches: calls begun, told *heard*, on the captain's page, under way, lost.

A call is known by what its beacon's lamp says, because that is what the resident was promised. It is lost when the lamp
said that a gateway has it and the dashboard's store has not, although nothing is broken any more and time has passed.
No lamp tells of a silent alert: it is shown among those stored, and never stands in for a call that was promised.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

CALLING = "sent"
# "not-yet" is not among them: the lamp also says it when nobody answered at all.
PROMISED = frozenset(("heard", "shown", "seen", "coming", "clear"))
OVER = frozenset(("dark", "clear", "cancelled"))
PATIENCE_S = 30.0  # so long after all troubles are over a call may still be under way


@dataclass
class Tally:
    """Counts by node, fed with the words of lamps; `totals` compares them with what the store holds."""

    begun: Counter[int] = field(default_factory=Counter)
    told: Counter[int] = field(default_factory=Counter)
    _open: dict[int, bool] = field(default_factory=dict)  # node -> whether its open call was promised

    def lamp(self, node: int, word: str) -> None:
        """The lamp of a beacon began to show `word`."""
        if word == CALLING and node not in self._open:
            self._open[node] = False
            self.begun[node] += 1
        if word in PROMISED and self._open.get(node) is False:
            self._open[node] = True
            self.told[node] += 1
        if word in OVER:
            self._open.pop(node, None)

    def totals(self, loud: Mapping[int, int], silent: int, quiet_s: float) -> dict[str, int]:
        """The figures, from stored `loud` alerts by node and the number of silent ones; `quiet_s`: since when nothing
        is broken and no outbox waits."""
        arrived = sum(min(count, loud.get(node, 0)) for node, count in self.told.items())
        missing = sum(self.told.values()) - arrived
        lost = missing if quiet_s > PATIENCE_S else 0
        return {
            "calls": sum(self.begun.values()),
            "heard": sum(self.told.values()),
            "stored": sum(loud.values()) + silent,
            "under_way": missing - lost,
            "lost": lost,
        }
