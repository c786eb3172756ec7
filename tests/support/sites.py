"""Sites for the tests, and strategies for what people may type."""

from pathlib import Path

from hypothesis import strategies as st

from whistle.site import roster
from whistle.site.command import figures
from whistle.site.roster import Beacon, Place, Private, Roster
from whistle.site.site import Site

AIR = figures.air("US", "SHORT_TURBO", "Cedar", 60)
SITE = "0001020304050607"
PRK = bytes(range(32))
KEY = roster.signing_key(PRK, bytes.fromhex(SITE))
PUBLIC = roster.public_key(KEY)


def made(folder: Path, beacons: int = 2, **options) -> Site:
    """A site with some beacons."""
    site = Site.create(folder / "site", **{"name": "Cedar", "air": AIR, **options})
    for number in range(beacons):
        site.add_beacon(f"Beacon {number}", "34th & Cedar", 44.95, -93.25, private=Private(door=f"DOOR-{number}"))
    return site


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file and what is in it."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


nodes = st.integers(4, 0xFFFFFFFE)
beacons = st.builds(Beacon, node=nodes, epoch=st.integers(1, 255), kinds=st.just(["help", "fire"]))
places = st.builds(
    Place,
    node=nodes,
    name=st.text(max_size=20),
    public=st.text(max_size=20),
    private=st.builds(Private, entrance=st.text(max_size=9), door=st.text(max_size=9), note=st.text(max_size=9)),
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
)


VERSIONS = st.integers(1, 1000)


@st.composite
def rosters(draw, versions=VERSIONS) -> Roster:
    """Rosters of one site, rightly signed."""
    own_places = draw(st.lists(places, max_size=4))
    return roster.signed(KEY, SITE, draw(versions), draw(st.lists(beacons, max_size=4)), own_places)
