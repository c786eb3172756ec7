"""Builds what a gateway says on the air, and hands it to a radio that can take it now.

A stock radio takes one text in two seconds and one telemetry in ten, and drops a second telemetry without a word, so
nothing is handed to it sooner.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from alertwire import answering, gatewaypulse, kinds, receipt, rekey, telemetry
from alertwire.answering import Reply

from gateway.airplan import AirPlan
from gateway.clock import Clock
from gateway.counts import Counts
from gateway.echoes import Echoes
from gateway.keyring import Keyring
from gateway.reader import TELEMETRY, TEXT
from gateway.rekeying import Due
from gateway.sources.port import Outgoing, Source
from gateway.ticknumbers import TickNumbers

POWERED: Final = 101  # Meshtastic's battery level of a node on mains


class Speaker:
    """The radios as one voice. Used by the answerer's thread alone."""

    def __init__(
        self,
        *,
        keyring: Keyring,
        sources: Sequence[Source],
        plan: AirPlan,
        echoes: Echoes,
        numbers: TickNumbers,
        counts: Counts,
        clock: Clock,
    ) -> None:
        self._keyring, self._sources, self._plan = keyring, sources, plan
        self._echoes, self._numbers, self._counts, self._clock = echoes, numbers, counts, clock
        self._started = clock.steady()
        self._ticket = 0

    def ready_in(self, port: int) -> float:
        """Seconds until some radio takes a packet on this port; infinite while all are down."""
        return min((source.ready_in(port) for source in self._sources), default=float("inf"))

    def receipt(self, replies: list[Reply], near: str | None) -> int | None:
        """One text that answers up to eight frames, by the radio `near` when it can; its ticket, None: not taken."""
        said = [reply for reply in replies if reply.byte & 7 != kinds.CLEAR]  # never as readable text
        entries = [entry for entry in map(self._entry, said) if entry is not None]
        if not entries:
            return None
        epoch, group = self._keyring.voice
        payload = receipt.build(entries, group, epoch, answering.text(said, kinds.ANSWERS))
        ready = [source for source in self._sources if source.ready_in(TEXT) <= 0]
        ready.sort(key=lambda source: source.url != near)
        return self._hand(ready[:1], TEXT, payload, "receipts")

    def ticks(self, replies: list[Reply]) -> list[int]:
        """A gateway pulse from every radio that can: we are here, an echo, up to six answers; the tickets."""
        tickets = []
        for source in self._sources:
            node = source.status().node
            if node is not None and source.ready_in(TELEMETRY) <= 0:
                tickets.append(self._hand([source], TELEMETRY, self._tick(node, replies), "ticks"))
        return [ticket for ticket in tickets if ticket is not None]

    def _tick(self, node: int, replies: list[Reply]) -> bytes:
        number = self._numbers.next()
        slots = [slot for slot in (self._slot(reply, number) for reply in replies) if slot is not None]
        slots += [secrets.token_bytes(8) for _ in range(gatewaypulse.SLOTS - len(slots))]
        secrets.SystemRandom().shuffle(slots)  # how many are in use is nobody's business
        body = self._metrics()
        epoch, group = self._keyring.voice
        return gatewaypulse.build(node, group, epoch, number, self._echoes.current(), slots, body)

    def rekey(self, due: Due) -> int | None:
        """A new group key for one beacon, by the radio that heard it when it can; its ticket, None: not taken."""
        known = self._keyring.known(due.node)
        ready = [source for source in self._sources if source.ready_in(TELEMETRY) <= 0]
        ready.sort(key=lambda source: source.url != due.near)
        if known is None or not ready:
            return None
        key = self._keyring.group_key(due.epoch)
        down = self._keyring.keys_for(known, due.sequence).down
        payload = rekey.build(due.node, down, due.epoch, self._numbers.next(), key, self._metrics())
        return self._hand(ready[:1], TELEMETRY, payload, "rekeys")

    def _metrics(self) -> bytes:
        return telemetry.metrics(POWERED, None, None, None, int(self._clock.steady() - self._started))

    def _hand(self, sources: Sequence[Source], port: int, payload: bytes, count: str) -> int | None:
        self._ticket += 1
        for source in sources:
            if source.submit(Outgoing(self._ticket, port, payload, urgent=port == TEXT)):
                self._plan.sent(len(payload))
                self._counts.add(count)
                return self._ticket
        return None

    def _entry(self, reply: Reply) -> bytes | None:
        down = self._down(reply)
        return down and receipt.entry(reply.node, down, reply.sequence, reply.tag, reply.byte)

    def _slot(self, reply: Reply, number: int) -> bytes | None:
        down = self._down(reply)
        return down and gatewaypulse.slot(reply.node, down, reply.sequence, reply.tag, reply.byte, number)

    def _down(self, reply: Reply) -> bytes | None:
        known = self._keyring.known(reply.node)
        return known and self._keyring.keys_for(known, reply.sequence).down
