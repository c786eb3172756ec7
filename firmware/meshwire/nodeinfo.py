"""The User message by which a node tells its name (port 4)."""

from meshwire.data import varint

PRIVATE_HARDWARE = 255


def user(node: int, long_name: str, short_name: str, role: int = 0, unmessagable: bool = False) -> bytes:
    """Return the bytes of a User: names are cut to 24 and 4 bytes, whole characters; role as in Meshtastic's enum."""
    out = _text(b"\x0a", "!%08x" % node, 15) + _text(b"\x12", long_name, 24) + _text(b"\x1a", short_name, 4)
    out += b"\x28" + varint(PRIVATE_HARDWARE)
    if role:
        out += b"\x38" + varint(role)
    return out + b"\x48\x01" if unmessagable else out


def _text(tag: bytes, text: str, most: int) -> bytes:
    raw = text.encode()
    while len(raw) > most:
        text = text[:-1]
        raw = text.encode()
    return tag + bytes((len(raw),)) + raw if raw else b""
