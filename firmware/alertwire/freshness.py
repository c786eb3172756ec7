"""What is new: by the echoes of gateway pulses a line, by its number a gateway pulse (sections 6 and 8)."""


def places(ring: bytearray, key: bytes, size: int) -> "list[int]":
    """Where records of `size` bytes that begin with `key` stand in `ring`."""
    found, at = [], ring.find(key)
    while at >= 0:
        if not at % size:
            found.append(at)
        at = ring.find(key, at + 1)
    return found


class Echoes:
    """The last echoes learned and when, in a ring that never grows. Times in seconds on any clock that never falls."""

    def __init__(self, size: int, span: int) -> None:
        """Remember `size` echoes for `span` seconds."""
        self._ring = bytearray(6 * size)  # of each its two bytes, and since when it is no longer remembered (0: never)
        self._turn = 0
        self._span = span
        self._until = -1  # till then a young echo may be missing

    def age(self, echo: int, now: int) -> "int | None":
        """Seconds since `echo` was first learned; None when it was not, or longer ago than the span."""
        for at in places(self._ring, echo.to_bytes(2, "big"), 6):
            left = self._end(at) - now
            if left > 0:
                return self._span + 1 - left
        return None

    def _end(self, at: int) -> int:
        return int.from_bytes(self._ring[at + 2 : at + 6], "big")

    def learn(self, echo: int, now: int) -> None:
        """An authentic gateway pulse carried `echo`; 0 is no echo and is not learned."""
        if echo and self.age(echo, now) is None:
            at, ring = self._turn, self._ring
            self._until = self._end(at) - 1
            ring[at : at + 6] = echo.to_bytes(2, "big") + (now + self._span + 1).to_bytes(4, "big")
            self._turn = (at + 6) % len(ring)

    def vouch(self, echo: int, now: int) -> bool:
        """Whether a line with this echo may be new: its echo is known, or nobody could know it.

        Nobody could for a caller who never heard a gateway (echo 0), while no echo of the span is remembered here, and
        for a span after a flood pushed a young echo out of the ring: nothing under the group key may silence.
        """
        return (
            not echo
            or now <= self._until
            or self.age(echo, now) is not None
            or self._end((self._turn or len(self._ring)) - 6) <= now
        )


class Numbers:
    """The last number of each sender of gateway pulses, in a table that never grows: the sender longest in it goes."""

    KEEPS = "_last _turn"

    def __init__(self, size: int) -> None:
        """Remember `size` senders."""
        self._ring = bytearray(8 * size)  # of each its four bytes and those of its last number
        self._turn = 0

    def rises(self, sender: int, number: int) -> bool:
        """Whether `number` is above the sender's last one, or the first of that sender."""
        found = places(self._ring, sender.to_bytes(4, "big"), 8)
        return not found or number > int.from_bytes(self._ring[found[0] + 4 : found[0] + 8], "big")

    def keep(self, sender: int, number: int) -> None:
        """From now on `number` is the sender's last one, also if it was higher."""
        key = sender.to_bytes(4, "big")
        found = places(self._ring, key, 8)
        at = found[0] if found else self._turn
        self._ring[at : at + 8] = key + number.to_bytes(4, "big")
        if not found:
            self._turn = (at + 8) % len(self._ring)
