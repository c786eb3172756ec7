"""What the gateway says of the page's alert on the bus, made by the gateway's own code."""

import json
from typing import Final

import msgspec
from alertwire import judging, line

from gateway import telling
from gateway.echoes import Age
from gateway.hearing import Hearing
from gateway.keyring import Known
from gateway.reader import HeardLine
from gateway.rows import AlertRow
from tools.travels import journey
from tools.travels.markdown import fence, table
from whistle.bus import envelope, topics
from whistle.bus.messages import Alert
from whistle.site.roster import Beacon

GATEWAY_ID: Final = "0011223344556677"
KEY: Final = bytes(64)


def alert() -> Alert:
    """The message for dashboards about the page's line, heard once over one relay; row 1 of the outbox."""
    one = line.parse(journey.alert().payload)
    heard = Hearing(
        "tcp://127.0.0.1:4403", journey.NODE, 1, 11, journey.alert().payload, -92.0, 4.5, 1, 1_772_000_000.0
    )
    row = AlertRow(journey.NODE, one.sequence, one.tag, one.sequence, one.kind, "raised", heard.at)
    known = Known(Beacon(node=journey.NODE, epoch=journey.EPOCH, mode="relay", kinds=["help"]), journey.KEYS)
    reading = HeardLine(heard, one, line.PLAIN, True, known, journey.EPOCH)
    return telling.line_alert(row, reading, judging.FRESH, Age(True, 40))


def message() -> str:
    """Its JSON."""
    return fence("json", [json.dumps(msgspec.to_builtins(alert()), indent=2)])


def sealed() -> str:
    """The envelope of that message, in parts: sizes only, since key and nonce are new for every gateway and message."""
    topic = topics.up(journey.SITE.hex(), GATEWAY_ID)
    whole = envelope.seal(KEY, 1, bytes.fromhex(GATEWAY_ID), 1, topic, alert())
    rest = len(whole) - 34
    head = ("at", "bytes", "what")
    rows = (
        ["0", "1", "`b1`: an envelope, version 1"],
        ["1", "1", "bus epoch"],
        ["2", "8", f"sender: the gateway's random id, here `{GATEWAY_ID}`"],
        ["10", "8", "number: start of the process and a count, rising"],
        ["18", "16", "nonce"],
        [
            "34",
            str(rest),
            "AES-256-SIV of length, JSON and zeros; topic and the 34 bytes before it are under the seal too",
        ],
    )
    return (
        f"{table(head, rows)}\n\n{len(whole)} bytes in all, whatever short message is inside; the topic is `{topic}`."
    )
