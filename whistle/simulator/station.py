"""A stock Meshtastic radio on the simulated air: `meshwire.stock.StockNode` with a receiver, a transmitter and timers.

It reads a frame at its last bit (interrupt driven), its timers are up to 10 ms late, and it needs 1 ms from
transmitting to receiving.
"""

from collections.abc import Callable
from dataclasses import dataclass

from meshwire.airtime import Modem
from meshwire.channel import Channel
from meshwire.data import Data
from meshwire.node import Packet
from meshwire.nodeinfo import user
from meshwire.stock import CLIENT, CLIENT_MUTE, ROUTER, ROUTER_LATE, StockNode

from whistle.simulator import draws
from whistle.simulator.air import Air
from whistle.simulator.errors import BadScenario
from whistle.simulator.propagation import Spot

TIMER_LATE_US = 10_000
DEAF_AFTER_US = 1_000
HISTORY = 240
ROLES = {"CLIENT": CLIENT, "CLIENT_MUTE": CLIENT_MUTE, "ROUTER": ROUTER, "ROUTER_LATE": ROUTER_LATE}


class KnownModem(Modem):
    """A modem that has worked out every frame length once."""

    def __init__(self, sf: int, bw_hz: int, cr: int, preamble: int = 16) -> None:
        super().__init__(sf, bw_hz, cr, preamble)
        self._table = tuple(super(KnownModem, self).airtime_us(size) for size in range(256))

    def airtime_us(self, size: int) -> int:
        return self._table[size]


class SharedChannel(Channel):
    """A channel that all nodes of a simulation share: what one has just deciphered need not be deciphered again."""

    _last: tuple[int, int, bytes] = (0, 0, b"")
    _plain = b""

    def crypt(self, id: int, sender: int, data: bytes) -> bytes:
        asked = (id, sender, data)
        if asked != self._last:
            self._plain = super().crypt(id, sender, data)
            self._last = asked
        return self._plain


@dataclass(frozen=True, slots=True)
class Identity:
    """What a stock radio was set to: role by its Meshtastic name, firmware "2.7" or "2.8", the region's duty limit."""

    name: str
    role: str = "CLIENT"
    firmware: str = "2.7"
    duty_permille: int = 1000
    announces: bool = True


class Station:
    """One stock radio, switched on when made. Its host, if it has one, sets `packet` (called with every message that is
    new and for us or all) and `told` (with the fate of our own: meshwire's event, id, error)."""

    def __init__(self, air: Air, seed: int, spot: Spot, channels: list[Channel], identity: Identity) -> None:
        self.air = air
        self.loop = air.loop
        self.ear = air.add(spot, self._heard)
        self.packet: Callable[[Packet], None] | None = None
        self.told: Callable[[int, int, int], None] | None = None
        self._chance = draws.stream(seed, "node", spot.node)
        self._late = draws.stream(seed, "late", spot.node).random
        self._wake_us: int | None = None
        self._sending = False
        self.on = True
        self.node = self._made(channels, identity)
        air.open(self.ear)
        self.plan()

    def _made(self, channels: list[Channel], identity: Identity) -> StockNode:
        role = ROLES.get(identity.role)
        number = self.ear.node
        if role is None:
            raise BadScenario(f"node {number} has the role {identity.role!r}; write one of {', '.join(ROLES)}")
        name = user(number, identity.name, f"{number & 0xFFFF:04x}", role, role >= ROUTER)
        node = StockNode(
            number,
            channels,
            self.air.modem,
            draws.below(self._chance),
            self.next_id,
            self._event,
            user=name if identity.announces else None,
            relays=role != CLIENT_MUTE,
            opaque=role != CLIENT_MUTE,
            duty_permille=identity.duty_permille,
            now_ms=self.loop.now_us // 1000,
            history=HISTORY,
        )
        node.role, node.firmware = role, identity.firmware
        return node

    def next_id(self) -> int:
        """A new packet id (stock radios draw them at random)."""
        return self._chance.getrandbits(32) or 1

    def announce(self) -> None:
        """Tell the node's name to all soon."""
        self.node.announce_at = self.loop.now_us // 1000
        self.plan()

    def send(self, port: int, payload: bytes) -> int:
        """Let the radio say this to all by itself; the packet id. A MeshwireError when it cannot go."""
        sent = self.node.send(Data(port, payload), self.loop.now_us // 1000)
        self.plan()
        return sent

    def power(self, on: bool) -> None:
        """Switch it off (it ends the frame it is sending) or on; what was queued goes when it is on again."""
        self.on = on
        if not on:
            self.air.shut(self.ear)
        elif not self._sending:
            self.air.open(self.ear)
            self.plan()

    def plan(self) -> None:
        """Make sure to be woken when the node next has something to do."""
        due = self.node.due() if self.on else None
        if due is None:
            return
        due_us = due * 1000
        if self._wake_us is None or due_us < self._wake_us:
            self._wake_us = due_us
            late = int(self._late() * TIMER_LATE_US)
            self.loop.at(max(due_us, self.loop.now_us) + late, self._woken, due_us)

    def _event(self, kind: int, packet_id: int, error: int) -> None:
        if self.told is not None:
            self.told(kind, packet_id, error)

    def _heard(self, frame: bytes, rssi: int, snr: float) -> None:
        packet = self.node.heard(frame, self.loop.now_us // 1000, rssi, snr)
        if packet is not None and self.packet is not None:
            self.packet(packet)
        if self.node.queue.used:
            self.plan()

    def _woken(self, due_us: int) -> None:
        if due_us != self._wake_us:
            return  # an earlier time has been set since; this one is stale
        self._wake_us = None
        if self.on and not self._sending:
            self._try()
            self.plan()

    def _try(self) -> None:
        now_ms = self.loop.now_us // 1000
        due = self.node.due()
        if due is None or due > now_ms:
            return
        frame = self.node.transmit(now_ms, self.air.busy(self.ear))
        if frame is not None:
            self._sending = True
            self.air.transmit(self.ear, frame, self._sent)

    def _sent(self) -> None:
        self.loop.at(self.loop.now_us + DEAF_AFTER_US, self._again)

    def _again(self) -> None:
        self._sending = False
        if self.on:
            self.air.open(self.ear)
        self.node.sent(self.loop.now_us // 1000)
        self.plan()
