"""The document of the beacons' state: what pulses said, nothing of alerts, names or places."""

import json

from click.testing import CliRunner

from dashboard import beaconstate, store_air
from dashboard.command import dashboard
from dashboard.store import Store
from tests.support.dashboards import CORNER, COURT, GONE, HALL, MILL, QUIET, START, bundle
from whistle.bus.messages import Pulse
from whistle.site import files


def pulse(**changes) -> Pulse:
    said = {
        "node": CORNER,
        "at": START,
        "battery": 17,
        "millivolts": 3400,
        "low": True,
        "doubt": False,
        "tamper": False,
    }
    return Pulse(**{**said, "mode": "relay", "standing": "silent", "hops": 0, "snr": 3.25, "rssi": -101.0, **changes})


def filled(folder) -> Store:
    store = Store(folder)
    with store.write() as connection:
        store_air.keep_pulse(connection, pulse(), MILL, START)
        store_air.heard(connection, COURT, HALL, START - 60, START)
        store_air.keep_pulse(connection, pulse(node=GONE), MILL, START)
    return store


def test_it_says_what_pulses_said_and_null_for_what_is_not_known(tmp_path):
    store = filled(tmp_path)
    found = beaconstate.document(bundle(), store, START + 60)
    store.close()
    assert (found["v"], found["kind"], found["preset"], found["roster"]) == (1, "beacons", "SHORT_TURBO", 3)
    assert found["quiet_s"] == {"relay": 1800, "listen": 3000, "press": 90000}
    by_node = {one["node"]: one for one in found["beacons"]}
    assert set(by_node) == {CORNER, COURT, QUIET}  # the revoked one is nobody's to visit
    assert by_node[CORNER]["gateway"] == "Mill" and by_node[CORNER]["pulse"]["snr"] == 3.25
    assert by_node[COURT] == {"node": COURT, "heard_at": START - 60, "gateway": "Hall", "pulse": None}
    assert by_node[QUIET] == {"node": QUIET, "heard_at": None, "gateway": None, "pulse": None}


def test_nothing_of_alerts_names_places_or_keys_is_in_it(tmp_path):
    store = filled(tmp_path)
    words = beaconstate.encoded(beaconstate.document(bundle(), store, START)).decode()
    store.close()
    for secret in ("silent", "standing", "Cedar", "Juniper", "courtyard", "ab" * 32, '"lat"', "help"):
        assert secret not in words


def test_the_command_prints_it_and_says_when_there_is_no_store(tmp_path):
    filled(tmp_path).close()
    (tmp_path / "bundle.json").write_bytes(files.pretty(bundle()))
    arguments = ["beacons", "--bundle", str(tmp_path / "bundle.json"), "--data"]
    done = CliRunner().invoke(dashboard, [*arguments, str(tmp_path), "--json"])
    assert done.exit_code == 0 and len(json.loads(done.output)["beacons"]) == 3
    shown = CliRunner().invoke(dashboard, [*arguments, str(tmp_path)]).output
    assert "Beacons: 3, roster version 3." in shown and "mode relay, battery low" in shown and "never heard" in shown
    (tmp_path / "empty").mkdir()
    none = CliRunner().invoke(dashboard, [*arguments, str(tmp_path / "empty")])
    assert none.exit_code == 1 and "There is no store in" in none.output
    assert list((tmp_path / "empty").iterdir()) == []
