"""Numbers never used twice: reservation, two records, a flash that fails, the end of the numbers."""

from alertwire.sequence import PacketIds, Reserve, pack, permute, unpack

EPOCH = 3


class Flash:
    """Two records; `broken` lets every write fail, `torn` the next one leave rubbish."""

    def __init__(self):
        self.copies = [None, None]
        self.writes = 0
        self.broken = self.torn = False

    def load(self, copy):
        return self.copies[copy]

    def store(self, copy, raw):
        if self.broken:
            raise OSError(28)
        self.writes += 1
        assert len(raw) < 100
        self.copies[copy] = raw[:-3] if self.torn else raw
        if self.torn:
            raise OSError(5)


def least(n):
    """Chance that never passes over a number at a start, so that tests can name the next one."""
    return 0


def start(flash, epoch=EPOCH, random=least, memory=None):
    return Reserve(epoch, flash.load, flash.store, random, memory)


def halfway(n):
    return n // 2


def test_a_record_comes_back_whole_or_not_at_all():
    raw = pack(7, 0x03000041, 129, b"call")
    assert unpack(raw) == (7, 0x03000041, 129, b"call")
    assert unpack(pack(1, 2, 3, b"")) == (1, 2, 3, b"")
    for wrong in (None, b"", b"x", raw[:-1], raw[1:], raw + b"\0", bytes(16)):
        assert unpack(wrong) is None
    for bit in range(8 * len(raw)):
        bad = bytearray(raw)
        bad[bit // 8] ^= 1 << bit % 8
        assert unpack(bytes(bad)) is None


def test_a_new_beacon_begins_at_one_and_writes_first():
    flash = Flash()
    reserve = start(flash)
    assert flash.writes == 0
    assert reserve.take() == 0x03000001 and flash.writes == 1
    assert [reserve.take() for _ in range(63)] == list(range(0x03000002, 0x03000041))
    assert flash.writes == 1, "64 numbers with one write"
    assert reserve.take() == 0x03000041 and flash.writes == 2
    assert not reserve.doubt


def test_a_restart_goes_on_above_everything_used():
    flash = Flash()
    used = []
    for _ in range(5):
        reserve = start(flash)
        used += [reserve.take() for _ in range(70)]
    assert used == sorted(set(used))


def test_two_lives_from_the_same_flash_take_different_numbers():
    """Flash put back, or set up anew under the old epoch: the same number would be the same bytes, a mere repeat."""
    flash = Flash()
    before = start(flash, random=lambda n: n // 3)
    assert before.take() == 0x03000001 + 1024 // 3
    old = list(flash.copies)
    first = start(flash, random=lambda n: 5 * (n > 5))
    used, ids = [first.take() for _ in range(9)], [first.take_id() for _ in range(900)]
    flash.copies = old
    second = start(flash, random=lambda n: n - 1)
    assert not set(used) & {second.take() for _ in range(9)}
    assert not set(ids) & {second.take_id() for _ in range(900)}, "nor a key stream"
    assert not first.doubt and not second.doubt


def test_a_start_passes_over_less_than_1024_sequences_and_less_the_fewer_are_left():
    asked = []
    flash = Flash()
    start(flash, random=lambda n: asked.append(n) or 0)
    flash.copies[0] = pack(1, 0x03800000, 1 << 31, b"")
    start(flash, random=lambda n: asked.append(n) or 0)
    flash.copies[0] = pack(1, 0x03FFFFFF - 16383, 0xFFFFFFFF - 16383, b"")
    start(flash, random=lambda n: asked.append(n) or 0)
    assert asked == [1024, 1 << 18, 512, 1 << 17, 1, 1], asked


def test_a_life_that_takes_no_sequence_uses_up_none():
    """A board that browns out over and over while it repeats its line, or wakes for a self-test."""
    flash = Flash()
    ceiling = start(flash).take() + 64
    for _ in range(50):
        reserve = start(flash, random=lambda n: n - 1)
        reserve.keep(b"call")
        reserve.take_id()
    assert start(flash).take() == ceiling
    assert not start(flash, random=halfway).doubt


def test_packet_numbers_begin_again_after_the_last():
    flash = Flash()
    flash.copies[0] = pack(1, 0x03000001, 0xFFFFFFFF - 20, b"")
    reserve = start(flash)
    ids = [reserve.take_id() for _ in range(60)]
    assert ids[20:23] == [0xFFFFFFFF, 0, 1] and len(set(ids)) == 60
    assert not reserve.doubt and start(flash).take_id() == 64 - 21
    flash.broken = True
    leaps = start(flash, random=lambda n: n - 1)
    leaps.take_id()
    flash.broken = False
    assert leaps.keep(b""), "and whatever was passed over, it fits a record"


def test_the_newer_whole_record_counts():
    flash = Flash()
    reserve = start(flash)
    reserve.keep(b"one")
    reserve.keep(b"two")
    assert start(flash).call == b"two"
    flash.copies[0] = flash.copies[0][:-1] + b"?"
    assert start(flash).call == b"one"


def test_a_torn_write_loses_nothing():
    flash = Flash()
    reserve = start(flash)
    used = [reserve.take() for _ in range(64)]
    reserve.keep(b"call")
    flash.torn = True
    used.append(reserve.take())
    flash.torn = False
    again = start(flash)
    assert again.call == b"call"
    assert again.take() > max(used[:64])


def test_a_flash_that_takes_nothing_lets_presses_go_on_in_doubt():
    flash = Flash()
    reserve = start(flash, random=halfway)
    last = reserve.take()
    flash.broken = True
    assert not reserve.keep(b"call") and reserve.doubt
    used = [reserve.take() for _ in range(200)]
    assert used == sorted(set(used)) and used[0] - last > 30000
    flash.broken = False
    assert reserve.keep(b"") and not reserve.doubt
    assert start(flash).take() > used[-1]


def test_two_starts_without_flash_take_different_numbers():
    flash = Flash()
    start(flash).take()
    flash.broken = True
    first = start(flash, random=lambda n: 5)
    second = start(flash, random=lambda n: 40000)
    assert not {first.take() for _ in range(90)} & {second.take() for _ in range(90)}
    assert first.doubt and second.doubt
    assert first.take_id() != second.take_id()


def test_records_that_cannot_be_read_are_doubted():
    flash = Flash()
    flash.copies = [b"rubbish", None]
    reserve = start(flash, random=lambda n: n // 2 if n > 1024 else 0)
    assert reserve.doubt and reserve.call == b""
    assert reserve.take() == 0x03000001 + 65536 // 2
    assert not reserve.doubt, "written again: the doubt is over"


def test_provisioning_again_begins_a_new_epoch():
    flash = Flash()
    start(flash).keep(b"call")
    again = start(flash, EPOCH + 1)
    assert again.call == b"" and not again.doubt and again.take() == 0x04000001
    old = start(flash, EPOCH, halfway)
    assert old.doubt and old.take() > 0x03000001, "an old stick: this epoch's numbers may have been used"


def test_near_the_end_pulses_stop_and_presses_go_on():
    flash = Flash()
    flash.copies[0] = pack(1, 0x03FFFFFF - 4100, 1, b"")
    reserve = start(flash)
    pulses = []
    while True:
        number = reserve.take_pulse()
        if number is None:
            break
        pulses.append(number)
    assert len(pulses) == 4
    taken = [reserve.take() for _ in range(4096)]
    assert taken == list(range(pulses[-1] + 1, 0x03FFFFFF)), "never wraps"
    again = start(flash, random=lambda n: 77 * (n > 77))
    assert [again.take() for _ in range(3)] == [0x03FFFFFF - 77] * 3, "and never refuses: one of the last 4,096"


def test_a_jump_at_the_end_stays_inside():
    flash = Flash()
    flash.copies[0] = pack(1, 0x03FFFFFF - 10, 1, b"")
    flash.broken = True
    reserve = start(flash, random=lambda n: n - 1)
    assert [reserve.take() for _ in range(11)] == list(range(0x03FFFFFF - 10, 0x03FFFFFF)) + [0x03FFF000]


def test_packet_ids_never_repeat_and_are_never_zero():
    flash = Flash()
    key = b"k" * 32
    seen = []
    for _ in range(3):
        ids = PacketIds(key, start(flash).take_id)
        seen += [ids.next() for _ in range(150)]
    assert len(set(seen)) == len(seen) and 0 not in seen
    assert max(seen) < 1 << 32 and max(seen) > 1 << 30


def test_the_number_that_would_give_id_zero_is_passed_over():
    counter = undo(b"k" * 32, 0)
    assert permute(b"k" * 32, counter) == 0
    rest = [counter, 77]
    assert PacketIds(b"k" * 32, lambda: rest.pop(0)).next() == permute(b"k" * 32, 77)


def undo(key, number):
    """The counter whose id is `number`: the four rounds backwards."""
    from alertwire.mac import label, tag

    left, right = number >> 16, number & 0xFFFF
    for i in (3, 2, 1, 0):
        mask = tag(key, 2, label(b"packet"), bytes([i]), left.to_bytes(2, "big"))
        left, right = right ^ int.from_bytes(mask, "big"), left
    return left << 16 | right


def test_a_deep_sleep_goes_on_where_it_stopped_without_a_write():
    flash = Flash()
    reserve = start(flash, random=halfway)
    taken, id = reserve.take(), reserve.take_id()
    for _ in range(200):
        writes, memory = flash.writes, reserve.rest(b"life")
        reserve = start(flash, random=halfway, memory=memory)
        assert reserve.life == b"life"
        assert reserve.take() == taken + 1 and reserve.take_id() == id + 1, "a number was passed over"
        taken, id = taken + 1, id + 1
        assert flash.writes <= writes + 2
    assert flash.writes < 12, "64 numbers with one write, asleep as awake"


def test_memory_of_another_record_or_epoch_or_torn_is_not_believed():
    flash = Flash()
    reserve = start(flash)
    reserve.take()
    memory = reserve.rest(b"")
    reserve.keep(b"call")  # the record is newer than the memory now
    assert start(flash, memory=memory).life == b"" and start(flash, memory=memory).take() == 0x03000042
    memory = start(flash).rest(b"life")
    assert start(flash, memory=memory).life == b"life"
    assert start(flash, epoch=4, memory=memory).life == b"" and start(flash, memory=b"").life == b""
    for bit in range(8 * len(memory)):
        bad = bytearray(memory)
        bad[bit // 8] ^= 1 << bit % 8
        assert start(flash, memory=bytes(bad)).life == b""


def test_numbers_rise_over_deep_sleeps_though_flash_never_took_one():
    flash = Flash()
    flash.broken = True
    reserve, used = start(flash, random=halfway), []
    for _ in range(20):
        used.append((reserve.take(), reserve.take_id()))
        doubt = reserve.doubt
        reserve = start(flash, random=halfway, memory=reserve.rest(b""))
        reserve.doubt = doubt
    assert [first for first, _ in used] == sorted({first for first, _ in used})
    assert [second for _, second in used] == sorted({second for _, second in used})
    assert used[-1][0] - used[1][0] < 30, "a dead flash costs its leap once, not at every wake"
