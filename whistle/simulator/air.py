"""The air itself: who hears which frame, and what is lost on the way.

Rules, in the order they apply to one receiver and one frame:

1. A receiver that is shut (transmitting, turning round, asleep, off) hears nothing; shutting it in the middle loses
   the frame.
2. It locks on the first frame whose preamble it can receive: level at or above sensitivity, 6 dB above the sum of all
   other frames on the air, and at least 5 symbols of preamble still to come. While locked it hears nothing else.
3. The locked frame is spoiled as soon as the sum of all others comes closer than 6 dB to it, at any moment until its
   end.
4. A whole frame is then lost with the share of the drawn loss: one draw a transmitter, receiver and frame, each
   direction its own.
5. While the air is jammed nothing is received by anybody; channel activity detection does not see the noise (it is no
   LoRa).

Levels are whole attowatts and times whole microseconds, so a run repeats bit for bit. Propagation takes no time.
"""

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass

from meshwire.airtime import Modem

from whistle.simulator import draws
from whistle.simulator.loop import VirtualLoop
from whistle.simulator.propagation import (
    CAPTURE_DB,
    NEGLIGIBLE_DB,
    Model,
    Spot,
    attowatts,
    received_dbm,
    sensitivity_dbm,
    shown_snr,
)

CAD_SYMBOLS = 2
LATCH_SYMBOLS = 5
TURNAROUND_US = 400  # from a clear channel activity detection to the first bit: two that start within it collide
PER_MILLE = round(1000 * 10 ** (CAPTURE_DB / 10))

Deliver = Callable[[bytes, int, float], None]
Observer = Callable[[int, bytes, int], None]
Link = tuple["Ear", int, int, float, int]  # receiver, key of the pair, rssi dBm, snr dB, level aW


@dataclass(slots=True)
class Counts:
    """What became of frames: sent; received whole; spoiled by others; cut by the receiver's own doing; draws of loss,
    and lost; received but overwritten before they were read.
    """

    frames: int = 0
    heard: int = 0
    collisions: int = 0
    cut: int = 0
    drawn: int = 0
    lost: int = 0
    overwritten: int = 0

    def shown(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


class Ear:
    """One radio as the air sees it. `deliver(frame, rssi, snr)` is called for every whole frame, at its last bit."""

    __slots__ = ("deliver", "index", "levels", "links", "locked", "node", "open", "salts", "spoiled", "spot")

    def __init__(self, index: int, spot: Spot, deliver: Deliver, seed: int) -> None:
        self.index = index
        self.node = spot.node
        self.spot = spot
        self.deliver = deliver
        self.salts = draws.stream(seed, "loss", spot.node)
        self.levels: list[int] = []  # what every ear receives when this one transmits, by index
        self.links: tuple[Link, ...] = ()
        self.open = False
        self.locked: Transmission | None = None
        self.spoiled = False


class Transmission:
    """One frame on the air, from its first preamble symbol to its last bit."""

    __slots__ = ("begin", "end", "frame", "levels", "links", "locked", "sender")

    def __init__(self, sender: Ear, frame: bytes, begin: int, end: int) -> None:
        self.sender = sender
        self.frame = frame
        self.begin = begin
        self.end = end
        self.levels = sender.levels
        self.links = sender.links
        self.locked: list[Link] = []


class Air:
    """One frequency, one modem setting, and all who share it. `loss` is the share of frames lost a link (0..1)."""

    def __init__(self, loop: VirtualLoop, seed: int, modem: Modem, model: Model, loss: float = 0.0) -> None:
        self.loop = loop
        self.modem = modem
        self.model = model
        self.counts = Counts()
        self.observers: list[Observer] = []
        self.jammed = False
        self._seed = seed
        self._ears: list[Ear] = []
        self._active: list[Transmission] = []
        self._recent: deque[Transmission] = deque(maxlen=8)
        self._airtimes: dict[int, int] = {}
        self._trace = hashlib.sha256()
        self._sensitivity = sensitivity_dbm(modem.sf, modem.bw_hz)
        self._audible = attowatts(self._sensitivity)
        self._latch_us = (modem.preamble - LATCH_SYMBOLS) * modem.symbol_us
        self._cad_us = CAD_SYMBOLS * modem.symbol_us
        self.set_loss(loss)

    def set_loss(self, share: float) -> None:
        """From now on lose this share of frames a link; 0 draws nothing."""
        self.loss = share
        self._threshold = draws.threshold(share)

    def airtime_us(self, length: int) -> int:
        """Microseconds a frame of `length` bytes is on the air."""
        known = self._airtimes.get(length)
        if known is None:
            known = self._airtimes[length] = self.modem.airtime_us(length)
        return known

    def trace(self) -> str:
        """SHA-256 over every transmission so far (time, sender, bytes) and the counts: equal runs, equal traces."""
        whole = self._trace.copy()
        whole.update(repr(self.counts).encode())
        return whole.hexdigest()

    # Who is there

    def add(self, spot: Spot, deliver: Deliver) -> Ear:
        """A new radio at this spot, shut at first; its links are drawn from the seed and the two node numbers."""
        ear = Ear(len(self._ears), spot, deliver, self._seed)
        ear.levels = [0] * len(self._ears)
        for other in self._ears:
            self._link(ear, other)
            other.levels.append(0)
            self._link(other, ear)
        ear.levels.append(0)
        self._ears.append(ear)
        return ear

    def _link(self, sender: Ear, receiver: Ear) -> None:
        dbm = received_dbm(self.model, self._seed, sender.spot, receiver.spot)
        if dbm < self._sensitivity - NEGLIGIBLE_DB:
            return
        level = sender.levels[receiver.index] = attowatts(dbm)
        if dbm >= self._sensitivity:
            key = draws.number(self._seed, "link", sender.node, receiver.node)
            link = (receiver, key, round(dbm), shown_snr(dbm, self.modem.bw_hz), level)
            sender.links += (link,)

    def hears(self, ear: Ear) -> list[int]:
        """The node numbers that receive this radio."""
        return [link[0].node for link in ear.links]

    # Transmitting

    def transmit(self, ear: Ear, frame: bytes, done: Callable[[], None]) -> None:
        """Send from this instant; the radio is shut from now on (half duplex) and `done` is called at the last bit."""
        now = self.loop.now_us
        self.shut(ear)
        sent = Transmission(ear, frame, now, now + self.airtime_us(len(frame)))
        if self._active:
            self._begin_crowded(sent)
        elif not self.jammed:
            sent.locked = [link for link in ear.links if link[0].open]
            for link in sent.locked:
                link[0].locked = sent
                link[0].spoiled = False
        self._active.append(sent)
        self.loop.at(sent.end, self._finish, sent, done)
        self._note(ear, frame, now)

    def _note(self, ear: Ear, frame: bytes, now: int) -> None:
        self.counts.frames += 1
        self._trace.update(b"%d %d " % (now, ear.node))
        self._trace.update(frame)
        for observe in self.observers:
            observe(ear.node, frame, now)

    def _begin_crowded(self, sent: Transmission) -> None:
        for other in self._active:
            for link in other.locked:
                if link[0].locked is other:
                    self._disturb(link, other, sent.levels[link[0].index])
        if not self.jammed:
            for link in sent.links:
                self._try_lock(link, sent)

    def _disturb(self, link: Link, locked: Transmission, extra: int) -> None:
        """One more frame on the air: does this ear's locked one still stand 6 dB above the rest?"""
        ear = link[0]
        if extra and not ear.spoiled:
            ear.spoiled = link[4] * 1000 < PER_MILLE * (self._others(ear, locked) + extra)

    def _others(self, ear: Ear, but: Transmission) -> int:
        index = ear.index
        return sum(other.levels[index] for other in self._active if other is not but)

    def _try_lock(self, link: Link, sent: Transmission) -> None:
        ear = link[0]
        if ear.open and ear.locked is None and link[4] * 1000 >= PER_MILLE * self._others(ear, sent):
            ear.locked = sent
            ear.spoiled = False
            sent.locked.append(link)

    def _finish(self, sent: Transmission, done: Callable[[], None]) -> None:
        self._active.remove(sent)
        self._recent.append(sent)
        salt = sent.sender.salts.getrandbits(64)  # also without loss: the next frame's luck must not ask for that
        received: list[Link] = []
        for link in sent.locked:
            ear = link[0]
            if ear.locked is sent:
                ear.locked = None
                if ear.spoiled:
                    self.counts.collisions += 1
                elif not self._threshold or not self._lose(salt ^ link[1]):
                    received.append(link)
        if self._active:
            self._lock_again()
        self._hand_over(received, sent.frame)
        done()

    def _lose(self, mixed: int) -> bool:
        """The draw of one receiver: the frame's number of the sender's stream, spread by the key of the pair."""
        self.counts.drawn += 1
        lost = ((mixed * draws.SPREAD) & draws.MASK) >> 32 < self._threshold
        self.counts.lost += lost
        return lost

    def _hand_over(self, received: list[Link], frame: bytes) -> None:
        self.counts.heard += len(received)
        for ear, _, rssi, snr, _ in received:
            ear.deliver(frame, rssi, snr)

    # Receiving

    def open(self, ear: Ear) -> None:
        """This radio receives from now on; a frame whose preamble is still long enough is caught."""
        ear.open = True
        if self._active and not self.jammed:
            for sent in self._catchable():
                for link in sent.links:
                    if link[0] is ear:
                        self._try_lock(link, sent)

    def shut(self, ear: Ear) -> None:
        """This radio receives no more; what it was receiving is lost."""
        ear.open = False
        if ear.locked is not None:
            ear.locked = None
            self.counts.cut += 1

    def _catchable(self) -> list[Transmission]:
        now = self.loop.now_us
        return [sent for sent in self._active if sent.begin + self._latch_us >= now]

    def _lock_again(self) -> None:
        """A frame has ended: ears that it kept from locking may catch another that began beneath it."""
        if self.jammed:
            return
        for sent in self._catchable():
            for link in sent.links:
                self._try_lock(link, sent)

    def busy(self, ear: Ear) -> bool:
        """Channel activity detection: was a frame this radio can hear on the air at any moment of the last two symbols
        (less the turnaround)? What it cannot hear it does not see: hidden terminals are real."""
        index, until = ear.index, self.loop.now_us - TURNAROUND_US
        for sent in self._active:
            if sent.begin <= until and sent.levels[index] >= self._audible:
                return True
        since = until - self._cad_us
        return any(sent.end > since and sent.levels[index] >= self._audible for sent in self._recent)

    def jam(self, on: bool) -> None:
        """Raise the noise so that nobody receives anything, or let it fall again."""
        self.jammed = on
        if on:
            for ear in self._ears:
                ear.spoiled = True
