"""Transmitters of somebody who means harm: he holds the channel key (any neighbour's phone does), but no beacon's
keys.
"""

from collections import deque

from alertwire import kinds, line
from meshwire import BROADCAST, data, frame, header
from meshwire.channel import Channel
from meshwire.errors import Malformed

from whistle.simulator import draws
from whistle.simulator.air import Air, Ear
from whistle.simulator.propagation import Spot

POWER_DBM = 27.0
GAP_US = 5_000
WAIT_US = 20_000
KEPT = 64
SIGNS = 4
NUMBERS = 1 << 32  # a hostile transmitter near node n is n + NUMBERS in the trace: no node has such a number
HOPS = 3
HEADER_SIZE = 16


class Hostile:
    """Sends any frames from beside a node, one after the other, as soon as the air there is free."""

    def __init__(self, air: Air, seed: int, channel: Channel) -> None:
        self.air = air
        self.chance = draws.stream(seed, "hostile")
        self.channel = channel
        self.recorder = Recorder(channel)
        self.sent = 0
        self._ears: dict[int, Ear] = {}
        self._waiting: deque[tuple[Ear, bytes]] = deque()
        self._busy = False

    def send(self, frames: list[bytes], near: Spot) -> int:
        """Queue these frames, to be sent from 5 m beside this spot; how many there are."""
        ear = self._ears.get(near.node)
        if ear is None:
            spot = Spot(NUMBERS + near.node, near.x + 5.0, near.y, POWER_DBM)
            ear = self._ears[near.node] = self.air.add(spot, _deaf)
        self._waiting.extend((ear, frame) for frame in frames)
        if not self._busy:
            self._next()
        return len(frames)

    def forged(self, node: int, place: str = "34th & Cedar") -> bytes:
        """A well-formed alert line in this node's name, its tags made with keys that are nobody's."""
        up, group = self.chance.randbytes(32), self.chance.randbytes(32)
        sequence = 1 << 24 | self.chance.randrange(1, 1 << 24)
        text = line.compose(kinds.NAMES[0].upper(), place, sequence)
        return self.packed(node, data.ALERT, line.build(node, up, group, 1, text, sequence), self._id())

    def packed(self, node: int, port: int, payload: bytes, packet_id: int) -> bytes:
        """A frame in this node's name on the site's channel."""
        head = header.Header(BROADCAST, node, packet_id, HOPS, HOPS)
        head.relay_node = header.last_byte(node)
        return frame.seal(self.channel, head, data.Data(port, payload, bitfield=0))

    def replayed(self) -> list[bytes]:
        """Every recorded alert frame twice: as it was, and sealed again under a new packet id. Where no alert was
        recorded yet, the same of the first signs of life."""
        frames: list[bytes] = []
        for recorded in self.recorder.frames or self.recorder.signs:
            head, _, said = frame.unseal([self.channel], recorded)
            frames.append(recorded)
            if said is not None:
                frames.append(self.packed(head.sender, said.portnum, said.payload, self._id()))
        return frames

    def _id(self) -> int:
        return self.chance.getrandbits(32) or 1

    def _next(self) -> None:
        self._busy = bool(self._waiting)
        if not self._busy:
            return
        loop = self.air.loop
        if self.air.busy(self._waiting[0][0]):
            loop.at(loop.now_us + int(self.chance.random() * WAIT_US) + 1, self._next)
            return
        ear, raw = self._waiting.popleft()
        self.sent += 1
        self.air.transmit(ear, raw, lambda: loop.at(loop.now_us + GAP_US, self._next))


class Recorder:
    """Keeps the last 64 alert frames as their beacons sent them (not the relays' copies), for a later replay; and the
    first signs of life, the oldest that are to be had."""

    def __init__(self, channel: Channel) -> None:
        self.frames: deque[bytes] = deque(maxlen=KEPT)
        self.signs: list[bytes] = []
        self._channels = [channel]

    def observe(self, node: int, raw: bytes, now_us: int) -> None:
        """See one transmission."""
        if node >= NUMBERS or len(raw) < HEADER_SIZE or raw[12] & 7 != raw[12] >> 5:
            return
        port = port_of(self._channels, raw)
        if port == data.ALERT:
            self.frames.append(raw)
        elif port == data.TELEMETRY and len(self.signs) < SIGNS:
            self.signs.append(raw)


def port_of(channels: list[Channel], raw: bytes) -> int | None:
    """The port of a frame's message, None when these channels cannot read it."""
    try:
        _, _, said = frame.unseal(channels, raw)
    except Malformed:
        return None
    return said.portnum if said is not None else None


def _deaf(raw: bytes, rssi: int, snr: float) -> None:
    """He does not listen."""
