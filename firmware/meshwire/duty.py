"""Shares of the air over a rolling window: channel utilisation (60 s) and own transmission (1 h)."""


class Meter:
    """Adds up airtime in `count` buckets of `bucket_ms`; the window is all of them. Fixed memory."""

    def __init__(self, bucket_ms: int, count: int) -> None:
        self._bucket_ms = bucket_ms
        self._air = [0] * count
        self._last = 0

    def add(self, now_ms: int, air_us: int) -> None:
        """Count `air_us` microseconds of airtime that ended now."""
        if now_ms // self._bucket_ms != self._last:
            self._roll(now_ms)
        self._air[self._last % len(self._air)] += air_us

    def permille(self, now_ms: int) -> int:
        """Return the thousandths of the whole window that were used."""
        self._roll(now_ms)
        return sum(self._air) // (self._bucket_ms * len(self._air))

    def _roll(self, now_ms: int) -> None:
        """Empty the buckets whose time has come round again."""
        count = len(self._air)
        bucket = now_ms // self._bucket_ms
        for step in range(min(bucket - self._last, count)):
            self._air[(bucket - step) % count] = 0
        self._last = bucket


def utilisation() -> Meter:
    """Return a meter of everything heard and sent in the last minute."""
    return Meter(10000, 6)


def transmission() -> Meter:
    """Return a meter of everything sent in the last hour, which regions limit."""
    return Meter(60000, 60)
