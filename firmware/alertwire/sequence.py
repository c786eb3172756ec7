"""Numbers that are never used twice, whatever happens to power or flash (section 2)."""

import binascii
import struct

from .mac import label, tag

AHEAD = 64  # numbers reserved with one flash write
JUMP = 1 << 16  # a flash that takes no writes: go on this far ahead, at random, in RAM
LAST_PULSE = 4096  # so many numbers before the end pulses stop, so that presses can go on


def pack(generation: int, sequence: int, ids: int, call: bytes) -> bytes:
    """One flash record: generation, both ceilings (the first numbers not reserved), the open call (<= 79 bytes), CRC."""
    raw = struct.pack(">III", generation, sequence, ids) + call
    return raw + struct.pack(">I", binascii.crc32(raw))


def unpack(raw: "bytes | None") -> "tuple[int, int, int, bytes] | None":
    """(generation, sequence ceiling, id ceiling, open call) or None where the record is not whole."""
    if not raw or len(raw) < 16 or raw[-4:] != struct.pack(">I", binascii.crc32(raw[:-4])):
        return None
    generation, sequence, ids = struct.unpack(">III", raw[:12])
    return generation, sequence, ids, raw[12:-4]


class Reserve:
    """Sequences and packet numbers of one beacon, reserved in two flash records, the newer whole one counting.

    load(copy) gives the bytes of copy 0 or 1, or None; store(copy, raw) writes them and raises OSError when it cannot;
    random(n) gives a number below n. `doubt` is the storage doubt to send. `call` is the open call found at the start.
    """

    def __init__(self, epoch: int, load: "Load", store: "Store", random: "Random") -> None:
        self._store = store
        self._random = random
        self._end = epoch << 24 | 0xFFFFFF
        self.call = b""
        self.doubt = self._jumped = False
        raws = [load(0), load(1)]
        found = [one for one in [unpack(raw) for raw in raws] if one]
        self._generation, self._sequence, self._id = 0, epoch << 24 | 1, 1
        if found:
            self._resume(max(found), epoch)
        elif raws[0] or raws[1]:  # there was something, and nothing of it can be read
            self._leap()
        self._sequence_ceiling, self._id_ceiling = self._sequence, self._id

    def _resume(self, record: "tuple[int, int, int, bytes]", epoch: int) -> None:
        self._generation, sequence, self._id, call = record
        if sequence >> 24 == epoch:
            self._sequence, self.call = sequence, call
        elif sequence >> 24 > epoch:  # provisioned with an old stick: this epoch's numbers may have been used
            self._leap()

    def _leap(self) -> None:
        # Once a start: so far that two starts without flash hardly ever meet, so little that hundreds of starts fit.
        self.doubt = self._jumped = True
        room = (self._end - LAST_PULSE - self._sequence) // 2
        self._sequence += self._random(max(1, min(JUMP, room)))
        self._id = (self._id + self._random(1 << 30)) & 0xFFFFFFFF

    def keep(self, call: bytes) -> bool:
        """Write the open call (b"" for none) and a fresh reservation; False when flash takes nothing. Before a frame."""
        self.call = call
        sequence, ids = min(self._sequence + AHEAD, self._end), self._id + AHEAD & 0xFFFFFFFF
        try:
            self._store(self._generation + 1 & 1, pack(self._generation + 1, sequence, ids, call))
            self._generation += 1
            self.doubt = False
        except OSError:
            if not self._jumped:
                self._leap()
            self.doubt = True
            sequence, ids = self._sequence + AHEAD, self._id + AHEAD & 0xFFFFFFFF
        self._sequence_ceiling, self._id_ceiling = sequence, ids
        return not self.doubt

    def take(self) -> int:
        """The next sequence, for a press: never refused. At the very end the last one is given again."""
        if self._sequence >= self._sequence_ceiling:
            self.keep(self.call)
        number = self._sequence
        self._sequence = min(number + 1, self._end)
        return number

    def take_pulse(self) -> "int | None":
        """The next sequence for a pulse; None near the end of the numbers, where only presses go on."""
        return self.take() if self._sequence < self._end - LAST_PULSE else None

    def take_id(self) -> int:
        """The next packet number, for PacketIds."""
        if self._id == self._id_ceiling:
            self.keep(self.call)
        number = self._id
        self._id = number + 1 & 0xFFFFFFFF
        return number


class PacketIds:
    """Meshtastic packet ids: a keyed permutation of a counter, so none is ever used twice and none tells the count."""

    def __init__(self, key: bytes, take: "Take") -> None:
        """`key`: the beacon's id key; `take()` gives the next packet number (Reserve.take_id)."""
        self._key = key
        self._take = take

    def next(self) -> int:
        """An id for one transmission, 1..2^32-1."""
        while True:
            number = permute(self._key, self._take())
            if number:
                return number


def permute(key: bytes, number: int) -> int:
    """Four Feistel rounds over two halves of 16 bits: (l, r) becomes (r, l xor T2 H(key, D(`packet`) round r))."""
    left, right = number >> 16, number & 0xFFFF
    for i in range(4):
        mask = tag(key, 2, label(b"packet"), bytes([i]), right.to_bytes(2, "big"))
        left, right = right, left ^ int.from_bytes(mask, "big")
    return left << 16 | right


if False:
    from collections.abc import Callable

    Load = Callable[[int], bytes | None]
    Store = Callable[[int, bytes], None]
    Random = Callable[[int], int]
    Take = Callable[[], int]
