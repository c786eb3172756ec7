"""A node of the mesh without I/O: frames heard go in, frames to send come out, time and chance are handed in.

Routing is Meshtastic's managed flooding (Router, FloodingRouter, ReliableRouter, NextHopRouter with next hop 0), as
versions 2.7 and 2.8 do it. What differs on purpose: a relayed frame keeps its ciphertext byte for byte, sealed alerts
go first, and noise under a packet's number does not hide the packet.
"""

import struct

from meshwire import BROADCAST, const
from meshwire.airtime import Meter
from meshwire.errors import MeshwireError, OverDuty, QueueFull
from meshwire.queue import History, Queue
from meshwire.wire import Data, Header, seal, unseal

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable, Sequence  # type: ignore[unreachable]

    from meshwire.airtime import Modem
    from meshwire.queue import Slot
    from meshwire.wire import Channel

# Numbers that the compiler puts where the names stand: ports and states are those of data.py and queue.py.
_TEXT = const(1)
_NODEINFO = const(4)
_ROUTING = const(5)
_ADMIN = const(6)
_ALERT = const(11)
_READY = const(1)
_FLYING = const(2)
_WAITING = const(3)
# In a record of the history: where the highest hop limit and the marks stand, and which marks there are.
_HOPS = const(8)
_MARKS = const(9)
_ECHOED = const(1)
_UNREAD = const(2)
_URGENT = const((1 << 28) + (126 << 21))  # the score from which on our own frame does not wait for ever

ON_AIR, ACKED, FAILED = 1, 2, 3  # events: someone repeated it, its receiver has it, it failed (with a routing error)


def window(snr: float) -> int:
    """Return a relay's contention exponent: 3 at -20 dB to 8 at +10 dB, whole numbers cut towards zero, not clamped."""
    return max(0, 3 + int((int(snr) + 20) / 6))


class Packet:
    """A message for us or for all, heard for the first time: header, data, channel, and how well it was heard."""

    def __init__(self, header: Header, data: Data, channel: "Channel", rssi: float, snr: float) -> None:
        self.header = header
        self.data = data
        self.channel = channel
        self.rssi = rssi
        self.snr = snr


class Node:
    """One radio's share of the mesh, in the role CLIENT, or CLIENT_MUTE with `relays` False.

    `random(n)` gives an int below n; `next_id()` a new packet id; `event(kind, id, error)` is told ON_AIR, ACKED or
    FAILED of our own packets. `user` is what we tell of ourselves (nodeinfo.user), None to stay silent; it is told at
    `announce_at`. Times are ms of one clock that never falls. After `transmit` gave a frame, call `sent`; after any
    call, `due()` says when to call `transmit` next. `dropped` counts refused frames. After `busy_looks` in a row that
    found the air busy an urgent frame of our own leaves all the same, 0: never.
    """

    KEEPS, busy_looks = "announce_at", 100
    credulous = False  # whether whatever comes under a packet's number is taken for that packet

    def __init__(
        self,
        number: int,
        channels: "Sequence[Channel]",
        modem: "Modem",
        random: "Callable[[int], int]",
        next_id: "Callable[[], int]",
        event: "Callable[[int, int, int], object]",
        user: "bytes | None" = None,
        relays: bool = True,
        opaque: bool = False,
        hop_limit: int = 3,
        duty_permille: int = 1000,
        now_ms: int = 0,
        history: int = 128,
    ) -> None:
        self.number = number
        self.channels = channels
        self.modem = modem
        self.random = random
        self.next_id = next_id
        self.event = event
        self.user = user
        self.relays = relays
        self.opaque = opaque  # relay what we cannot read, too
        self.hop_limit = hop_limit
        self.duty_permille = duty_permille
        self.history = History(history)
        self.queue = Queue()
        self.air = Meter(10000, 6)
        self.sending = Meter(60000, 60)
        self.announce_at = now_ms + 30000 + random(10000)
        self.dropped = 0
        self._number = struct.pack("<I", number)
        self._last = number & 255 or 255  # how header bytes name a node
        self._flying: "Slot | None" = None

    # What comes in

    def heard(self, raw: bytes, now_ms: int, rssi: float = 0, snr: float = 0) -> "Packet | None":
        """Take a frame from the radio; return its message when it is new, readable, and for us or for all.

        Relays, acknowledgements and introductions that follow from it wait in the queue afterwards. `snr` is in dB.
        """
        size = len(raw)
        if not 16 <= size <= 255:
            self.dropped += 1
            return None
        air_us = self.modem.airtime_us(size)
        self.air.add(now_ms, air_us)
        raw = bytes(raw)
        key = raw[4:12]
        at = self.history.find(key)
        packet = None
        if key[:4] == self._number:
            self._echo(key, at)
        elif at < 0 or self.history.ring[at + _MARKS] & _UNREAD:
            packet = self._first(raw, key, at, now_ms, rssi, snr)
        else:
            self._duplicate(raw, key, at, now_ms, snr)
        if self.queue.used:  # the air was busy: let answers take that much longer, and wait anew
            for slot in self.queue.slots:
                if slot.state == _WAITING:
                    slot.due += air_us // 1000
            self._draw(now_ms)
        return packet

    def _first(self, raw: bytes, key: bytes, at: int, now_ms: int, rssi: float, snr: float) -> "Packet | None":
        head, channel, data = unseal(self.channels, raw)
        if not self._admits(head, data):
            self.dropped += 1
            return None
        if at < 0:
            if head.id:
                self.history.add(key, head.hop_limit, 0 if data or self.credulous else _UNREAD)
        elif data:
            self.history.ring[at + _MARKS] = 0
        else:
            self._duplicate(raw, key, at, now_ms, snr)
            return None
        self._onward(raw, head, channel, data, now_ms, snr)
        if data and channel and head.to in (BROADCAST, self.number):
            return Packet(head, data, channel, rssi, snr)
        return None

    def _admits(self, head: Header, data: "Data | None") -> bool:
        """Say whether a packet may come in at all."""
        return 0 < head.sender < BROADCAST

    def _duplicate(self, raw: bytes, key: bytes, at: int, now_ms: int, snr: float) -> None:
        """Settle a packet met before: upgrade or cancel our relay, or take up the origin's own repetition."""
        ring = self.history.ring
        hops = raw[12] & 7
        slot = self.queue.find(key)
        if slot is None:
            if hops and hops == raw[12] >> 5 and (self.relays or raw[:4] == self._number):
                head, channel, data = unseal(self.channels, raw)
                self._onward(raw, head, channel, data, now_ms, snr)
        elif slot.window is not None and (self.credulous or raw[16:] == slot.frame[16:]):  # headers are soon forged
            if hops > ring[at + _HOPS]:
                slot.frame = self._relayed(raw)
            elif hops != raw[12] >> 5:
                self._outdone(slot, now_ms)
        if hops > ring[at + _HOPS]:
            ring[at + _HOPS] = hops

    def _outdone(self, slot: "Slot", now_ms: int) -> None:
        """Another relay was faster: ours is not needed."""
        self.queue.drop(slot)

    def _echo(self, key: bytes, at: int) -> None:
        """Take note that someone repeated a packet of ours: it is on the air, and need not be sent again."""
        if at >= 0:  # otherwise somebody else uses our number
            self.queue.drop(self.queue.find(key))
            if not self.history.ring[at + _MARKS]:
                self.history.ring[at + _MARKS] = _ECHOED
                self.event(ON_AIR, struct.unpack("<II", key)[1], 0)

    # What follows from it

    def _onward(
        self, raw: bytes, head: Header, channel: "Channel | None", data: "Data | None", now_ms: int, snr: float
    ) -> None:
        """Answer what is for us, relay what is for others."""
        if data and data.request_id:
            self._answered(head, data)
        replied = data and self._introduce(head, channel, data, now_ms)
        if head.to == self.number:
            if not replied:
                self._acknowledge(head, channel, data, now_ms)
        elif self._passes(data) and head.id and head.hop_limit:
            if head.hop_start and head.next_hop not in (0, self._last):
                return  # somebody else was named to repeat it
            priority = self._rank(data, head.want_ack) if data else 64
            if self.over_duty(now_ms) or not self.queue.push(self._relayed(raw), priority, window(snr)):
                self.dropped += 1

    def _passes(self, data: "Data | None") -> bool:
        """Say whether we repeat such a message; None is one that we cannot read."""
        return self.relays and (self.opaque or data is not None)

    def _rank(self, data: Data, want_ack: bool) -> int:
        """Return a message's priority: as stock radios rank them, but a sealed alert before everything."""
        port = data.portnum
        if port in (_ALERT, _TEXT) and data.payload[:1] == b"\x07" and b" ~" in data.payload:
            return 126  # above everything a stock radio knows
        if port == _ROUTING:
            return 120
        if port in (_TEXT, _ADMIN):
            return 100
        if data.request_id:
            return 80
        return 70 if want_ack or data.asks() else 64

    def _relayed(self, raw: bytes) -> bytes:
        """Return the frame as we repeat it: one hop less, our own last byte, the ciphertext untouched."""
        return raw[:12] + bytes((raw[12] - 1, raw[13], 0, self._last)) + raw[16:]

    def _answered(self, head: Header, data: Data) -> None:
        """A packet names another as answered: end its relay, or our own waiting for it."""
        key = struct.pack("<II", head.to, data.request_id)
        slot = self.queue.find(key)
        if head.to != self.number:
            if slot and slot.window is not None and slot.frame[:4] != b"\xff\xff\xff\xff":
                self.queue.drop(slot)
            return
        error = 0
        if data.portnum == _ROUTING:
            if data.payload[:1] != b"\x18":
                return
            error = data.payload[-1]
        if self.history.find(key) >= 0:
            self.queue.drop(slot)
            self.event(FAILED if error else ACKED, data.request_id, error)

    def _introduce(self, head: Header, channel: "Channel | None", data: Data, now_ms: int) -> bool:
        """Tell our name to who asks for it, once while the history remembers having done so."""
        if data.portnum != _NODEINFO or not self.user or not data.asks() or head.to not in (self.number, BROADCAST):
            return False
        key = struct.pack("<II", head.sender, 0)  # no packet has the id 0
        if self.history.find(key) >= 0:
            return False
        self.history.add(key, 0, 0)
        answer = Data(_NODEINFO, self.user, request_id=head.id)
        return self._try(answer, now_ms, head.sender, channel, self._back(head, data))

    def _acknowledge(self, head: Header, channel: "Channel | None", data: "Data | None", now_ms: int) -> None:
        """Answer a packet for us as its sender expects: ack, ack without hops, or what is wrong."""
        error, text, hops, named = 0, False, self._back(head, data), head.next_hop == self._last
        if not head.want_ack:
            if not data or not named or not head.hop_limit:
                return
            hops = 0
        elif not data:
            error = 6 if head.channel else 35  # no such channel; sealed with a key we do not have
        elif data.portnum == _TEXT:
            text = True
        elif data.request_id or data.reply_id:
            if not named and head.hop_limit != head.hop_start:
                return
            hops = 0
        self._try(Data(_ROUTING, bytes((0x18, error)), request_id=head.id), now_ms, head.sender, channel, hops, text)

    def _back(self, head: Header, data: "Data | None") -> int:
        """Return how far an answer must go: two hops more than the question took, within our own limit or its way."""
        used = head.hop_start - head.hop_limit
        if used < 0 or not head.hop_start:
            return 0 if not head.hop_limit and data and data.bitfield is not None else self.hop_limit
        return max(used, min(used + 2, self.hop_limit))

    def _try(
        self,
        data: Data,
        now_ms: int,
        to: int = BROADCAST,
        channel: "Channel | None" = None,
        hops: "int | None" = None,
        want_ack: bool = False,
    ) -> bool:
        try:
            self.send(data, now_ms, to, want_ack, 0, channel, hops)
        except MeshwireError:
            self.dropped += 1
            return False
        return True

    # What goes out

    def send(
        self,
        data: Data,
        now_ms: int,
        to: int = BROADCAST,
        want_ack: bool = False,
        priority: int = 0,
        channel: "Channel | None" = None,
        hop_limit: "int | None" = None,
        id: int = 0,
    ) -> int:
        """Put a message of ours into the queue and return its packet id; up to three transmissions with `want_ack`.

        The bitfield is always set. TooLarge, QueueFull or OverDuty when it cannot go.
        """
        if self.over_duty(now_ms):
            raise OverDuty("our share of this hour's air is used up")
        if data.bitfield is None:
            data.bitfield = 2 if data.want_response else 0
        hops = self.hop_limit if hop_limit is None else hop_limit
        head = Header(to, self.number, id or self.next_id(), hops, hops, want_ack and to != BROADCAST)
        head.relay_node = self._last
        raw = seal(channel or self.channels[0], head, data)
        if not self.queue.push(raw, priority or self._rank(data, want_ack), None, 3 if want_ack else 0):
            raise QueueFull("sixteen frames wait already")
        self.history.add(raw[4:12], hops, 0)
        self._draw(now_ms)
        return head.id

    def over_duty(self, now_ms: int) -> bool:
        """Say whether our share of the air for the last hour is used up."""
        return self.duty_permille < 1000 and self.sending.permille(now_ms) >= self.duty_permille

    def due(self) -> "int | None":
        """Return when `transmit` has something to do next, None for never."""
        soonest = self.announce_at if self.user else None
        front = self.queue.front()
        if self.queue.used:
            for slot in self.queue.slots:
                if (slot is front or slot.state == _WAITING) and (soonest is None or slot.due < soonest):
                    soonest = slot.due
        return soonest

    def transmit(self, now_ms: int, busy: bool = False) -> "bytes | None":
        """Return the frame to send now, or None; `busy` (something is being received, or CAD heard it) waits anew."""
        self._wake(now_ms)
        slot = self.queue.front()
        if not slot or now_ms < slot.due or self._flying:
            return None
        slot.busy += busy
        # Busy so often in a row is a jammer beside us: waiting would silence a beacon that gateways may hear well.
        if busy and (slot.window is not None or slot.score < _URGENT or not 0 < self.busy_looks <= slot.busy):
            self._draw(now_ms)
            return None
        slot.state = _FLYING
        slot.busy = 0
        self._flying = slot
        return slot.frame

    def sent(self, now_ms: int, ok: bool = True) -> None:
        """The frame that `transmit` gave has left; with `ok` False it has not, and waits anew."""
        slot, self._flying = self._flying, None
        if slot and slot.state == _FLYING:
            slot.state = _READY
            if ok:
                air_us = self.modem.airtime_us(len(slot.frame))
                self.sending.add(now_ms, air_us)
                self.air.add(now_ms, air_us)
                if not slot.tries:
                    self.queue.drop(slot)
                else:
                    slot.tries -= 1
                    slot.state = _WAITING
                    slot.due = now_ms + air_us // 500 + (48 + self._contend(now_ms)) * self.modem.slot_ms + 4500
        self._draw(now_ms)

    # Waiting

    def _wake(self, now_ms: int) -> None:
        """Take up what has waited long enough: answers that did not come, and telling our name."""
        for slot in self.queue.slots:
            if slot.state == _WAITING and slot.due <= now_ms:
                if slot.tries:
                    slot.state = _READY
                    self._draw(now_ms)
                else:
                    self.event(FAILED, struct.unpack("<II", slot.key)[1], 5)
                    self.queue.drop(slot)
        if self.user and self.announce_at <= now_ms:
            self.announce_at = now_ms + 60000
            if self.air.permille(now_ms) < 400 and self._try(Data(_NODEINFO, self.user), now_ms):
                self.announce_at = now_ms + 10800000

    def _draw(self, now_ms: int) -> None:
        """Draw the front's waiting time: relays by how badly they heard, far ones first; ours by the air's use."""
        slot = self.queue.front()
        if slot:
            slots = self.random(self._contend(now_ms)) if slot.window is None else 16 + self.random(1 << slot.window)
            slot.due = now_ms + slots * self.modem.slot_ms

    def _contend(self, now_ms: int) -> int:
        return 8 << self.air.permille(now_ms) // 200
