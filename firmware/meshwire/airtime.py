"""How long a frame keeps the air busy, the slot that waiting is counted in, and shares of the air over time."""


class Modem:
    """LoRa settings: spreading factor 5..12, bandwidth in Hz, coding rate denominator 5..8, preamble symbols.

    `symbol_us` and `slot_ms` are whole numbers.
    """

    def __init__(self, sf: int, bw_hz: int, cr: int, preamble: int = 16) -> None:
        self.sf = sf
        self.bw_hz = bw_hz
        self.cr = cr
        self.preamble = preamble
        self.symbol_us = (1000000 << sf) // bw_hz
        self._slow = 1 if (1 << sf) * 125 >= bw_hz * 2 else 0  # low data rate optimisation from 16 ms a symbol
        # two and a half symbols of looking for activity, 7.6 ms of turning round
        self.slot_ms = ((25000 << sf) + 76 * bw_hz) // (10 * bw_hz)

    def airtime_us(self, size: int) -> int:
        """Return the microseconds a frame of `size` bytes (header included) takes, rounded down."""
        sf = self.sf
        bits = 8 * size - 4 * sf + (44 if sf > 6 else 36)
        rate = 4 * (sf - 2 * self._slow)
        symbols = (bits + rate - 1) // rate * self.cr if bits > 0 else 0
        quarters = 4 * (self.preamble + symbols) + (49 if sf > 6 else 57)
        return quarters * (250000 << sf) // self.bw_hz


class Meter:
    """Adds up airtime in `count` buckets of `bucket_ms`; the window is all of them. Fixed memory."""

    KEEPS = "_air _last"

    def __init__(self, bucket_ms: int, count: int) -> None:
        self._bucket_ms = bucket_ms
        self._air = [0] * count
        self._last = 0

    def add(self, now_ms: int, air_us: int) -> None:
        """Count `air_us` microseconds of airtime that ended now."""
        air = self._air
        bucket = now_ms // self._bucket_ms
        while self._last < bucket:  # empty the buckets whose time has come round again
            self._last = max(self._last + 1, bucket - len(air))
            air[self._last % len(air)] = 0
        air[bucket % len(air)] += air_us

    def permille(self, now_ms: int) -> int:
        """Return the thousandths of the whole window that were used."""
        self.add(now_ms, 0)
        return sum(self._air) // (self._bucket_ms * len(self._air))
