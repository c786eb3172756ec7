"""When a beacon is given a new group key over the air (docs/protocol.md, section 15). Decides; sends nothing.

A beacon that listens only after its own frames must get the key in that window. What stands at the beacon plays no
part: who watches the air must not learn from a missing key that an alert is a silent one.
"""

import threading
from typing import Final, NamedTuple

from gateway.airplan import AirPlan
from gateway.clock import Clock
from gateway.groupkeys import GroupKeys

WINDOW_S: Final = 2.5  # how long a beacon in mode press listens at least after its pulse (3 s), less a frame's way
LISTENS_S: Final = 60.0
_PRESS: Final = 0
FIRST_GAP_S: Final = 60.0  # before the same key goes to the same beacon again; doubled each time
LONGEST_GAP_S: Final = 3600.0
MOST_SHARE: Final = 0.5  # of the hour's duty cycle: beyond it the air is for alerts and their answers alone


class Due(NamedTuple):
    """A key to be given: to whom, in answer to which pulse, of which epoch, and the source that heard it."""

    node: int
    sequence: int
    epoch: int
    near: str


class _Waiting(NamedTuple):
    sequence: int
    near: str
    until: float


class _Given(NamedTuple):
    epoch: int
    again_at: float
    gap: float


class Rekeying:
    """`pulse` from the pipeline, `due` and `given` from the answerer's thread. Holds no more than the roster."""

    def __init__(self, groups: GroupKeys, plan: AirPlan, clock: Clock) -> None:
        self._groups, self._plan, self._clock = groups, plan, clock
        self._lock = threading.Lock()
        self._waiting: dict[int, _Waiting] = {}
        self._given: dict[int, _Given] = {}
        self._next_at = clock.steady()

    def pulse(self, node: int, sequence: int, mode: int, near: str) -> None:
        """A beacon has just shown life by a pulse of its own, `mode` as it says; `groups` knows its epoch by now."""
        with self._lock:
            self._waiting.pop(node, None)
            if self._groups.next_for(node) is None:
                self._given.pop(node, None)
                return
            span = WINDOW_S if mode == _PRESS else LISTENS_S
            self._waiting[node] = _Waiting(sequence, near, self._clock.steady() + span)

    def due(self, share: float) -> Due | None:
        """Whom to give a key now, the one whose window closes first. `share`: of the duty cycle used, 0 to 1."""
        now = self._clock.steady()
        with self._lock:
            self._waiting = {node: one for node, one in self._waiting.items() if one.until > now}
            if now < self._next_at or share >= MOST_SHARE:
                return None
            for node, one in sorted(self._waiting.items(), key=lambda item: item[1].until):
                epoch = self._groups.next_for(node)
                if epoch is not None and self._may(node, epoch, now):
                    return Due(node, one.sequence, epoch, one.near)
        return None

    def given(self, due: Due) -> None:
        """It was handed to a radio."""
        now = self._clock.steady()
        with self._lock:
            before = self._given.get(due.node)
            gap = FIRST_GAP_S if before is None or before.epoch != due.epoch else min(before.gap * 2, LONGEST_GAP_S)
            self._given[due.node] = _Given(due.epoch, now + gap, gap)
            self._waiting.pop(due.node, None)
            self._next_at = now + self._plan.tick_s  # keys take no more of the air than gateway pulses do

    def _may(self, node: int, epoch: int, now: float) -> bool:
        before = self._given.get(node)
        return before is None or before.epoch != epoch or now >= before.again_at
