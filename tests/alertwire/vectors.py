"""Writes the golden vectors: `python -m tests.alertwire.vectors`. Nothing here imports alertwire: see independent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.alertwire import independent as own

FOLDER = Path(__file__).resolve().parents[1] / "vectors"
MADE = (
    "Computed from the text of the protocol by tests/alertwire/independent.py (CPython's hmac and base64, the HKDF of "
    "the cryptography package, nothing of alertwire) and written by python -m tests.alertwire.vectors. Bytes are hex, "
    "positions are degrees."
)

MASTER = bytes(range(32))
SITE = bytes(range(8))
NODE = 0x0A1B2C3D
OTHER = 0xFFFFFFFE
GATEWAY = 0x7C0FFEE1

SITE_KEYS = own.site_keys(MASTER, SITE, 1, 1, 1)
MINE = own.beacon_keys(SITE_KEYS["root"], SITE, NODE, 1)
THEIRS = own.beacon_keys(SITE_KEYS["root"], SITE, OTHER, 200)
GROUP = SITE_KEYS["group"]
BODY = own.metrics(87, 3900, None, None, 1048576)

PLAIN_LINE: dict[str, Any] = {
    "kind": 0, "drill": False, "low": False, "cancel": False, "doubt": False, "group_epoch": 1, "back": 0,
    "sequence": 0x01000412, "echo": 0xBEEF, "position": None,
}  # fmt: skip
PLAIN_PULSE = {
    "group_epoch": 1, "sequence": 0x01000413, "echo": 0xBEEF, "standing": 0, "kind": 0, "back": 0, "doubt": 0,
    "tamper": 0, "low": 0, "mode": 0, "last_answer": 0,
}  # fmt: skip


def hexed(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in found.items()}


def keys() -> list[dict[str, Any]]:
    found = []
    for master, site, node, root, bus, group, device, gateway in (
        (MASTER, SITE, NODE, 1, 1, 1, 1, bytes(range(0x10, 0x18))),
        (MASTER, SITE, OTHER, 1, 1, 2, 200, bytes(range(0x20, 0x28))),
        (bytes(range(32))[::-1], b"\xff" * 8, 1, 255, 0, 17, 0, b"\0" * 8),
        (b"\0" * 32, b"\0" * 8, 0xFFFFFFFF, 0, 255, 255, 255, b"\xff" * 8),
    ):
        of_site = own.site_keys(master, site, root, bus, group)
        given = {"master": master, "site": site, "node": node, "root_epoch": root, "bus_epoch": bus}
        given.update({"group_epoch": group, "device_epoch": device, "gateway": gateway})
        links = {f"link_{way}": key for way, key in own.link_keys(of_site["bus_root"], gateway).items()}
        found.append(hexed({**given, **of_site, **own.beacon_keys(of_site["root"], site, node, device), **links}))
    return found


def line(node: int, words: str, duress: bool = False, **changed: Any) -> dict[str, Any]:
    v = {**PLAIN_LINE, **changed}
    text = b"\x07" + f"{words} #{v['sequence'] % (1 << 24)}".encode()
    head = own.line_head(v)
    up = (MINE if node == NODE else THEIRS)["up"]
    made = own.line(up, GROUP, node, text, head, duress)
    return hexed({"node": node, "up": up, "group": GROUP, "text": text, **v, "duress": duress, "head": head, **made})


def lines() -> list[dict[str, Any]]:
    place = "34th & Cedar"
    found = [line(NODE, f"{word} {place}", kind=kind) for kind, word in enumerate(("HELP", "MEDICAL", "FIRE", "WATCH"))]
    found += [line(NODE, f"HELP {place}", **{name: True}) for name in ("drill", "low", "doubt")]
    found += [
        line(NODE, f"HELP {place}", cancel=True, back=1, sequence=0x01000413, duress=duress) for duress in (False, True)
    ]
    found += [line(NODE, f"FIRE {place}", kind=2, back=back, sequence=0x01000412 + back) for back in (2, 15)]
    found += [line(NODE, f"HELP {place}", group_epoch=epoch) for epoch in (0, 15, 16, 255)]
    found += [line(NODE, f"HELP {place}", echo=echo) for echo in (0, 1, 0xFFFF)]
    for position in ([44.9375, -93.25], [0.0, 0.0], [-90.0, -180.0], [89.99999, 179.99999], [-33.86, 151.21]):
        found.append(line(NODE, f"HELP {place}", position=position))
    found += [line(OTHER, "AYUDA Calle Ñandú", sequence=sequence) for sequence in (0xC8000001, 0xC8FFFFFF)]
    found.append(line(OTHER, "帮助 34街", sequence=0xC8000100, position=[44.95, -93.1], low=True, doubt=True, echo=7))
    found.append(line(OTHER, "W" + "x" * 109, kind=3, sequence=0xC80F4240, position=[1.5, 2.5], cancel=True, back=3))
    return found


def receipts() -> list[dict[str, Any]]:
    answered = bytes.fromhex("3c78698ab7ba6e28")
    found = []
    for count, text, epoch in (
        (1, "✓ heard #1042", 1), (2, "✓ shown #1042 #7", 15), (3, "✓ coming #1042", 16), (8, "✓ heard +8", 0),
        (8, "x" * 42, 1), (1, "x" * 120, 255), (1, "", 1),
    ):  # fmt: skip
        entries = []
        for i in range(count):
            answer = (0x01, 0x02, 0x13, 0x24, 0x36, 0x09, 0xF4, 0x0A)[i]
            node, down = (NODE, MINE["down"]) if i % 2 == 0 else (OTHER, THEIRS["down"])
            sequence = 0x01000412 + 300 * i
            tag = answered if i == 0 else own.h(b"tag", own.u(1, i))[:8]
            made = own.entry(down, node, sequence, tag, answer)
            entries.append(
                {"node": node, "down": down, "sequence": sequence, "tag": tag, "answer": answer, "entry": made}
            )
        payload = own.receipt(GROUP, epoch, text.encode(), [one["entry"] for one in entries])
        given = {"group": GROUP, "group_epoch": epoch, "text": text.encode(), "payload": payload}
        found.append({**hexed(given), "entries": [hexed(one) for one in entries]})
    return found


def pulse(node: int, body: bytes = BODY, **changed: int) -> dict[str, Any]:
    v = {**PLAIN_PULSE, **changed}
    mine = MINE if node == NODE else THEIRS
    made = own.pulse(mine["up"], mine["status"], node, body, v)
    return hexed({"node": node, "up": mine["up"], "status": mine["status"], "body": body, **v, **made})


def pulses() -> list[dict[str, Any]]:
    found = [pulse(NODE)]
    found += [pulse(NODE, standing=standing, kind=3 - standing, back=standing * 21) for standing in (1, 2, 3)]
    found += [pulse(NODE, **{name: 1}) for name in ("doubt", "tamper", "low")]
    found += [pulse(NODE, mode=mode) for mode in (1, 2, 3)]
    found += [pulse(NODE, standing=1, back=1, last_answer=last) for last in range(1, 8)]
    found += [pulse(NODE, standing=1, back=back) for back in (255, 256, 65535)]
    found += [pulse(NODE, group_epoch=epoch, echo=echo) for epoch, echo in ((0, 0), (255, 65535), (16, 1))]
    full = own.metrics(101, 4200, 12.5, 0.25, 4000000000)
    found.append(
        pulse(
            OTHER,
            full,
            sequence=0xC8FFFFFF,
            standing=2,
            kind=2,
            back=513,
            doubt=1,
            tamper=1,
            low=1,
            mode=2,
            last_answer=4,
        )
    )
    found += [pulse(OTHER, body, sequence=0xC8000001) for body in (b"\x12\x00", own.metrics(0, 0, None, None, 0))]
    return found


def gateway_pulses() -> list[dict[str, Any]]:
    answered = bytes.fromhex("3c78698ab7ba6e28")
    found = []
    for number, echo, epoch, answers, body in (
        (1700000000, 0x1234, 1, [], BODY), (1700000020, 0x1234, 1, [0x01], BODY),
        (4294967295, 0xFFFF, 255, [0x00, 0x08, 0x09, 0x0A, 0x02, 0x15], own.metrics(101, 5000, 3.5, 1.25, 86400)),
        (1, 1, 16, [0xF4, 0x35, 0x26], b"\x12\x00"),
    ):  # fmt: skip
        slots, said = [], []
        for i in range(6):
            if i >= len(answers):
                slots.append(own.h(b"unused", own.u(4, number) + own.u(1, i))[:8])
                continue
            sequence, tag = 0x01000412 + i, answered if i == 0 else own.h(b"tag", own.u(1, i))[:8]
            slots.append(own.slot(MINE["down"], NODE, sequence, tag, answers[i], number))
            said.append(hexed({"sequence": sequence, "tag": tag, "answer": answers[i], "slot": slots[i]}))
        payload = own.gateway_pulse(GROUP, GATEWAY, epoch, number, echo, slots, body)
        given = {"gateway": GATEWAY, "group": GROUP, "group_epoch": epoch, "number": number, "echo": echo, "body": body}
        beacon = {"node": NODE, "down": MINE["down"]}
        found.append(
            {**hexed({**given, **beacon, "payload": payload}), "slots": [one.hex() for one in slots], "said": said}
        )
    return found


def rekeys() -> list[dict[str, Any]]:
    root = SITE_KEYS["root"]
    found = []
    for node, epoch, number, body in (
        (NODE, 2, 1700000000, BODY), (NODE, 3, 1700000020, BODY), (NODE, 255, 0xFFFFFFFF, b"\x12\x00"),
        (OTHER, 2, 1, own.metrics(101, 5000, 3.5, 1.25, 86400)), (OTHER, 16, 0, BODY),
    ):  # fmt: skip
        down = (MINE if node == NODE else THEIRS)["down"]
        key = own.expand(root, b"whistle/1 group" + b"\0" + SITE + own.u(1, epoch), 32)
        made = own.rekey(down, node, epoch, number, key, body)
        given = {"node": node, "down": down, "group_epoch": epoch, "number": number, "key": key, "body": body}
        found.append(hexed({**given, **made}))
    return found


def ids() -> list[dict[str, Any]]:
    counters = (1, 2, 3, 64, 65535, 65536, 0x12345678, 0xFFFFFFFF)
    return [{"key": MINE["id"].hex(), "counter": one, "id": own.packet_id(MINE["id"], one)} for one in counters]


def texts() -> list[dict[str, Any]]:
    proper = [
        "HELP 34th & Cedar #1042",
        "",
        "Ñandú",
        "帮助",
        "✓ heard",
        "🔥 FIRE",
        "x" * 120,
        "http:/ /x",
        "a:b//c",
        "é" * 60,
    ]
    barred = [
        "a~b",
        "http://x",
        "tab\tx",
        "line\nx",
        "\0",
        "\x07x",
        "x\x1f",
        "x\x7f",
        "x\x80",
        "x\x9f",
        "soft\xadhyphen",
    ]
    barred += [
        f"x{chr(point)}y" for point in (0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E)
    ]
    barred += [f"x{chr(point)}y" for point in (0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x206F)]
    barred += [f"x{chr(point)}y" for point in (0x3164, 0xFEFF, 0xFFA0, 0xFFF9, 0xE0001, 0xE007F)] + [
        "x" * 121,
        "é" * 61,
    ]
    raw = ["c080", "c1bf", "e08080", "f0808080", "eda080", "edbfbf", "f4908080", "80", "c3", "e282", "ff", "fe", "c328"]
    found = [{"text": one.encode().hex(), "proper": True} for one in proper]
    found += [{"text": one.encode().hex(), "proper": False} for one in barred]
    return found + [{"text": one, "proper": False} for one in raw]


def refused() -> list[dict[str, str]]:
    """Payloads that no reader may take, each one step away from a genuine one."""
    good = bytes.fromhex(lines()[0]["payload"])
    placed = bytes.fromhex(line(NODE, "HELP x", position=[1.0, 2.0])["payload"])
    text, _, seal = good.rpartition(b" ~")
    sealed = bytes.fromhex(lines()[0]["head"] + lines()[0]["group_tag"] + lines()[0]["tag"])
    receipt = bytes.fromhex(receipts()[0]["payload"])
    eight = bytes.fromhex(receipts()[4]["payload"])
    words, _, inner = receipt.rpartition(b" ~")
    beat = bytes.fromhex(pulses()[0]["payload"])
    tick = bytes.fromhex(gateway_pulses()[0]["payload"])
    anew = bytes.fromhex(rekeys()[0]["payload"])
    long_body = b"\x12\x80\x01" + b"\x08\x01" * 64
    other_alphabet = own.b64(b"\x11\x00\x10\xfb\xff\xbf" + sealed[6:]).replace(b"-", b"+").replace(b"_", b"/")
    unsaid = placed.rpartition(b" ~")[0] + b" ~" + own.b64(b"\x11\x00\x10" + b"\x01" * 24)
    rows = [
        ("line", b"", "nothing"), ("line", text, "no seal"), ("line", text + b" ~", "empty seal"),
        ("line", text + b"~" + seal, "no blank before the tilde"), ("line", good + b"\n", "something after the seal"),
        ("line", good + b"=", "padding"), ("line", good + b"====", "padding"), ("line", good[:-1], "a character short"),
        ("line", good[:-4], "three bytes short"), ("line", good + b"AAAA", "three bytes long"),
        ("line", text + b" ~" + seal[:9] + b"\n" + seal[9:], "a line break in the seal"),
        ("line", text + b" ~" + seal[:9] + b" " + seal[9:], "a blank in the seal"),
        ("line", text + b" ~" + seal[:9] + b"*" + seal[10:], "a character of no alphabet"),
        ("line", text + b" ~" + other_alphabet, "the other alphabet"),
        ("line", text + b" ~" + own.b64(b"\x12" + sealed[1:]), "another version"),
        ("line", text + b" ~" + own.b64(b"\x21" + sealed[1:]), "another type"),
        ("line", text + b" ~" + own.b64(sealed[:1] + b"\x10" + sealed[2:]), "says position and has none"),
        ("line", unsaid, "has position, says none"), ("line", good[1:], "no bell"),
        ("line", b"\x07" + good, "two bells"),
        ("line", b"\x07" + b"x" * 120 + good[-30:], "a long text"),
        ("line", b"\x07a~b" + good[-30:], "a tilde in the text"), ("line", b"\x07http://a" + good[-30:], "a link"),
        ("line", b"\x07\xc2\x85" + good[-30:], "a C1 control"),
        ("line", b"\x07\xe2\x80\xae" + good[-30:], "right-to-left"),
        ("line", b"\x07\xff" + good[-30:], "no UTF-8"), ("line", b"\x07\xc0\xaf" + good[-30:], "an overlong form"),
        ("receipt", words, "no seal"), ("receipt", receipt + b"=", "padding"), ("receipt", receipt[:-4], "too short"),
        ("receipt", receipt + b"AAAA", "too long"), ("receipt", b"\x07" + receipt, "a bell"),
        ("receipt", words + b" ~IQ==", "one byte"),
        ("receipt", words + b" ~" + own.b64(b"\x21\x11" + bytes(16)), "says two, has one"),
        ("receipt", words + b" ~" + own.b64(b"\x21\x18" + bytes(16)), "a ninth entry said"),
        ("receipt", words + b" ~" + own.b64(b"\x21\x18" + bytes(112)), "nine entries"),
        ("receipt", words + b" ~" + own.b64(b"\x22\x10" + bytes(16)), "another version"),
        ("receipt", b"x" + eight, "181 bytes"), ("receipt", b"x" * 121 + receipt[-26:], "a long text"),
        ("pulse", b"", "nothing"), ("pulse", BODY, "a stock node's telemetry"), ("pulse", beat[:-1], "a byte short"),
        ("pulse", beat + b"\0", "a byte long"), ("pulse", beat[1:], "no metrics"),
        ("pulse", b"\x0d\0\0\0\0" + beat, "a time"),
        ("pulse", beat[:13] + b"\xfa\x07\x13" + beat[16:-1], "a short field"), ("pulse", tick, "a gateway pulse"),
        ("pulse", beat[:16] + b"\x32" + beat[17:], "another version"),
        ("pulse", b"\x12\x80\x00" + beat[2:], "length in two bytes"),
        ("pulse", long_body + beat[13:], "metrics of 128 bytes"),
        ("gateway pulse", beat, "a beacon pulse"), ("gateway pulse", tick[:-1], "a byte short"),
        ("gateway pulse", tick + b"\0", "a byte long"), ("gateway pulse", tick[1:], "no metrics"),
        ("gateway pulse", tick[:16] + b"\x42" + tick[17:], "another version"),
        ("gateway pulse", long_body + tick[13:], "metrics of 128 bytes"),
        ("rekey", tick, "a gateway pulse"), ("rekey", beat, "a beacon pulse"), ("rekey", anew[:-1], "a byte short"),
        ("rekey", anew + b"\0", "a byte long"),
        ("rekey", anew[:16] + b"\x52" + anew[17:], "another version"), ("rekey", anew[13:], "no metrics"),
    ]  # fmt: skip
    return [{"kind": kind, "payload": payload.hex(), "why": why} for kind, payload, why in rows]


FILES: dict[str, Callable[[], list[Any]]] = {
    "alert-keys": keys,
    "alert-lines": lines,
    "alert-receipts": receipts,
    "alert-pulses": pulses,
    "alert-gateway-pulses": gateway_pulses,
    "alert-rekeys": rekeys,
    "alert-ids": ids,
    "alert-texts": texts,
    "alert-refused": refused,
}


def written(name: str) -> str:
    return json.dumps({"made": MADE, "vectors": FILES[name]()}, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    for each in FILES:
        (FOLDER / f"{each}.json").write_text(written(each))
