"""The plan of a site: real lengths, the protocol's budgets, and what it warns of."""

import pytest
from alertwire import gatewaypulse, line, pulse, receipt, telemetry
from meshwire import plan
from meshwire.channel import Channel
from meshwire.data import Data
from meshwire.errors import MeshwireError
from meshwire.frame import seal
from meshwire.header import Header

from whistle.aes import ecb

KEY = b"k" * 32
TEXT = b"\x07HELP 34th & Cedar #1042"
BODY = telemetry.metrics(87, 3900, None, None, 1_048_576)


def test_lengths_are_those_of_real_messages() -> None:
    answer = receipt.entry(7, KEY, 9, b"12345678", 1)
    real = {
        "line": line.build(7, KEY, KEY, 1, TEXT, 9),
        "line with position": line.build(7, KEY, KEY, 1, TEXT, 9, position=(44.9, -93.2)),
        "receipt": receipt.build([answer], KEY, 1, "✓ heard #1042".encode()),
        "receipt for eight": receipt.build([answer] * 8, KEY, 1, b"x" * 42),
        "beacon pulse": pulse.build(7, KEY, KEY, 1, 9, BODY),
        "gateway pulse": gatewaypulse.build(7, KEY, 1, 9, 0, [bytes(8)] * 6, BODY),
    }
    assert {kind: len(payload) for kind, payload in real.items()} == {
        kind: size for kind, (size, _) in plan.PAYLOADS.items()
    }
    channel = Channel("Cedar", b"k" * 16, ecb)
    for payload in real.values():
        frame = seal(channel, Header(0xFFFFFFFF, 7, 9), Data(11, payload, bitfield=0))
        assert len(frame) == plan.frame_size(len(payload))


def figures(region: str, preset: str, beacons: int = 60, **rest: object) -> dict[str, object]:
    return plan.plan(region, preset, "Cedar", beacons, **rest)  # type: ignore[arg-type]


def test_the_protocols_own_figures() -> None:
    """Sections 5 and 6: relays keep 30 minutes to about 80 beacons on SHORT_TURBO; a gateway pulse is about 43 ms."""
    found = figures("US", "SHORT_TURBO", 80)
    assert found["pulses"]["relay"] == {"mean_s": 390, "load_percent": 4.657, "silent_after_min": 30}  # type: ignore[index]
    assert found["warnings"] == []
    assert found["gateway_pulse_every_s"] == 20
    assert abs(found["airtime_ms"]["gateway pulse"] - 43) < 2  # type: ignore[index]
    assert figures("US", "SHORT_TURBO", 85)["warnings"] == []
    assert "Relays notice silence only after" in figures("US", "SHORT_TURBO", 90)["warnings"][0]  # type: ignore[index]


def test_stretched_pulses_take_five_percent() -> None:
    for preset in ("SHORT_FAST", "MEDIUM_FAST", "LONG_FAST"):
        found = figures("EU_868", preset, 200)
        assert abs(found["pulses"]["relay"]["load_percent"] - 5) < 0.01  # type: ignore[index]


def test_gateway_pulses_take_at_most_half_a_percent() -> None:
    for preset in plan.presets.PRESETS:
        assert figures("US", preset)["gateway_pulse_load_percent"] <= 0.5  # type: ignore[operator]


@pytest.mark.parametrize(
    ("region", "preset", "options", "said"),
    [
        ("EU_868", "SHORT_TURBO", {}, "SHORT_TURBO is not lawful in EU_868: it is 500 kHz wide, the band only 250 kHz"),
        ("EU_433", "SHORT_TURBO", {}, "10 % of an hour"),
        ("US", "LONG_FAST", {}, "47 CFR 15.247, and here a line stays on one frequency for 805 ms"),
        ("US", "SHORT_FAST", {}, "47 CFR 15.247; choose"),
        ("US", "LITE_FAST", {}, "does not offer LITE_FAST in US"),
        ("US", "MEDIUM_TURBO", {"firmware": "2.7"}, "MEDIUM_TURBO exists from firmware 2.8 on"),
        ("EU_866", "LITE_FAST", {"firmware": "2.7"}, "EU_866 exists from firmware 2.8 on"),
        ("UA_868", "SHORT_FAST", {}, "UA_868 was removed after firmware 2.7"),
        ("UA_868", "SHORT_FAST", {"firmware": "2.7"}, "pulses alone may use up the duty cycle"),
        ("ITU2_2M", "TINY_FAST", {}, "amateur band"),
        ("EU_868", "LONG_FAST", {}, "With all beacons in mode listen the pulses take"),
        ("EU_868", "LONG_FAST", {}, "A gateway speaks only every 194 s"),
    ],
)
def test_warnings(region: str, preset: str, options: dict[str, object], said: str) -> None:
    found = figures(region, preset, **options)["warnings"]
    assert isinstance(found, list) and any(said in warning for warning in found), found
    assert all(warning.endswith(".") for warning in found)


def test_unknown_names_are_told_the_known_ones() -> None:
    for region, preset, said in (("ATLANTIS", "LONG_FAST", "EU_868"), ("US", "WARP", "SHORT_TURBO")):
        with pytest.raises(MeshwireError, match=said):
            figures(region, preset)
