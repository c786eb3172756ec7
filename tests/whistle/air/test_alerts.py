"""Our own messages in words, from the protocol's own vectors (alert protocol, section 13)."""

import struct

from alertwire import gatewaypulse, line, receipt, telemetry

from whistle.air.alerts import describe

LINE = b"\x07HELP 34th & Cedar #1042 ~EQAQAQAEEr7vUC5mSDx4aYq3um4o"
RECEIPT = "✓ heard #1042 ~IRA8eGkBnhgJjzO4c9PFPtJe".encode()
PULSE = bytes.fromhex("120b0857159a99794028808040fa0714310101000413beefea83b416f8a5906038eecc98")


def test_line() -> None:
    for port in (11, 1):
        found = describe(port, LINE)
        assert found is not None
        assert (found["type"], found["authentic"], found["text"]) == ("line", None, "HELP 34th & Cedar #1042")
        assert (found["kind"], found["sequence"], found["device_epoch"], found["counter"]) == (
            "help",
            0x01000412,
            1,
            1042,
        )
        assert (found["echo"], found["group_epoch"], found["of"]) == (0xBEEF, 1, 0x01000412)
        assert [found[name] for name in ("drill", "low", "cancel", "doubt", "position")] == [False] * 4 + [None]
        assert found["tag"] == "3c78698ab7ba6e28"


def test_line_that_refines_with_its_position() -> None:
    payload = line.build(
        7, b"u" * 32, b"g" * 32, 2, b"\x07FIRE here #9", 9, kind=2, back=3, low=True, position=(44.9, -93.2)
    )
    found = describe(11, payload)
    assert found is not None
    assert (found["kind"], found["low"], found["of"], found["group_epoch"]) == ("fire", True, 6, 2)
    where = found["position"]
    assert isinstance(where, tuple) and abs(where[0] - 44.9) < 1e-4 and abs(where[1] + 93.2) < 1e-4


def test_receipt() -> None:
    found = describe(1, RECEIPT)
    assert found is not None
    assert (found["type"], found["text"], found["authentic"]) == ("receipt", "✓ heard #1042", None)
    assert found["entries"] == [
        {"answers_tag": "3c7869", "answer": "heard", "cut_off": False, "ordinal": 0, "tag": "9e18098f33b873d3"}
    ]
    coming = receipt.entry(7, b"d" * 32, 9, b"12345678", 4 | 8 | 3 << 4)
    found = describe(1, receipt.build([coming], b"g" * 32, 1, b"coming"))
    assert found is not None
    assert isinstance(found["entries"], list)
    assert found["entries"][0] | {"tag": ""} == {
        "answers_tag": b"123".hex(),
        "answer": "coming",
        "cut_off": True,
        "ordinal": 3,
        "tag": "",
    }


def test_pulse() -> None:
    found = describe(67, PULSE)
    assert found is not None
    assert (found["type"], found["sequence"], found["counter"], found["echo"]) == ("pulse", 0x01000413, 1043, 0xBEEF)
    assert (found["sealed_status"], found["tag"]) == ("ea83b416", "f8a5906038eecc98")
    assert found["metrics"] == {
        "battery": 87,
        "millivolts": 3900,
        "channel_util": None,
        "air_util": None,
        "uptime": 1_048_576,
    }


def test_gateway_pulse() -> None:
    slots = [bytes([number]) * 8 for number in range(6)]
    body = telemetry.metrics(101, 5000, 1.5, 0.5, 60)
    found = describe(67, gatewaypulse.build(7, b"g" * 32, 1, 1_700_000_000, 0xBEEF, slots, body))
    assert found is not None
    assert (found["type"], found["number"], found["echo"]) == ("gateway pulse", 1_700_000_000, 0xBEEF)
    assert found["slots"] == [slot.hex() for slot in slots]


def test_others_messages_are_not_ours() -> None:
    plain = telemetry.metrics(50, 3700, None, None, 9)
    for port, payload in (
        (1, b"hello ~ there"),
        (1, b"\xff\xfe ~EQAQ"),
        (11, RECEIPT),
        (11, LINE[:-1]),
        (3, LINE),
        (67, plain),
        (67, plain + b"\xfa\x07\x14" + bytes(20)),
        (67, PULSE[:-1]),
        (67, struct.pack("<B", 0xFA)),
        (256, LINE),
        (1, b""),
    ):
        assert describe(port, payload) is None, (port, payload)
