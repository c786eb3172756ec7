"""What is new: by the echoes of gateway pulses a line, by its number a gateway pulse (sections 6 and 8)."""


def place(ring: bytearray, size: int, key: bytes, at: int = 0) -> int:
    """Where, from `at` on, the first record of `size` bytes stands that begins with `key`; -1: nowhere."""
    at = ring.find(key, at)
    while at >= 0 and at % size:
        at = ring.find(key, at - at % size + size)
    return at


class Echoes:
    """The last echoes learned and when, in a ring that never grows. Times in seconds on any clock that never falls."""

    KEEPS = "_ring _turn _until"

    def __init__(self, size: int, span: int) -> None:
        """Remember `size` echoes for `span` seconds."""
        self._ring = bytearray(6 * size)  # of each its two bytes, and since when it is no longer remembered (0: never)
        self._turn = 0
        self._span = span
        self._until = -1  # till then a young echo may be missing

    def age(self, echo: int, now: int) -> "int | None":
        """Seconds since `echo` was first learned; None when it was not, or longer ago than the span."""
        key = echo.to_bytes(2, "big")
        at = place(self._ring, 6, key)
        while at >= 0:
            left = self._end(at) - now
            if left > 0:
                return self._span + 1 - left
            at = place(self._ring, 6, key, at + 6)
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

    KEEPS = "_ring _turn"

    def __init__(self, size: int) -> None:
        """Remember `size` senders."""
        self._ring = bytearray(8 * size)  # of each its four bytes and those of its last number
        self._turn = 0

    def rises(self, sender: int, number: int) -> bool:
        """Whether `number` is above the sender's last one, or the first of that sender."""
        at = place(self._ring, 8, sender.to_bytes(4, "big"))
        return at < 0 or number > int.from_bytes(self._ring[at + 4 : at + 8], "big")

    def keep(self, sender: int, number: int) -> None:
        """From now on `number` is the sender's last one, also if it was higher."""
        key = sender.to_bytes(4, "big")
        at = place(self._ring, 8, key)
        if at < 0:
            at = self._turn
            self._turn = (at + 8) % len(self._ring)
        self._ring[at : at + 8] = key + number.to_bytes(4, "big")
