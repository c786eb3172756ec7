"""When a silence of the air means something: what a gateway usually hears is known, so chance can be told from cause.

Beacons pulse at random, in exponential intervals of a known mean (protocol 5). All that a gateway hears of them is
then a Poisson process, whose rate is the sum over those it has heard lately. A silence so long that this process makes
one less than once in thirty days is no chance: the air is jammed, or the antenna off. Only authentic pulses that came
in order count, so nobody can feign a lively air.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from whistle.site.bundles import DashboardBundle
from whistle.site.roster import Mode, Roster

QUIET_S: Final = {"relay": 30 * 60.0, "listen": 50 * 60.0, "press": 25 * 3600.0}  # of one beacon, by its mode
CHANCE_S: Final = 30 * 86400.0  # how often a silence may be called meaningful that is none
ARRIVING: Final = 0.9  # of all rounds of pulses, with their repeats, some never come
BEAT_S: Final = 20.0  # from one heartbeat of a gateway to the next; what it heard since the last is not doubted
GAP_S: Final = 45.0  # heartbeats further apart than this: pulses between them may have been missed


class Silence(NamedTuple):
    """For how long a gateway has heard no beacon, and how often it usually hears one (seconds)."""

    for_s: float
    every_s: float

    @property
    def meaningful(self) -> bool:
        """Whether chance alone makes it too rarely to be the reason."""
        return self.for_s > limit_s(self.every_s)


def limit_s(every_s: float) -> float:
    """How long a silence chance alone makes once in thirty days, where a word every so often is usual."""
    return every_s * math.log(CHANCE_S / every_s) if every_s < CHANCE_S / math.e else math.inf


class Words:
    """What gateways hear of beacons, told as it arrives; steady seconds. From any thread."""

    def __init__(self, bundle: DashboardBundle) -> None:
        self._means, self._gateways = bundle.pulse_mean_s, [gateway.id for gateway in bundle.gateways]
        self._modes: dict[int, Mode] = {}
        self.take(bundle.roster)
        self._heard: dict[str, dict[int, float]] = defaultdict(dict)  # gateway to node to when
        self._since: dict[str, float] = {}  # the last word of a beacon, or when its gateway came back
        self._state: dict[str, float] = {}
        self._number: dict[str, int] = {}

    def take(self, roster: Roster) -> None:
        """Go by another roster from now on. Who left it is expected no more; their modes stay known."""
        means = self._means
        there = {one.node: one.mode for one in roster.beacons if not one.revoked and means is not None}
        self._modes = self._modes | there
        rates = {node: ARRIVING / means.of(mode) for node, mode in there.items()} if means is not None else {}
        self._rates: dict[int, float] = rates

    def remember(self, heard: Sequence[tuple[str, int, float]], now: float) -> None:
        """(gateway, node, when) from before the start: who was there at its end is expected to be there still.

        Where that reaches back less than half an hour, every beacon of the roster is expected for as long.
        """
        newest = max((at for _, _, at in heard), default=now)
        for gateway, node, at in heard:
            if node in self._rates and at > newest - QUIET_S[self._modes[node]]:
                self._heard[gateway][node] = now
        if all(at > newest - QUIET_S["relay"] for _, _, at in heard):
            for gateway in self._gateways:
                self._heard[gateway] |= dict.fromkeys(self._rates, now)

    def pulse(self, gateway: str, number: int, node: int, now: float) -> None:
        """A pulse of this node came; `number` is its envelope's, and one that does not rise is an old one again."""
        if number > self._number.get(gateway, -1) and node in self._rates:
            self._number[gateway] = number
            self._heard[gateway][node] = self._since[gateway] = now

    def state(self, gateway: str, hears: bool, now: float) -> None:
        """A heartbeat came; `hears`: a radio of that gateway works."""
        missed = now - self._state.get(gateway, -math.inf) > GAP_S
        self._state[gateway] = now
        if missed or not hears:
            self._since[gateway] = now

    def silence(self, gateway: str, now: float) -> Silence | None:
        """For how long it has heard nothing, as far as its heartbeats vouch for that; None when nothing is usual."""
        if gateway not in self._state:
            return None
        since = self._since[gateway]
        heard = list(self._heard[gateway].items())
        rate = sum(self._rates.get(node, 0.0) for node, at in heard if at > since - QUIET_S[self._modes[node]])
        vouched = min(now, self._state[gateway] + BEAT_S)
        return Silence(max(0.0, vouched - since), 1 / rate) if rate else None
