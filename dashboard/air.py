"""What the air says: beacons and gateways with the age of their last word, and what was refused, and why."""

from typing import Any, NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from dashboard import store_air, words
from dashboard.keyed import keys
from dashboard.places import Place
from dashboard.silence import QUIET_S
from dashboard.store import counted
from dashboard.store_pages import open_nodes
from dashboard.watch import whistle
from whistle.bus.messages import Pulse, State

blueprint = Blueprint("air", __name__)


class BeaconView(NamedTuple):
    """A beacon of the roster, or one that was heard without being in it."""

    place: Place
    quiet_s: float | None
    late: bool
    pulse: Pulse | None
    gateway: str
    calling: str | None


class GatewayView(NamedTuple):
    """A gateway of the bundle and its last heartbeat."""

    id: str
    name: str
    quiet_s: float | None
    alive: bool
    state: State | None


@blueprint.get("/beacons")
def beacons() -> ResponseReturnValue:
    """Every beacon, the ones that fell silent first."""
    parts = whistle()
    with parts.store.read() as connection:
        heard, calling = store_air.all_beacons(connection), open_nodes(connection)
    nodes = {place.node: place for place in parts.places.all()} | {node: parts.places.of(node) for node in heard}
    views = [_beacon(place, heard.get(node), calling.get(node)) for node, place in nodes.items()]
    views.sort(key=lambda view: (view.calling is None, not view.late, view.place.name.casefold()))
    return render_template("beacons.html", beacons=views)


@blueprint.get("/gateways")
def gateways() -> ResponseReturnValue:
    """Every gateway: radios, outbox, counts; and how far a new group key is."""
    parts, views = whistle(), _gateways()
    with parts.store.read() as connection:
        heard = store_air.all_beacons(connection)
    pulses = {node: store_air.pulse(row) for node, row in heard.items()}
    epochs = {node: pulse.group_epoch for node, pulse in pulses.items() if pulse is not None}
    return render_template(
        "gateways.html",
        gateways=views,
        keys=keys({view.name: view.state for view in views}, parts.places.all(), epochs),
    )


@blueprint.get("/refused")
def refused() -> ResponseReturnValue:
    """What was refused, by reason and gateway, with samples; and what was refused on the bus."""
    parts = whistle()
    with parts.store.read() as connection:
        samples, counts = store_air.all_refusals(connection), counted(connection)
    bus = {name: n for name, n in counts.items() if n}
    return render_template(
        "refused.html",
        gateways=_gateways(),
        samples=samples,
        bus=bus,
        places=parts.places,
        names={gateway.id: gateway.name for gateway in parts.bundle.gateways},
        texts={row.id: _readable(row.payload) for row in samples},
        now=parts.clock.wall(),
    )


def _beacon(place: Place, row: Any, calling: str | None) -> BeaconView:
    parts = whistle()
    if row is None:  # it may well have spoken before we listened
        expected = place.beacon is not None and parts.health.up_s > QUIET_S[place.beacon.mode]
        return BeaconView(place, None, expected, None, "", calling)
    quiet = max(0.0, parts.clock.wall() - row.at)
    pulse = store_air.pulse(row)
    mode = pulse.mode if pulse is not None else place.beacon.mode if place.beacon is not None else "press"
    return BeaconView(place, quiet, quiet > QUIET_S[mode], pulse, parts.bundle.gateway_name(row.gateway), calling)


def _gateways() -> list[GatewayView]:
    parts = whistle()
    alive = set(parts.health.alive_gateways())
    with parts.store.read() as connection:
        states = store_air.all_gateways(connection)
    return [
        _gateway(gateway.id, gateway.name, states.get(gateway.id), gateway.id in alive)
        for gateway in parts.bundle.gateways
    ]


def _gateway(number: str, name: str, found: tuple[float, State] | None, alive: bool) -> GatewayView:
    if found is None:
        return GatewayView(number, name, None, alive, None)
    quiet = max(0.0, whistle().clock.wall() - found[0])
    return GatewayView(number, name, quiet, alive, found[1])


def _readable(payload: str) -> str:
    """A refused payload as text where it may be text; the page shows it with boxes for what is odd."""
    data = bytes.fromhex(payload)
    text = data.decode("utf-8", "replace")
    return text if sum(char.isprintable() for char in text) * 2 > len(text) else ""


assert set(QUIET_S) == set(words.MODES)
