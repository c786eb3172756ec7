"""Scenario files: every mistake is named in one sentence, and nothing is half built."""

import json

import pytest

from whistle.simulator.errors import BadScenario
from whistle.simulator.scenario import build, load, parse
from whistle.simulator.simulation import Simulation


def raw(*nodes, **more):
    whole = {
        "centre": [45.0, -93.2],
        "channel_name": "Cedar",
        "channel_psk": bytes(range(16)).hex(),
        "region": "US",
        "preset": "SHORT_TURBO",
        "nodes": list(nodes),
    }
    return whole | more


RELAY = {"kind": "relay", "node": 0x1111, "x": 0, "y": 0}


def test_a_whole_one_is_read(tmp_path):
    file = tmp_path / "s.json"
    file.write_text(json.dumps(raw(RELAY, {"kind": "radio", "node": 0x2222, "x": 1, "y": 2, "listen": "127.0.0.1:1"})))
    scenario = load(file)
    assert [spec.node for spec in scenario.nodes] == [0x1111, 0x2222]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"{", "not as it must be"),
        (b"{}", "centre"),
        (json.dumps(raw(RELAY | {"y": "far"})).encode(), r"\$.nodes\[0\].y"),
        (json.dumps(raw(RELAY | {"colour": 1})).encode(), "colour"),
        (json.dumps(raw(RELAY | {"kind": "moon"})).encode(), "moon"),
        (json.dumps(raw(RELAY, RELAY)).encode(), "two nodes have the number 4369"),
        (json.dumps(raw({"kind": "beacon", "x": 0, "y": 0, "settings": {}})).encode(), "no node number"),
        (json.dumps(raw({"kind": "beacon", "x": 0, "y": 0, "settings": {"node": 5}})).encode(), "no radio"),
    ],
)
def test_mistakes_are_named(text, word):
    with pytest.raises(BadScenario, match=word):
        parse(text)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"preset": "WARP"}, "preset 'WARP'"),
        ({"region": "MARS"}, "region 'MARS'"),
        ({"channel_psk": "xyz"}, "not hex"),
        ({"channel_psk": "00" * 33}, "32 bytes"),
        ({"nodes": [RELAY | {"role": "KING"}]}, "role 'KING'"),
    ],
)
def test_what_cannot_be_built_is_named(changes, word):
    with pytest.raises(BadScenario, match=word):
        Simulation(build(raw() | changes))


def test_a_beacon_set_to_another_preset_is_named():
    settings = {"node": 0x3333, "radio": {"sf": 11, "bw_hz": 250_000, "power_dbm": 22}}
    with pytest.raises(BadScenario, match="beacon 13107 is set to SF11"):
        Simulation(build(raw({"kind": "beacon", "x": 0, "y": 0, "settings": settings})))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadScenario, match="No such file"):
        load(tmp_path / "none.json")
