"""`gateway.settle`: alert lines decoded, verified and settled, one commit each, against bare commits as long."""

import sqlite3
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import NamedTuple

from alertwire import line
from alertwire.keys import BeaconKeys, device, group

from bench.measure import Figure, Figures, interleave
from gateway.gateway import Gateway
from gateway.hearing import Hearing
from gateway.reader import HeardLine
from whistle.demo.neighbourhood import lay_out
from whistle.site.bundles import GatewayBundle, load_gateway_bundle

BODY = 420  # bytes of one alert as the ledger keeps it for the bus; checked below
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "fullfsync=1")


class Dose(NamedTuple):
    """How much is measured: alerts a turn, turns of each side."""

    alerts: int = 100  # few a turn and many turns: the disk's own moods fall on both sides alike
    rounds: int = 28


FULL = Dose()


def figures(dose: Dose = FULL) -> Figures:
    """Alerts settled a second, each durable before the next is begun."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder / "site", 7, 4403)
        bundle = load_gateway_bundle(folder / "site" / "gateway.json")
        gateway = Gateway(bundle, folder / "ledger", [], "mqtt://127.0.0.1:1", sources=[])
        numbers = count(0x01000001)
        bare = _bare_database(folder / "bare.sqlite")
        ours, reference, ratio = interleave(
            lambda: _settled(gateway, _hearings(bundle, dose.alerts, numbers)),
            lambda: _committed(bare, dose.alerts),
            dose.rounds,
        )
        _check_size(gateway)
        gateway.ledger.close()
        bare.close()
    return {"gateway.settle": Figure(ours, "1/s", reference, ratio)}


def _hearings(bundle: GatewayBundle, alerts: int, numbers: "count[int]") -> list[Hearing]:
    site, root = bundle.site_bytes, bundle.root_bytes
    shared = group(root, site, bundle.group_epoch)
    made = []
    for index in range(alerts):
        node, sequence = bundle.roster.beacons[index % len(bundle.roster.beacons)].node, next(numbers)
        up = BeaconKeys.of(device(root, site, node, 1)).up
        text = b"\x07HELP 34th & Cedar #%d" % (sequence & 0xFFFFFF)
        payload = line.build(node, up, shared, bundle.group_epoch, text, sequence)
        made.append(Hearing("tcp://127.0.0.1:4403", node, sequence, 11, payload, -97.0, 6.25, 1, time.time()))
    return made


def _settled(gateway: Gateway, hearings: list[Hearing]) -> float:
    begun = time.perf_counter()
    for hearing in hearings:
        reading = gateway.reader.read(hearing)
        assert isinstance(reading, HeardLine)
        gateway.pipeline.turn([reading])
    return len(hearings) / (time.perf_counter() - begun)


def _bare_database(path: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        bare.execute(f"PRAGMA {pragma}").fetchall()
    bare.execute("CREATE TABLE alert (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT")
    return bare


def _committed(bare: sqlite3.Connection, alerts: int) -> float:
    body = bytes(BODY)
    begun = time.perf_counter()
    for _ in range(alerts):
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("INSERT INTO alert (body) VALUES (?)", (body,))
        bare.execute("COMMIT")
    return alerts / (time.perf_counter() - begun)


def _check_size(gateway: Gateway) -> None:
    _, body = gateway.ledger.newest_open_rows(1)[0]
    assert abs(len(body) - BODY) < 60, f"the reference writes rows of {BODY} bytes, ours have {len(body)}"
