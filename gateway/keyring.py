"""Which beacons there are, and their keys: derived from the root when first needed, at most one set kept a beacon."""

from typing import NamedTuple

from alertwire import keys
from alertwire.keys import BeaconKeys

from whistle.site.bundles import GatewayBundle
from whistle.site.roster import Beacon


class Known(NamedTuple):
    """A beacon of the roster with the keys for its device epoch."""

    beacon: Beacon
    keys: BeaconKeys


class Keyring:
    """The roster and the root of a bundle. What strangers send makes it no larger than the roster."""

    def __init__(self, bundle: GatewayBundle) -> None:
        self._root = bundle.root_bytes
        self._site = bundle.site_bytes
        self._beacons = {beacon.node: beacon for beacon in bundle.roster.beacons}
        self._kept: dict[int, Known] = {}
        self.group_epoch = bundle.group_epoch
        self.group = keys.group(self._root, self._site, bundle.group_epoch)

    def known(self, node: int) -> Known | None:
        """The beacon with this node number and its keys, or None for a number not in the roster."""
        kept = self._kept.get(node)
        if kept is None and (beacon := self._beacons.get(node)) is not None:
            kept = self._kept[node] = Known(beacon, self._derive(node, beacon.epoch))
        return kept

    def keys_for(self, known: Known, sequence: int) -> BeaconKeys:
        """The keys under which this sequence was sealed: its first byte is the device epoch.

        A board may have been set up anew after our roster was made, or set back to an older image: either is
        authentic, and an authentic alert is never refused. Other epochs than the roster's are not kept.
        """
        epoch = sequence >> 24
        return known.keys if epoch == known.beacon.epoch else self._derive(known.beacon.node, epoch)

    def nodes(self) -> list[int]:
        """The node numbers that may speak: those of the roster, without the revoked."""
        return [node for node, beacon in self._beacons.items() if not beacon.revoked]

    def _derive(self, node: int, epoch: int) -> BeaconKeys:
        return BeaconKeys.of(keys.device(self._root, self._site, node, epoch))
