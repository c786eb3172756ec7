"""One gateway, put together: what each part needs is made here and handed to it, and started and stopped in order."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from alertwire import kinds

from gateway import ledger_beacons, ledger_measured
from gateway.airplan import AirPlan
from gateway.answerer import Answerer
from gateway.busside import BusSide
from gateway.clock import Clock
from gateway.counts import Counts
from gateway.datadir import DataDir
from gateway.echoes import Echoes
from gateway.errors import NotCommitted
from gateway.groupkeys import GroupKeys
from gateway.hearing import Hearing
from gateway.keeper import Keeper
from gateway.keyring import Keyring
from gateway.lanes import ALERT, PULSE, WORD, Lanes
from gateway.ledger import Ledger
from gateway.measuring import Measuring
from gateway.pipeline import After, Item, Pipeline
from gateway.proof import Proof
from gateway.pushes import Pushes, told
from gateway.reader import HeardGateway, HeardLine, HeardPulse, Reader, Refusal
from gateway.refusals import Refusals
from gateway.rekeying import Rekeying
from gateway.rows import AlertRow, AnswerRow
from gateway.settle import Again, Alive, Raised, Settler
from gateway.sources import addresses, kept_sources
from gateway.sources.port import Address, SiteChannel, Source, Status
from gateway.speaker import Speaker
from gateway.stores import Stores
from gateway.telling import hearing as told_hearing
from gateway.telling import sign_of_life
from gateway.ticknumbers import TickNumbers
from gateway.watchers import Watchers
from gateway.words import Closed, Said, SaidBefore, TooLate, Words
from whistle import release
from whistle.bus.messages import Answer, Radio, Settled, State
from whistle.bus.numbers import Numbers, Seen
from whistle.site.bundles import GatewayBundle
from whistle.site.held import Held

log = logging.getLogger("gateway")

STOP_S: Final = 1.5  # for all parts together; closing a radio and a broker takes what is left of two seconds
_LONGEST_WORD: Final = 80


class Gateway:
    """Everything between radios and bus. `start`, then `watch` until it returns or raises, then `stop`."""

    def __init__(
        self,
        bundle: GatewayBundle,
        data: str | Path,
        urls: Sequence[str],
        broker: str,
        clock: Clock | None = None,
        sources: Sequence[Source] | None = None,
    ) -> None:
        """`sources` instead of those of `urls`, and another clock, are for tests."""
        self.bundle = bundle
        self.clock = clock or Clock()
        self.counts = Counts()
        where = addresses(urls)
        self.plan = AirPlan(bundle.region, bundle.preset, self.clock)
        self.home = DataDir(data)
        self.ledger = Ledger(self.home, self.clock)
        self.sources: Sequence[Source] = sources or self._sources(where)
        self._remember()
        self._make(broker)
        self._started = self.clock.wall()

    def _sources(self, where: Sequence[Address]) -> Sequence[Source]:
        bundle = self.bundle
        channel = SiteChannel(bundle.channel_name, bundle.psk_bytes, bundle.region, bundle.preset, bundle.radio)
        return kept_sources(where, channel, self, self.clock, self.home.path, self.ledger.restored)

    def _remember(self) -> None:
        """The parts that know something from before."""
        ledger, clock = self.ledger, self.clock
        self.held = Held(self.home.path, self.bundle)
        self.keyring = Keyring(self.bundle)
        self.keyring.take(self.held.roster)
        self.groups = GroupKeys(self.keyring, ledger_beacons.epochs(ledger))
        self.reader = Reader(self.keyring)
        self.lanes: Lanes[Item] = Lanes()
        self.echoes = Echoes(clock, ledger.echoes())
        self.numbers = TickNumbers(ledger, clock)
        self.proof = Proof(ledger, self.keyring.nodes())
        self.stores = Stores(ledger)
        self.refusals = Refusals(clock, self.counts, ledger.refused())
        self.watchers = Watchers(clock)
        self.measuring = Measuring()
        self.seen = Seen({(sender, "watch"): number for sender, number in ledger.heartbeats().items()})
        self.bus_numbers = Numbers(clock.wall(), int(ledger.meta("bus_start") or 0))
        self._note_roster()
        with suppress(NotCommitted):  # a full disk is no reason not to hear
            ledger.set_meta("bus_start", self.bus_numbers.start)

    def _make(self, broker: str) -> None:
        """The parts that do something, each handed what was made before it."""
        self.bus = self._busside(broker)
        self.outbox = self.bus.outbox
        self.keeper = self._keeper()
        self.pushes = Pushes(self.bus.say, self.keeper.note_answer)
        self.rekeying = Rekeying(self.groups, self.plan, self.clock)
        self.answerer = self._answerer(self._speaker())
        self.pipeline = self._pipeline(self._words(), self._settler())

    def _busside(self, broker: str) -> BusSide:
        return BusSide(
            bundle=self.bundle, broker=broker, clock=self.clock, counts=self.counts, numbers=self.bus_numbers,
            seen=self.seen, watchers=self.watchers, on_word=self.told, state=self.state,
        )  # fmt: skip

    def _keeper(self) -> Keeper:
        return Keeper(
            refusals=self.refusals, echoes=self.echoes, proof=self.proof, stores=self.stores, outbox=self.outbox,
            watchers=self.watchers, numbers=self.numbers, measuring=self.measuring, seen=self.seen, clock=self.clock,
            changed=self.bus.changed, wake=self.bus.wake, look=self._look_at_roster,
        )  # fmt: skip

    def _speaker(self) -> Speaker:
        return Speaker(
            keyring=self.keyring, sources=self.sources, plan=self.plan, echoes=self.echoes, numbers=self.numbers,
            counts=self.counts, clock=self.clock,
        )  # fmt: skip

    def _answerer(self, speaker: Speaker) -> Answerer:
        return Answerer(
            keyring=self.keyring, speaker=speaker, plan=self.plan, pushes=self.pushes, rekeying=self.rekeying,
            counts=self.counts, clock=self.clock, cut_off=self.bus.cut_off, watching=self.watchers.watching,
        )  # fmt: skip

    def _words(self) -> Words:
        return Words(
            gateway=self.bundle.gateway, ledger=self.ledger, outbox=self.outbox, stores=self.stores, proof=self.proof,
            watchers=self.watchers, clock=self.clock,
        )  # fmt: skip

    def _settler(self) -> Settler:
        return Settler(self.ledger, self.echoes, self.proof, self.measuring)

    def _pipeline(self, words: Words, settler: Settler) -> Pipeline:
        return Pipeline(
            ledger=self.ledger, lanes=self.lanes, settler=settler, words=words, keeper=self.keeper, act=self.act,
            changed=self.bus.changed, counts=self.counts, clock=self.clock,
        )  # fmt: skip

    # life

    def start(self) -> None:
        """Begin to hear; returns at once."""
        if self.ledger.damaged is not None:
            log.error("the ledger was damaged and lies in %s; a new one is begun", self.ledger.damaged)
        if not self.proof.proven:
            log.warning("this ledger was put back from a copy: freshness is not proven, nothing is refused for it")
        for sentence in self.held.news:
            log.warning("%s", sentence)
        self.answerer.resume(self.ledger.answers(), self._family)
        self.keeper.idle(self.ledger)
        self.pipeline.start()
        self.bus.start()
        self.answerer.start()
        for source in self.sources:
            source.start()

    def faulty(self) -> str | None:
        """Which part has ended by a mistake of ours, so that the process must be started anew; None: all run."""
        for name, part in (("pipeline", self.pipeline), ("answerer", self.answerer), ("bus", self.bus)):
            if not part.alive:
                return name
        return None

    def stop(self) -> None:
        """End within two seconds; what is committed stays, what is not was acknowledged to nobody."""
        deadline = time.monotonic() + STOP_S
        for source in self.sources:
            source.stop(0.0)
        self.answerer.stop(_left(deadline))
        ended = self.pipeline.stop(_left(deadline))
        self.bus.stop(_left(deadline))
        for source in self.sources:
            source.stop(_left(deadline))
        if ended:
            self.ledger.close()
            self.home.close()

    def _family(self, answer: AnswerRow) -> list[AlertRow]:
        return self.ledger.family(answer.node, answer.of)

    def _look_at_roster(self) -> None:
        """On the ledger's thread: a newer roster may have been put into our directory."""
        news = self.held.look()
        if news is None:
            return
        log.warning("%s", news.sentence)
        if news.taken:
            self.keyring.take(self.held.roster)
            self.groups.roster(self.keyring.nodes())
            self.proof.roster(self.keyring.nodes())
            self._note_roster()
            self.bus.changed()

    def _note_roster(self) -> None:
        with suppress(NotCommitted):  # only who looks from outside misses it
            ledger_beacons.sync(self.ledger, self.keyring.group_epoch, self.keyring.nodes())
            ledger_measured.named(self.ledger, self.bundle.gateway_name)

    # from the radios' threads

    def heard(self, source: str, hearing: Hearing) -> None:
        """A packet of somebody else: verified here, so that only what is authentic waits in a lane."""
        self.counts.add("received")
        reading = self.reader.read(hearing)
        if reading is None:
            self.counts.add("foreign")
        elif isinstance(reading, Refusal):
            self.refused(reading)
        elif isinstance(reading, HeardGateway):
            self.counts.add("gateways")
            self.answerer.overheard(reading)
        else:
            self._offer(reading)

    def _offer(self, reading: HeardLine | HeardPulse) -> None:
        if isinstance(reading, HeardLine) and not reading.group:
            self.counts.add("wrong_group")
        alert = isinstance(reading, HeardLine) or reading.pulse.standing != kinds.ROUTINE
        if not self.lanes.offer(ALERT if alert else PULSE, reading):
            self.counts.add("dropped_alert" if alert else "dropped_pulse")

    def fate(self, source: str, ticket: int, sent: bool, why: str) -> None:
        """What became of a packet we handed to a radio."""
        if not sent:
            log.warning("%s did not send: %s", source, why)
        self.answerer.fate(ticket, sent)

    def changed(self) -> None:
        """A source went up or down."""
        self.bus.changed()

    def counted(self, what: str) -> None:
        """A source counts something."""
        self.counts.add(what)

    # from the bus's threads

    def told(self, word: Settled | Answer) -> None:
        """A dashboard has stored a row, or somebody answered."""
        if not self.lanes.offer(WORD, word):
            self.counts.add("dropped_word")

    def state(self) -> State:
        """The heartbeat as it is now."""
        counts = self.counts.snapshot()
        counts["stuck_s"] = self.pipeline.stuck_s()
        counts["waiting"] = self.lanes.waiting()
        return State(
            at=self.clock.wall(),
            started=self._started,
            name=self.bundle.gateway_name[:_LONGEST_WORD],
            radios=[_radio(source.status()) for source in self.sources[:16]],
            outbox=self.keeper.waiting,
            counts=counts,
            refused=self.refusals.totals(),
            cut_off=self.bus.cut_off(),
            freshness_proven=self.proof.proven,
            version=release(),
            roster=self.keyring.version,
            group_epoch=self.keyring.group_epoch,
        )

    # from the pipeline, after the commit

    def act(self, one: After) -> None:
        """What was settled and is committed: now it is told, on the air first."""
        _ACTS[type(one)](self, one)

    def refused(self, refusal: Refusal) -> None:
        """Something was not accepted: counted, kept as a sample, and told now and then."""
        message = self.refusals.note(refusal)
        if message is not None:
            self.bus.say(message)

    def _raised(self, one: Raised) -> None:
        self.counts.add("alerts")
        if one.epoch is not None:
            self.groups.heard(one.row.node, one.epoch)
        self.answerer.raised(one)
        self.outbox.add(one.alert)
        self.keeper.waiting += 1
        self.bus.wake()
        log.info("alert !%08x %d: %s, %s", one.row.node, one.row.sequence, one.row.event, one.alert.judged)

    def _again(self, one: Again) -> None:
        self.counts.add("duplicate")
        self.answerer.again(one)
        self.bus.heard((one.row.node, one.row.sequence, one.row.tag.hex()), told_hearing(one.hearing))

    def _alive(self, one: Alive) -> None:
        self.counts.add("pulses" if one.new else "duplicate")
        if one.new:
            self.groups.heard(one.hearing.sender, one.pulse.group_epoch)
            self.rekeying.pulse(one.hearing.sender, one.pulse.sequence, one.pulse.mode, one.hearing.source)
        self.answerer.pulse(one)
        if one.new:
            self.bus.say(sign_of_life(one.hearing, one.pulse))

    def _closed(self, one: Closed) -> None:
        self.outbox.closed(one.row)
        self.keeper.waiting = max(self.keeper.waiting - 1, 0)

    def _said(self, one: Said) -> None:
        self.answerer.said(one.answer)

    def _said_before(self, one: SaidBefore) -> None:
        self.answerer.said_before(one.answer)

    def _too_late(self, one: TooLate) -> None:
        self.bus.say(told(one.answer, "expired"))


_ACTS: Final[dict[type, Callable[[Gateway, Any], None]]] = {
    Raised: Gateway._raised,
    Again: Gateway._again,
    Alive: Gateway._alive,
    Refusal: Gateway.refused,
    Closed: Gateway._closed,
    Said: Gateway._said,
    SaidBefore: Gateway._said_before,
    TooLate: Gateway._too_late,
}


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.05)


def _radio(status: Status) -> Radio:
    return Radio(
        url=status.url[:_LONGEST_WORD],
        node=status.node,
        up=status.up,
        since=status.since,
        last_packet=status.last_packet,
    )
