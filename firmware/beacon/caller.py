"""What this beacon says of itself: the lines and pulses of its call, each number and each call on flash before its frame."""

import struct

from alertwire import wire
from alertwire.calling import OPEN, Calling
from alertwire.gestures import Gestures
from beacon.loop import first
from beacon.pulses import Pulses
from meshwire.data import ALERT, TELEMETRY, Data
from meshwire.errors import MeshwireError
from meshwire.queue import READY

if False:  # names for the type checker alone, never imported
    from alertwire.sequence import Reserve  # type: ignore[unreachable]
    from beacon.ports import Board
    from beacon.settings import Settings
    from meshwire.node import Node

LOW = 20  # percent of battery, below which every line and pulse says so
REST_MS = 30000  # how long to wait when this hour's share of the air is used up


class Caller:
    """Gestures and answers in, frames into the node's queue; `low` and `echo` are what the next frame says."""

    def __init__(self, board: "Board", settings: "Settings", node: "Node", reserve: "Reserve") -> None:
        now = board.now()
        self.echo = 0
        self.low = False
        self.calling = Calling(settings.timing["g0_ms"], settings.timing["window_ms"], board.random)
        self.calling.resume(reserve.call, now)
        self.gestures = Gestures(board.cause == "power" and not reserve.call, board.cause == "sleep")
        self.pulses = Pulses(settings.timing["pulse_mean_s"] * 1000, board.random, now)
        self._board = board
        self._settings = settings
        self._node = node
        self._reserve = reserve
        self._duty = settings.radio["duty_permille"]
        self._line = b""  # sender and id of the last copy of a line, as the node's queue knows it
        # A quarter of a limited share of the air is kept for our own lines.
        node.duty_permille = self._duty if self._duty == 1000 else self._duty * 3 // 4

    def finger(self, pressed: "bool | None", at: int) -> "str | None":
        """The alarm button went down or up at `at`, or (None) time has passed: return what that means."""
        calling, gestures = self.calling, self.gestures
        gestures.opened = calling.opened if calling.state in OPEN else None
        return gestures.timeout(at) if pressed is None else gestures.edge(pressed, at)

    def pressed(self, line: bool, now: int) -> None:
        """The call was told of a gesture, and wants a line or not; what changed is on flash when this returns."""
        if line:
            self._new_line(now)
        self._keep(now)

    def answer(self, sequence: int, byte: int, now: int) -> bool:
        """An authentic answer to the frame with that sequence. True when it was news."""
        calling, queue = self.calling, self._node.queue
        if not calling.head or sequence not in (calling.sequence, calling.root):
            self.pulses.answered()
        if not calling.answer(sequence, byte, now):
            return False
        slot = queue.find(self._line)
        if slot and slot.state == READY:
            queue.drop(slot)  # never a line more than needed: each rings every stock phone
        self._keep(now)
        return True

    def due(self) -> "int | None":
        """When `step` must be called next."""
        return first(self.calling.due(), self.pulses.due())

    def step(self, now: int) -> None:
        """Send what is due."""
        calling, node = self.calling, self._node
        rest = REST_MS if self._duty < 1000 and node.sending.permille(now) >= self._duty else 0
        what = calling.take(now, node.air.permille(now) // 10, rest)
        self._keep(now)
        if what == "line":
            self._send_line(now)
        elif what and calling.state == "Q":
            self.pulses.early(now)
        elif what:
            self._pulse(now)
        if self.pulses.due() <= now:
            self.pulses.went(now)
            self._pulse(now)

    def look(self) -> "tuple[int, int]":
        """Read the battery: percent and millivolts."""
        power = self._board.battery()
        self.low = power[0] < LOW
        return power

    def _keep(self, now: int) -> bool:
        """Put the call on flash if it changed; False when flash takes nothing."""
        if not self.calling.dirty:
            return True
        self.calling.dirty = False
        return self._reserve.keep(self.calling.record(now))

    def _new_line(self, now: int) -> None:
        """Make the line that the call wants, and put it on flash."""
        calling = self.calling
        sequence = self._reserve.take()
        self.look()
        flags = calling.kind | (wire.CANCEL if calling.cancel else 0) | (wire.LOW if self.low else 0)
        place = self._board.place()
        position = b""
        if place:
            flags |= wire.PLACED
            position = wire.square(place)
        if self._reserve.doubt:
            flags |= wire.DOUBT
        back = wire.reach(sequence, calling.root)
        self._lined(sequence, flags, back, position)
        if not self._keep(now) and not flags & wire.DOUBT:
            self._lined(sequence, flags | wire.DOUBT, back, position)  # nothing of it was sent yet

    def _lined(self, sequence: int, flags: int, back: int, position: bytes) -> None:
        both = (self._settings.group_epoch & 15) << 4 | back
        head = struct.pack(">BBBIH", 0x11, flags, both, sequence, self.echo) + position
        self.calling.lined(sequence, wire.Line(self._payload(head)).tag, head)

    def _payload(self, head: bytes) -> bytes:
        """The line with that head: the same bytes whenever it is made."""
        mine = self._settings
        _, flags, both, sequence, echo = struct.unpack(">BBBIH", head[:9])
        forced = self.calling.duress and flags & wire.CANCEL
        return wire.build_line(
            mine.node,
            mine.up,
            mine.group_of(both >> 4) or mine.group,
            both >> 4,
            wire.compose(mine.words[flags & 3], mine.place, sequence),
            sequence,
            flags,
            echo,
            both & 15,
            head[9:],
            wire.DURESS if forced else wire.PLAIN,
        )

    def _send_line(self, now: int) -> None:
        """Queue one more copy of the newest line, unless the last one still waits for a free air."""
        node = self._node
        if node.queue.find(self._line):
            return
        limit, node.duty_permille = node.duty_permille, self._duty
        id = self._send(ALERT, self._payload(self.calling.head), now)
        node.duty_permille = limit
        self._line = struct.pack("<II", node.number, id)

    def _pulse(self, now: int) -> None:
        """Queue a pulse: a sign of life, a poll, or a silent alert, alike but for four encrypted bytes."""
        mine, calling = self._settings, self.calling
        sequence = self._reserve.take_pulse()
        if sequence is None:
            return
        standing, back = calling.standing(sequence)
        self._keep(now)
        percent, millivolts = self.look()
        flags = self._reserve.doubt | self._board.tamper() << 1 | self.low << 2 | mine.mode << 3 | (calling.known & 7) << 5
        body = wire.metrics(percent, millivolts, now // 1000)
        payload = wire.build_pulse(
            mine.node, mine.up, mine.status, mine.group_epoch, sequence, body, self.echo, standing, back, flags
        )
        calling.pulsed(sequence, payload[-8:])
        self._send(TELEMETRY, payload, now)

    def _send(self, port: int, payload: bytes, now: int) -> int:
        """Queue a message; 0 when the air or the queue is full: the schedule comes back to it."""
        try:
            return self._node.send(Data(port, payload), now)
        except MeshwireError:
            return 0
