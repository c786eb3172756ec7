"""Slips of a survey: margins by the weaker direction, places on one relay, and where a relay would serve most."""

import json

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from meshwire.presets import PRESETS

from tests.support import bench
from whistle.site.roster import Place, Private
from whistle.site.site import Site
from whistle.workbench import survey
from whistle.workbench.command import workbench
from whistle.workbench.errors import BadSlips
from whistle.workbench.survey import Heard, Slip


def slip(node=16, up=5.0, down=5.0, gateway="Mill", preset="SHORT_TURBO", hops=0, relay=None, at=1.0):
    way = {"hops": hops, "relay": relay}
    return Slip(
        at=at,
        node=node,
        place=f"P{node}",
        gateway=gateway,
        preset=preset,
        up=None if up is None else Heard(snr=up, **way),
        down=None if down is None else Heard(snr=down, **way),
    )


def place(node, east_m=0.0):
    return Place(node=node, name=f"N{node}", public=f"P{node}", private=Private(), lat=0.0, lon=east_m / 111_195)


def test_every_preset_has_its_limit():
    for name, preset in PRESETS.items():
        assert survey.least_snr_db(name) == -7.5 - 2.5 * (preset.sf - 7)
    assert (survey.least_snr_db("SHORT_TURBO"), survey.least_snr_db("LONG_SLOW")) == (-7.5, -20.0)


@given(st.floats(-20, 12), st.floats(-20, 12))
def test_a_margin_is_the_weaker_directions(up, down):
    assert survey.margin(slip(up=up, down=down)) == min(up, down) + 7.5
    assert survey.margin(slip(up=None)) is None and survey.margin(slip(down=None)) is None


def test_the_slip_written_last_counts_also_where_the_clock_was_set_back():
    moved = slip(up=9.0, at=1.0)
    (one,) = survey.report([slip(up=-7.0, at=5.0), moved, slip(2, at=9.0)], [place(16)]).standings
    assert one.margin == 12.5
    at_another = msgspec.structs.replace(slip(gateway="Hall", at=0.5), place="moved")
    (one,) = survey.report([slip(at=5.0), slip(gateway="Hall", at=7.0), at_another], [place(16)]).standings
    assert one.place == "moved"


def test_a_place_is_as_good_as_its_best_gateway_and_its_newest_slip():
    found = survey.report(
        [slip(up=9, at=1), slip(up=-7, at=5), slip(gateway="Hall", up=3.0, down=4.0)], [place(16)]
    ).standings
    assert [(one.margin, one.gateway, one.word) for one in found] == [(10.5, "Hall", "good")]
    (weak,) = survey.report([slip(up=9, at=1), slip(up=-7, at=5)], [place(16)]).weak
    assert (weak.margin, weak.word) == (0.5, "weak")
    (none,) = survey.report([slip(down=None)], [place(16)]).weak
    assert (none.margin, none.word, none.gateway) == (None, "none", None)


def test_places_on_one_relay_are_told_from_those_with_two_or_with_a_direct_way():
    slips = [
        slip(1, hops=1, relay=7),
        slip(2, hops=1, relay=7),
        slip(2, hops=1, relay=8, gateway="Hall"),
        slip(3, hops=1, relay=7),
        slip(3, gateway="Hall"),
    ]
    found = survey.report(slips, [place(node) for node in (1, 2, 3)])
    assert [one.node for one in found.hanging] == [1]


def test_relays_are_put_where_they_serve_most_and_no_weak_place_is_forgotten():
    strong, weak = {1: 0.0, 2: 150.0, 9: 5000.0}, {3: 100.0, 4: 160.0, 5: 300.0, 6: 9000.0}
    slips = [slip(node) for node in strong] + [slip(node, up=-6.0) for node in weak]
    places = [place(node, east) for node, east in (strong | weak).items()]
    found = survey.report(slips, places)
    assert [(one.node, one.serves) for one in found.advice] == [(2, (3, 4, 5))] and found.unserved == [6]
    near = survey.report(slips, places, reach_m=120.0)
    assert [(one.node, one.serves) for one in near.advice] == [(2, (3, 4))] and near.unserved == [5, 6]
    assert survey.report([slip(3, up=-6.0)], [place(3)]).unserved == [3]
    assert survey.report([slip(7)], [place(3)]).standings == []  # not in use any more


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "line 2"),
        ('{"at":1,"node":16,"place":"A","gateway":"G","preset":"LONG_WALK"}', "'LONG_WALK' is no preset"),
        ('{"at":1,"node":16,"place":"A","gateway":"G","preset":"LONG_FAST","snr":3}', "unknown field"),
        ('{"at":1,"node":16,"place":"A","gateway":"G","preset":"LONG_FAST","up":{"snr":"x"}}', "up.snr"),
        ('{"v":2,"at":1,"node":16,"place":"A","gateway":"G","preset":"LONG_FAST"}', "2"),
    ],
)
def test_a_damaged_slip_is_named_by_its_line(tmp_path, line, sentence):
    path = tmp_path / "s"
    path.write_text('{"at":1,"node":16,"place":"A","gateway":"G","preset":"LONG_FAST"}\n' + line + "\n")
    with pytest.raises(BadSlips, match=sentence) as caught:
        survey.read(path)
    assert "line 2" in caught.value.message and survey.read(tmp_path / "none") == []


def test_the_report_on_paper_and_for_scripts(tmp_path):
    home = bench.site_at(tmp_path)
    site = Site.open(home)
    nodes = {name: site.add_beacon(name, f"Corner {name}", 44.95, -93.25).node for name in ("Anna", "Bert<", "Carl")}
    ways = ((nodes["Anna"], {"snr": 6.0}), (nodes["Bert<"], {"snr": -4.0, "hops": 1, "relay": nodes["Anna"] & 0xFF}))
    lines = [
        {"at": 1, "node": node, "place": "Corner", "gateway": "Mill", "preset": "SHORT_TURBO", "up": way, "down": way}
        for node, way in ways
    ]
    (home / survey.NAME).write_text("\n".join(map(json.dumps, lines)))
    arguments = ["survey", "--site", str(home), "--out", str(tmp_path / "s.html")]
    said = json.loads(CliRunner().invoke(workbench, [*arguments, "--json"]).output)
    assert [one["margin_db"] for one in said["weak"]] == [3.5] and said["unmeasured"] == ["Carl"]
    assert said["relays"] == [{"node": nodes["Anna"], "serves": [nodes["Bert<"]]}]
    shown = CliRunner().invoke(workbench, arguments)
    assert shown.exit_code == 0 and "weak or none: 1, on one relay: 1, not measured: 1." in shown.output
    paper = (tmp_path / "s.html").read_text()
    assert "Bert&lt;" in paper and "3.5 dB" in paper and "(Anna)" in paper and "Carl" in paper
