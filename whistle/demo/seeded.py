"""A site whose numbers and keys follow from a seed: for the demo alone, whose secrets protect nobody.

A real site's are drawn by `whistle site` from the system's own randomness, and can be had from no seed. Everything
else about this one is real: its three files are those of a technician's directory, and `Site` reads them as any other.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from alertwire import keys

from whistle.demo.town import Place as Spot
from whistle.site import files, layout, people, roster, text
from whistle.site.bundles import Gateway
from whistle.site.records import Air, SiteFile
from whistle.site.roster import Beacon, Mode, Place, Private, Roster
from whistle.site.site import KINDS, WORDS, Site

PRESS_EVERY = 6  # every sixth beacon runs on a battery and sleeps between presses


def numbers(seed: int, count: int) -> list[int]:
    """So many node numbers of this seed, all different; by their last bytes too, as far as 255 go."""
    chance = random.Random(f"whistle nodes {seed}")
    last = chance.sample(range(1, 256), 255)
    high = chance.sample(range(0x01000, 0xFFFFF0), count)
    return [upper << 8 | last[index % len(last)] for index, upper in enumerate(high)]


def site(home: Path, seed: int, air: Air, name: str, gateway: str, spots: Sequence[tuple[int, Spot]]) -> Site:
    """The site of this seed in the new directory `home`, with a beacon of the given number at each spot."""
    chance = random.Random(f"whistle keys {seed}")
    master, id8 = chance.randbytes(32), chance.randbytes(8)
    key = roster.signing_key(keys.prk(master), id8)
    first = roster.signed(key, id8.hex(), 1, *_beacons(spots))
    file = SiteFile(
        site=id8.hex(),
        name=name,
        language="en",
        words=WORDS,
        channel_name=text.channel_from(name),
        channel_psk=chance.randbytes(32).hex(),
        roster_key=roster.public_key(key),
        air=air,
        gateways=[Gateway(id=chance.randbytes(8).hex(), name=gateway)],
    )
    _write(home, master, first, file)
    return Site.open(home)


def _beacons(spots: Sequence[tuple[int, Spot]]) -> tuple[list[Beacon], list[Place]]:
    beacons = [
        Beacon(node=node, epoch=1, mode=_mode(index), kinds=text.kinds(KINDS)) for index, (node, _) in enumerate(spots)
    ]
    return beacons, [_place(node, spot) for node, spot in spots]


def _mode(index: int) -> Mode:
    return "press" if index % PRESS_EVERY == PRESS_EVERY - 1 else "relay"


def _place(node: int, spot: Spot) -> Place:
    private = people.private(Private(**spot.private))
    return Place(node=node, name=spot.name, public=text.place(spot.name), private=private, lat=spot.lat, lon=spot.lon)


def _write(home: Path, master: bytes, first: Roster, file: SiteFile) -> None:
    home.mkdir(mode=0o700, parents=True)
    files.write(home / layout.MASTER, master.hex().encode() + b"\n", replace=False)
    files.write(home / layout.ROSTER, files.pretty(first), replace=False)
    files.write(home / layout.SITE, files.pretty(file), replace=False)
