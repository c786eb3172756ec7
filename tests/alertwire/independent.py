"""The alert protocol a second time: straight code from the protocol's text, without a line of alertwire.

Every golden vector is computed here (`python -m tests.alertwire.vectors` writes them), with CPython's hmac and base64
and the HKDF of `cryptography`. Where this and alertwire differ, one of them has misread the protocol.
"""

import base64
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def h(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def d(name: str) -> bytes:
    return (b"WHISTLE1" + name.encode()).ljust(16, b"\0")


def u(size: int, number: int) -> bytes:
    return number.to_bytes(size, "big")


def b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


# section 1


def expand(key: bytes, info: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm=hashes.SHA256(), length=length, info=info).derive(key)


def prk(master: bytes) -> bytes:
    mac = HMAC(b"whistle/1", hashes.SHA256())
    mac.update(master)
    return mac.finalize()


def site_keys(master: bytes, site: bytes, root_epoch: int, bus_epoch: int, group_epoch: int) -> dict[str, bytes]:
    first = prk(master)
    root = expand(first, b"whistle/1 root" + b"\0" + site + u(1, root_epoch), 32)
    return {
        "prk": first,
        "root": root,
        "bus_root": expand(first, b"whistle/1 bus" + b"\0" + site + u(1, bus_epoch), 32),
        "group": expand(root, b"whistle/1 group" + b"\0" + site + u(1, group_epoch), 32),
    }


def beacon_keys(root: bytes, site: bytes, node: int, device_epoch: int) -> dict[str, bytes]:
    device = expand(root, b"whistle/1 device" + b"\0" + site + u(4, node) + u(1, device_epoch), 32)
    found = {name: expand(device, b"whistle/1 " + name.encode(), 32) for name in ("up", "down", "status", "id")}
    return {"device": device, **found}


def link_keys(bus_root: bytes, gateway: bytes) -> dict[str, bytes]:
    tail = b"\0" + u(1, len(gateway)) + gateway
    return {way: expand(bus_root, f"whistle/1 bus {way}".encode() + tail, 64) for way in ("up", "down")}


# section 2


def packet_id(key: bytes, counter: int) -> int:
    left, right = divmod(counter, 1 << 16)
    for number in range(4):
        mask = h(key, d("packet") + u(1, number) + u(2, right))[:2]
        left, right = right, left ^ int.from_bytes(mask, "big")
    return left << 16 | right


# section 3


def square(degrees: float, span: int) -> bytes:
    return u(3, min(int((degrees + span / 2) * (1 << 24) / span), (1 << 24) - 1) % (1 << 24))


def line_head(v: dict[str, object]) -> bytes:
    flags = int(v["kind"])  # type: ignore[call-overload]
    position = v["position"]
    for bit, name in (3, "drill"), (5, "low"), (6, "cancel"), (7, "doubt"):
        flags |= bool(v[name]) << bit
    flags |= (position is not None) << 4
    nibbles = int(v["group_epoch"]) % 16 * 16 + int(v["back"])  # type: ignore[call-overload]
    head = b"\x11" + u(1, flags) + u(1, nibbles) + u(4, v["sequence"]) + u(2, v["echo"])  # type: ignore[arg-type]
    if position is not None:
        head += square(position[0], 180) + square(position[1], 360)  # type: ignore[index]
    return head


def line(up: bytes, group: bytes, node: int, text: bytes, head: bytes, duress: bool) -> dict[str, bytes]:
    who = u(4, node) + u(1, len(text)) + text + head
    group_tag = h(group, d("line-g") + who)[:4]
    device_tag = h(up, d("line-x" if duress else "line-d") + who + group_tag)[:8]
    sealed = head + group_tag + device_tag
    return {"group_tag": group_tag, "tag": device_tag, "payload": text + b" ~" + b64(sealed)}


# section 4


def entry(down: bytes, node: int, sequence: int, tag: bytes, answer: int) -> bytes:
    return tag[:3] + u(1, answer) + h(down, d("rcpt-d") + u(4, node) + u(4, sequence) + tag + u(1, answer))[:8]


def receipt(group: bytes, group_epoch: int, text: bytes, entries: list[bytes]) -> bytes:
    head = b"\x21" + u(1, group_epoch % 16 * 16 + len(entries) - 1)
    joined = b"".join(entries)
    group_tag = h(group, d("rcpt-g") + u(1, len(text)) + text + head + joined)[:4]
    return text + b" ~" + b64(head + joined + group_tag)


# section 5


def varint(number: int) -> bytes:
    out = []
    while True:
        number, low = divmod(number, 128)
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


def metrics(
    battery: int | None, millivolts: int | None, channel: float | None, air: float | None, uptime: int | None
) -> bytes:
    inner = b"" if battery is None else b"\x08" + varint(battery)
    inner += b"" if millivolts is None else b"\x15" + struct.pack("<f", millivolts / 1000)
    inner += b"" if channel is None else b"\x1d" + struct.pack("<f", channel)
    inner += b"" if air is None else b"\x25" + struct.pack("<f", air)
    inner += b"" if uptime is None else b"\x28" + varint(uptime)
    return b"\x12" + varint(len(inner)) + inner


def pulse(up: bytes, status: bytes, node: int, body: bytes, v: dict[str, int]) -> dict[str, bytes]:
    head = b"\x31" + u(1, v["group_epoch"]) + u(4, v["sequence"]) + u(2, v["echo"])
    last = v["doubt"] + 2 * v["tamper"] + 4 * v["low"] + 8 * v["mode"] + 32 * v["last_answer"]
    plain = u(1, v["standing"] * 16 + v["kind"]) + u(2, v["back"]) + u(1, last)
    tag = h(up, d("pulse-d") + u(4, node) + u(1, len(body)) + body + head + plain)[:8]
    mask = h(status, d("pulse-s") + tag + u(4, v["sequence"]))[:4]
    cipher = bytes(a ^ b for a, b in zip(plain, mask, strict=True))
    return {"plain": plain, "tag": tag, "payload": body + b"\xfa\x07\x14" + head + cipher + tag}


# section 6


def slot(down: bytes, node: int, sequence: int, tag: bytes, answer: int, number: int) -> bytes:
    return h(down, d("slot-d") + u(4, node) + u(4, sequence) + tag + u(1, answer) + u(4, number))[:8]


def gateway_pulse(
    group: bytes, gateway: int, group_epoch: int, number: int, echo: int, slots: list[bytes], body: bytes
) -> bytes:
    head = b"\x41" + u(1, group_epoch) + u(4, number) + u(2, echo) + b"".join(slots)
    tag = h(group, d("tick-g") + u(4, gateway) + u(1, len(body)) + body + head)[:4]
    return body + b"\xfa\x07\x3c" + head + tag


# section 7


def rekey(down: bytes, node: int, epoch: int, number: int, key: bytes, body: bytes) -> dict[str, bytes]:
    tag = h(down, d("rekey-d") + u(4, node) + u(1, epoch) + u(4, number) + key)[:8]
    mask = h(down, d("rekey-s") + tag + u(4, number))
    cipher = bytes(a ^ b for a, b in zip(key, mask, strict=True))
    field = b"\x51" + u(1, epoch) + u(4, number) + cipher + tag
    return {"tag": tag, "cipher": cipher, "payload": body + b"\xfa\x07" + u(1, len(field)) + field}
