"""100,000 hostile frames through the radio's socket and 100 real alerts among them: the 100 are accepted, nothing else.

The gateway, the broker and the dashboard are processes of their own; the gateway is attached to the radio by the
unmodified `meshtastic` library. The radio decrypts what it hears as a stock radio does and hands over what it could not
read as it came.
"""

import random
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from meshtastic.protobuf import mesh_pb2  # type: ignore[import-untyped]

from tests.support import stock
from tests.support.attacker import DUPLICATE, FOREIGN, GARBLED, OLD, Attacker, Shot, Victims
from tests.support.brokers import Broker, with_mosquitto
from tests.support.captain import Captain
from tests.support.gateways import Desk, FakeBeacon, World
from tests.support.radios import StockRadio, framed
from tests.support.waiting import until
from whistle.demo.ports import free_port
from whistle.demo.process import Process, whistle
from whistle.site import files

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SEED, FRAMES, ALERTS, STOLEN = 7, 100_000, 100, 3
MOST_BYTES = 10 << 20
AT_LEAST = 1_000
CHUNK = 250
PASSWORD = "one two three four"
REASONS = ("malformed", "tag", "unknown-node", "revoked", "replay")


class Street:
    """The processes, and the radio they hear through."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.world = World(folder, ALERTS + 1 + STOLEN)
        beacons = self.world.beacons
        self.victims = Victims(beacons[:ALERTS], beacons[ALERTS], beacons[ALERTS + 1 :])
        for beacon in self.victims.revoked:
            self.world.site.mark_beacon(beacon.node, revoked=True)
        bundle = self.world.bundle
        self.channel = stock.Channel(bundle.channel_name, bundle.psk_bytes)
        self.radio = StockRadio(bundle.channel_name, bundle.psk_bytes)
        self.folder, self.page, self.broker = folder, free_port(), broker
        self.gateway = Process("gateway", self._gateway(), folder / "gateway.log")
        self.dashboard = Process("dashboard", self._dashboard(), folder / "dashboard.log")

    def start(self) -> None:
        add = whistle("dashboard", "add-person", "Maria", "--data", str(self.folder / "store"), "--password-stdin")
        subprocess.run(add, input=PASSWORD + "\n", text=True, check=True, capture_output=True)
        self.dashboard.start()
        self.dashboard.wait_port(self.page, 60)
        self.gateway.start()
        self.radio.until_connected()

    def stop(self) -> None:
        self.gateway.stop()
        self.dashboard.stop()
        self.radio.close()

    def hear(self, shot: Shot) -> bytes:
        """What the radio writes to its socket when this frame reaches its antenna."""
        if shot.verdict == GARBLED:
            return b"\x94\xc3" + len(shot.frame).to_bytes(2, "big") + shot.frame
        return framed(mesh_pb2.FromRadio(packet=stock.handed_over([self.channel], shot.frame, 1)))

    def ledger_bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.folder / "ledger").iterdir())

    def rows(self) -> list[tuple[int, str, str]]:
        with sqlite3.connect(f"file:{self.folder}/store/store.sqlite?mode=ro", uri=True) as store:
            return store.execute("select node, judged, root_tag from alerts").fetchall()

    def _gateway(self) -> list[str]:
        words = ["--bundle", str(self.world.bundle_file()), "--data", str(self.folder / "ledger")]
        return whistle("gateway", "run", *words, "--source", self.radio.url, "--broker", self.broker.url)

    def _dashboard(self) -> list[str]:
        path = self.folder / "dashboard.bundle"
        files.write(path, files.pretty(self.world.dashboard))
        words = ["--bundle", str(path), "--data", str(self.folder / "store"), "--broker", self.broker.url]
        return whistle("dashboard", "run", *words, "--listen", f"127.0.0.1:{self.page}")


@pytest.fixture
def street(tmp_path: Path, need: Callable[[str], Path]) -> Iterator[Street]:
    broker = with_mosquitto(need("mosquitto"), tmp_path).start()
    made = Street(tmp_path, broker)
    made.start()
    yield made
    made.stop()
    broker.stop()


class Flood:
    """Sends everything, in the order of the seed, and counts what was sent by verdict."""

    def __init__(self, street: Street, attacker: Attacker) -> None:
        self.sent: Counter[str] = Counter()
        self.lines = 0
        self.largest = 0
        self._street, self._attacker = street, attacker
        self._moments = sorted(random.Random(f"alerts {SEED}").sample(range(FRAMES), ALERTS))

    def run(self) -> float:
        """All frames; the seconds it took."""
        began, kept, moments = time.monotonic(), b"", iter([*self._moments, FRAMES])
        at, victims = next(moments), iter(self._street.victims.honest)
        for number, shot in enumerate(self._attacker.shots(FRAMES)):
            if number == at:
                kept, at = kept + self._real(next(victims)), next(moments)
            self.sent[shot.verdict] += 1
            self.lines += shot.line
            kept += self._street.hear(shot)
            if number % CHUNK == CHUNK - 1:
                self._street.radio.raw(kept)
                kept, self.largest = b"", max(self.largest, self._street.ledger_bytes())
        return time.monotonic() - began

    def _real(self, beacon: FakeBeacon) -> bytes:
        """One real alert; from now on the attacker may send it again."""
        street, line = self._street, beacon.line(1042)
        self._attacker.overheard.append((beacon.node, line))
        frame = stock.sealed(street.channel, beacon.node, 0xF0000000 + len(self._attacker.overheard), 11, line)
        return street.hear(Shot(frame, "fresh", True))


def settled(desk: Desk, received: int) -> dict[str, int]:
    """The gateway's own counts, once it has read so many packets and nothing waits."""

    def done() -> bool:
        counts = desk.state().counts
        return counts["received"] >= received and not counts["waiting"] and not desk.state().outbox

    until(done, 180)
    return dict(desk.state().counts) | dict(desk.state().refused)


def test_a_hundred_thousand_hostile_frames(street: Street, tell: Callable[[str], None]) -> None:
    attacker = Attacker(street.channel, street.victims, SEED)
    desk, pids = Desk(street.world, street.broker.url, settles=False), (street.gateway.pid, street.dashboard.pid)
    until(lambda: desk.state().radios and desk.state().radios[0].up and not desk.state().cut_off, 60)
    pulsing = street.victims.pulsing
    street.radio.hear(pulsing.node, 67, pulsing.pulse(OLD))
    before, flood = street.ledger_bytes(), Flood(street, attacker)
    took = flood.run()
    sent = flood.sent
    # the encrypted ones are counted as foreign without having been received as packets
    counts = settled(desk, FRAMES - sent[FOREIGN] - sent[GARBLED] + ALERTS + 1)
    grew = max(flood.largest, street.ledger_bytes()) - before
    tell(f"seed {SEED}: {FRAMES} hostile frames in {took:.0f} s, {flood.lines} of them whole lines; {dict(sent)}")
    tell(f"the gateway counted { {name: n for name, n in counts.items() if n} }; its ledger grew by {grew} bytes")

    assert sum(sent.values()) == FRAMES and flood.lines >= FRAMES // 2
    assert all(sent[reason] >= AT_LEAST for reason in REASONS)
    assert (street.gateway.pid, street.dashboard.pid) == pids and None not in pids
    assert counts["alerts"] == ALERTS and counts["dropped_alert"] == 0
    # Some of the damaged ones say a version that is still to come.
    assert counts["malformed"] + counts["newer_version"] == sent["malformed"] and counts["newer_version"] > 0
    for reason in ("tag", "unknown-node", "revoked"):
        assert counts[reason] == sent[reason], reason
    assert counts["replay"] + counts["dropped_pulse"] == sent["replay"] and counts["replay"] >= AT_LEAST
    assert counts["refused"] == sum(counts[reason] for reason in REASONS)
    assert counts[FOREIGN] == sent[FOREIGN]
    assert counts[DUPLICATE] == sent[DUPLICATE] and counts[GARBLED] == sent[GARBLED]
    assert grew < MOST_BYTES
    shown(street, counts)


def shown(street: Street, counts: dict[str, int]) -> None:
    """What the store and the captain's page hold: the hundred, each once and fresh, and the refusals by reason."""
    rows = street.rows()
    tags = {beacon.node: beacon.pair(beacon.line(1042))[1].hex() for beacon in street.victims.honest}
    assert sorted(rows) == sorted((node, "fresh", tag) for node, tag in tags.items())
    captain = Captain(street.page, "Maria", PASSWORD)
    cards = captain.cards()
    assert len(cards) == ALERTS and {card.state for card in cards} == {"open"}
    assert not any(mark.startswith(("Late", "Clone", "Revoked")) for card in cards for mark in card.marks)
    until(lambda: captain.refused() == {reason: counts[reason] for reason in REASONS}, 70)
    for log in ("gateway.log", "dashboard.log"):
        assert "Traceback" not in (street.folder / log).read_text()
