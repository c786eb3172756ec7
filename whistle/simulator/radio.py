"""A stock Meshtastic radio with a host port, in plain values: what its host may hand in, and what it is told.

The bytes of the host's stream are another file's business (`stockradio`); a program in the same process uses `submit`
and `take` directly. Limits are those of firmware 2.7 (see `hostlimits`); its own answers to the host are not limited.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from meshwire import BROADCAST
from meshwire.data import NODEINFO, ROUTING, Data
from meshwire.errors import OverDuty, QueueFull, TooLarge
from meshwire.node import FAILED, ON_AIR, Node, Packet

from whistle.simulator.hostlimits import KNOWN, REFUSED, TAKEN, HostLimits, HostQueue
from whistle.simulator.station import Station

QUEUE_SIZE = 16
KNOWN_NODES = 250
WAITING_ACKS = 32
RES_OK, RES_FULL = 0, 32
MAX_RETRANSMIT, TOO_LARGE, DUTY_CYCLE_LIMIT, RATE_LIMIT_EXCEEDED = 5, 7, 9, 38


@dataclass(frozen=True, slots=True)
class HostPacket:
    """What a host hands in; `channel` is an index, `id` 0 lets the radio choose, `hop_limit` None is its own."""

    portnum: int
    payload: bytes
    to: int = BROADCAST
    id: int = 0
    want_ack: bool = False
    want_response: bool = False
    hop_limit: int | None = None
    request_id: int = 0
    reply_id: int = 0
    emoji: int = 0
    priority: int = 0
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """What the radio tells its host: a packet from the air, or a word of its own (then sender is its own number).

    at: Unix seconds; rssi dBm and snr dB of the last hop, 0 for its own words.
    """

    sender: int
    to: int
    id: int
    at: float
    data: Data
    hop_limit: int = 0
    hop_start: int = 0
    want_ack: bool = False
    relay_node: int = 0
    rssi: int = 0
    snr: float = 0.0


@dataclass(frozen=True, slots=True)
class QueueReport:
    """The radio's answer to every packet handed in: res 0 is "queued" (also for what it dropped in silence)."""

    res: int
    free: int
    id: int
    size: int = QUEUE_SIZE


@dataclass(slots=True)
class KnownNode:
    """An entry of the radio's node list; user is the encoded User message, empty before it was heard."""

    number: int
    user: bytes = b""
    snr: float = 0.0
    heard_at: float = 0.0
    hops: int | None = None


@dataclass(slots=True)
class HostCounts:
    """What became of the host's packets, by verdict."""

    taken: int = 0
    refused: int = 0
    silent: int = 0
    known: int = 0


class Radio:
    """The device between one host and the air. `ring` is called when something new waits for the host."""

    def __init__(self, station: Station, name: str, unix: Callable[[], float]) -> None:
        self.station = station
        station.packet, station.told = self.packet, self.told
        self.name = name
        self.number = station.ear.node
        self.unix = unix
        self.ring: Callable[[], None] = _nobody_listens
        self.hang_up: Callable[[], None] = _nobody_listens
        self.local: Callable[[HostPacket], Data | None] = _no_admin
        self.to_host: HostQueue[Received] = HostQueue()
        self.reports: deque[QueueReport] = deque(maxlen=QUEUE_SIZE)
        self.known: OrderedDict[int, KnownNode] = OrderedDict()
        self.counts = HostCounts()
        self._limits = HostLimits()
        self._waiting: deque[int] = deque(maxlen=WAITING_ACKS)

    @property
    def node(self) -> Node:
        """The protocol node inside."""
        return self.station.node

    @property
    def on(self) -> bool:
        """Has it power?"""
        return self.station.on

    def power(self, on: bool) -> None:
        """Switch it off (its host loses the connection, what waited is forgotten) or on."""
        self.station.power(on)
        if not on:
            self.to_host = HostQueue()
            self.reports.clear()
            self.hang_up()

    def new_host(self) -> None:
        """Another host has connected: what the last one handed in is forgotten."""
        self._limits = HostLimits()

    # From the host

    def submit(self, packet: HostPacket) -> None:
        """Take a packet from the host; the answers come through `take_report` and `take`."""
        verdict = self._limits.judge(packet.id, packet.portnum, self._now_ms())
        setattr(self.counts, verdict, getattr(self.counts, verdict) + 1)
        if verdict == KNOWN:
            return
        res = RES_OK
        if verdict == REFUSED:
            self._own_word(packet.id, RATE_LIMIT_EXCEEDED)
        elif verdict == TAKEN:
            res = self._keep(packet) if packet.to == self.number else self._send(packet)
        self.report(res, packet.id)

    def report(self, res: int = RES_OK, packet_id: int = 0) -> None:
        """Tell the host how full the queue is (also the answer to its heartbeat)."""
        self.reports.append(QueueReport(res, QUEUE_SIZE - self.node.queue.used, packet_id))
        self.ring()

    def _send(self, packet: HostPacket) -> int:
        data = Data(
            packet.portnum,
            packet.payload,
            want_response=packet.want_response,
            request_id=packet.request_id,
            reply_id=packet.reply_id,
            emoji=packet.emoji,
        )
        try:
            sent = self.node.send(
                data,
                self._now_ms(),
                to=packet.to,
                want_ack=packet.want_ack,
                priority=packet.priority,
                hop_limit=packet.hop_limit,
                id=packet.id,
            )
        except QueueFull:
            return RES_FULL
        except (OverDuty, TooLarge) as wrong:
            self._own_word(packet.id, DUTY_CYCLE_LIMIT if isinstance(wrong, OverDuty) else TOO_LARGE)
            return RES_OK
        if packet.want_ack:
            self._waiting.append(sent)
        self.station.plan()
        return RES_OK

    def _keep(self, packet: HostPacket) -> int:
        """A packet to the radio itself: its own modules answer."""
        answer = self.local(packet)
        if answer is not None:
            answer.request_id = packet.id
            self._to_host(Received(self.number, self.number, self._new_id(), self.unix(), answer))
        elif packet.want_ack:
            self._own_word(packet.id, 0)
        return RES_OK

    # To the host

    def take(self) -> Received | None:
        """The next packet for the host, or None."""
        return self.to_host.take()

    def take_report(self) -> QueueReport | None:
        """The next queue report for the host, or None."""
        return self.reports.popleft() if self.reports else None

    def packet(self, packet: Packet) -> None:
        """The node has heard something new for us or for all."""
        head = packet.header
        self._meet(packet)
        self._to_host(
            Received(
                sender=head.sender,
                to=head.to,
                id=head.id,
                at=self.unix(),
                data=packet.data,
                hop_limit=head.hop_limit,
                hop_start=head.hop_start,
                want_ack=head.want_ack,
                relay_node=head.relay_node,
                rssi=round(packet.rssi),
                snr=packet.snr,
            )
        )

    def told(self, kind: int, packet_id: int, error: int) -> None:
        """The node reports the fate of a packet of ours; the host asked only for those it wants acknowledged."""
        if packet_id not in self._waiting:
            return
        if kind == ON_AIR:
            self._own_word(packet_id, 0)
        elif kind == FAILED and error == MAX_RETRANSMIT:
            self._waiting.remove(packet_id)
            self._own_word(packet_id, error)

    def _own_word(self, request_id: int, error: int) -> None:
        """A routing message of the radio's own: an implicit acknowledgement (error 0) or what is wrong."""
        data = Data(ROUTING, bytes((0x18, error)), request_id=request_id)
        self._to_host(Received(self.number, self.number, self._new_id(), self.unix(), data))

    def _to_host(self, received: Received) -> None:
        self.to_host.put(received, received.data.portnum)
        self.ring()

    def _meet(self, packet: Packet) -> None:
        head = packet.header
        entry = self.known.setdefault(head.sender, KnownNode(head.sender))
        self.known.move_to_end(head.sender)
        entry.snr, entry.heard_at = packet.snr, self.unix()
        entry.hops = head.hop_start - head.hop_limit if head.hop_start >= head.hop_limit else None
        if packet.data.portnum == NODEINFO:
            entry.user = packet.data.payload
        if len(self.known) > KNOWN_NODES:
            self.known.popitem(last=False)

    def _new_id(self) -> int:
        return self.station.next_id()

    def _now_ms(self) -> int:
        return self.station.loop.now_us // 1000


def _nobody_listens() -> None:
    """No host is connected."""


def _no_admin(packet: HostPacket) -> Data | None:
    """No administration: the packet is only acknowledged."""
    return None
