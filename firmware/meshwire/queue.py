"""What a node keeps, in fixed memory: frames that wait for the air or for an answer, and which packets it has met.

As in Meshtastic's MeshPacketQueue and PacketHistory, but for the alerts in front.
"""

from meshwire import const

# States of a slot: 0 free, ready to go, leaving just now, 3 waiting for an answer.
READY = const(1)
_FLYING = const(2)
# What each adds to a slot's score, above its age.
NOT_LATE = const(1 << 28)
_PRIORITY = const(1 << 21)
_RELAY = const(1 << 20)


class Slot:
    """One waiting frame and its state; `due` in ms is when it may go, or when its answer is overdue.

    `window` is a relay's contention exponent, None for our own frames; `tries` are the transmissions left, none from
    the start when no answer is wanted; `busy` counts how often the air was not free for it.
    """

    def __init__(self) -> None:
        self.state = self.score = self.due = self.tries = self.busy = 0
        self.frame = self.key = b""
        self.window: "int | None" = None


class Queue:
    """A fixed number of slots; `used` says how many are taken."""

    def __init__(self, size: int = 16) -> None:
        self.slots: "list[Slot]" = []
        for _ in range(size):
            self.slots.append(Slot())
        self.used = self._pushed = 0

    def find(self, key: bytes) -> "Slot | None":
        """Return the slot of the packet whose frame bytes 4..11 are `key`."""
        if self.used:
            for slot in self.slots:
                if slot.state and slot.key == key:
                    return slot
        return None

    def front(self) -> "Slot | None":
        """Return the ready slot that goes next: not late, then priority, then relays, then the oldest."""
        best = None
        if self.used:
            for slot in self.slots:
                if slot.state == READY and (best is None or slot.score > best.score):
                    best = slot
        return best

    def push(self, frame: bytes, priority: int, window: "int | None" = None, tries: int = 0) -> "Slot | None":
        """Put a frame into a slot and return it: a free one, or that of the last if it has less priority, or None."""
        room = None
        for slot in self.slots:  # a free one has the lowest score of all
            if slot.state < _FLYING and (room is None or slot.score < room.score):
                room = slot
        if room is None or room.score & NOT_LATE - _PRIORITY >= priority * _PRIORITY:
            return None
        self._pushed = self._pushed - 1 & _RELAY - 1  # counts down: of equals the older one has the higher score
        room.score = NOT_LATE + priority * _PRIORITY + self._pushed + (0 if window is None else _RELAY)
        self.used += not room.state
        room.state = READY
        room.busy = 0
        room.frame = frame
        room.key = frame[4:12]
        room.window = window
        room.tries = tries
        return room

    def drop(self, slot: "Slot | None") -> None:
        """Make the slot free; nothing happens without one. What is leaving just now is not sent again, no more."""
        if slot and slot.state == _FLYING:
            slot.tries = 0
        elif slot and slot.state:
            slot.state = slot.score = 0
            slot.frame = slot.key = b""
            self.used -= 1


class History:
    """Remembers `count` packets in one bytearray, `ring`, without expiry: the oldest is replaced.

    A record of ten bytes: sender and id as they stand in the frame, the highest hop limit met, marks of the node's.
    A place is where a record begins.
    """

    def __init__(self, count: int = 128) -> None:
        self.ring = bytearray(10 * count)
        self._next = 0

    def find(self, key: bytes) -> int:
        """Return the place of the packet whose frame bytes 4..11 are `key`, or -1."""
        at = self.ring.find(key)
        while at > 0 and at % 10:
            at = self.ring.find(key, at + 1)
        return at

    def add(self, key: bytes, hops: int, marks: int) -> None:
        """Remember a packet in place of the oldest one."""
        at = self._next
        self.ring[at : at + 10] = key + bytes((hops, marks))
        self._next = (at + 10) % len(self.ring)
