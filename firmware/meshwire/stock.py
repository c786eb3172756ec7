"""What radios with Meshtastic's own firmware do differently from our node: roles, and the rules of 2.8 (host only).

For simulators and tests. Alerts are nothing special to a stock radio: they wait for a free air however long that takes,
and whoever sends anything under a packet's number ends its relay. A ROUTER relays the core ports only, early, and
whoever else has relayed them; 2.8 drops what looks older than its protocol.
"""

from meshwire.data import ALERT, Data
from meshwire.header import Header
from meshwire.node import Node
from meshwire.queue import NOT_LATE, Slot

CLIENT, CLIENT_MUTE, ROUTER, ROUTER_LATE = 0, 1, 2, 11
CORE_PORTS = (1, 3, 4, 5, 6, 7, 8, 11, 12, 35, 65, 67, 70)
QUIET_PORTS = (37, 71)
"""MESH_BEACON and NEIGHBORINFO are dropped unread by nodes that do not have those modules switched on."""


class StockNode(Node):
    """A node in one of the roles above, as firmware "2.7" or "2.8" would be; set `role` and `firmware` after making it.

    Make it with relays False for CLIENT_MUTE, and with opaque True for the others, whose rebroadcast mode is ALL.
    """

    role = CLIENT
    firmware = "2.7"
    busy_looks = 0
    credulous = True

    def _admits(self, head: Header, data: "Data | None") -> bool:
        if data and data.portnum in QUIET_PORTS:
            return False
        if self.firmware != "2.7":
            if head.hop_start < head.hop_limit or data and not head.hop_start and data.bitfield is None:
                return False
        return super()._admits(head, data)

    def _passes(self, data: "Data | None") -> bool:
        if self.role in (ROUTER, ROUTER_LATE) and (data is None or data.portnum not in CORE_PORTS):
            return False
        return super()._passes(data)

    def _rank(self, data: Data, want_ack: bool) -> int:
        if data.portnum == ALERT:
            data = Data(0, b"", data.want_response, request_id=data.request_id, bitfield=data.bitfield)
        return super()._rank(data, want_ack)

    def _outdone(self, slot: Slot, now_ms: int) -> None:
        if self.role == ROUTER_LATE and slot.window is not None and slot.score >= NOT_LATE:
            slot.score -= NOT_LATE
            slot.due = now_ms + (16 + (1 << slot.window)) * self.modem.slot_ms
        elif self.role not in (ROUTER, ROUTER_LATE):
            super()._outdone(slot, now_ms)

    def _draw(self, now_ms: int) -> None:
        slot = self.queue.front()
        if slot and slot.window is not None and self.role == ROUTER:
            slot.due = now_ms + self.random(2 * slot.window or 1) * self.modem.slot_ms
        elif slot and slot.score >= NOT_LATE:  # what is late keeps its moment
            super()._draw(now_ms)
