"""A new group key over the air, for one beacon and nobody else (section 7). For hosts; a board uses wire."""

from . import telemetry, wire
from .errors import Malformed
from .mac import label, tag, u32
from .text import need

EPOCHS = 255


class Rekey:
    """One message as it was read, neither opened nor checked: field (46 bytes), group_epoch 0..255, number."""

    def __init__(self, payload: bytes) -> None:
        _, self.field = telemetry.split(payload)
        if len(self.field) != 46 or self.field[0] != 0x51:
            raise Malformed("not a new group key")
        self.group_epoch = self.field[1]
        self.number = int.from_bytes(self.field[2:6], "big")


def build(node: int, down: bytes, group_epoch: int, number: int, key: bytes, body: bytes) -> bytes:
    """The payload of port 67: the group `key` of `group_epoch` for that beacon, under its `down`. Or Unbuildable."""
    need(0 < group_epoch <= EPOCHS and len(key) == 32, "a new epoch is 1 to 255, and a group key has 32 bytes")
    need(0 <= number < 1 << 32, "number has 32 bits")
    head = b"\x51" + bytes([group_epoch]) + u32(number)
    tag8 = tag(down, 8, label(b"rekey-d"), u32(node), head[1:], key)
    return telemetry.join(body, head + wire.veil(key, down, tag8, head, b"rekey-s") + tag8)


def parse(payload: bytes) -> Rekey:
    """A message from a payload. Malformed when it is not whole or no new group key."""
    return Rekey(payload)


def opened(rekey: Rekey, node: int, down: bytes) -> "bytes | None":
    """The new group key (32 bytes), if a holder of that beacon's `down` made the message for it; else None."""
    return wire.rekeyed(rekey.field, node, down)
