"""The sixteen clear bytes before every frame's ciphertext, by their own name; made in wire."""

from meshwire.wire import Header as Header
from meshwire.wire import pack as pack
from meshwire.wire import unpack as unpack


def last_byte(node: int) -> int:
    """Return how `relay_node` and `next_hop` name a node: its last byte, 0xFF in place of 0."""
    return node & 255 or 255
