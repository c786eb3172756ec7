"""A town for the benches: beacons at random over a square of two kilometres, one stock radio in its middle.

Everything a real site has is really made, but from fixed keys and numbers and in memory: a figure that is to be
compared with yesterday's must be taken in yesterday's town, and node numbers decide shadowing and loss.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from alertwire import keys

from whistle.simulator.air import Ear
from whistle.simulator.scenario import Scenario, build
from whistle.simulator.simulation import Simulation
from whistle.site import roster, settings
from whistle.site.bundles import Gateway, GatewayBundle
from whistle.site.command.figures import air
from whistle.site.records import Air, SiteFile
from whistle.site.roster import Beacon, Place, Private, Roster
from whistle.site.site import KINDS, WORDS

SIDE_M = 2000.0
RADIO = 0x60000001  # the stock radio on the gateway's cable
FIRST = 0x0A000004  # the first beacon's number
STEP = 0x10003  # from one to the next, so that last bytes differ as random numbers' do
CHANNEL, MASTER, SITE = "Cedar", bytes(range(32)), "0001020304050607"
GATEWAY = Gateway(id="11" * 8, name="gateway")
CENTRE = (44.95, -93.25)


@dataclass(frozen=True)
class Town:
    """The air and who is on it, and what its gateway may hold."""

    scenario: Scenario
    bundle: GatewayBundle
    beacons: list[int]


def town(preset: str, beacons: int = 100, pulse_mean_s: int | None = None, stock: int = 0, seed: int = 7) -> Town:
    """A town on this preset; `pulse_mean_s` instead of the site's own.

    `stock`: so many stock nodes that relay nothing, the first beside the gateway's radio, the others beside beacons.
    """
    chance = random.Random(f"bench {seed}")
    plan = air("US", preset, CHANNEL, beacons)
    file, held = _site(plan, [FIRST + STEP * index for index in range(beacons)])
    spots = [(chance.uniform(-SIDE_M, SIDE_M) / 2, chance.uniform(-SIDE_M, SIDE_M) / 2) for _ in held.beacons]
    nodes = [*_beacons(file, held, spots, pulse_mean_s), *_stock(spots, stock)]
    raw = {"centre": list(CENTRE), "channel_name": CHANNEL, "channel_psk": file.channel_psk, "region": "US"}
    scenario = build(raw | {"preset": preset, "nodes": nodes})
    return Town(scenario, _bundle(file, held), [one.node for one in held.beacons])


def paths(made: Simulation, node: int) -> int:
    """How many ways without a common relay lead from a node to the radio, over links that hear, in a packet's hops."""
    ears = _ears(made)
    return ways({one: set(made.air.hears(ear)) & ears.keys() for one, ear in ears.items()}, node, RADIO)


def ways(hears: dict[int, set[int]], node: int, goal: int, most: int = 4) -> int:
    """How many ways of at most so many links lead there with nobody in common, taken greedily, shortest first.

    `hears`: who receives whom. A lower bound: with luck there are more.
    """
    left = {one: set(others) for one, others in hears.items()}
    found, used = 0, set[int]()
    while (way := _way(left, node, goal, used, most)) is not None:
        found += 1
        used |= set(way[1:-1])
        if len(way) == 2:
            left[node].discard(goal)
    return found


def _way(hears: dict[int, set[int]], node: int, goal: int, used: set[int], most: int) -> list[int] | None:
    """The shortest way that avoids what is used, of at most so many links."""
    ways, met = [[node]], {node}
    for _ in range(most):
        ways = [[*way, one] for way, one in _onward(hears, ways, met, used)]
        for way in ways:
            if way[-1] == goal:
                return way
    return None


def _onward(
    hears: dict[int, set[int]], ways: list[list[int]], met: set[int], used: set[int]
) -> Iterator[tuple[list[int], int]]:
    for way in ways:
        for one in sorted(hears[way[-1]] - met - used):
            met.add(one)
            yield way, one


def _ears(made: Simulation) -> dict[int, Ear]:
    """Everybody's ear, by number."""
    ears = {node: beacon.radio.ear for node, beacon in made.beacons.items()}
    return ears | {node: radio.station.ear for node, radio in made.radios.items()}


def _site(plan: Air, numbers: Iterable[int]) -> tuple[SiteFile, Roster]:
    key = roster.signing_key(keys.prk(MASTER), bytes.fromhex(SITE))
    beacons = [Beacon(node=node, epoch=1, mode="relay", kinds=list(KINDS)) for node in numbers]
    places = [_place(beacon.node, index) for index, beacon in enumerate(beacons, 1)]
    held = roster.signed(key, SITE, 1, beacons, places)
    file = SiteFile(
        site=SITE, name="Bench", language="en", words=WORDS, channel_name=CHANNEL, channel_psk=bytes(range(32)).hex(),
        roster_key=roster.public_key(key), air=plan, gateways=[GATEWAY],
    )  # fmt: skip
    return file, held


def _place(node: int, number: int) -> Place:
    name = f"{number} Cedar Street"
    return Place(node=node, name=name, public=name, private=Private(), lat=CENTRE[0], lon=CENTRE[1])


def _beacons(
    file: SiteFile, held: Roster, spots: list[tuple[float, float]], mean_s: int | None
) -> Iterator[dict[str, Any]]:
    for beacon, (x, y) in zip(held.beacons, spots, strict=True):
        own = settings.beacon_settings(keys.prk(MASTER), file, held, beacon)
        if mean_s is not None:
            own["timing"]["pulse_mean_s"] = mean_s
        yield {"kind": "beacon", "x": x, "y": y, "settings": own}


def _stock(spots: list[tuple[float, float]], count: int) -> Iterator[dict[str, Any]]:
    yield {"kind": "radio", "node": RADIO, "name": "gateway", "x": 0.0, "y": 0.0}
    for index, (x, y) in enumerate([(0.0, 0.0), *spots][:count]):
        yield {"kind": "relay", "node": RADIO + STEP * (index + 1), "role": "CLIENT_MUTE", "x": x + 1.0, "y": y}


def _bundle(file: SiteFile, held: Roster) -> GatewayBundle:
    prk, id8 = keys.prk(MASTER), bytes.fromhex(file.site)
    up, down = keys.link(keys.bus_root(prk, id8, file.bus_epoch), bytes.fromhex(GATEWAY.id))
    return GatewayBundle(
        site=file.site, name=file.name, gateway=GATEWAY.id, gateway_name=GATEWAY.name,
        root=keys.root(prk, id8, file.root_epoch).hex(), root_epoch=file.root_epoch, group_epoch=file.group_epoch,
        link_up=up.hex(), link_down=down.hex(), bus_epoch=file.bus_epoch, channel_name=file.channel_name,
        channel_psk=file.channel_psk, region=file.air.region, preset=file.air.preset,
        roster=held.without_places(), roster_key=file.roster_key,
    )  # fmt: skip
