"""Keeps one radio open for ever: opens, attends, notices silence, closes, waits, opens again.

    opening --opened--> attending --lost, silent, refused--> waiting --time--> opening
       `-------------- could not be opened -------------------^

A connection is judged dead by silence, not by the operating system: a half-open TCP connection looks fine from here.
"""

import logging
import queue
import random
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeVar

from gateway.clock import Clock
from gateway.errors import NoChannel, RadioRefused, SourceError
from gateway.hearing import Hearing
from gateway.sources.port import About, Address, Ear, Listener, Outgoing, SiteChannel, Status
from gateway.sources.radio import Radio

log = logging.getLogger("gateway.source")
T = TypeVar("T")

HEARTBEAT_S: Final = 10.0
SILENCE_S: Final = 35.0  # with a radio that answers heartbeats: three unanswered, and a little
QUIET_S: Final = 900.0  # with firmware that never answered one: a silent street is not a dead radio
BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0)  # the last one for ever: a cable plugged in again is used within 5 s
NO_CHANNEL_S: Final = 10.0  # leaves somebody the time to talk to the radio, which serves one program at a time
LONGEST_QUEUE: Final = 8

# A stock radio takes host packets this often and no oftener, per port; a second telemetry or alert is dropped in
# silence, a second text is answered with RATE_LIMIT_EXCEEDED. A little is added for clocks that differ.
SPACING_S: Final = {1: 2.1, 11: 10.3, 67: 10.3}


class OpenRadio(Protocol):
    """What the keeper needs of a radio; `sources.radio.Radio`, or a test's."""

    def open(self, channel: SiteChannel) -> About: ...
    def send(self, packet: Outgoing) -> int: ...
    def heartbeat(self) -> None: ...
    def close(self) -> None: ...


Maker = Callable[[Address, Ear, Clock], OpenRadio]


class _Connection:
    """The Ear of one connection: what an abandoned radio still says ends here, not in its successor."""

    def __init__(self, source: "KeptSource", listener: Listener, clock: Clock) -> None:
        self._source = source
        self._listener = listener
        self._clock = clock
        self.over: str | None = None
        self.last_alive = clock.steady()
        self.answers_heartbeats = False
        self.node: int | None = None
        self._lock = threading.Lock()
        self._tickets: dict[int, int] = {}  # packet id: ticket, the last of those sent
        self._refused: dict[int, str] = {}  # packet id: why, the last of those refused

    def alive(self) -> None:
        self.last_alive = self._clock.steady()

    def answered(self) -> None:
        self.answers_heartbeats = True

    def heard(self, hearing: Hearing) -> None:
        if self.over is not None:
            return
        if hearing.sender == self.node:
            self._listener.counted("own")
            return
        self._source.note_packet(hearing.at)
        self._listener.heard(self._source.url, hearing)

    def foreign(self) -> None:
        self._listener.counted("foreign")

    def garbled(self) -> None:
        self._listener.counted("garbled")

    def undone(self, packet: int, why: str) -> None:
        with self._lock:
            _keep(self._refused, packet, why)
            ticket = self._tickets.get(packet)
        if ticket is not None:
            self._listener.fate(self._source.url, ticket, False, why)

    def sent(self, packet: int, ticket: int) -> str | None:
        """A packet was handed over; why it was refused, when the radio was quicker than we."""
        with self._lock:
            why = self._refused.get(packet)
            if why is None:
                _keep(self._tickets, packet, ticket)
        return why

    def lost(self, why: str) -> None:
        if self.over is None:
            self.over = why
            self._source.wake()


class KeptSource:
    """One source by URL. `start` once, `submit` packets from any thread, `stop` once; it never gives up in between."""

    def __init__(
        self,
        address: Address,
        channel: SiteChannel,
        listener: Listener,
        clock: Clock,
        maker: Maker = Radio,
        spacing: Mapping[int, float] = SPACING_S,
    ) -> None:
        self.url = address.url
        self._address, self._channel, self._listener, self._clock, self._maker = (
            address, channel, listener, clock, maker,
        )  # fmt: skip
        self._spacing = spacing
        self._queue: queue.Queue[Outgoing | None] = queue.Queue(LONGEST_QUEUE)
        self._stopping = threading.Event()
        self._status = Status(self.url, None, False, clock.wall(), None, "not opened yet")
        self._last_packet: float | None = None
        self._last_sent: dict[int, float] = {}
        self._thread = threading.Thread(target=self._run, name=f"source {self.url}", daemon=True)

    def start(self) -> None:
        """Begin to open the radio; returns at once."""
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Close the radio; returns after `patience` seconds at the latest."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(patience)

    def status(self) -> Status:
        """The source as it is now."""
        return self._status._replace(last_packet=self._last_packet)

    def ready_in(self, port: int) -> float:
        """Seconds until the radio takes a packet on this port (0.0: now); infinite while it is down."""
        if not self._status.up:
            return float("inf")
        spacing = self._spacing.get(port, 0.0)
        return max(self._last_sent.get(port, -spacing) + spacing - self._clock.steady(), 0.0)

    def submit(self, packet: Outgoing) -> bool:
        """Queue a packet for the radio; its fate is told to the listener. False, and no fate: down, or queue full."""
        if not self._status.up:
            return False
        try:
            self._queue.put_nowait(packet)
        except queue.Full:
            return False
        self._last_sent[packet.port] = self._clock.steady()
        return True

    def wake(self) -> None:
        """Make the attending thread look round now."""
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            return  # then it is awake, or soon will be

    def note_packet(self, at: float) -> None:
        """A packet was heard at this wall time."""
        self._last_packet = at

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            opened, pause = self._once(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
            failures = 0 if opened else failures + 1
            self._stopping.wait(pause * random.uniform(0.8, 1.0))
            if not self._stopping.is_set():
                self._listener.counted("reopened")

    def _once(self, pause: float) -> tuple[bool, float]:
        connection = _Connection(self, self._listener, self._clock)
        radio = self._maker(self._address, connection, self._clock)
        opened = False
        try:
            about = radio.open(self._channel)
            opened = True
            self._up(connection, about)
            self._attend(radio, connection)
            self._down(connection.over or "stopped")
        except SourceError as error:
            self._down(str(error))
            pause = NO_CHANNEL_S if isinstance(error, NoChannel) else pause
        finally:
            connection.over = connection.over or "closed"
            radio.close()
            self._drop_queue()
        return opened, BACK_OFF_S[0] if opened else pause

    def _attend(self, radio: OpenRadio, connection: _Connection) -> None:
        due = 0.0
        while connection.over is None and not self._stopping.is_set():
            now = self._clock.steady()
            if now >= due:
                radio.heartbeat()
                due = now + HEARTBEAT_S
            _must_not_be_silent(connection, now)
            self._send_next(radio, connection, due - now)

    def _send_next(self, radio: OpenRadio, connection: _Connection, patience: float) -> None:
        try:
            packet = self._queue.get(timeout=max(patience, 0.01))
        except queue.Empty:
            return
        if packet is None:
            return
        try:
            why = connection.sent(radio.send(packet), packet.ticket)
        except SourceError as error:
            self._listener.fate(self.url, packet.ticket, False, str(error))
            if not isinstance(error, RadioRefused):
                raise
        else:
            self._listener.fate(self.url, packet.ticket, why is None, why or "")

    def _up(self, connection: _Connection, about: About) -> None:
        connection.node = about.node
        log.info("%s is open: node !%08x, channel %d", self.url, about.node, about.channel)
        if about.remark:
            log.warning("%s", about.remark)
        self._become(Status(self.url, about.node, True, self._clock.wall(), None, about.remark))

    def _down(self, why: str) -> None:
        if self._status.up or self._status.why != why:
            log.warning("%s is down: %s", self.url, why)
        since = self._clock.wall() if self._status.up else self._status.since
        self._become(self._status._replace(up=False, since=since, why=why))

    def _become(self, status: Status) -> None:
        before, self._status = self._status, status
        if (before.up, before.node, before.why) != (status.up, status.node, status.why):
            self._listener.changed()

    def _drop_queue(self) -> None:
        while True:
            try:
                packet = self._queue.get_nowait()
            except queue.Empty:
                return
            if packet is not None:
                self._listener.fate(self.url, packet.ticket, False, "the radio went down first")


def _keep(last: dict[int, T], packet: int, value: T) -> None:
    last[packet] = value
    if len(last) > 16:
        del last[next(iter(last))]


def _must_not_be_silent(connection: _Connection, now: float) -> None:
    limit = SILENCE_S if connection.answers_heartbeats else QUIET_S
    if now - connection.last_alive > limit:
        connection.lost(f"nothing came from the radio for {limit:.0f} s")
