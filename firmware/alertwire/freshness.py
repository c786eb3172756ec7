"""What is new: by the echoes of gateway pulses a line, by its number a gateway pulse (sections 6 and 8)."""


class Echoes:
    """The last echoes learned and when, in a ring that never grows. Times in seconds on any clock that never falls."""

    def __init__(self, size: int, span: int) -> None:
        """Remember `size` echoes for `span` seconds."""
        self._echoes = [0] * size
        self._times = [-span - 1] * size
        self._turn = 0
        self._span = span
        self._until = -1  # till then a young echo may be missing

    def age(self, echo: int, now: int) -> "int | None":
        """Seconds since `echo` was first learned; None when it was not, or longer ago than the span."""
        for i in range(len(self._echoes)):
            if self._echoes[i] == echo and now - self._times[i] <= self._span:
                return now - self._times[i]
        return None

    def learn(self, echo: int, now: int) -> None:
        """An authentic gateway pulse carried `echo`; 0 is no echo and is not learned."""
        if echo and self.age(echo, now) is None:
            i = self._turn
            self._until = self._times[i] + self._span
            self._echoes[i], self._times[i] = echo, now
            self._turn = (i + 1) % len(self._echoes)

    def vouch(self, echo: int, now: int) -> bool:
        """Whether a line with this echo may be new: its echo is known, or nobody could know it.

        Nobody could for a caller who never heard a gateway (echo 0), while no echo of the span is remembered here, and
        for a span after a flood pushed a young echo out of the ring: nothing under the group key may silence.
        """
        return (
            not echo
            or now <= self._until
            or self.age(echo, now) is not None
            or self.age(self._echoes[self._turn - 1], now) is None
        )


class Numbers:
    """The last number of each sender of gateway pulses, in a table that never grows: the sender longest in it goes."""

    KEEPS = "_last _turn"

    def __init__(self, size: int) -> None:
        """Remember `size` senders."""
        self._last = [(0, 0)] * size
        self._turn = 0

    def rises(self, sender: int, number: int) -> bool:
        """Whether `number` is above the sender's last one, or the first of that sender."""
        for last in self._last:
            if last[0] == sender:
                return number > last[1]
        return True

    def keep(self, sender: int, number: int) -> None:
        """From now on `number` is the sender's last one, also if it was higher."""
        at = self._turn
        for i in range(len(self._last)):
            if self._last[i][0] == sender:
                at = i
        if self._last[at][0] != sender:
            self._turn = (at + 1) % len(self._last)
        self._last[at] = sender, number
