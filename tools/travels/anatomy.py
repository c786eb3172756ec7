"""Frames taken apart, byte by byte: every byte stands in one row, or the page is not made."""

import base64
from collections.abc import Iterator
from typing import NamedTuple

from alertwire import line, pulse, receipt, telemetry
from meshwire.header import unpack

from tools.travels import journey
from tools.travels.journey import Flight
from tools.travels.markdown import shown, spaced, table

HEAD = ("at", "bytes", "what", "here")


class Piece(NamedTuple):
    """Some bytes, what stands there always, and what it says here."""

    raw: bytes
    what: str
    here: str


class Torn(Exception):
    """The pieces of a frame are not the frame."""


def rows(pieces: list[Piece], whole: bytes, readable: bool = False) -> Iterator[list[str]]:
    """A row a piece, with its offset. Torn unless all of them are exactly the whole."""
    if b"".join(piece.raw for piece in pieces) != whole:
        raise Torn(f"{[piece.what for piece in pieces]} are not all of {whole.hex()}")
    at = 0
    for piece in pieces:
        yield [str(at), spaced(piece.raw) if not readable else shown(piece.raw), piece.what, piece.here]
        at += len(piece.raw)


def cut(raw: bytes, *marks: tuple[int, str, str]) -> list[Piece]:
    """Pieces by (size, what, here), one after the other; a size of 0 is all that is left."""
    pieces, at = [], 0
    for size, what, here in marks:
        end = at + size if size else len(raw)
        pieces.append(Piece(raw[at:end], what, here))
        at = end
    return pieces


def header(flight: Flight) -> str:
    """The sixteen clear bytes and the sealed rest."""
    head = unpack(flight.frame)
    return table(
        HEAD,
        rows(
            cut(
                flight.frame,
                (4, "to, little-endian", "everybody"),
                (4, "from, little-endian", f"`!{head.sender:08x}`: the node number, random, from no MAC address"),
                (4, "packet id, little-endian", "new for every transmission, never used twice by this node"),
                (1, "flags", f"bits 0–2: {head.hop_limit} hops left · bits 5–7: started with {head.hop_start}"),
                (1, "channel hash", f"XOR of all bytes of the name `{journey.CHANNEL}` and of the channel key"),
                (1, "next hop", "nobody named: whoever can, repeats it"),
                (1, "relay node", "last byte of who sent this very copy"),
                (0, "`Data`, AES-256-CTR", f"{len(flight.data)} bytes; the nonce is packet id and sender"),
            ),
            flight.frame,
        ),
    )


def data(flight: Flight) -> str:
    """The protobuf message after decryption."""
    port = {1: "text", 11: "alert", 67: "telemetry"}[flight.port]
    return table(
        HEAD,
        rows(
            cut(
                flight.data,
                (2, "field 1, port number", f"{flight.port}: {port}"),
                (2, "field 2, payload", f"{len(flight.payload)} bytes follow"),
                (len(flight.payload), "the payload", "taken apart below"),
                (2, "field 9, bitfield", "0; always there, since 2.8 drops what lacks it"),
            ),
            flight.data,
        ),
    )


def sealed(payload: bytes) -> bytes:
    """The bytes behind the seal's base64."""
    return base64.urlsafe_b64decode(payload[payload.rindex(b" ~") + 2 :])


def readable(payload: bytes) -> str:
    """The payload of a line or receipt as a phone shows it."""
    at = payload.rindex(b" ~")
    pieces = [
        Piece(payload[:at], "the text", "for people"),
        Piece(payload[at : at + 2], "blank and tilde", "the last tilde; here the seal begins"),
        Piece(payload[at + 2 :], "the seal", f"{len(payload) - at - 2} characters of base64url: the bytes below"),
    ]
    return table(HEAD, rows(pieces, payload, readable=True))


def line_seal(payload: bytes) -> str:
    """What the seal of a line holds."""
    one = line.parse(payload)
    raw = sealed(payload)
    return table(
        HEAD,
        rows(
            cut(
                raw,
                (1, "type and version", "1 · 1: an alert line, version 1"),
                (1, "flags", "bits 0–2: kind, 0 is *help* · no drill, no position, battery fine, no cancel, no doubt"),
                (1, "group epoch and `back`", f"epoch {one.group_epoch} · {one.back}: it speaks of no earlier line"),
                (
                    4,
                    "sequence",
                    f"device epoch {one.sequence >> 24} · counter {one.sequence & 0xFFFFFF}, as in the text",
                ),
                (2, "echo", "from the last gateway pulse heard: proof that this line is young"),
                (4, "group tag", "every beacon of the site can check it; enough to whistle"),
                (8, "device tag", "only the gateways and this beacon can make or check it; enough to raise an alert"),
            ),
            raw,
        ),
    )


def receipt_seal(payload: bytes) -> str:
    """What the seal of a receipt with one entry holds."""
    one = receipt.parse(payload)
    raw = sealed(payload)
    answer, cut_off, ordinal = receipt.unpack_answer(one.entries[0][3])
    said = f"{answer}: *{journey.WORDS[answer - 1]}* · {'' if cut_off else 'not '}cut off · ordinal {ordinal}"
    return table(
        HEAD,
        rows(
            cut(
                raw,
                (1, "type and version", "2 · 1: a receipt, version 1"),
                (
                    1,
                    "group epoch and count",
                    f"epoch {one.group_epoch} · {len(one.entries)} entry (written as count − 1)",
                ),
                (3, "entry: which frame", "first bytes of the device tag it answers"),
                (1, "entry: answer", said),
                (8, "entry: tag", "under the beacon's own `down` key, over node, sequence, the whole tag, the answer"),
                (4, "group tag", "over text and entries: tells another gateway that this is a real receipt"),
            ),
            raw,
        ),
    )


def beacon_pulse(payload: bytes, status: str) -> str:
    """A beacon's pulse; `status` says what the four encrypted bytes mean."""
    one = pulse.parse(payload)
    found = telemetry.read(one.body)
    volts = f"{(found.millivolts or 0) / 1000:.1f} V"
    return table(
        HEAD,
        rows(
            cut(
                payload,
                (2, "field 2, DeviceMetrics", f"{len(one.body) - 2} bytes, which every stock phone shows"),
                (2, "battery", f"{found.battery} %"),
                (5, "voltage", volts),
                (len(one.body) - 9, "uptime", f"{found.uptime} s"),
                (3, "field 127", "20 bytes; phones skip a field they do not know"),
                (1, "type and version", "3 · 1: a beacon pulse, version 1"),
                (1, "group epoch", str(one.group_epoch)),
                (4, "sequence", f"device epoch {one.sequence >> 24} · counter {one.sequence & 0xFFFFFF}"),
                (2, "echo", "as in the line"),
                (4, "status, encrypted", status),
                (8, "device tag", "over metrics, head and the *plain* status"),
            ),
            payload,
        ),
    )


def gateway_pulse(payload: bytes, said: str) -> str:
    """A gateway's pulse; `said` is what its first slot holds."""
    at = payload.index(b"\xfa\x07\x3c")
    slots = [(8, f"slot {number}", "random bytes: nobody else to answer") for number in range(2, 7)]
    return table(
        HEAD,
        rows(
            cut(
                payload,
                (at, "field 2, DeviceMetrics", "battery 101 (on mains) and uptime, for stock phones"),
                (3, "field 127", "60 bytes"),
                (1, "type and version", "4 · 1: a gateway pulse, version 1"),
                (1, "group epoch", "1"),
                (4, "number", "only rises; Unix seconds, or the last one + 1"),
                (2, "echo", "new and random every ten minutes; beacons copy it into their lines"),
                (8, "slot 1", said),
                *slots,
                (4, "group tag", "over everything before it"),
            ),
            payload,
        ),
    )
