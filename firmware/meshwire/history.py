"""Which packets were met already: a ring of fixed size without expiry, the oldest is replaced (PacketHistory)."""

RECORD = 10  # sender and id as they stand in the frame, then the highest hop limit met, then marks
HOPS, MARKS = 8, 9

OWN, ECHOED, UNREAD = 1, 2, 4


class History:
    """Remembers `count` packets in one bytearray, `ring`; a place in it is where a record begins."""

    def __init__(self, count: int = 128) -> None:
        self.ring = bytearray(RECORD * count)
        self._next = 0

    def find(self, key: bytes) -> int:
        """Return the place of the packet whose frame bytes 4..11 are `key`, or -1."""
        at = self.ring.find(key)
        while at > 0 and at % RECORD:
            at = self.ring.find(key, at + 1)
        return at

    def add(self, key: bytes, hops: int, marks: int) -> int:
        """Remember a packet in place of the oldest one and return where."""
        at = self._next
        self.ring[at : at + HOPS] = key
        self.ring[at + HOPS] = hops
        self.ring[at + MARKS] = marks
        self._next = (at + RECORD) % len(self.ring)
        return at
