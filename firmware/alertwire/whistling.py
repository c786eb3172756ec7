"""Whether a neighbour's line makes this beacon whistle, and for how long (section 10). Times in seconds.

Ask only about lines whose group tag is right. Nothing under the group key silences: a captured beacon can make whistles
sound, so cancels raise no mark, a full table whistles, and no line lifts a known mark by more than 131,072.
"""

import struct

from .freshness import place


class Whistling:
    """Marks of the beacons heard (8 bytes each, in `marks`, to be put on flash when `dirty`) and the whistle now."""

    def __init__(self, marks: bytearray) -> None:
        """`marks`: from flash, or zeros; 8 bytes for each beacon it can remember."""
        self.marks = marks
        self.dirty = False
        self._last = bytearray(12 * 24)  # node, sequence, end (600 s later) of the last whistles: at most three a node
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
        key, last, count = node.to_bytes(4, "big"), self._last, 0
        at = place(last, 12, key)
        while at >= 0:
            before, end = struct.unpack_from(">II", last, at + 4)
            if before == sequence:
                return False
            count += now < end
            at = place(last, 12, key, at + 12)
        if count > 2 or not self._mark(key, sequence):
            return False
        last[self._turn : self._turn + 12] = key + struct.pack(">II", sequence, now + 600)
        self._turn = (self._turn + 12) % len(last)
        self._node, self._since, self.until = node, now, now + 180
        return True

    def _mark(self, key: bytes, sequence: int) -> bool:
        marks = self.marks
        at = place(marks, 8, key)
        if at >= 0:
            mark = int.from_bytes(marks[at + 4 : at + 8], "big")
            if sequence <= mark:
                return False
            sequence = min(sequence, mark + 131072)
        else:
            at = place(marks, 8, bytes(4))
        if at >= 0:
            marks[at : at + 8] = key + sequence.to_bytes(4, "big")
            self.dirty = True
        return True

    def sounding(self, now: int) -> bool:
        """Whether the whistle sounds now."""
        return now < self.until
