"""A board's survey by cable and gateways' reports joined to slips; what is missing or foreign is one sentence."""

import json
import time

import msgspec
import pytest
from click.testing import CliRunner

from tests.hardware import emulated
from tests.support import bench
from tests.support.waiting import until
from whistle.site.measured import Measured, MeasuredReport
from whistle.site.roster import Place, Private
from whistle.site.site import Site
from whistle.workbench import collecting, survey
from whistle.workbench.command import workbench
from whistle.workbench.errors import BadSlips, NotSurveyed
from whistle.workbench.survey import Heard

NODE, MILL, MILL_TOO, HALL = 16, 0x6A7E0001, 0x6A7E0002, 0x6A7E0003
AT = 1_800_000_000
PLACE = Place(node=NODE, name="N", public="P", private=Private(), lat=0.0, lon=0.0)


def heard(node=NODE, radio=MILL, at=AT - 30.0, snr=5.0, hops=0, relay=0x10):
    return Measured(node=node, source="tcp://r", radio=radio, at=at, snr=snr, rssi=-90.0, hops=hops, relay=relay)


def report(*beacons, gateway="Mill", site="0" * 16):
    return MeasuredReport(site=site, gateway=gateway, beacons=list(beacons))


def board(*ways, at=AT, answered=1):
    return collecting.onboard(json.dumps([NODE, at, answered, list(ways)]).encode(), "/dev/x")


def joined(found, *reports, now=AT + 7200.0):
    return collecting.joined(found, PLACE, reports, "SHORT_TURBO", now)


def test_both_directions_meet_by_the_gateways_radio():
    found = board([0, 6.25, -80, 0, MILL], [-1, 3.0, -100, 0x77, HALL])
    slips, unknown = joined(
        found, report(heard()), report(heard(radio=HALL, hops=2, relay=0x55, snr=1.0), gateway="Hall")
    )
    assert unknown == []
    assert [(one.gateway, one.at, one.place, one.node) for one in slips] == [
        ("Mill", AT, "P", NODE),
        ("Hall", AT, "P", NODE),
    ]
    assert (slips[0].up, slips[0].down) == (Heard(snr=5.0, rssi=-90.0), Heard(snr=6.25, rssi=-80.0))
    assert slips[1].up == Heard(snr=1.0, rssi=-90.0, hops=2, relay=0x55)
    assert slips[1].down == Heard(snr=3.0, rssi=-100.0, hops=1, relay=0x77)


def test_of_two_radios_of_one_gateway_the_direct_and_better_one_counts():
    found = board([-1, 11.0, -60, 0x77, MILL], [0, 2.0, -99, 0, MILL_TOO])
    (slip,) = joined(found, report(heard(snr=9.0, hops=1), heard(radio=MILL_TOO, snr=-1.0))).slips
    assert (slip.up.snr, slip.up.hops, slip.down.snr, slip.down.hops) == (-1.0, 0, 2.0, 0)


def test_what_a_gateway_heard_before_the_survey_was_heard_elsewhere():
    found = board([0, 6.0, -80, 0, MILL])
    assert joined(found, report(heard(at=AT - 900.0))).slips[0].up is None
    assert joined(found, report(heard(at=AT - 170.0))).slips[0].up is not None
    assert joined(found, report(heard(at=AT + 3600.0))).slips[0].up is not None


def test_a_beacon_that_heard_nobody_still_makes_a_slip_for_each_report():
    found = board(at=90, answered=0)
    assert (found.at, found.answered) == (None, False)
    (slip,) = joined(found, report(heard(at=AT - 600.0)), now=AT).slips
    assert (slip.at, slip.up.snr, slip.down) == (AT, 5.0, None)
    assert joined(found, report(heard(at=AT - 3700.0)), now=AT).slips[0].up is None


def test_a_gateway_without_a_report_makes_no_slip_and_is_named():
    slips, unknown = joined(board([0, 6.0, -80, 0, MILL], [0, 6.0, -80, 0, HALL]), report(heard()))
    assert [one.gateway for one in slips] == ["Mill"] and unknown == [HALL]


def test_unknown_hops_are_never_direct_and_unknown_levels_are_no_hearing():
    found = board([3, 6.0, -80, 0, MILL])
    (slip,) = joined(found, report(heard(hops=None))).slips
    assert (slip.up.hops, slip.down.hops) == (7, 7)
    assert joined(found, report(heard(snr=None))).slips[0].up is None


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[16,1,1]", b"[16,1,1,[[0,1.5,-80,300,5]]]", b'[16,1,1,[[0,"x",-80,3,5]]]', b"\xff"]
)
def test_a_damaged_survey_is_named(raw):
    with pytest.raises(NotSurveyed, match="makes no sense"):
        collecting.onboard(raw, "/dev/x")


def test_slips_are_added_whole_and_a_damaged_file_stays_as_it_is(tmp_path):
    path = tmp_path / "s.jsonl"
    slips = joined(board([0, 6.0, -80, 0, MILL]), report(heard())).slips
    collecting.append(path, slips)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))  # as an editor leaves it
    collecting.append(path, slips)
    assert survey.read(path) == slips * 2
    path.write_text("{\n")
    with pytest.raises(BadSlips, match="line 1"):
        collecting.append(path, slips)
    assert path.read_text() == "{\n"


# the command, on a board that is emulated


@pytest.fixture
def flash(tmp_path, need):
    need("micropython")
    (tmp_path / "flash").mkdir()
    return tmp_path / "flash"


@pytest.fixture
def site(tmp_path):
    made = Site.open(bench.site_at(tmp_path))
    made.add_beacon("Anna", "Corner", 44.95, -93.25)
    return made


def up(tmp_path, site, node, name="up.json"):
    path = tmp_path / name
    path.write_bytes(msgspec.json.encode(report(heard(node, snr=-4.0, at=time.time()), site=site.file.site)))
    return path


def run(site, *words, code=0):
    done = CliRunner().invoke(workbench, ["survey", "--json", "--site", str(site.directory), *map(str, words)])
    assert done.exit_code == code, done.output
    return {event["event"]: event for event in map(json.loads, done.output.splitlines())}


def test_a_board_on_its_cable_a_report_on_a_stick_and_the_report_of_both(flash, site, tmp_path):
    node = site.find("Anna").node
    now = int(time.time())
    (flash / "survey").write_text(str([node, now, 1, [[0, 6.25, -81, 0, MILL], [0, 1.0, -99, 0, HALL]]]))
    with emulated.powered(flash) as board:
        said = run(site, "--collect", board.port, "--up", up(tmp_path, site, node))
        until(lambda: board.starts > 1)  # its program runs again
    assert (said["collected"]["node"], said["collected"]["slips"], said["unknown"]["radio"]) == (node, 1, HALL)
    assert [(one["node"], one["margin_db"]) for one in said["survey"]["weak"]] == [(node, 3.5)]
    (kept,) = survey.read(site.directory / survey.NAME)
    assert (kept.gateway, kept.up.snr, kept.down.snr, kept.preset) == ("Mill", -4.0, 6.25, site.file.air.preset)
    assert run(site)["survey"]["weak"] == said["survey"]["weak"], "as before, without a board"


def test_what_cannot_be_collected_is_one_sentence_and_adds_nothing(flash, site, tmp_path):
    node = site.find("Anna").node
    with emulated.powered(flash) as board:
        good = ["--collect", board.port, "--up", up(tmp_path, site, node)]
        none = run(site, *good, code=51)["error"]["sentence"]
        assert "tap once within the hour" in none
        (flash / "survey").write_text(str([node + 1, 5, 0, []]))
        assert "not in use at this site" in run(site, *good, code=51)["error"]["sentence"]
        missing = run(site, "--collect", board.port, "--up", tmp_path / "none", code=1)["error"]["sentence"]
        assert "whistle gateway survey --json" in missing
        other = tmp_path / "other.json"
        other.write_bytes(msgspec.json.encode(report(heard(node))))
        assert "of site" in run(site, "--collect", board.port, "--up", other, code=1)["error"]["sentence"]
    assert not (site.directory / survey.NAME).exists()
    done = CliRunner().invoke(workbench, ["survey", "--site", str(site.directory), "--collect", "/dev/x"])
    assert done.exit_code == 2 and "belong together" in done.output
