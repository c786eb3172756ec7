"""What this beacon says of itself, and what it obeys.

Each number and each call is on flash before its frame. Nothing is obeyed that is not authentic: answers under our own
key, gateway pulses and neighbours' lines under the site's.
"""

import math
import struct

from alertwire import wire
from alertwire.calling import Calling
from alertwire.errors import Malformed
from alertwire.freshness import Echoes, Numbers
from alertwire.gestures import Gestures
from alertwire.whistling import Whistling
from meshwire.errors import MeshwireError
from meshwire.wire import Data

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]

    from alertwire.sequence import Reserve
    from meshwire.node import Node, Packet

    from beacon.ports import Board
    from beacon.settings import Settings


# From copy to copy, in tens of seconds, each a quarter early or late; then twice as long each time.
REPEATS = b"\x02\x04\x08\x08\x08"


class Pulses:
    """When a pulse goes out (section 5): exponential intervals, and the same repeats for each until it is answered.

    A silent alert ends the running interval early and is then a round like any other: nothing in when, how often or how
    long a beacon pulses tells a silent alert from a sign of life. Times in ms; `random(n)` gives a number below n;
    `waiting` for an answer to the last pulse; `due` is when the next one goes out.
    """

    KEEPS = "waiting due _round _copy"

    def __init__(self, mean_ms: int, random: "Callable[[int], int]", now: int) -> None:
        self._mean = mean_ms
        self._random = random
        self.waiting = False
        self._copy = 0
        self.early(now)
        self.went(now)
        self.answered()

    def early(self, now: int) -> None:
        """End the running interval: the next pulse goes now, as a round of its own."""
        self.due = self._round = now

    def went(self, now: int) -> None:
        """A pulse goes out now, because it was due: arrange its next copy, or the next round."""
        self.waiting = True
        if now >= self._round:
            self._copy = 0
            # exponential, cut at three means
            chance = (self._random(1 << 30) + 1) / (1 << 30)
            self._round = now + min(int(-math.log(chance) * self._mean), 3 * self._mean)
        quarter = REPEATS[min(self._copy, 4)] * 2500 << max(0, self._copy - 4)
        self.due = min(self._round, now + 3 * quarter + self._random(2 * quarter))
        self._copy += 1

    def answered(self) -> None:
        """A gateway has one of this round's copies: no more of them."""
        self.waiting = False
        self.due = self._round


class Caller:
    """Gestures and answers in, frames into the node's queue; `low` and `echo` are what the next frame says.

    `wire`: the cable to button or whistle was out when last looked at.
    """

    KEEPS = "low wire echo"

    def __init__(self, board: "Board", settings: "Settings", node: "Node", reserve: "Reserve") -> None:
        timing, now = settings.timing, board.now()
        self.echo = 0
        self.low = self.wire = False
        self.calling = Calling(timing["g0_ms"], timing["window_ms"], board.random)
        self.calling.resume(reserve.call, now)
        self.gestures = Gestures(board.cause == "power" and not reserve.call, board.cause == "sleep")
        self.pulses = Pulses(timing["pulse_mean_s"] * 1000, board.random, now)
        self._board = board
        self._settings = settings
        self._node = node
        self._reserve = reserve
        self._line = b"-"  # sender and id of the last copy of a line, as the node's queue knows it
        self.passed_on = False  # somebody was heard repeating the newest line: a hint for the lamp, and nothing more
        node.duty_permille = self._share(6)

    def finger(self, pressed: "bool | None", at: int) -> "str | None":
        """The alarm button went down or up at `at`, or (None) time has passed: return what that means."""
        calling, gestures = self.calling, self.gestures
        gestures.opened = calling.opened if self._calls() else None
        return gestures.timeout(at) if pressed is None else gestures.edge(pressed, at)

    def _calls(self) -> bool:
        """Whether a call stands that everybody may see."""
        return self.calling.state in "CWHVSNG"

    def answer(self, sequence: int, byte: int, now: int) -> bool:
        """An authentic answer to the frame with that sequence. True when it was news."""
        calling = self.calling
        if not calling.head or sequence not in (calling.sequence, calling.root):
            self.pulses.answered()
        if not calling.answer(sequence, byte, now):
            return False
        self._withdraw()  # never a line more than needed: each rings every stock phone
        self._keep(now)
        return True

    def step(self, now: int) -> None:
        """Send what is due."""
        node = self._node
        what = self.calling.take(now, node.air.permille(now) // 10, node.over_duty(now) * 30000)
        self._keep(now)
        if what == "line":
            self._send_line(now)
        elif what and self.calling.state == "Q":
            self.pulses.early(now)
        elif what:
            self._pulse(now)
        if self.pulses.due <= now:
            self.pulses.went(now)
            self._pulse(now)

    def look(self) -> "tuple[int, int]":
        """Read the battery: percent and millivolts. Below a fifth every line and pulse says so. Look at the cable."""
        power = self._board.battery()
        self.wire = self._board.wire()
        self.low = power[0] < 20
        return power

    def _keep(self, now: int) -> bool:
        """Put the call on flash if it changed; False when flash takes nothing."""
        if not self.calling.dirty:
            return True
        self.calling.dirty = False
        return self._reserve.keep(self.calling.record(now))

    def new_line(self, now: int) -> None:
        """Make the line that the call wants since a gesture; it is on flash when this returns."""
        calling, place = self.calling, self._board.place()
        self._withdraw()
        number = self._reserve.take()
        self.look()
        flags = calling.kind | calling.cancel * wire.CANCEL | self.low * wire.LOW | self._reserve.doubt * wire.DOUBT
        if place:
            flags |= wire.PLACED
        both = (self._settings.group_epoch & 15) << 4 | wire.reach(number, calling.root)
        rest = struct.pack(">BIH", both, number, self.echo) + (wire.square(place) if place else b"")
        self._lined(number, flags, rest)
        if not self._keep(now):
            self._lined(number, flags | wire.DOUBT, rest)  # nothing of it was sent yet

    def _withdraw(self) -> None:
        """Take the last copy of a line back, if it still waits for a free air."""
        self._node.queue.drop(self._node.queue.find(self._line))

    def _lined(self, number: int, flags: int, rest: bytes) -> None:
        head = bytes([0x11, flags]) + rest
        self.calling.lined(number, wire.Line(self._payload(head)).tag, head)
        self.passed_on = False

    def repeated(self, id: int) -> None:
        """Somebody repeated our packet of that id."""
        self.passed_on |= struct.pack("<I", id) == self._line[4:]

    def _payload(self, head: bytes) -> bytes:
        """The line with that head: the same bytes whenever it is made."""
        mine = self._settings
        flags, both, number, echo = struct.unpack(">BBIH", head[1:9])
        return wire.build_line(
            mine.node, mine.up, mine.group_of(both >> 4) or mine.group, both >> 4,
            wire.compose(mine.words[flags & 3], mine.place, number), number, flags, echo, both & 15, head[9:],
            wire.DURESS if self.calling.duress and flags & wire.CANCEL else wire.PLAIN,
        )  # fmt: skip

    def _send_line(self, now: int) -> None:
        """Queue one more copy of the newest line, unless the last one still waits for a free air."""
        node = self._node
        if not node.queue.find(self._line):
            self._line = struct.pack("<II", node.number, self._send(11, self._payload(self.calling.head), now))

    def _pulse(self, now: int) -> None:
        """Queue a pulse: a sign of life, a poll, or a silent alert, alike but for four encrypted bytes."""
        mine, calling = self._settings, self.calling
        number = self._reserve.take_pulse() if calling.state == "I" else self._reserve.take()
        if number is None:
            return
        standing, back = calling.standing(number)
        self._keep(now)
        percent, millivolts = self.look()
        flags = (
            self._reserve.doubt
            | (self.wire | self._board.tamper()) << 1
            | self.low << 2
            | mine.mode << 3
            | (calling.known & 7) << 5
        )
        payload = wire.build_pulse(
            mine.node, mine.up, mine.status, mine.group_epoch, number, wire.metrics(percent, millivolts, now // 1000),
            self.echo, standing, back, flags,
        )  # fmt: skip
        calling.pulsed(number, payload[-8:])
        self._send(67, payload, now)

    def _send(self, port: int, payload: bytes, now: int) -> int:
        """Queue a message; 0 when the air or the queue is full: the schedule comes back to it.

        A line's first copy goes before all that is relayed: what looks like an alert may be anybody's work. So does a
        pulse, which may be a silent alert. Later copies, and polls, wait: many of them would leave answers no air.
        """
        node, id = self._node, 0
        fast = self.calling.copies < 2 if port == 11 else not self._calls()
        node.duty_permille = self._share(8 if port == 11 else 7)
        try:
            id = node.send(Data(port, payload), now, priority=127 if fast else 0)
        except MeshwireError:
            pass
        node.duty_permille = self._share(6)
        return id

    def _share(self, eighths: int) -> int:
        """How much of the air we may use: six eighths of a limited share for others, one for pulses, one for lines."""
        duty = self._settings.radio["duty_permille"]
        return duty if duty == 1000 else duty * eighths // 8


class Ears:
    """Takes packets; `gateway_at` is when a gateway was last heard (ms, None: never), `whistling` whether to sound.

    `survey`: until when gateways are measured, None when they are not. Until `mounting` a self-test begins that.
    """

    KEEPS = "gateway_at clock mounting"

    def __init__(self, board: "Board", settings: "Settings", caller: "Caller") -> None:
        self.gateway_at: "int | None" = None
        self.clock: "int | None" = None  # Unix seconds at our zero, as gateways' numbers tell it
        self.survey: "int | None" = None
        self.mounting = board.now() + 3600000 if board.cause == "power" else 0
        self._board = board
        self._settings = settings
        self._caller = caller
        self.echoes = Echoes(200, 86400)  # a new echo every ten minutes: 144 a day and gateway
        self.numbers = Numbers(16)  # of the pulses of as many radios of gateways
        self._turn = self._save_at = 0
        self._rekeys = board.load("group") or b""  # the last two new keys, as they were heard
        for at in range(len(self._rekeys) % 46, len(self._rekeys), 46):
            settings.rekey(self._rekeys[at : at + 46])
        marks = board.load("marks") or b""
        self.whistling = Whistling(bytearray(marks if len(marks) == 960 else 960))  # 120 beacons

    def take(self, packet: "Packet", now: int) -> bool:
        """Judge one message: True when it changed something. What is not whole or not authentic changes nothing."""
        port, payload, sender = packet.data.portnum, packet.data.payload, packet.header.sender
        try:
            if port == 67:
                if payload[-63:-60] == b"\xfa\x07\x3c":  # where field 127 of a gateway pulse begins
                    return self._gateway(packet, wire.GatewayPulse(payload), now)
                if payload[-49:-45] == b"\xfa\x07\x2e\x51":
                    return self._rekey(payload[-46:], now)
            elif port in (1, 11):
                if payload[:1] == b"\x07":
                    return self._neighbour(sender, wire.Line(payload), now)
                if self._caller.calling.state != "I":
                    raw, mine, pairs = wire.unseal_receipt(payload)[1], self._settings, self._caller.calling.pairs()
                    return self._answer(pairs, wire.receipt_answer(raw, mine.node, mine.down, pairs), now)
        except (Malformed, OSError):
            pass  # anybody can send anything; and a new key that cannot be kept is given again
        return False

    def step(self, now: int) -> None:
        """Write the marks, when they changed and not too often; a flash that takes nothing loses only them."""
        if self.whistling.dirty and now >= self._save_at:
            self._save_at = now + 60000
            self.save()

    def save(self) -> None:
        """Write the marks now, when they changed."""
        if self.whistling.dirty:
            # as it stands, uncopied: worn memory may not have a kilobyte in one piece
            self.whistling.dirty = not self._save("marks", self.whistling.marks)

    def _save(self, name: str, data: "bytes | bytearray") -> bool:
        try:
            self._board.save(name, data)  # type: ignore[arg-type]
            return True
        except OSError:
            return False

    def _gateway(self, packet: "Packet", pulse: "wire.GatewayPulse", now: int) -> bool:
        """A gateway is there: look for our answer among its slots, and learn its echo."""
        mine, caller, sender = self._settings, self._caller, packet.header.sender
        key = mine.group_of(pulse.group_epoch)
        if not key or not pulse.group_authentic(sender, key):
            return False
        self.echoes.learn(pulse.echo, now // 1000)  # a recorded one may make a whistle sound: silence is worse
        tries, pairs = b"", caller.calling.pairs()
        if caller.calling.state != "I":
            self._turn += 1
            tries = wire.expected(caller.calling.known, self._turn)
        elif caller.pulses.waiting:
            tries = b"\x00\x08"  # nothing stands: only whether the pulse arrived
        found = pulse.answer(mine.node, mine.down, pairs, tries)
        # One that somebody recorded and sends again proves nothing. One that answers us does, also after numbers fell.
        if self.numbers.rises(sender, pulse.number) or found:
            self.numbers.keep(sender, pulse.number)
            self.gateway_at = now
            self.clock = pulse.number - now // 1000
            caller.echo = pulse.echo
            if self.survey:
                # the best of each, a direct one before all others
                ways, head = self._ways, packet.header
                way = [head.hop_limit - head.hop_start, packet.snr, packet.rssi, head.relay_node, sender]
                if len(ways) < 8 or sender in ways:
                    ways[sender] = max(way, ways.get(sender, way))
                if found:
                    self._answered = 1
        return self._answer(pairs, found, now)

    def begin(self, now: int) -> None:
        """Where a beacon was just hung up, no call open: pulse now, and measure for some three gateway pulses."""
        caller = self._caller
        if now < self.mounting and caller.calling.state == "I":
            self._ways: "dict[int, list[float]]" = {}
            caller.calling.forget()  # an answer to what was sent before is to what was heard elsewhere
            self._answered = 0
            # 60 s on fast presets; on slow ones a pulse of ours brings gateways' early
            self.survey = now + self._settings.timing["window_ms"] * 20
            caller.pulses.early(now)

    def end(self, now: int) -> str:
        """The survey is over: put its numbers on flash (docs/survey.md) and return the lamp's word.

        "" and no numbers when a call came between.
        """
        self.survey, mine, ways = None, self._settings, list(self._ways.values())
        if self._caller.calling.state != "I":
            return ""
        self._save("survey", str([mine.node, (self.clock or 0) + now // 1000, self._answered, ways]).encode())
        if not self._answered:
            return "none"
        hops, snr = max(ways)[:2]
        # 10 dB above the least that is still read: -7.5 dB at SF7, -20 dB at SF12
        return "weak" if hops or snr * 2 + mine.radio["sf"] * 5 < 40 else "good"

    def _rekey(self, field: bytes, now: int) -> bool:
        """A new group key for us: on flash before it is used, so that its epoch never falls; and said at once.

        Not while a line stands whose key would be forgotten: built again it would be another line, a clone's.
        """
        calling, kept = self._caller.calling, (self._rekeys + field)[-92:]
        stands = calling.state != "I" and calling.head and (field[1] - (calling.head[2] >> 4) & 15) > 1
        if stands or not self._settings.rekey(field, lambda: self._board.save("group", kept)):
            return False
        self._rekeys = kept
        self._caller.pulses.early(now)
        self.gateway_at = now
        return True

    def _answer(self, pairs: "list[tuple[int, bytes]]", found: "tuple[int, int] | None", now: int) -> bool:
        """Somebody may have answered one of our frames."""
        if not found:
            return False
        self.gateway_at = now
        return self._caller.answer(pairs[found[0]][0], found[1], now)

    def _neighbour(self, sender: int, line: "wire.Line", now: int) -> bool:
        """A neighbour's line: it may begin a whistle, or let one end early."""
        key = self._settings.group_of(line.group_epoch)
        if not key or not self._settings.whistle or not line.group_authentic(sender, key):
            return False
        seconds = now // 1000
        fresh = self.echoes.vouch(line.echo, seconds)
        self.whistling.heard(sender, line.sequence, line.flags, fresh, seconds)
        return True
