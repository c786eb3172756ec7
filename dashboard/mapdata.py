"""What the map draws: places of the roster, alerts, and the basemap file. No tile, font or picture from elsewhere."""

import json
from typing import Any

from flask import Blueprint, Response, abort, send_file
from flask.typing import ResponseReturnValue

from dashboard import accounts, airtext, store_people
from dashboard.cards import View
from dashboard.store_air import all_beacons
from dashboard.store_pages import current, open_nodes
from dashboard.watch import whistle

blueprint = Blueprint("map", __name__, url_prefix="/map")
MAGIC = b"PMTiles\x03"


def feature(view: View) -> dict[str, Any] | None:
    """An alert as GeoJSON, or None when nobody knows where it is."""
    if view.lat is None or view.lon is None:
        return None
    return {
        "type": "Feature",
        "id": view.id,
        "geometry": {"type": "Point", "coordinates": [view.lon, view.lat]},
        "properties": {
            "kind": view.kind,
            "word": view.word,
            "state": view.state,
            "ring": view.ring,
            "since": view.since,
            "place": airtext.plain(view.place.name),
            "silent": view.silent,
            "drill": view.drill,
            "moved_m": view.moved_m,
            "coming": bool(view.coming),
            "home": [view.place.lon, view.place.lat] if view.moved_m is not None else None,
        },
    }


@blueprint.get("/alerts.geojson")
def alerts() -> ResponseReturnValue:
    """Open alerts and those of the last twelve hours."""
    parts = whistle()
    with parts.store.read() as connection:
        names = store_people.names(connection)
        views = [parts.cards.view(card, names, accounts.me().id) for card in current(connection, parts.clock.wall())]
    return _geojson([one for view in views if (one := feature(view)) is not None])


@blueprint.get("/places.geojson")
def places() -> ResponseReturnValue:
    """Every place of the roster with the age of its beacon's last word. Never the private part of a place."""
    parts = whistle()
    with parts.store.read() as connection:
        heard, calling = all_beacons(connection), open_nodes(connection)
    now = parts.clock.wall()
    return _geojson(
        [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
                "properties": {
                    "node": place.node,
                    "name": airtext.plain(place.name),
                    "calling": calling.get(place.node),
                    "quiet_s": max(0, round(now - heard[place.node].at)) if place.node in heard else None,
                },
            }
            for place in parts.places.all()
            if place.lat is not None
        ]
    )


@blueprint.get("/basemap.pmtiles")
def basemap() -> ResponseReturnValue:
    """The site's one map file, read in ranges; 404 when there is none, and the page draws a grid."""
    path = whistle().settings.basemap
    if path is None or not path.is_file():
        abort(404, "This dashboard has no map file.")
    response = send_file(path, mimetype="application/vnd.pmtiles", conditional=True, max_age=3600)
    response.cache_control.private = True
    return response


def usable(data: bytes) -> bool:
    """Whether a file that begins so is a map file we can draw."""
    return data.startswith(MAGIC)


def _geojson(features: list[dict[str, Any]]) -> Response:
    return Response(
        json.dumps({"type": "FeatureCollection", "features": features}), content_type="application/geo+json"
    )
