"""The technician's directory: site.json, roster.json, and (until it moves to a stick) master.key.

Every change holds the directory's lock, starts from what is on disk at that moment and replaces one file whole: two
commands at once lose nothing, and a full disk leaves the old files as they were.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from alertwire import keys

from whistle.site import bundles, files, layout, lifecycle, master, people, picking, roster, settings, text
from whistle.site.errors import AlreadyThere, BadInput, Unknown
from whistle.site.lifecycle import LAST_EPOCH, Content, Move
from whistle.site.records import Air, Fitting, SiteFile
from whistle.site.roster import Beacon, Mode, Place, Private, Roster

WORDS: Final = ("HELP", "MEDICAL", "FIRE", "WATCH")
KINDS: Final = ("help", "medical", "fire", "watch")


class Site:
    """One site's directory. `file` and `roster` are what was on disk when it was opened or last changed by us."""

    def __init__(self, directory: Path, master_path: Path | None, file: SiteFile, held: Roster) -> None:
        self.directory = directory
        self.master_path = master_path or directory / layout.MASTER
        self.file = file
        self.roster = held

    @classmethod
    def create(
        cls,
        directory: str | Path,
        *,
        name: str,
        air: Air,
        channel_name: str | None = None,
        gateway_name: str = "gateway",
        language: str = "en",
        words: Sequence[str] = WORDS,
        master_path: Path | None = None,
    ) -> "Site":
        """A new site in `directory` (made if need be): keys, channel, one gateway, an empty roster of version 1.

        Overwrites nothing (AlreadyThere); when it fails, whatever it wrote is gone again.
        """
        home = Path(directory)
        draft = SiteFile(
            site=picking.id8(),
            name=text.clean(name, "site name"),
            language=people.language(language),
            words=people.words(words),
            channel_name=text.channel_name(text.channel_from(name) if channel_name is None else channel_name),
            channel_psk=secrets.token_hex(32),
            roster_key="0" * 64,
            air=air,
            gateways=[bundles.Gateway(id=picking.id8(), name=people.new_name(gateway_name, "gateway name", ()))],
        )
        key_path = master_path or home / layout.MASTER
        return cls(home, key_path, *layout.create(home, key_path, draft))

    @classmethod
    def open(cls, directory: str | Path, master_path: Path | None = None) -> "Site":
        """The site in `directory`, with a roster that verifies; NotASite or Damaged otherwise. Needs no master key."""
        home = Path(directory)
        return cls(home, master_path, *layout.read(home))

    def add_beacon(
        self,
        name: str,
        place: str,
        lat: float,
        lon: float,
        *,
        mode: Mode = "relay",
        kinds: Sequence[str] = KINDS,
        private: Private | None = None,
        captain: bool = False,
    ) -> Beacon:
        """Enrol a new beacon under a random node number and write the next roster. Needs the master key."""
        with self._changing():
            taken = lifecycle.live_names(self.roster)
            where = Place(
                node=picking.node([known.node for known in self.roster.beacons]),
                name=people.new_name(name, "beacon name", taken),
                public=text.place(place),
                private=people.private(private or Private()),
                lat=people.coordinate(lat, "latitude", 90),
                lon=people.coordinate(lon, "longitude", 180),
            )
            beacon = Beacon(node=where.node, epoch=1, mode=mode, kinds=text.kinds(kinds), captain=captain)
            self._sign(Content([*self.roster.beacons, beacon], [*(self.roster.places or []), where]))
        return beacon

    def mark_beacon(self, node: int, *, suspended: bool | None = None, revoked: bool | None = None) -> Beacon:
        """Suspend, resume or revoke a beacon in the next roster. Revoking is for ever. Needs the master key."""
        with self._changing():
            old = self._beacon(node)
            if old.revoked and revoked is False:
                raise BadInput("A revoked beacon's keys may be in other hands: it stays revoked, add the beacon anew.")
            new = msgspec.structs.replace(
                old,
                suspended=old.suspended if suspended is None else suspended,
                revoked=old.revoked if revoked is None else revoked,
            )
            self._sign(lifecycle.put(self.roster, new))
        return new

    def retire_beacon(self, node: int) -> Beacon:
        """Take a beacon out of use for ever: revoked, its private part forgotten. Needs the master key."""
        with self._changing():
            self._beacon(node)
            self._sign(lifecycle.retired(self.roster, node))
            return self._beacon(node)

    def move_beacon(self, node: int, move: Move) -> Place:
        """The same beacon at another place. Its board says the old one until it gets settings again.

        Needs the master key. BadInput for a revoked beacon or a place that cannot be; nothing is changed then.
        """
        with self._changing():
            if self._beacon(node).revoked:
                raise BadInput("This beacon is revoked: add a new one for the new place.")
            self._sign(lifecycle.moved(self.roster, node, move))
            return self.find(node)

    def replace_beacon(self, node: int) -> Beacon:
        """A new beacon, with keys of its own, at the place of this one, which is revoked in the same roster version.

        Needs the master key; BadInput when the old one was replaced already. Its board is fitted as the old one was.
        """
        with self._changing():
            self._beacon(node)
            new, content = lifecycle.replaced(self.roster, node)
            fitting = self.file.fittings.get(str(node))
            if fitting:  # before the roster: what comes first may stay alone when the power goes
                self._save(msgspec.structs.replace(self.file, fittings={**self.file.fittings, str(new.node): fitting}))
            self._sign(content)
        return new

    def fit(self, node: int, **wanted: Any) -> Fitting:
        """Remember how a beacon's board is fitted (fields of Fitting); its board gets it with its next settings."""
        with self._changing():
            key = str(self._usable(node).node)
            fitting = msgspec.structs.replace(self.file.fittings.get(key, Fitting()), **wanted)
            self._save(msgspec.structs.replace(self.file, fittings={**self.file.fittings, key: fitting}))
        return fitting

    def add_gateway(self, name: str) -> bundles.Gateway:
        """Enrol a gateway under a random id. Dashboards learn of it by a new dashboard bundle."""
        with self._changing():
            taken = [gateway.name for gateway in self.file.gateways]
            gateway = bundles.Gateway(id=picking.id8(), name=people.new_name(name, "gateway name", taken))
            self._save(msgspec.structs.replace(self.file, gateways=[*self.file.gateways, gateway]))
        return gateway

    def replan(self, air: Air) -> None:
        """Keep other radio numbers and timing from now on; boards get them when they are set up again."""
        with self._changing():
            self._save(msgspec.structs.replace(self.file, air=air))

    def rotate(self) -> int:
        """Raise the group epoch, and give the new one. Needs the master key, so that nobody else can begin it.

        Gateways give beacons the new key over the air once they run with bundles made after this.
        """
        with self._changing():
            if self.file.group_epoch == LAST_EPOCH:
                raise BadInput("The group key was changed 254 times, its epochs are used up: make a new site.")
            self._prk()
            self._save(msgspec.structs.replace(self.file, group_epoch=self.file.group_epoch + 1))
        return self.file.group_epoch

    def find(self, wanted: str | int) -> Place:
        """A beacon's place by name, number or `!hex`; Unknown if there is none."""
        return people.find(self.roster, wanted)

    def bundle(self, gateway_name: str) -> bundles.GatewayBundle:
        """What the gateway of this name (or id) may hold. Needs the master key."""
        gateway = self._gateway(gateway_name)
        root, bus_root = self._roots()
        up, down = keys.link(bus_root, bytes.fromhex(gateway.id))
        return bundles.GatewayBundle(
            site=self.file.site,
            name=self.file.name,
            gateway=gateway.id,
            gateway_name=gateway.name,
            root=root.hex(),
            root_epoch=self.file.root_epoch,
            group_epoch=self.file.group_epoch,
            link_up=up.hex(),
            link_down=down.hex(),
            bus_epoch=self.file.bus_epoch,
            channel_name=self.file.channel_name,
            channel_psk=self.file.channel_psk,
            region=self.file.air.region,
            preset=self.file.air.preset,
            roster=self.roster.without_places(),
            roster_key=self.file.roster_key,
            radio=self.file.air.radio,
        )

    def dashboard_bundle(self) -> bundles.DashboardBundle:
        """What a dashboard may hold. Needs the master key."""
        return bundles.DashboardBundle(
            site=self.file.site,
            name=self.file.name,
            bus_root=self._roots()[1].hex(),
            bus_epoch=self.file.bus_epoch,
            gateways=self.file.gateways,
            language=self.file.language,
            region=self.file.air.region,
            preset=self.file.air.preset,
            roster=self.roster,
            roster_key=self.file.roster_key,
            pulse_mean_s=self.file.air.timing.pulse_mean_s,
        )

    def beacon_settings(self, node: int) -> dict[str, Any]:
        """What this beacon's board gets, as plain JSON values. Needs the master key. Keep it off screens and logs."""
        return settings.beacon_settings(self._prk(), self.file, self.roster, self._beacon(node))

    def hand_out_settings(self, node: int, path: Path, again: bool = False) -> Beacon:
        """Write the board's settings to a new file at `path`, once for each device epoch.

        A board that gets settings a second time must get a higher epoch (`again`), or its sequences would repeat.
        """
        with self._changing():
            beacon = self._usable(node)
            _must_be_new(path)
            beacon, content = self._handed(beacon, again)
            files.write(path, content, replace=False)
        return beacon

    def take_settings(self, node: int, again: bool = False) -> tuple[Beacon, bytes]:
        """The board's settings for whoever brings them to it now, once for each device epoch, by the rule above.

        That this epoch is spent is on disk before this returns: whatever becomes of the bytes, it is not given again.
        """
        with self._changing():
            return self._handed(self._usable(node), again)

    def renew_settings(self, node: int) -> bytes:
        """Settings of the epoch that the board has already, with what changed since: place, mode, radio numbers.

        Only for a board that has proved that it holds the settings last made for this beacon: it keeps its state, so
        its numbers go on. BadInput when none were ever made.
        """
        with self._changing():
            beacon = self._usable(node)
            if self.file.settings_made.get(str(node)) != beacon.epoch:
                raise BadInput("No board has this beacon's settings yet: set one up first.")
            return files.pretty(self.beacon_settings(node))

    def export_roster(self, path: Path, places: bool = True) -> None:
        """Write the roster for a stick, never over another file; without `places`, the copy a gateway may hold."""
        files.write(path, files.pretty(self.roster if places else self.roster.without_places()), replace=False)

    def import_roster(self, path: Path) -> bool:
        """Take a roster from a stick when it is newer; False when it is the one held. Else RosterRefused."""
        offered = layout.load_roster(path)
        with self._changing():
            taken = roster.accept(self.roster, offered, self.file.site, self.file.roster_key)
            if taken is self.roster:
                return False
            if taken.places is None:
                raise BadInput(f"{path} is a gateway's copy, without places: export the whole roster for this stick.")
            self._spend(taken)
            self._hold(taken)
        return True

    def _beacon(self, node: int) -> Beacon:
        beacon = self.roster.beacon(node)
        if beacon is None:
            raise Unknown(f"There is no beacon {node} in the roster: `whistle site roster` lists them.")
        return beacon

    def _gateway(self, wanted: str) -> bundles.Gateway:
        for gateway in self.file.gateways:
            if gateway.id == wanted or text.same(gateway.name, wanted):
                return gateway
        names = ", ".join(gateway.name for gateway in self.file.gateways)
        raise Unknown(f"There is no gateway {wanted!r}: this site has {names}; `whistle site add-gateway` adds one.")

    def _prk(self) -> bytes:
        return master.load(self.master_path, bytes.fromhex(self.file.site), self.file.roster_key)

    def _roots(self) -> tuple[bytes, bytes]:
        prk, id8 = self._prk(), bytes.fromhex(self.file.site)
        return keys.root(prk, id8, self.file.root_epoch), keys.bus_root(prk, id8, self.file.bus_epoch)

    def _usable(self, node: int) -> Beacon:
        beacon = self._beacon(node)
        if beacon.revoked:
            raise BadInput("This beacon is revoked and gets no settings: add the beacon anew.")
        return beacon

    def _handed(self, beacon: Beacon, again: bool) -> tuple[Beacon, bytes]:
        if self.file.settings_made.get(str(beacon.node), 0) >= beacon.epoch:
            beacon = self._raised(beacon, again)
        made = {**self.file.settings_made, str(beacon.node): beacon.epoch}
        content = files.pretty(self.beacon_settings(beacon.node))
        self._save(msgspec.structs.replace(self.file, settings_made=made))
        return beacon, content

    def _spend(self, taken: Roster) -> None:
        # Another technician's machine may have set these boards up; only it knows. So their epochs count as spent here,
        # before the roster is held: one epoch in vain is nothing, one given to two boards makes their numbers repeat.
        made = dict(self.file.settings_made)
        for one in taken.beacons:
            held = self.roster.beacon(one.node)
            if held is None or held.epoch != one.epoch:
                made[str(one.node)] = max(one.epoch, made.get(str(one.node), 0))
        if made != self.file.settings_made:
            self._save(msgspec.structs.replace(self.file, settings_made=made))

    def _raised(self, beacon: Beacon, again: bool) -> Beacon:
        if not again:
            raise BadInput(
                "Settings for this beacon were made before: for a board that is set up again use --again, which "
                "raises its epoch so that its numbers only go up; for another board add another beacon."
            )
        last = max(beacon.epoch, self.file.settings_made.get(str(beacon.node), 0))
        if last == LAST_EPOCH:
            raise BadInput("This beacon was set up 255 times, its epochs are used up: revoke it and add it anew.")
        new = msgspec.structs.replace(beacon, epoch=last + 1)
        self._sign(lifecycle.put(self.roster, new))
        return new

    def _sign(self, content: Content) -> None:
        key = roster.signing_key(self._prk(), bytes.fromhex(self.file.site))
        self._hold(roster.signed(key, self.file.site, self.roster.version + 1, content.beacons, content.places))

    def _hold(self, new: Roster) -> None:
        files.write(self.directory / layout.ROSTER, files.pretty(new))
        self.roster = new

    def _save(self, new: SiteFile) -> None:
        files.write(self.directory / layout.SITE, files.pretty(new))
        self.file = new

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with files.lock(self.directory):
            self.file, self.roster = layout.read(self.directory)
            yield


def _must_be_new(path: Path) -> None:
    if path.exists() or not path.parent.is_dir():
        reason = "is there already" if path.exists() else "is in no directory that exists"
        raise AlreadyThere(f"{path} {reason}: choose another file.")
