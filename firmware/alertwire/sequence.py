# mypy: disable-error-code=unreachable
"""Numbers that are never used twice, whatever happens to power or flash (section 2).

64 are reserved ahead with one flash write. Flash may be put back, so every start passes over some numbers at random:
two that begin at the same record take different ones. Up to a 16,384th of what is left leaves room for seventy thousand
starts. Where flash takes no writes it is up to a 256th. Pulses stop 4,096 before the end.
"""

import binascii
import struct

from .wire import label, tag


def pack(generation: int, sequence: int, ids: int, call: bytes) -> bytes:
    """One flash record: generation, both ceilings (first numbers not reserved), open call (<= 79 bytes), CRC."""
    raw = struct.pack(">III", generation, sequence, ids) + call
    return raw + struct.pack(">I", binascii.crc32(raw))


def unpack(raw: "bytes | None") -> "tuple[int, int, int, bytes] | None":
    """(generation, sequence ceiling, id ceiling, open call), or None where the record is not whole."""
    if raw and len(raw) > 15:
        found = struct.unpack(">III", raw[:12]) + (raw[12:-4],)
        if pack(*found) == raw:
            return found
    return None


class Reserve:
    """Sequences and packet numbers of one beacon, reserved in two flash records, the newer whole one counting.

    load(copy) gives the bytes of copy 0 or 1, or None; store(copy, raw) writes them and raises OSError when it cannot;
    random(n) gives a number below n, another in every start. `memory` is what `rest` gave before a deep sleep, to be
    handed in once: the next numbers, the open call and what went with them, `life`. It is believed only beside the very
    record it was made beside. `doubt` is the storage doubt to send, `call` the open call on flash.
    """

    KEEPS = "doubt"

    def __init__(
        self, epoch: int, load: "Load", store: "Store", random: "Random", memory: "bytes | None" = None
    ) -> None:
        self._store = store
        self._random = random
        self._end = epoch << 24 | 0xFFFFFF
        self.doubt = self._taken = False
        raws = load(0), load(1)
        empty = 0, 0, 1, b""
        found = max(unpack(raws[0]) or empty, unpack(raws[1]) or empty)
        self._generation, self._sequence, self._id, self.call = found
        self.life = b""
        before, kept = self._sequence >> 24, unpack(memory)
        fresh = not found[0] or before != epoch
        if fresh:
            self._sequence = epoch << 24 | 1
            self.call = b""
        self._sequence_ceiling = self._sequence
        self._id_ceiling = 0
        if kept and kept[0] == found[0] and kept[1] >> 24 == epoch:
            self._id_ceiling = found[2]
            self._sequence, self._id, both = kept[1:]
            self.call, self.life = both[1 : 1 + both[0]], both[1 + both[0] :]
            self._taken = True
            return
        # Something was there that cannot be read, or an old stick: numbers of this epoch may have been used.
        if fresh and (before > epoch or not found[0] and (raws[0] or raws[1])):
            self._leap()
        self._pass_over(14)

    def rest(self, life: bytes) -> bytes:
        """What memory must hold through a deep sleep, for the next start alone: the next numbers, and `life`.

        And the open call, which flash may not have taken.
        """
        return pack(self._generation, self._sequence, self._id & 0xFFFFFFFF, bytes([len(self.call)]) + self.call + life)

    def _leap(self) -> None:
        self.doubt = True
        self._pass_over(8)

    def _pass_over(self, share: int) -> None:
        self._sequence += self._random((self._end - self._sequence >> share) + 1)
        self._id += self._random(((~self._id & 0xFFFFFFFF) >> share) + 1)

    def keep(self, call: bytes) -> bool:
        """Write the open call (b"": none) and a fresh reservation, before a frame; False when flash takes nothing."""
        self.call = call
        newer = self._generation + 1
        if self._taken:  # else what was passed over is still unused
            self._sequence_ceiling = min(self._sequence + 64, self._end)
        self._id_ceiling = self._id + 64
        try:
            self._store(newer & 1, pack(newer, self._sequence_ceiling, self._id_ceiling & 0xFFFFFFFF, call))
            self._generation = newer
            self.doubt = False
        except OSError:
            if not self.doubt:
                self._leap()
        return not self.doubt

    def take(self) -> int:
        """The next sequence, for a press: never refused. At the very end it is one of the last 4,096, at random."""
        if self._sequence >= self._sequence_ceiling:
            self._taken = True
            self.keep(self.call)
        number = self._sequence
        if number == self._end:
            return number - self._random(4096)
        self._sequence += 1
        return number

    def take_pulse(self) -> "int | None":
        """The next sequence for a pulse; None near the end of the numbers, where only presses go on."""
        return self.take() if self._sequence < self._end - 4096 else None

    def take_id(self) -> int:
        """The next packet number, for PacketIds."""
        if self._id >= self._id_ceiling:
            self.keep(self.call)
        self._id += 1
        return self._id - 1 & 0xFFFFFFFF


class PacketIds:
    """Meshtastic packet ids: a keyed permutation of a counter, so none is ever used twice and none tells the count."""

    def __init__(self, key: bytes, take: "Take") -> None:
        """`key`: the beacon's id key; `take()` gives the next packet number (Reserve.take_id)."""
        self._key = key
        self._take = take

    def next(self) -> int:
        """An id for one transmission, 1..2^32-1."""
        return permute(self._key, self._take()) or self.next()


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
