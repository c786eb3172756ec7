"""The one task that makes the radio do anything: listen, sleep, and send what the node has to send, in its slot."""

from beacon.loop import Alarm, first

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]

    from meshwire.node import Node

    from beacon.ports import Alive, Board, Heard, Radio


class Sender:
    """`run` is the task, the only one that makes the radio do anything; `failed` while the radio does not answer.

    `nudge` it after whatever may have given the node something to send, or after changing `wanted`, which says whether
    the radio shall listen. `changed()` is called after each frame that left, and when the radio fails or works again.
    """

    def __init__(
        self,
        board: "Board",
        radio: "Radio",
        node: "Node",
        tuning: "dict[str, int]",
        heard: "Heard",
        changed: "Callable[[], None]",
    ) -> None:
        self.failed = False
        self.wanted = True
        self._listening: "bool | None" = None  # what the radio was last told; None: it must be told again
        self._board = board
        self._radio = radio
        self._node = node
        self._tuning = tuning
        self._heard = heard
        self._changed = changed
        self._alarm = Alarm()
        # Before a slot, garbage and loading take up to twice the time by which a board wakes early.
        self._ahead = board.early_ms * 3
        self._until: "int | None" = 0  # when the task wakes by itself; None for never

    def nudge(self) -> None:
        """Wake the task if it has something to do before it would wake."""
        due = self._node.due()
        if self._listening is not self.wanted:
            due = 0
        if due is not None and (self._until is None or due - self._ahead < self._until):
            self._until = due - self._ahead
            self._alarm.within(self._until - self._board.now())

    def resting(self) -> bool:
        """Whether the radio does as it is wanted to; a broken one, that nothing is wanted of it."""
        return self._listening is self.wanted or self.failed and not self.wanted

    async def run(self, alive: "Alive") -> None:
        """Send for ever; `alive()` is called at every wake and says how long, in ms, the task may sleep at most."""
        while True:
            most = alive()
            due, now = self._node.due(), self._board.now()
            rest = None if due is None else due - self._ahead - now
            ready = rest is not None and rest <= 0
            if ready or self._listening is not self.wanted:
                self._until = 0
                await self._attempt(due if ready else None)
            else:
                rest = first(most, rest)
                self._until = None if rest is None else now + rest
                await self._alarm.wait(rest)

    async def _attempt(self, due: "int | None") -> None:
        """Do what is to be done; a radio that does not answer is started again every second, and the frame kept."""
        failed = sent = False
        try:
            if self._listening is not self.wanted:
                self._listen()
            if due is not None:
                sent = await self._slot(due)
        except OSError:
            failed = True
            self._listening = None
            self._node.sent(self._board.now(), False)
        if sent or failed != self.failed:
            self.failed = failed
            self._changed()
        if failed:
            await Alarm().wait(1000)

    def _listen(self) -> None:
        """Let the radio listen or sleep, as wanted; tune it first when it is new or has failed."""
        if self._listening is None:
            self._radio.tune(self._tuning)
        if self.wanted:
            self._radio.listen(self._heard)
        else:
            self._radio.sleep()
        self._listening = self.wanted

    async def _slot(self, due: int) -> bool:
        """Collect garbage, load the frame, sleep to just before its slot, spin, look whether the air is free, transmit.

        Until then the frame stays the node's: it may still be withdrawn, or overtaken by an alert. True when one left.
        """
        board, radio, node = self._board, self._radio, self._node
        board.collect()
        front = node.queue.front()
        loaded = front.frame if front else b""
        if front:
            radio.load(loaded)
        await Alarm().wait(due - board.early_ms - board.now())
        board.spin(due)
        now = max(board.now(), due)
        if (node.due() or now) > now:
            return False
        frame = node.transmit(now, radio.busy())
        if not frame:
            return False
        if frame != loaded:
            radio.load(frame)
        await radio.send()
        node.sent(board.now())
        return True
