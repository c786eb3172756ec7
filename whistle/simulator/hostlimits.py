"""What a stock radio lets its host do (firmware 2.7, PhoneAPI): rates by port, ids met before, and the queue to the
host.
"""

from collections import deque
from typing import Generic, TypeVar

from meshwire.data import ALERT, POSITION, TELEMETRY, TEXT

WAYPOINT, TRACEROUTE = 8, 70
IDS_REMEMBERED = 20
TO_HOST = 32  # packets kept for a host that does not read

TAKEN = "taken"  # goes on to the radio
REFUSED = "refused"  # the host gets a RATE_LIMIT_EXCEEDED routing error
SILENT = "silent"  # dropped; the host is told "queued", res 0, as if it had been sent
KNOWN = "known"  # an id among the last 20: dropped without any answer

# port: (milliseconds between two, what becomes of one that comes too early); each port has a timer of its own
RATES = {
    TEXT: (2_000, REFUSED),
    ALERT: (10_000, SILENT),
    POSITION: (10_000, SILENT),
    WAYPOINT: (10_000, SILENT),
    TELEMETRY: (10_000, SILENT),
    TRACEROUTE: (30_000, SILENT),
}

Item = TypeVar("Item")


class HostLimits:
    """Judges every packet a host hands in; remembers 20 ids and one time a port."""

    def __init__(self) -> None:
        self._ids: deque[int] = deque(maxlen=IDS_REMEMBERED)
        self._last: dict[int, int] = {}

    def judge(self, packet_id: int, portnum: int, now_ms: int) -> str:
        """TAKEN, REFUSED, SILENT or KNOWN for a packet with this id (0 = the radio will choose one) and port."""
        if packet_id:
            if packet_id in self._ids:
                return KNOWN
            self._ids.append(packet_id)
        apart, early = RATES.get(portnum, (0, TAKEN))
        last = self._last.get(portnum)
        if apart and last is not None and now_ms - last < apart:
            return early
        if apart:
            self._last[portnum] = now_ms
        return TAKEN


class HostQueue(Generic[Item]):
    """What waits for the host. Full: a text pushes out the oldest, anything else (an alert too) is discarded and
    counted.
    """

    def __init__(self, size: int = TO_HOST) -> None:
        self.pushed_out = 0
        self.discarded = 0
        self._size = size
        self._items: deque[Item] = deque()

    def put(self, item: Item, portnum: int) -> None:
        """Queue an item that came on this port."""
        if len(self._items) >= self._size:
            if portnum != TEXT:
                self.discarded += 1
                return
            self._items.popleft()
            self.pushed_out += 1
        self._items.append(item)

    def take(self) -> Item | None:
        """The oldest item, or None."""
        return self._items.popleft() if self._items else None

    def __len__(self) -> int:
        return len(self._items)
