"""A street full of forgeries: nothing accepted, nothing crashed, little kept, and the real alerts all told."""

import os
import random
import resource
import time
from pathlib import Path

import pytest
from meshtastic.protobuf import mesh_pb2

from gateway.gateway import Gateway
from tests.support.brokers import Broker
from tests.support.gateway_parts import Inside
from tests.support.gateways import Desk, FakeBeacon, World
from tests.support.radios import StockRadio, framed
from tests.support.waiting import until

FRAMES = 12_000
REAL_EVERY = 400


def packet(sender: int, port: int, payload: bytes, number: int) -> bytes:
    one = mesh_pb2.MeshPacket(to=0xFFFFFFFF, id=number, channel=1, rx_rssi=-80, rx_snr=5.0, hop_start=3, hop_limit=2)
    setattr(one, "from", sender)
    one.decoded.portnum, one.decoded.payload = port, payload
    return framed(mesh_pb2.FromRadio(packet=one))


def hostile(world: World, gone: FakeBeacon, number: int, chance: random.Random) -> bytes:
    """One frame of an attacker who has the channel: most are whole lines that fail only at tag, node or revocation."""
    beacon = chance.choice(world.beacons[1:])
    line = bytearray(beacon.line(number % 60_000, word="FIRE"))
    turn = number % 6
    if turn == 0:
        line[8] ^= 1 << chance.randrange(3)
        return packet(beacon.node, 11, bytes(line), number)
    if turn == 1:
        return packet(chance.getrandbits(32) | 1, 11, bytes(line), number)
    if turn == 2:
        return packet(gone.node, 11, gone.line(number % 60_000), number)
    if turn == 3:
        return packet(beacon.node, 11, bytes(line[:-2]) + b"==", number)
    if turn == 4:
        return packet(world.beacons[0].node, 67, world.beacons[0].pulse(chance.randrange(1, 900)), number)
    return packet(beacon.node, 67, os.urandom(chance.randrange(70)), number)


@pytest.mark.slow
def test_a_flood_of_forgeries(world: World, broker: Broker, tmp_path: Path, tell) -> None:
    gone = world.beacons[3]
    world.site.mark_beacon(gone.node, revoked=True)
    bundle, chance = world.bundle, random.Random(11)
    radio = StockRadio(bundle.channel_name, bundle.psk_bytes)
    one = Gateway(bundle, tmp_path / "data", [radio.url], broker.url)
    one.start()
    desk = Desk(world, broker.url)
    radio.until_connected()
    desk.watch()
    until(lambda: one.sources[0].status().up and not one.bus.cut_off())
    radio.hear(world.beacons[0].node, 67, world.beacons[0].pulse(1000))
    size, memory = disk(tmp_path / "data"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, waits, real = time.monotonic(), [], 0
    for first in range(0, FRAMES, REAL_EVERY):
        radio.raw(b"".join(hostile(world, gone, first + n, chance) for n in range(REAL_EVERY)))
        beacon = world.beacons[1 + real % 2]
        real += 1
        sent = time.monotonic()
        radio.hear(beacon.node, 11, beacon.line(100_000 + first), packet_id=first + 1)
        until(lambda number=real: len(desk.alerts) >= number)
        waits.append(time.monotonic() - sent)
    took = time.monotonic() - began
    until(lambda: one.counts.snapshot()["received"] == FRAMES + real + 1)
    time.sleep(1.2)
    totals, grew = one.refusals.totals(), disk(tmp_path / "data") - size
    assert len(desk.alerts) == real and {a.judged for a in desk.alerts} <= {"fresh", "late-or-copied"}
    assert all(totals[reason] >= FRAMES // 6 for reason in totals), totals
    kept = one.ledger._db.execute("SELECT count(*) FROM sample").fetchone()[0]
    assert kept == 100 and grew < 10 << 20
    assert one.faulty() is None and one.counts.snapshot()["dropped_alert"] == 0
    assert max(waits) < 5
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    assert grown < 60_000, f"{grown} KB"
    tell(f"{FRAMES} hostile frames in {took:.0f} s: accepted 0, real alerts {real} of {real}, ledger +{grew} bytes")
    one.stop()
    desk.close()
    radio.close()


def disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_counts_and_samples_survive_a_restart(world: World, tmp_path: Path) -> None:
    one = Inside(world, tmp_path / "data")
    for number in range(130):
        one.fake.tick(0.01)
        one.hear(99 + number, 11, world.beacons[0].line(5))
    one.fake.tick(2)
    one.turn()
    one.close()
    one = Inside(world, tmp_path / "data")
    assert one.refusals.totals()["unknown-node"] == 130
    nodes = one.ledger._db.execute("SELECT min(node), max(node), count(*) FROM sample").fetchone()
    assert nodes == (129, 228, 100), "the last hundred"
    one.fake.tick(2)
    one.hear(5000, 11, world.beacons[0].line(5))
    one.turn()
    nodes = one.ledger._db.execute("SELECT min(node), max(node), count(*) FROM sample").fetchone()
    assert nodes == (130, 5000, 100), "the oldest goes first, also after a restart"
    one.close()
