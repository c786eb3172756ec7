"""Which beacons there are, and their keys: derived from the root when first needed, at most one set kept a beacon."""

from typing import Final, NamedTuple

from alertwire import keys
from alertwire.keys import BeaconKeys

from whistle.site.bundles import GatewayBundle
from whistle.site.roster import Beacon, Roster

LAST_EPOCH: Final = 255


class Known(NamedTuple):
    """A beacon of the roster with the keys for its device epoch."""

    beacon: Beacon
    keys: BeaconKeys


class _Held(NamedTuple):
    """One roster and what was derived for it; exchanged as a whole, so that no thread mixes two."""

    version: int
    beacons: dict[int, Beacon]
    kept: dict[int, Known]


class Keyring:
    """The roster and the root of a bundle. What strangers send makes it no larger than the roster.

    `group_epoch` is the newest epoch of the bundle; `voice` the (epoch, key) this gateway speaks under.
    """

    def __init__(self, bundle: GatewayBundle) -> None:
        self._root = bundle.root_bytes
        self._site = bundle.site_bytes
        self.group_epoch = bundle.group_epoch
        near = range(max(bundle.group_epoch - 1, 0), min(bundle.group_epoch + 2, LAST_EPOCH + 1))
        self._groups = {epoch: self.group_key(epoch) for epoch in near}
        self.voice = (bundle.group_epoch, self._groups[bundle.group_epoch])
        self.take(bundle.roster)

    @property
    def version(self) -> int:
        """The version of the roster in use."""
        return self._held.version

    def take(self, roster: Roster) -> None:
        """Use another roster from now on; from any thread."""
        self._held = _Held(roster.version, {beacon.node: beacon for beacon in roster.beacons}, {})

    def known(self, node: int) -> Known | None:
        """The beacon with this node number and its keys, or None for a number not in the roster."""
        held = self._held
        kept = held.kept.get(node)
        if kept is None and (beacon := held.beacons.get(node)) is not None:
            kept = held.kept[node] = Known(beacon, self._derive(node, beacon.epoch))
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
        return [node for node, beacon in self._held.beacons.items() if not beacon.revoked]

    # group keys

    def group_key(self, epoch: int) -> bytes:
        """The group key of any epoch, 0..255."""
        return keys.group(self._root, self._site, epoch)

    def whole(self, epoch: int) -> int:
        """The epoch whose low four bits these are: the nearest not above the one after ours."""
        return max(self.group_epoch + 1 - (self.group_epoch + 1 - epoch & 15), 0)

    def group_of(self, epoch: int) -> bytes | None:
        """The group key of an epoch (its low four bits are enough) if it is ours, the one before or the one after."""
        return self._groups.get(self.whole(epoch))

    def speak(self, epoch: int) -> None:
        """Speak under this epoch from now on: ours, or the one before."""
        self.voice = (epoch, self._groups[epoch])

    def _derive(self, node: int, epoch: int) -> BeaconKeys:
        return BeaconKeys.of(keys.device(self._root, self._site, node, epoch))
