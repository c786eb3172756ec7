"""What dashboards must learn: sent again until one of them has stored it, and nothing else ends that.

A row is closed by a `settled` that names it and the very bytes that were sent. The broker's acknowledgement closes
nothing: measured, a broker lost 300 of 300 acknowledged messages when it was killed.
"""

import threading
from collections.abc import Callable
from typing import Final

import msgspec

from gateway.clock import Clock
from gateway.ledger import Ledger
from whistle.bus import envelope
from whistle.bus.messages import Alert, Settled

BACK_OFF_S: Final = (2.0, 4.0, 8.0, 16.0, 30.0)  # the last one for ever
MOST_UNDER_WAY: Final = 128  # rows held in memory; the rest waits in the ledger

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Alert).decode

Seal = Callable[[Alert], bytes]
Send = Callable[[bytes], bool]


class _Row:
    """One row under way: its sealed bytes, once made, are sent again as they are."""

    def __init__(self, alert: Alert) -> None:
        self.alert = alert
        self.sealed = b""
        self.digest = ""
        self.tries = 0
        self.due = 0.0


class Outbox:
    """The rows under way. `add`, `close` and `refill` belong to the ledger's thread, `send_due` to the bus thread."""

    def __init__(self, seal: Seal, send: Send, clock: Clock) -> None:
        self._seal, self._send, self._clock = seal, send, clock
        self._rows: dict[int, _Row] = {}
        self._lock = threading.Lock()

    def add(self, alert: Alert) -> None:
        """An alert whose row is committed: due at once, whatever else waits."""
        with self._lock:
            self._rows[alert.row] = _Row(alert)
            if len(self._rows) > 2 * MOST_UNDER_WAY:
                del self._rows[min(self._rows)]  # it waits in the ledger

    def held(self) -> int:
        """How many rows are under way."""
        with self._lock:
            return len(self._rows)

    def refill(self, ledger: Ledger) -> int:
        """Take up rows that wait in the ledger, newest first; how many were added."""
        with self._lock:
            held = set(self._rows)
        room = MOST_UNDER_WAY - len(held)
        if room <= 0:
            return 0
        waiting = [(row, body) for row, body in ledger.newest_open_rows(room + len(held)) if row not in held]
        for row, body in waiting[:room]:
            self.add(unpacked(row, body))
        return len(waiting[:room])

    def send_due(self) -> float:
        """Publish what is due, newest first; seconds until something is due again."""
        now = self._clock.steady()
        with self._lock:
            due = sorted((row for row, held in self._rows.items() if held.due <= now), reverse=True)
        for row in due:
            if not self._publish_held(row, now):
                break
        with self._lock:
            return max(min((held.due for held in self._rows.values()), default=now + 60.0) - now, 0.05)

    def publish(self, alert: Alert, sealed: bytes) -> bool:
        """Hand one row to the broker; whether it was taken. Taken is not stored: the row stays open."""
        return self._send(sealed)

    def sent(self, settled: Settled) -> bool:
        """Whether it is the very bytes sent for this row, in this run, that a dashboard has stored."""
        with self._lock:
            held = self._rows.get(settled.row)
        return held is not None and held.digest == settled.digest

    def close(self, ledger: Ledger, settled: Settled) -> None:
        """Close a row in the ledger's transaction; it leaves memory in `closed`, after the commit."""
        ledger.close_row(settled.row, settled.store, settled.store_row)

    def closed(self, row: int) -> None:
        """The closing of this row is committed."""
        with self._lock:
            self._rows.pop(row, None)

    def all_due(self) -> None:
        """The connection is new: say everything again now."""
        with self._lock:
            for held in self._rows.values():
                held.due, held.tries = 0.0, 0

    def _publish_held(self, row: int, now: float) -> bool:
        with self._lock:
            held = self._rows.get(row)
        if held is None:
            return True
        if not held.sealed:
            held.sealed = self._seal(held.alert)
            held.digest = envelope.digest(held.sealed)
        if not self.publish(held.alert, held.sealed):
            return False
        held.due = now + BACK_OFF_S[min(held.tries, len(BACK_OFF_S) - 1)]
        held.tries += 1
        return True


def packed(alert: Alert) -> bytes:
    """An alert as the ledger keeps it."""
    return _encode(alert)


def unpacked(row: int, body: bytes) -> Alert:
    """An alert out of the ledger, with the row it stands in."""
    return msgspec.structs.replace(_decode(body), row=row)
