"""Whether a neighbour's line makes this beacon whistle, and for how long (section 10). Times in seconds.

Ask only about lines whose group tag is right. Nothing under the group key silences: a captured beacon can make whistles
sound, so cancels raise no mark, a full table whistles, and no line lifts a known mark by more than 131,072.
"""


class Whistling:
    """Marks of the beacons heard (8 bytes each, in `marks`, to be put on flash when `dirty`) and the whistle now."""

    def __init__(self, marks: bytearray) -> None:
        """`marks`: from flash, or zeros; 8 bytes for each beacon it can remember."""
        self.marks = marks
        self.dirty = False
        self._last = [(0, 0, -600)] * 24  # node, sequence, time of the last whistles: at most three a node in 600 s
        self._turn = self._node = self._since = 0
        self.until = 0  # the whistle sounds until then

    def heard(self, node: int, sequence: int, flags: int, fresh: bool, now: int) -> bool:
        """A line with a right group tag; `fresh`: its echo vouches for it (Echoes.vouch). True: whistle from now on.

        The first 60 s sound whatever comes, then a cancel may end it, and 180 s do. A drill (8) sounds nowhere.
        """
        if flags & 64 and node == self._node:
            self.until = min(self.until, max(now, self._since + 60))
        if flags & 72 or not fresh:
            return False
        count = 0
        for one in self._last:
            if one[0] == node:
                if one[1] == sequence:
                    return False
                count += now - one[2] < 600
        if count > 2 or not self._mark(node.to_bytes(4, "big"), sequence):
            return False
        self._last[self._turn] = node, sequence, now
        self._turn = (self._turn + 1) % 24
        self._node, self._since, self.until = node, now, now + 180
        return True

    def _mark(self, key: bytes, sequence: int) -> bool:
        marks, free = self.marks, -1
        for at in range(0, len(marks), 8):
            if marks[at + 3] == key[3] and marks[at : at + 4] == key:
                mark = int.from_bytes(marks[at + 4 : at + 8], "big")
                if sequence <= mark:
                    return False
                sequence = min(sequence, mark + 131072)
                free = at
                break
            if free < 0 and not any(marks[at : at + 4]):
                free = at
        if free >= 0:
            marks[free : free + 8] = key + sequence.to_bytes(4, "big")
            self.dirty = True
        return True

    def sounding(self, now: int) -> bool:
        """Whether the whistle sounds now."""
        return now < self.until
