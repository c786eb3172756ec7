"""The User message by which a node tells its name (port 4)."""


def user(node: int, long_name: str, short_name: str, role: int = 0, unmessagable: bool = False) -> bytes:
    """Return the bytes of a User: names are cut to 24 and 4 bytes, whole characters; role as in Meshtastic's enum."""
    out = _text(10, "!%08x" % node, 15) + _text(18, long_name, 24) + _text(26, short_name, 4) + b"\x28\xff\x01"
    if role:
        out += bytes((0x38, role))
    return out + b"\x48\x01" if unmessagable else out


def _text(tag: int, text: str, most: int) -> bytes:
    while len(text.encode()) > most:
        text = text[:-1]
    raw = text.encode()
    return bytes((tag, len(raw))) + raw if raw else b""
