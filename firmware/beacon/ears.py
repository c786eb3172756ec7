"""What this beacon obeys: answers to its own call, gateway pulses, neighbours' lines. Each only when authentic."""

from alertwire import sequence, wire
from alertwire.errors import Malformed
from alertwire.freshness import Echoes
from alertwire.whistling import Whistling
from meshwire.data import ALERT, TELEMETRY, TEXT

if False:  # names for the type checker alone, never imported
    from beacon.caller import Caller  # type: ignore[unreachable]
    from beacon.ports import Board
    from beacon.settings import Settings
    from meshwire.node import Packet

ECHOES, DAY = 200, 86400  # a new echo every ten minutes: 144 a day and gateway
MARKS = 8 * 120  # 8 bytes a beacon whose last sequence is remembered
SAVE_MS = 60000  # marks are written this rarely
TICK = b"\xfa\x07\x3c"  # how the last field of a gateway pulse begins, 63 bytes before the end


class Ears:
    """Takes packets; `gateway_at` is when a gateway was last heard (ms, None: never), `whistling` whether to sound."""

    def __init__(self, board: "Board", settings: "Settings", caller: "Caller") -> None:
        self.gateway_at: "int | None" = None
        self._board = board
        self._settings = settings
        self._caller = caller
        self._echoes = Echoes(ECHOES, DAY)
        self._turn = 0
        self._save_at = 0
        record = sequence.unpack(board.load("marks"))
        self.whistling = Whistling(bytearray(record[3] if record else MARKS))

    def take(self, packet: "Packet", now: int) -> bool:
        """Judge one message: True when it changed something. What is not whole or not authentic changes nothing."""
        port, payload, sender = packet.data.portnum, packet.data.payload, packet.header.sender
        try:
            if port == TELEMETRY:
                return payload[-63:-60] == TICK and self._gateway(sender, wire.GatewayPulse(payload), now)
            if port in (TEXT, ALERT):
                if payload[:1] == b"\x07":
                    return self._neighbour(sender, wire.Line(payload), now)
                return self._caller.calling.state != "I" and self._receipt(wire.unseal_receipt(payload)[1], now)
        except Malformed:
            pass  # anybody can send anything
        return False

    def step(self, now: int) -> None:
        """Write the marks, when they changed and not too often; a flash that takes nothing loses only them."""
        if self.whistling.dirty and now >= self._save_at:
            self._save_at = now + SAVE_MS
            try:
                self._board.save("marks", sequence.pack(0, 0, 0, self.whistling.marks))
                self.whistling.dirty = False
            except OSError:
                pass

    def _receipt(self, raw: bytes, now: int) -> bool:
        """A receipt may answer our call."""
        mine = self._settings
        pairs = self._caller.calling.pairs()
        return self._answer(pairs, wire.receipt_answer(raw, mine.node, mine.down, pairs), now)

    def _gateway(self, sender: int, pulse: "wire.GatewayPulse", now: int) -> bool:
        """A gateway is there: learn its echo, and look for our answer among its slots."""
        mine, caller = self._settings, self._caller
        key = mine.group_of(pulse.group_epoch)
        if not key or not pulse.group_authentic(sender, key):
            return False
        self.gateway_at = now
        if pulse.echo != caller.echo:
            caller.echo = pulse.echo
            self._echoes.learn(pulse.echo, now // 1000)
        calling = caller.calling
        if calling.state != "I":
            self._turn += 1
            tries = wire.expected(calling.known, self._turn)
        elif caller.pulses.waiting:
            tries = b"\x00\x08"  # nothing stands: only whether the pulse arrived
        else:
            return False
        pairs = calling.pairs()
        return self._answer(pairs, pulse.answer(mine.node, mine.down, pairs, tries), now)

    def _answer(self, pairs: "list[tuple[int, bytes]]", found: "tuple[int, int] | None", now: int) -> bool:
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
        fresh = self._echoes.vouch(line.echo, seconds)
        self.whistling.heard(sender, line.sequence, line.flags, fresh, seconds)
        return True
