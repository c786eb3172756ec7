"""Stock roles of firmware 2.7, as far as a plain relay needs them: what each does differently from `meshwire.Node`."""

from dataclasses import dataclass

from meshwire.data import ALERT, Data
from meshwire.node import Node

from whistle.simulator.errors import BadScenario

PRIORITY_DEFAULT = 64
CORE_PORTS = frozenset((1, 3, 4, 5, 6, 7, 8, 11, 12, 35, 65, 67, 70))


class StockClient(Node):
    """Role CLIENT: an alert is nothing special to it."""

    def _rank(self, data: Data, want_ack: bool) -> int:
        if data.portnum == ALERT:
            return PRIORITY_DEFAULT
        return super()._rank(data, want_ack)


class StockRouter(StockClient):
    """Role ROUTER: relays the core ports only, before everybody else, and whoever else has relayed them."""

    def _passes(self, data: Data | None) -> bool:
        return data is not None and data.portnum in CORE_PORTS

    def _draw(self, now_ms: int) -> None:
        slot = self.queue.front()
        if slot is None or slot.window is None:
            super()._draw(now_ms)
        else:
            slot.due = now_ms + self.random(2 * slot.window or 1) * self.modem.slot_ms

    def _outdone(self, slot: object, now_ms: int) -> None:
        """A router's relay stays."""


@dataclass(frozen=True, slots=True)
class Role:
    """number: Meshtastic's enum; node: the class that behaves so."""

    number: int
    node: type[Node]
    relays: bool = True
    opaque: bool = False
    unmessagable: bool = False


ROLES = {
    "CLIENT": Role(0, StockClient, opaque=True),
    "CLIENT_MUTE": Role(1, StockClient, relays=False),
    "ROUTER": Role(2, StockRouter, unmessagable=True),
}


def role(name: str, node: int) -> Role:
    """The role of this name; BadScenario names the node that has another."""
    if name not in ROLES:
        raise BadScenario(f"node {node} has the role {name!r}; write one of {', '.join(ROLES)}")
    return ROLES[name]
