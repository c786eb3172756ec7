"""From the bus into the store: once, durable, acknowledged only after the commit."""

from tests.dashboard.world import Speaker, World
from whistle.bus.messages import Settled


def test_smoke(here: World, mill: Speaker, maria) -> None:
    here.hear(mill, mill.state(), mill.pulse(), mill.alert())
    assert len(here.told(Settled)) == 1
    for path in (
        "/",
        "/history",
        "/beacons",
        "/gateways",
        "/refused",
        "/settings",
        "/alerts/1",
        "/map/places.geojson",
        "/map/alerts.geojson",
    ):
        answer = maria.get(path)
        assert answer.status_code == 200, path
    assert "34th &amp; Cedar" in maria.get("/").get_data(as_text=True)
    assert maria.answer(1, "coming").status_code == 302
