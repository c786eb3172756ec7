"""A survey, the whole way: taps on three beacons on the simulated air, a gateway, cables, slips, the report.

The beacons' program, the air, the gateway's inside and both commands are the real ones.
"""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.command import gateway
from tests.hardware import emulated
from tests.support.gateway_parts import FakeClock, Inside
from tests.support.gateways import World
from whistle.simulator import scenario
from whistle.simulator.radio import HostPacket
from whistle.simulator.simulation import Simulation
from whistle.workbench.command import workbench

START = 1_800_000_000.0
LAT, LON = 44.95, -93.25
RADIO = 0x0F0F0F0F
# Metres east of the gateway. Its air reaches some 690 m, and 10 dB are left at 400 m.
PLACES = {"Near": -150.0, "Roof": 390.0, "Behind": 880.0, "Away": 9000.0}


class Street:
    """The air with its beacons, and a gateway's inside on its clock, a radio between them."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, 0)
        self.nodes = {name: self._add(name, east) for name, east in PLACES.items()}
        self.simulation = Simulation(self._scenario(), 1, began=START)
        self.radio = self.simulation.radio(RADIO)
        self.gateway = Inside(self.world, folder / "data", FakeClock(START))
        self.gateway._note_roster()

    def pass_(self, seconds: float) -> None:
        """Let time go by for all of it, a quarter of a second at once."""
        for _ in range(round(seconds * 4)):
            self.simulation.run(0.25)
            self.gateway.fake.tick(0.25)
            self._hear()
            self.gateway.answerer.turn()
            for _at, port, payload in self.gateway.radio.sent:
                self.radio.submit(HostPacket(port, payload))
            self.gateway.radio.sent.clear()

    def survey(self, name: str) -> str:
        """Tap this beacon once, and wait: the lamp's last word."""
        node = self.nodes[name]
        self.simulation.tap(node, 1)
        for _ in range(70):
            self.pass_(1)
            pattern = self.simulation.beacon(node).state()["pattern"]
            if pattern in ("good", "weak", "none"):
                return str(pattern)
        raise AssertionError(f"no word of a survey at {name}")

    def _add(self, name: str, east: float) -> int:
        lon = LON + east / (111_195 * math.cos(math.radians(LAT)))
        mode = "relay" if name == "Roof" else "listen"
        return self.world.site.add_beacon(name, f"Corner {name}", LAT, lon, mode=mode).node

    def _scenario(self) -> scenario.Scenario:
        site = self.world.site
        nodes = [
            {"kind": "beacon", "x": east, "y": 0.0, "settings": site.beacon_settings(self.nodes[name])}
            for name, east in PLACES.items()
        ]
        return scenario.build(
            {
                "centre": [LAT, LON],
                "channel_name": site.file.channel_name,
                "channel_psk": site.file.channel_psk,
                "region": site.file.air.region,
                "preset": site.file.air.preset,
                "model": {"shadow_db": 0.0},
                "nodes": [*nodes, {"kind": "radio", "node": RADIO, "name": "Gateway", "x": 0.0, "y": 0.0}],
            }
        )

    def _hear(self) -> None:
        while (got := self.radio.take()) is not None:
            if got.sender != RADIO:
                self.gateway.hear(
                    got.sender, got.data.portnum, bytes(got.data.payload), rssi=float(got.rssi), snr=got.snr,
                    hops=got.hop_start - got.hop_limit, relay=got.relay_node or None, radio=RADIO, at=got.at,
                )  # fmt: skip


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    with closing(made.gateway):
        yield made


def said(group: object, *words: object) -> list[dict]:
    done = CliRunner().invoke(group, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.output.splitlines()]


def test_near_is_good_behind_a_relay_is_weak_out_of_reach_is_none_and_the_report_says_so(
    street: Street, tmp_path: Path, need: Callable[[str], Path], tell: Callable[[str], None]
) -> None:
    need("micropython")
    street.pass_(30)
    lamps = {name: street.survey(name) for name in PLACES}
    assert lamps == {"Near": "good", "Roof": "good", "Behind": "weak", "Away": "none"}
    (up,) = said(gateway, "survey", "--data", tmp_path / "data", "--json")
    stick = tmp_path / "up.json"
    stick.write_text(json.dumps(up))
    site = street.world.site.directory
    for name, node in street.nodes.items():
        flash = tmp_path / name
        flash.mkdir()
        found = street.simulation.beacon(node).flash.load("survey")
        assert found is not None
        (flash / "survey").write_bytes(found)
        with emulated.board(flash) as port:
            events = said(workbench, "survey", "--json", "--site", site, "--collect", port, "--up", stick)
        assert events[0]["slips"] == 1 and [event["event"] for event in events] == ["collected", "survey"]
    (report,) = said(workbench, "survey", "--json", "--site", site, "--reach", 600)
    roof, behind, away = (street.nodes[name] for name in ("Roof", "Behind", "Away"))
    assert [one["node"] for one in report["weak"]] == [away, behind] and report["unmeasured"] == []
    assert [(one["node"], one["relays"]) for one in report["hanging"]] == [(behind, [roof & 0xFF])]
    assert report["relays"] == [{"node": roof, "serves": [behind]}] and report["unserved"] == [away]
    tell(f"survey: {lamps}, margin behind the relay {report['weak'][1]['margin_db']} dB")
