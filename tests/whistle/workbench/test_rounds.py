"""The round: each reason once shown to appear, and only then; what nobody knows is said to be not known."""

import json

import pytest
from click.testing import CliRunner

from dashboard import beaconstate, store_air
from dashboard.store import Store
from tests.support import bench
from tests.support.bench import Hands, on_bench, wish
from whistle.bus.messages import Pulse
from whistle.site import files
from whistle.site.lifecycle import Move
from whistle.site.site import Site
from whistle.workbench import journal, rounds
from whistle.workbench.command import workbench
from whistle.workbench.errors import BadState
from whistle.workbench.rounds import BeaconState, State
from whistle.workbench.survey import Heard, Slip

NOW = 1_790_000_000.0
DAY = 86400.0


@pytest.fixture
def home(tmp_path):
    return bench.site_at(tmp_path)


@pytest.fixture
def node(home, tmp_path):
    """A beacon set up and checked today, with nothing to complain of."""
    with journal.opened(home / journal.NAME, lambda: NOW - 5 * DAY) as held:
        made = bench.Provisioner(Site.open(home), held, Hands(tmp_path / "boards"))
        held.add("step", board="aa", step="install", software="0.1.0")
        node = made.enrol(wish())
        made.provision(node, on_bench("aa"))
        held.add("checked", board="aa", node=node, passed=True, software="0.1.0")
    return node


def good(node, **changes) -> State:
    pulse = {"at": NOW, "battery": 90, "mode": "relay", "hops": 0, "snr": 8.0, **changes.pop("pulse", {})}
    one = {"node": node, "heard_at": NOW, "pulse": rounds.Pulse(**pulse), **changes}
    return State(
        v=1,
        kind="beacons",
        site="",
        made_at=NOW,
        roster=2,
        preset="SHORT_TURBO",
        quiet_s={"relay": 1800, "listen": 3000, "press": 90000},
        beacons=[BeaconState(**one)],
    )


def slip(node, snr=8.0, at=NOW):
    way = None if snr is None else Heard(snr=snr)
    return Slip(at=at, node=node, place="P", gateway="G", preset="SHORT_TURBO", up=way, down=way)


def visit(home, state, slips=(), software=None):
    events = journal.read(home / journal.NAME)
    found = rounds.Bench(events, slips, software or rounds.newest_software(events))
    (one,) = rounds.visits(Site.open(home), state, found)
    return one


def test_a_good_beacon_is_not_visited_and_what_a_survey_would_tell_is_not_known(home, node):
    assert visit(home, good(node)).reasons == []
    assert visit(home, good(node)).unknown == ["margin from the gateway: no survey"]
    assert visit(home, good(node), [slip(node)]).unknown == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pulse": {"low": True, "battery": 12}}, "battery low (12 %)"),
        ({"pulse": {"low": True, "battery": None}}, "battery low"),
        ({"pulse": {"tamper": True}}, "case open, cable out or a button stuck"),
        ({"pulse": {"doubt": True}}, "doubts its storage"),
        ({"pulse": {"mode": "listen"}}, "in mode listen, the roster says relay"),
        ({"pulse": {"snr": 2.4}}, "margin 9.9 dB towards the gateway (last pulse)"),
        ({"heard_at": NOW - 1801}, "silent for 30 min, too long for mode relay"),
        ({"heard_at": NOW - 3 * DAY}, "silent for 3 d, too long for mode relay"),
        ({"heard_at": None, "pulse": {}}, "never heard"),
    ],
)
def test_what_the_dashboard_hears_is_a_reason(home, node, change, reason):
    assert visit(home, good(node, **change)).reasons == [reason]


def test_what_the_survey_measured_is_a_reason_and_counts_more_than_one_pulse(home, node):
    assert visit(home, good(node), [slip(node, 2.0)]).reasons == ["margin 9.5 dB (survey)"]
    assert visit(home, good(node), [slip(node, None)]).reasons == ["no way both ways (survey)"]
    assert visit(home, good(node, pulse={"snr": -5.0}), [slip(node)]).reasons == []


def test_a_clock_that_was_ahead_once_hides_no_missing_self_test(home, node, tmp_path):
    with journal.opened(home / journal.NAME, lambda: NOW - 40 * DAY) as held:
        held.add("checked", board="aa", node=node, passed=True, software="0.1.0")
    late = [slip(node, at=NOW + 900 * DAY), slip(node, at=NOW - 35 * DAY)]
    assert visit(home, good(node), late).reasons == ["last self-test known 35 d ago"]


def test_a_pulse_over_a_relay_tells_no_margin(home, node):
    one = visit(home, good(node, pulse={"hops": 1, "snr": -7.0}))
    assert one.reasons == [] and "margin: no survey" in one.unknown[0]


def test_software_keys_place_and_self_test_come_from_the_journal(home, node, tmp_path):
    assert visit(home, good(node), software="0.2.0").reasons == ["software 0.1.0, the newest is 0.2.0"]
    old = good(node)
    later = State(**{name: getattr(old, name) for name in old.__struct_fields__} | {"made_at": NOW + 26 * DAY})
    reasons = visit(home, later).reasons
    assert reasons[-1] == "last self-test known 31 d ago" and len(reasons) == 2
    assert len(visit(home, later, [slip(node, at=NOW + 20 * DAY)]).reasons) == 1
    site = Site.open(home)
    site.move_beacon(node, Move(public="Mill Lane"))
    assert visit(home, good(node)).reasons == ["its board says the old place '34th & Cedar'"]
    site.take_settings(node, again=True)
    assert "its board has not got its newest keys" in visit(home, good(node)).reasons


def test_a_version_is_enough_to_name_the_software_and_an_old_board_does_not_make_old_software_new(home, node):
    with journal.opened(home / journal.NAME, lambda: NOW) as held:
        held.add("installed", board="aa", software="0.10.0 99ff", trial=False)
        held.add("checked", board="bb", node=9, passed=True, software="0.9.0 aaaa", trial=False)
    assert visit(home, good(node), software="0.10.0").reasons == []
    assert visit(home, good(node)).reasons == []
    assert visit(home, good(node), software="0.11.0").reasons == ["software 0.10.0 99ff, the newest is 0.11.0"]


def test_software_on_trial_is_not_known_until_it_was_seen_to_stay(home, node):
    with journal.opened(home / journal.NAME, lambda: NOW) as held:
        held.add("installed", board="aa", software="0.2.0 77", trial=True)
        one = visit(home, good(node))
        assert one.reasons == [] and "software: 0.2.0 77 was on trial" in one.unknown[-1]
        assert visit(home, good(node), software="0.3.0").reasons == ["software 0.2.0 77, the newest is 0.3.0"]
        held.add("checked", board="aa", node=node, passed=True, software="0.1.0 66", trial=False)
    assert visit(home, good(node)).reasons == ["software 0.1.0 66, the newest is 0.2.0 77"]


def test_a_beacon_nobody_wrote_anything_about_is_not_called_well(home):
    Site.open(home).add_beacon("Anna", "34th & Cedar", 44.0, -93.0)
    one = visit(home, good(4))
    assert one.reasons == ["no self-test known"]
    assert [words.split(":")[0] for words in one.unknown] == [
        "everything the dashboard hears",
        "margin",
        "software",
        "keys",
    ]


def test_the_page_is_made_of_what_a_dashboards_store_holds(home, node, tmp_path):
    site = Site.open(home)
    (tmp_path / "data").mkdir()
    store = Store(tmp_path / "data")
    pulse = Pulse(
        node=node, at=NOW, battery=9, millivolts=3300, low=True, doubt=False, tamper=False, mode="relay",
        standing="silent", hops=0, snr=8.0, rssi=-90.0,
    )  # fmt: skip
    with store.write() as connection:
        store_air.keep_pulse(connection, pulse, site.file.gateways[0].id, NOW)
    state = tmp_path / "state.json"
    files.write(state, beaconstate.encoded(beaconstate.document(site.dashboard_bundle(), store, NOW + 60)))
    store.close()
    arguments = ["round", "--site", str(home), "--state", str(state), "--out", str(tmp_path / "round.html")]
    said = json.loads(CliRunner().invoke(workbench, [*arguments, "--json"]).output)
    assert said["visits"][0]["reasons"] == ["battery low (9 %)"] and said["beacons"] == 1
    shown = CliRunner().invoke(workbench, arguments)
    assert shown.exit_code == 0 and "Anna, 34th & Cedar: battery low (9 %)" in shown.output
    paper = (tmp_path / "round.html").read_text()
    assert (
        "battery low (9 %)" in paper and "34th &amp; Cedar" in paper and "silent" not in paper and "http" not in paper
    )


def test_another_documents_or_sites_state_is_refused(home, tmp_path):
    path = tmp_path / "state.json"
    for content in (b"{}", b"\xff", b'{"v":1}', b"[]"):
        path.write_bytes(content)
        with pytest.raises(BadState, match="write it anew"):
            rounds.load(path, "a" * 16)
    with pytest.raises(BadState, match="cannot be read"):
        rounds.load(tmp_path / "none", "a" * 16)
    path.write_bytes(files.pretty(good(16)))
    with pytest.raises(BadState, match="take the right dashboard's"):
        rounds.load(path, "a" * 16)
