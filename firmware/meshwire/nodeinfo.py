"""The User message by which a node tells its name (port 4), with what only stock radios have to say."""

from meshwire import wire


def user(node: int, long_name: str, short_name: str, role: int = 0, unmessagable: bool = False) -> bytes:
    """Return the bytes of a User: names are cut to 24 and 4 bytes, whole characters; role as in Meshtastic's enum."""
    out = wire.user(node, long_name, short_name)
    if role:
        out += bytes((0x38, role))
    return out + b"\x48\x01" if unmessagable else out
