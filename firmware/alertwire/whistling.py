"""Whether a neighbour's line makes this beacon whistle, and for how long (section 10). Times in seconds.

Ask only about lines whose group tag is right. Nothing under the group key silences: a captured beacon can make whistles
sound, so cancels raise no mark, a full table whistles, and no line lifts a known mark by more than RISE.
"""

FIRST = 60  # always sounds, unless muted here
MOST = 180
TIMES, WITHIN = 3, 600  # at most three whistles a beacon in ten minutes
RISE = 1 << 17
RECENT = 24

CANCEL, DRILL = 64, 8


class Whistling:
    """Marks of the beacons heard (8 bytes each, in `marks`, to be put on flash when `dirty`) and the whistle now."""

    def __init__(self, marks: bytearray) -> None:
        """`marks`: from flash, or zeros; 8 bytes for each beacon it can remember."""
        self.marks = marks
        self.dirty = False
        self._nodes = [0] * RECENT
        self._numbers = [0] * RECENT
        self._times = [-WITHIN] * RECENT
        self._turn = 0
        self._node = self._since = self.until = 0

    def heard(self, node: int, sequence: int, flags: int, fresh: bool, now: int) -> bool:
        """A line with a right group tag; `fresh`: its echo vouches for it (Echoes.vouch). True: whistle from now on."""
        if flags & CANCEL:
            if node == self._node:
                self.until = min(self.until, max(now, self._since + FIRST))
            return False
        if flags & DRILL or not fresh or not self._few(node, sequence, now) or not self._mark(node, sequence):
            return False
        self._nodes[self._turn], self._numbers[self._turn], self._times[self._turn] = node, sequence, now
        self._turn = (self._turn + 1) % RECENT
        self._node, self._since, self.until = node, now, now + MOST
        return True

    def _few(self, node: int, sequence: int, now: int) -> bool:
        count = 0
        for i in range(RECENT):
            if self._nodes[i] == node:
                if self._numbers[i] == sequence:
                    return False
                count += now - self._times[i] < WITHIN
        return count < TIMES

    def _mark(self, node: int, sequence: int) -> bool:
        key, marks = node.to_bytes(4, "big"), self.marks
        free = -1
        for at in range(0, len(marks), 8):
            if marks[at + 3] == key[3] and marks[at : at + 4] == key:
                mark = int.from_bytes(marks[at + 4 : at + 8], "big")
                if sequence <= mark:
                    return False
                sequence = min(sequence, mark + RISE)
                free = at
                break
            if free < 0 and not (marks[at] or marks[at + 1] or marks[at + 2] or marks[at + 3]):
                free = at
        if free >= 0:
            marks[free : free + 8] = key + sequence.to_bytes(4, "big")
            self.dirty = True
        return True

    def mute(self, now: int) -> None:
        """The button of this beacon was pressed: silence at once."""
        self.until = now

    def sounding(self, now: int) -> bool:
        """Whether the whistle sounds now; it ends at `until`."""
        return now < self.until
