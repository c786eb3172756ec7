"""Echoes: the random numbers of gateway pulses, by which a line shows that it is not an old one (sections 6 and 8)."""


class Echoes:
    """The last echoes learned and when, in a ring that never grows. Times in seconds on any clock that never falls."""

    def __init__(self, size: int, span: int) -> None:
        """Remember `size` echoes (6 bytes each) for `span` seconds."""
        self._ring = bytearray(6 * size)
        self._next = 0
        self._span = span
        self._unsure = -1

    def age(self, echo: int, now: int) -> "int | None":
        """Seconds since `echo` was first learned; None when it was not, or longer ago than the span."""
        ring = self._ring
        high, low = echo >> 8, echo & 255
        for at in range(0, len(ring), 6):
            if ring[at + 1] == low and ring[at] == high and echo:
                age = now - int.from_bytes(ring[at + 2 : at + 6], "big")
                if age <= self._span:
                    return age
        return None

    def learn(self, echo: int, now: int) -> None:
        """An authentic gateway pulse carried `echo`; 0 is no echo and is not learned."""
        if not echo or self.age(echo, now) is not None:
            return
        ring, at = self._ring, self._next
        if ring[at] or ring[at + 1]:
            self._unsure = max(self._unsure, int.from_bytes(ring[at + 2 : at + 6], "big") + self._span)
        ring[at : at + 6] = echo.to_bytes(2, "big") + now.to_bytes(4, "big")
        self._next = (at + 6) % len(ring)

    def vouch(self, echo: int, now: int) -> bool:
        """Whether a line with this echo may be new: its echo is known, or nobody could know it.

        That is so for a caller who never heard a gateway (echo 0), while no echo of the span is remembered here, and for
        a span after a flood pushed a young echo out of the ring: nothing under the group key may silence.
        """
        return not echo or now <= self._unsure or self.age(echo, now) is not None or self._empty(now)

    def _empty(self, now: int) -> bool:
        at = (self._next - 6) % len(self._ring)
        return (
            not (self._ring[at] or self._ring[at + 1])
            or self.age(self._ring[at] << 8 | self._ring[at + 1], now) is None
        )
