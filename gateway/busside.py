"""The gateway on the bus: what it says, sealed, and what it is told.

Only alerts are kept until they are stored (see `outbox`); the rest is said once, and counted when it could not be said.
The broker is trusted with nothing: whether anybody is there is known from dashboards' sealed heartbeats alone.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from gateway.clock import Clock
from gateway.counts import Counts
from gateway.outbox import Outbox
from gateway.watchers import Watchers
from whistle.bus import envelope, topics
from whistle.bus.errors import TooLarge, Unreadable
from whistle.bus.link import Link
from whistle.bus.messages import Answer, Heard, Hearing, Settled, State, Up, Watch
from whistle.bus.numbers import Numbers, Seen
from whistle.site.bundles import GatewayBundle

log = logging.getLogger("gateway.bus")

STATE_EVERY_S: Final = 20.0
SOONEST_S: Final = 1.0  # between two heartbeats, however much changes
HEARD_EVERY_S: Final = 1.0
MOST_WAITING: Final = 256
MOST_HEARINGS: Final = 16

Word = Settled | Answer
Key = tuple[int, int, str]


class BusSide:
    """One link, one thread. `say`, `heard` and `changed` from any thread; `on_word` is called on the link's thread."""

    def __init__(
        self,
        *,
        bundle: GatewayBundle,
        broker: str,
        clock: Clock,
        counts: Counts,
        numbers: Numbers,
        seen: Seen,
        watchers: Watchers,
        on_word: Callable[[Word], None],
        state: Callable[[], State],
    ) -> None:
        self._up, self._down = bundle.link_keys
        self._sender, self._epoch = bundle.gateway_bytes, bundle.bus_epoch
        self._topic = topics.up(bundle.site, bundle.gateway)
        self._clock, self._counts, self._numbers, self._seen = clock, counts, numbers, seen
        self._watchers, self._on_word, self._state = watchers, on_word, state
        self.outbox = Outbox(self._sealed, self._send, clock)
        self._waiting: deque[Up] = deque()
        self._later: dict[Key, list[Hearing]] = {}
        self._later_due = 0.0
        self._state_due = self._state_last = 0.0
        self._cond = threading.Condition()
        self._stopping = False
        self._link = Link(broker, [topics.down(bundle.site, bundle.gateway)], self._received, on_up=self._is_up)
        self._thread = threading.Thread(target=self._run, name="bus", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._link.start()
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Leave the broker; within `patience` seconds for our own thread."""
        with self._cond:
            self._stopping = True
            self._cond.notify()
        if self._thread.is_alive():
            self._thread.join(patience)
        self._link.close()

    @property
    def alive(self) -> bool:
        """Whether our thread runs."""
        return self._thread.is_alive()

    @property
    def connected(self) -> bool:
        """Whether the broker is there, as far as we know."""
        return self._link.connected

    def cut_off(self) -> bool:
        """Whether no dashboard can be reached: no broker, or none heard for 60 s."""
        return not self._link.connected or self._watchers.silent()

    def say(self, message: Up) -> None:
        """Say something once; dropped and counted when too much waits."""
        with self._cond:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._counts.add("dropped_bus")
            self._waiting.append(message)
            self._cond.notify()

    def heard(self, key: Key, hearing: Hearing) -> None:
        """A later hearing of an alert (node, sequence, tag), told with others within a second."""
        with self._cond:
            several = self._later.setdefault(key, [])
            if len(several) >= MOST_HEARINGS or len(self._later) > MOST_WAITING:
                self._counts.add("dropped_bus")
                return
            several.append(hearing)

    def changed(self) -> None:
        """Something in our state changed: say so now (at most once a second)."""
        with self._cond:
            self._state_due = min(self._state_due, max(self._clock.steady(), self._state_last + SOONEST_S))
            self._cond.notify()

    def wake(self) -> None:
        """There is something new in the outbox."""
        with self._cond:
            self._cond.notify()

    # our own thread

    def _run(self) -> None:
        cut_off = True
        while not self._stopping:
            pause = self.outbox.send_due() if self._link.connected else 1.0
            if cut_off != self.cut_off():
                cut_off = not cut_off
                log.warning("%s", "no dashboard can be reached" if cut_off else "a dashboard is there")
                self.changed()
            self._say_waiting()
            self._say_state()
            with self._cond:
                if not self._stopping and not self._waiting:
                    self._cond.wait(min(pause, 0.5))

    def _say_waiting(self) -> None:
        for message in self._taken():
            try:
                taken = self._send(self._sealed(message))
            except TooLarge as error:
                log.error("a message was too large for the bus and was not sent: %s", error)
                taken = False
            if not taken:
                self._counts.add("dropped_bus")

    def _taken(self) -> list[Up]:
        now = self._clock.steady()
        with self._cond:
            messages = list(self._waiting)
            self._waiting.clear()
            if now >= self._later_due and self._later:
                messages += [_later(key, several) for key, several in self._later.items()]
                self._later.clear()
                self._later_due = now + HEARD_EVERY_S
        return messages

    def _say_state(self) -> None:
        now = self._clock.steady()
        if now < self._state_due or not self._link.connected:
            return
        with self._cond:  # before it is made, so that what changes meanwhile is said next
            self._state_last, self._state_due = now, now + STATE_EVERY_S
        if not self._send(self._sealed(self._state())):
            self.changed()

    def _sealed(self, message: Up) -> bytes:
        return envelope.seal(self._up, self._epoch, self._sender, self._numbers.next(), self._topic, message)

    def _send(self, sealed: bytes) -> bool:
        return self._link.publish(self._topic, sealed)

    # the link's thread

    def _is_up(self) -> None:
        self.outbox.all_due()
        with self._cond:
            self._state_due = 0.0
            self._cond.notify()

    def _received(self, topic: str, payload: bytes) -> None:
        try:
            opened = envelope.unseal(self._down, topic, payload, self._epoch)
        except Unreadable as error:
            self._counts.add("unreadable")
            log.info("something on the bus was refused: %s", error)
            return
        if not self._seen.rises(opened):
            self._counts.add("unreadable")
        elif isinstance(opened.message, Watch):
            self._watchers.heard(opened.sender, opened.message)
        elif isinstance(opened.message, Settled | Answer):
            self._on_word(opened.message)


def _later(key: Key, several: list[Hearing]) -> Heard:
    node, sequence, tag = key
    return Heard(node=node, sequence=sequence, tag=tag, hearings=several)
