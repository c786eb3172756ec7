"""Makes a beacon of a board: roster first, then the board; killed at any point and started again it goes on.

The journal says what is under way. Settings are handed out once for an epoch, and that is on disk before a byte leaves:
when it is not known whether a board got them, it is asked for their digest; if it does not have them, the epoch
is given up for the next one. So no two boards ever count from the same number, whatever happened in between.

    taking       about to spend an epoch of this beacon
    handed       the epoch is spent, the settings of this digest go to this board
    provisioned  the board has them
"""

import hashlib
import json
from typing import Final, NamedTuple

import msgspec

from whistle.site import lifecycle, people, text
from whistle.site.roster import Beacon, Mode, Place, Private
from whistle.site.site import KINDS, Site
from whistle.workbench.boards import Board
from whistle.workbench.errors import BadWish
from whistle.workbench.journal import Event, Journal
from whistle.workbench.steps import Device, Provisions

PLACING: Final = ("taking", "handed", "provisioned")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A beacon as the technician wants it. `beside`: another one is known to be at this very spot, and stays."""

    name: str
    place: str
    lat: float
    lon: float
    mode: Mode = "relay"
    kinds: list[str] = msgspec.field(default_factory=lambda: list(KINDS))
    captain: bool = False
    second_button: bool = False
    private: Private = Private()
    beside: bool = False


class OnBench(NamedTuple):
    """A board that lies on the bench and has been identified: `id` is its for ever."""

    device: Device
    table: Board
    id: str


class Provisioner:
    """Provisions boards of one site; `journal` and roster are on disk before the board knows of anything."""

    def __init__(self, site: Site, journal: Journal, boards: Provisions) -> None:
        self.site, self.journal, self._boards = site, journal, boards

    def enrol(self, wish: Wish) -> int:
        """The node of the beacon of this name, added to the roster unless it is there already, just as it is wished.

        BadWish when the name, or the very spot, is another's.
        """
        known = self.judge(wish)
        node = self._added(wish).node if known is None else known.node
        if wish.second_button and not self._has_second(node):
            self.site.fit(node, second_button=True)
        return node

    def judge(self, wish: Wish) -> Place | None:
        """The place of the beacon that is there already as wished, None where it can be added; BadWish for neither."""
        known = self._known(wish.name)
        if known is not None:
            _must_be_as_wished(known, self._beacon(known.node), wish)
            self._must_be_fitted(known, wish)
        else:
            self._must_be_free(wish)
        return known

    def must_be_free(self, board: OnBench, *mine: int) -> None:
        """BadWish when the board is a beacon in use, and none of these: it would be lost without anybody's word.

        Settings of an epoch that is not the roster's are void, and nobody's.
        """
        node, epoch = self._boards.who(board.device) or (0, 0)
        beacon = self.site.roster.beacon(node)
        if beacon is None or beacon.revoked or beacon.epoch != epoch or node in mine:
            return
        raise BadWish(
            f"The board on {board.device.port} is {self._name(node)!r}, which is in use: take the right board; to make "
            "this one another beacon, `whistle workbench retire` that one first."
        )

    def must_be(self, board: OnBench, node: int) -> None:
        """BadWish when the board is not this beacon, under whatever epoch."""
        port, name, found = board.device.port, self._name(node), self._boards.who(board.device)
        if found is None:
            raise BadWish(
                f"The board on {port} is no beacon: if it was {name!r}, its keys are off it already; else take the "
                "right board."
            )
        if found[0] != node:
            raise BadWish(
                f"The board on {port} is not {name!r} but !{found[0]:08x}: take the right board, or name the beacon by "
                "its number."
            )

    def provision(self, node: int, board: OnBench, again: bool = False) -> Event:
        """This board is this beacon now, as the journal's event says. Done before: a new table alone is brought.

        `again`: settings of this beacon may be on another board, or on this one before it was erased; they are void
        from now on. BadWish without it when they are. What the board raises passes through.
        """
        beacon = self._beacon(node)
        given = self.journal.last("handed", node=node, epoch=beacon.epoch, board=board.id)
        if given is not None and self._boards.held(board.device, board.table) == given["digest"]:
            return self._as_it_is(given, board)
        unsure = (self.journal.last(*PLACING, node=node) or {}).get("event") in ("taking", "handed")
        if not (unsure or again) and self.site.file.settings_made.get(str(node), 0) >= beacon.epoch:
            raise BadWish(
                f"{self._name(node)!r} was set up before, on another board or on this one before it was erased: say "
                "--again if that one is out of use, or `whistle workbench replace` for new keys."
            )
        self.journal.add("taking", node=node, board=board.id)
        beacon, settings = self.site.take_settings(node, again=True)
        return self._bring(beacon, settings, board)

    def renew(self, node: int, board: OnBench) -> Event:
        """New settings for the board of this beacon: under the same keys when it proves that it has the last ones.

        A board that does not is set up `again`, under the next epoch.
        """
        beacon, held = self._beacon(node), self._boards.held(board.device, board.table)
        known = {
            entry["digest"]: entry
            for entry in self.journal.told("handed", node=node, epoch=beacon.epoch, board=board.id)
        }
        if held is None or held not in known:
            return self.provision(node, board, again=True)
        settings = self.site.renew_settings(node)
        same = held == digest(settings)
        return self._as_it_is(known[held], board) if same else self._bring(beacon, settings, board)

    def _bring(self, beacon: Beacon, settings: bytes, board: OnBench) -> Event:
        facts = json.loads(settings)
        handed = self.journal.add(
            "handed",
            node=beacon.node,
            epoch=beacon.epoch,
            group_epoch=facts["group_epoch"],
            place=facts["place"],
            mode=facts["mode"],
            digest=digest(settings),
            board=board.id,
        )
        self._boards.provision(board.device, board.table, settings)
        return self._confirmed(handed)

    def _as_it_is(self, handed: Event, board: OnBench) -> Event:
        """The board has these settings; its table may have been corrected since."""
        self._boards.wire(board.device, board.table)
        return self._confirmed(handed)

    def _confirmed(self, handed: Event) -> Event:
        facts = {key: value for key, value in handed.items() if key not in ("at", "event")}
        done = self.journal.last("provisioned", **facts)
        newest = self.journal.last(*PLACING, node=handed["node"])
        return done if done is not None and done is newest else self.journal.add("provisioned", **facts)

    def _known(self, name: str) -> Place | None:
        return lifecycle.named(self.site.roster, text.clean(name, "name"))

    def _added(self, wish: Wish) -> Beacon:
        return self.site.add_beacon(
            wish.name,
            wish.place,
            wish.lat,
            wish.lon,
            mode=wish.mode,
            kinds=wish.kinds,
            private=wish.private,
            captain=wish.captain,
        )

    def _has_second(self, node: int) -> bool:
        fitting = self.site.file.fittings.get(str(node))
        return fitting is not None and fitting.second_button

    def _must_be_fitted(self, known: Place, wish: Wish) -> None:
        told = str(known.node) in self.site.file.settings_made  # its board heard of no second button
        if wish.second_button and told and not self._has_second(known.node):
            raise BadWish(
                f"The board of {known.name!r} was set up without a second button: "
                "`whistle workbench fit --second-button` with its --port."
            )

    def _must_be_free(self, wish: Wish) -> None:
        other = lifecycle.same_spot(self.site.roster, wish.place, wish.private)
        if other is not None and not wish.beside:
            raise BadWish(
                f"{other.name!r} is at this very spot already: to put a new board in its place use `whistle workbench "
                "replace`; if both are meant, name another entrance, floor or door, or say --beside."
            )

    def _beacon(self, node: int) -> Beacon:
        beacon = self.site.roster.beacon(node)
        if beacon is None or beacon.revoked:
            raise BadWish(f"{self._name(node)!r} is no longer in use: provision it under a new beacon.")
        return beacon

    def _name(self, node: int) -> str:
        place = self.site.roster.place(node)
        return place.name if place else f"!{node:08x}"


def digest(settings: bytes) -> str:
    """SHA-256 of settings, hex: says which they are, and nothing of the keys in them."""
    return hashlib.sha256(settings).hexdigest()


def _must_be_as_wished(known: Place, beacon: Beacon, wish: Wish) -> None:
    pairs = {
        "place": (known.public, text.place(wish.place)),
        "latitude": (known.lat, people.coordinate(wish.lat, "latitude", 90)),
        "longitude": (known.lon, people.coordinate(wish.lon, "longitude", 180)),
        "private part": (known.private, people.private(wish.private)),
        "mode": (beacon.mode, wish.mode),
        "kinds": (beacon.kinds, text.kinds(wish.kinds)),
        "captain": (beacon.captain, wish.captain),
    }
    for what, (is_, wanted) in pairs.items():
        if is_ != wanted:
            raise BadWish(
                f"There is a beacon called {known.name!r} already, with another {what}: choose another name, or use "
                "`whistle workbench move` or `replace` for that one."
            )
