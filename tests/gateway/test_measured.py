"""How radios heard beacons last: one row a radio and beacon, replaced by newer frames only, and told to technicians."""

import json
import sqlite3
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner
from meshtastic.protobuf import mesh_pb2
from meshwire.data import Data
from meshwire.header import Header

from gateway import command, ledger_beacons
from gateway.errors import NotCommitted
from gateway.hearing import Hearing
from gateway.sources import modem, radio
from tests.support.gateway_parts import Inside
from tests.support.gateways import World
from whistle.site.measured import load_report

RADIO = 0x6A7E0001


def said(folder: Path, *words: str):
    return CliRunner().invoke(command.gateway, ["survey", "--data", str(folder), *words])


def rows(folder: Path) -> list[tuple]:
    db = sqlite3.connect(folder / "ledger.db")
    found = db.execute("SELECT node, source, radio, sequence, snr, rssi, hops, relay FROM measured ORDER BY source")
    rows = found.fetchall()
    db.close()
    return rows


def test_a_newer_frame_replaces_and_what_was_recorded_does_not(world: World, tmp_path: Path) -> None:
    one, beacon = Inside(world, tmp_path), world.beacons[0]
    old = beacon.pulse(10)
    one.hear(beacon, 67, old, snr=1.0, hops=2, relay=0x77, radio=RADIO)
    one.keep()
    assert rows(tmp_path) == [(beacon.node, "tcp://fake", RADIO, 1 << 24 | 10, 1.0, -80.0, 2, 0x77)]
    one.hear(beacon, 67, beacon.pulse(12), snr=-4.0, hops=0, relay=5, radio=RADIO)
    one.keep()
    one.hear(beacon, 67, old, snr=11.0, rssi=-30.0)  # by somebody nearby who recorded it
    one.hear(beacon, 67, beacon.pulse(12), snr=11.0, rssi=-30.0)
    one.keep()
    assert rows(tmp_path) == [(beacon.node, "tcp://fake", RADIO, 1 << 24 | 12, -4.0, -80.0, 0, 5)]
    one.hear(beacon, 11, beacon.line(20), snr=2.0, radio=RADIO)
    one.hear(beacon, 11, beacon.line(20), snr=3.0, source="tcp://other")
    one.keep()
    assert [row[1:5] for row in rows(tmp_path)] == [
        ("tcp://fake", RADIO, 1 << 24 | 20, 2.0),
        ("tcp://other", None, 1 << 24 | 20, 3.0),
    ]
    one.hear(beacon, 67, bytes(len(old)), snr=9.0)
    one.keep()
    assert len(rows(tmp_path)) == 2, "what is not authentic leaves nothing"
    one.close()


def test_it_is_written_once_a_second_and_tried_again_when_the_disk_took_nothing(world: World, tmp_path: Path) -> None:
    one, beacon = Inside(world, tmp_path), world.beacons[0]
    one.hear(beacon, 67, beacon.pulse(1), snr=1.0)
    assert rows(tmp_path) == []
    one.fake.tick(1)
    commit, one.ledger.commit = one.ledger.commit, Mock(side_effect=NotCommitted("full"))  # type: ignore[method-assign]
    with pytest.raises(NotCommitted):
        one.turn()
    one.ledger.commit = commit  # type: ignore[method-assign]
    one.hear(beacon, 67, beacon.pulse(2), snr=2.0)
    one.fake.tick(1)
    assert one.keeper.due()
    one.turn()
    assert [row[3:5] for row in rows(tmp_path)] == [(1 << 24 | 2, 2.0)] and not one.measuring.waiting()
    one.close()


def test_who_left_the_roster_meanwhile_is_not_written_down(world: World, tmp_path: Path) -> None:
    one, beacon = Inside(world, tmp_path), world.beacons[0]
    one.hear(beacon, 67, beacon.pulse(1))
    one.ledger.begin()
    ledger_beacons.sync(one.ledger, 1, [])
    one.ledger.commit()
    one.keep()
    assert rows(tmp_path) == [] and ledger_beacons.epochs(one.ledger) == {}
    one.close()


def test_the_report_for_technicians_and_for_scripts(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    one, (first, second, *_) = Inside(world, folder), world.beacons
    one._note_roster()
    one.hear(first, 67, first.pulse(1), snr=6.25, hops=1, relay=0x2A, radio=RADIO)
    one.hear(second, 67, second.pulse(1), snr=None, rssi=None, hops=None)
    at = one.fake.wall()
    one.keep()
    shown = said(folder)
    assert shown.exit_code == 0
    assert f"2 beacons were heard by {world.bundle.gateway_name}" in shown.output
    assert "6.25 dB, -80 dBm, 1 hops, last from 0x2a  tcp://fake" in shown.output
    assert "level not told, hops not told  tcp://fake" in shown.output
    stick = tmp_path / "stick"
    stick.write_text(said(folder, "--json").output)
    report = load_report(stick, world.bundle.site)
    assert report.gateway == world.bundle.gateway_name
    (mine,) = [found for found in report.beacons if found.node == first.node]
    assert (mine.radio, mine.snr, mine.hops, mine.relay, mine.at) == (RADIO, 6.25, 1, 0x2A, at)
    for secret in (world.bundle.root, world.bundle.channel_psk):
        assert secret not in stick.read_text()
    world.site.mark_beacon(first.node, revoked=True)
    world.site.export_roster(tmp_path / "roster")
    newer = ["roster", str(tmp_path / "roster"), "--data", str(folder)]
    assert CliRunner().invoke(command.gateway, newer).exit_code == 0
    one.fake.tick(1)
    one.keeper.idle(one.ledger)
    assert [found["node"] for found in json.loads(said(folder, "--json").output)["beacons"]] == [second.node]
    one.close()


def test_without_a_ledger_or_with_an_older_one_it_says_so(world: World, tmp_path: Path) -> None:
    assert said(tmp_path).exit_code == 1 and "there is no ledger in" in said(tmp_path).output
    folder = tmp_path / "data"
    Inside(world, folder).close()
    db = sqlite3.connect(folder / "ledger.db")
    db.execute("DROP TABLE measured")
    db.close()
    assert said(folder).exit_code == 1 and "start its gateway once with this one" in said(folder).output


def test_a_ledger_of_the_last_version_gets_the_table(world: World, tmp_path: Path) -> None:
    Inside(world, tmp_path).close()
    db = sqlite3.connect(tmp_path / "ledger.db")
    db.executescript("DROP TABLE measured; PRAGMA user_version=2;")
    db.close()
    one, beacon = Inside(world, tmp_path), world.beacons[0]
    one.hear(beacon, 67, beacon.pulse(1), snr=1.5)
    one.keep()
    assert len(rows(tmp_path)) == 1
    one.close()


def test_both_kinds_of_radios_tell_who_sent_it_last() -> None:
    packet = mesh_pb2.MeshPacket(id=1, rx_rssi=-90, rx_snr=3.5, hop_start=3, hop_limit=2, relay_node=0x1F2)
    found = radio._hearing("tcp://x", packet, 5.0, RADIO)
    assert (found.hops, found.relay, found.radio) == (1, 0xF2, RADIO)
    packet.relay_node = 0
    assert radio._hearing("tcp://x", packet, 5.0, None)[8:] == (5.0, None, None)
    head = Header(0xFFFFFFFF, 7, 9, 1, 3, relay_node=0x44)
    heard: Hearing = modem._hearing("modem:///x", head, Data(67, b""), -90, 3.5, 5.0)
    assert (heard.hops, heard.relay) == (2, 0x44)
