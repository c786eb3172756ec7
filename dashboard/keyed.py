"""Who has the site's newest group key: 27 of 31, and the rest by place. Pure, over what pulses and heartbeats say."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dashboard.places import Place
from whistle.bus.messages import State


class Old(NamedTuple):
    """A beacon not known to have the newest key; `epoch` None: nothing was heard of its key."""

    place: Place
    epoch: int | None


class Keys(NamedTuple):
    """The newest epoch, how many of how many beacons have it, the rest, and gateways whose bundle is older."""

    epoch: int
    done: int
    all: int
    rest: tuple[Old, ...]
    old_gateways: tuple[str, ...]


def keys(states: Mapping[str, State | None], beacons: Sequence[Place], epochs: Mapping[int, int | None]) -> Keys | None:
    """How far the newest key is; None while it is the first one. `states` by the gateway's name, `epochs` by node."""
    told = {name: state.group_epoch for name, state in states.items() if state is not None and state.group_epoch}
    newest = max(told.values(), default=1)
    if newest < 2:
        return None
    wanted = [place for place in beacons if place.beacon is not None and not place.beacon.revoked]
    rest = [Old(place, epochs.get(place.node)) for place in wanted if (epochs.get(place.node) or 0) < newest]
    late = tuple(sorted(name for name, epoch in told.items() if epoch < newest))
    return Keys(newest, len(wanted) - len(rest), len(wanted), tuple(rest), late)
