"""One real alert from the press to the lamp, every byte of it computed by the code that runs on boards and gateways.

Keys and numbers are those of the protocol's vectors (alert-protocol.md, section 13), so that anyone can compute them
again. What is random in life is a fixed number here, and said to be.
"""

import base64
from dataclasses import dataclass
from typing import Final

from alertwire import gatewaypulse, kinds, line, pulse, receipt, telemetry
from alertwire.answering import Reply
from alertwire.answering import text as receipt_text
from alertwire.keys import BeaconKeys, device, group, prk, root
from alertwire.sequence import permute
from meshwire.airtime import Modem
from meshwire.channel import Channel
from meshwire.data import Data, encode
from meshwire.node import Node
from meshwire.plan import find_preset

from whistle.aes import ecb

MASTER: Final = bytes(range(32))
SITE: Final = bytes(range(8))
NODE: Final = 0x0A1B2C3D
RELAY: Final = 0x00C0FFEE
GATEWAY: Final = 0x7C0FFEE1
EPOCH: Final = 1
SEQUENCE: Final = 0x01000412
ECHO: Final = 0xBEEF
PLACE: Final = "34th & Cedar"
CHANNEL: Final = "Cedar"
PSK: Final = bytes(range(0x40, 0x60))
PRESET: Final = "SHORT_TURBO"
NUMBER: Final = 0x69A00000  # of the gateway pulse, in life the Unix time or the last one + 1
WORDS: Final = ("heard", "shown", "seen", "coming", "clear", "refused")
LINE_ID, POLL_ID, RECEIPT_ID, TICK_ID, COMING_ID = 1, 2, 0x5EED0001, 0x5EED0002, 0x5EED0003

ROOT: Final = root(prk(MASTER), SITE, EPOCH)
KEYS: Final = BeaconKeys.of(device(ROOT, SITE, NODE, EPOCH))
GROUP: Final = group(ROOT, SITE, EPOCH)
AIR: Final = Channel(CHANNEL, PSK, ecb)
MODEM: Final[Modem] = find_preset(PRESET).modem()


@dataclass(frozen=True)
class Flight:
    """A message as it is on the air: port, payload, the protobuf `Data` in the clear, and the whole frame."""

    port: int
    payload: bytes
    data: bytes
    frame: bytes

    @property
    def airtime_ms(self) -> float:
        """How long it keeps the air busy."""
        return MODEM.airtime_us(len(self.frame)) / 1000


def channel_words() -> str:
    """The options that name the page's channel to `whistle air`."""
    return f"--channel {CHANNEL} --psk {base64.b64encode(PSK).decode()}"


def sent(sender: int, id: int, port: int, payload: bytes) -> Flight:
    """What the mesh language's own node puts on the air for this message."""
    node = Node(sender, [AIR], MODEM, lambda n: n // 2, lambda: id, lambda *_: None)
    data = Data(port, payload)
    node.send(data, 0)
    frame = node.transmit(1_000_000)
    assert frame is not None
    return Flight(port, payload, encode(data), frame)


def relayed(frame: bytes) -> bytes:
    """The same frame as a neighbour's beacon or a stock relay repeats it."""
    node = Node(RELAY, [AIR], MODEM, lambda n: n // 2, lambda: 1, lambda *_: None)
    assert node.heard(frame, 0, -80, 5.0) is not None
    again = node.transmit(1_000_000)
    assert again is not None
    return again


def alert() -> Flight:
    """The line that a hold raises: the vector of section 13 on port 11."""
    text = line.compose("HELP", PLACE, SEQUENCE)
    payload = line.build(NODE, KEYS.up, GROUP, EPOCH, text, SEQUENCE, kinds.HELP, ECHO)
    return sent(NODE, permute(KEYS.id, LINE_ID), 11, payload)


def line_tag() -> bytes:
    """The device tag of that line, by which every answer names it."""
    return line.parse(alert().payload).tag


def answered(byte: int, id: int) -> Flight:
    """A gateway's receipt with one entry for that line."""
    entry = receipt.entry(NODE, KEYS.down, SEQUENCE, line_tag(), byte)
    text = receipt_text([Reply(NODE, SEQUENCE, line_tag(), byte)], WORDS)
    return sent(GATEWAY, id, 1, receipt.build([entry], GROUP, EPOCH, text))


def alive(standing: int = kinds.ROUTINE, back: int = 0, last: int = 0) -> Flight:
    """A beacon pulse: routine, the vector of section 13; or a poll that says what stands and which answer it knows."""
    body = telemetry.metrics(87, 3900, None, None, 1048576)
    payload = pulse.build(
        NODE, KEYS.up, KEYS.status, EPOCH, SEQUENCE + 1, body, ECHO, standing, kinds.HELP, back, last_answer=last
    )
    return sent(NODE, permute(KEYS.id, POLL_ID), 67, payload)


def poll() -> Flight:
    """The same pulse when it asks: an open alert stands one sequence back, *shown* is the last answer seen."""
    return alive(kinds.OPEN, 1, kinds.SHOWN)


def fillers() -> list[bytes]:
    """Five slots nobody can read anything in; random in life, here counted so that the page stays as it is."""
    return [bytes([0xF0 + at]) * 8 for at in range(5)]


def tick(byte: int) -> Flight:
    """A gateway pulse whose first slot answers that poll."""
    asked = pulse.parse(poll().payload)
    slot = gatewaypulse.slot(NODE, KEYS.down, asked.sequence, asked.tag, byte, NUMBER)
    body = telemetry.metrics(101, None, None, None, 86400)
    payload = gatewaypulse.build(GATEWAY, GROUP, EPOCH, NUMBER, ECHO, [slot, *fillers()], body)
    return sent(GATEWAY, TICK_ID, 67, payload)
