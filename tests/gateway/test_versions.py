"""Frames of earlier versions are read for ever after; those of a later one are told apart from damage."""

import hashlib
import json
import logging
from pathlib import Path

import msgspec
import pytest
from alertwire import gatewaypulse, judging, line, receipt
from alertwire.wire import seal, unseal

from gateway.hearing import Hearing
from gateway.keyring import Keyring
from gateway.reader import HeardGateway, HeardLine, HeardPulse, Reader, Refusal
from tests.support.gateway_parts import Inside
from tests.support.gateways import World
from whistle.site.roster import Beacon

FROZEN = Path(__file__).parents[1] / "alertwire" / "frozen"
DIGESTS = {
    "version-1.json": "810c092ec56c429fd4513ccc8665a39736846a6a864d00c15be982cbebc6e03d",
}
READ = json.loads((FROZEN / "version-1.json").read_text())


def at(port: int, payload: bytes, sender: int = 7) -> Hearing:
    return Hearing("tcp://fake", sender, 1, port, payload, -80.0, 6.0, 1, 1_800_000_000.0)


@pytest.fixture
def reader(world: World) -> Reader:
    """A gateway of the site that the frozen frames are of."""
    both = [
        Beacon(node=0x0A1B2C3D, epoch=1, mode="relay", kinds=["help"]),
        Beacon(node=0xFFFFFFFE, epoch=200, mode="relay", kinds=["help"]),
    ]
    roster = msgspec.structs.replace(world.bundle.roster, beacons=both)
    bundle = msgspec.structs.replace(world.bundle, site=READ["site"], root=READ["root"], group_epoch=1, roster=roster)
    return Reader(Keyring(bundle))


def test_frozen_files_never_change() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FROZEN.glob("*.json")}
    assert found == DIGESTS, "a frozen file is never written again: make a new one for a new version"


def test_every_frozen_line_and_pulse_is_heard(reader: Reader) -> None:
    assert len(READ["lines"]) > 20 and len(READ["pulses"]) > 15
    for one in READ["lines"]:
        found = reader.read(at(11, bytes.fromhex(one["payload"]), one["node"]))
        assert isinstance(found, HeardLine), one
        assert (found.line.sequence, found.line.kind) == (one["sequence"], one["kind"])
        assert found.how == (line.DURESS if one["duress"] else line.PLAIN)
        assert found.group == (one["group_epoch"] & 15 == 1)
    for one in READ["pulses"]:
        found = reader.read(at(67, bytes.fromhex(one["payload"]), one["node"]))
        assert isinstance(found, HeardPulse), one
        assert (found.pulse.sequence, found.pulse.standing) == (one["sequence"], one["standing"])


def test_every_frozen_frame_of_a_gateway_is_known(reader: Reader) -> None:
    heard = 0
    for one in READ["receipts"]:
        payload, group = bytes.fromhex(one["payload"]), bytes.fromhex(one["group"])
        assert receipt.group_authentic(receipt.parse(payload), group)
        heard += isinstance(reader.read(at(1, payload)), HeardGateway)
    for one in READ["gateway_pulses"]:
        payload, group = bytes.fromhex(one["payload"]), bytes.fromhex(one["group"])
        assert gatewaypulse.group_authentic(gatewaypulse.parse(payload), one["gateway"], group)
        heard += isinstance(reader.read(at(67, payload, one["gateway"])), HeardGateway)
    ours = [one for name in ("receipts", "gateway_pulses") for one in READ[name] if one["group_epoch"] == 1]
    assert heard == len(ours) >= 4
    assert all(reader.read(at(67, bytes.fromhex(one["payload"]))) is None for one in READ["rekeys"])


def newer(payload: bytes, version: int = 2) -> bytes:
    """The same frame, saying that it is of another version."""
    if b" ~" in payload:
        text, raw = unseal(payload)
        return seal(text, bytes([raw[0] & 0xF0 | version]) + raw[1:])
    at = payload.index(b"\xfa\x07") + 3
    return payload[:at] + bytes([payload[at] & 0xF0 | version]) + payload[at + 1 :]


@pytest.mark.parametrize("version", [2, 15])
@pytest.mark.parametrize(
    ("name", "port"),
    [("lines", 11), ("lines", 1), ("receipts", 1), ("pulses", 67), ("gateway_pulses", 67), ("rekeys", 67)],
)
def test_a_later_version_is_no_damage(reader: Reader, name: str, port: int, version: int) -> None:
    for one in READ[name]:
        found = reader.read(at(port, newer(bytes.fromhex(one["payload"]), version), one.get("node", 7)))
        assert isinstance(found, Refusal) and found.reason == judging.NEWER and f"version {version}" in found.why


def test_no_version_and_no_type_of_ours_is_damage(reader: Reader) -> None:
    first = READ["lines"][0]
    good, beat = bytes.fromhex(first["payload"]), bytes.fromhex(READ["pulses"][0]["payload"])
    text, raw = unseal(good)
    for payload in (newer(good, 0), *(seal(text, bytes([kind << 4 | 2]) + raw[1:]) for kind in (0, 3, 6, 15))):
        found = reader.read(at(11, payload, first["node"]))
        assert isinstance(found, Refusal) and found.reason == judging.MALFORMED
    for payload in (newer(beat, 0), beat[:16] + b"\x12" + beat[17:], beat[:16] + b"\x62" + beat[17:]):
        found = reader.read(at(67, payload, first["node"]))
        assert isinstance(found, Refusal) and found.reason == judging.MALFORMED
    for odd in (b"hi ~%%%%aaaaaaaaaaaaaaaaaaaaaaaa", b"x ~====================", b"\x07x ~" + b"*" * 28):
        found = reader.read(at(11, odd))
        assert isinstance(found, Refusal) and found.reason == judging.MALFORMED


def test_the_operator_is_told_and_nobody_else(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one, beacon = Inside(world, tmp_path / "data"), world.beacons[0]
    told: list[object] = []
    one.bus.say = told.append  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING, "gateway"):
        for counter in range(1, 6):
            one.hear(beacon, 11, newer(beacon.line(counter)))
            one.fake.tick(2)
    one.turn()
    counts = one.counts.snapshot()
    assert (counts["newer_version"], counts["refused"], sum(one.refusals.totals().values())) == (5, 0, 0)
    assert told == [] and len([text for text in caplog.messages if "install the newer Whistle" in text]) == 1
    assert one.ledger.refused() == {"newer-version": 5}
    one.close()
