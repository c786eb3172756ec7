"""Power cuts, full flash, flash put back: nothing used twice, no call lost."""

from alertwire import line
from alertwire.sequence import pack
from world import NODE, UP, Board, Street

HEARD, SHOWN, COMING, CLEAR = 1, 2, 4, 5


def again(street, **changes):
    """Cut the power now; the same flash in a fresh start (returned), and what was sent before."""
    before = street.sent(11) + street.sent(67)
    street = Street(street.end(), seed=street.board.random(1000), **changes)
    return street, before


def unused(street, before):
    """Assert that nothing was sent under a packet id or (but for the same line) a sequence of before."""
    now = street.sent(11) + street.sent(67)
    ids = [header.id for _, header, _ in before + now]
    assert len(set(ids)) == len(ids), "a packet id was used twice"


def test_the_call_is_on_flash_before_its_first_frame():
    street = Street()
    start = len(street.board.saves)
    street.press()
    street.run(1000)
    first = street.sent(11)[0][0]
    assert [at for at, name in street.board.saves[start:] if at < first], "not one write before the frame"
    files = street.end()
    street = Street(files)
    assert street.program.calling.state == "C"
    street.end()


def test_a_reset_in_the_middle_of_a_call_resumes_it():
    street = Street()
    street.press()
    street.run(3000)
    first = street.lines()[0]
    street, before = again(street)
    street.run(24000)
    lines = street.lines()
    assert len(lines) > 4 and lines[0].tag == first.tag and lines[0].sequence == first.sequence
    assert street.board.words() == ["sent"]
    unused(street, before)
    street.answer(COMING)
    assert street.board.words()[-1] == "coming"
    street.end()


def test_a_reset_after_an_answer_goes_on_from_there():
    street = Street()
    street.press()
    street.run(1000)
    street.answer(SHOWN)
    street.run(2000)
    street, before = again(street)
    street.run(20000)
    assert street.board.words()[-1] == "shown" and street.lines() == []
    unused(street, before)
    street.slot(CLEAR | 1 << 4, street.pulses()[-1])
    street.run(100)
    street, before = again(street)
    assert street.program.calling.state == "I"
    street.end()


def test_many_resets_never_use_a_number_twice():
    street, ids, sequences = Street(), [], []
    for turn in range(8):
        street.press()
        street.run(700 * turn)
        ids += [header.id for _, header, _ in street.sent(11) + street.sent(67)]
        sequences += [one.sequence for one in street.pulses()] + list({one.sequence for one in street.lines()})
        street = Street(street.end(), seed=turn + 7)
    street.end()
    assert len(set(ids)) == len(ids) > 8
    lines = len(set(sequences))
    assert len(sequences) - lines <= 8, "only the resumed line may come again"


def test_a_silent_alert_survives_a_reset():
    street = Street()
    street.taps(5)
    root = street.pulses()[0].sequence
    street, before = again(street)
    street.run(1000)
    resumed = street.pulses()[0]
    assert resumed.standing == 2 and resumed.sequence - resumed.back == root
    unused(street, before)
    street.end()


def test_a_full_flash_does_not_stop_a_press():
    street = Street()
    street.board.full = True
    street.press()
    street.run(1000)
    sent = street.lines()[0]
    assert sent.doubt and line.authentic(sent, NODE, UP)
    assert len({one.tag for one in street.lines()}) == 1
    street.answer(SHOWN)
    assert street.board.words()[-1] == "shown"
    street.run(30 * 60000)
    assert all(one.doubt for one in street.pulses())
    street.end()


def test_a_flash_that_fills_up_between_two_presses_is_told_of_by_the_second():
    street = Street()
    street.press()
    street.run(1000)
    street.board.full = True
    street.press()
    street.run(1000)
    assert [one.doubt for one in (street.lines()[0], street.lines()[-1])] == [False, True]
    assert len({one.tag for one in street.lines()}) == 2, "one sequence, one line"
    street.end()


def test_what_time_does_to_a_call_is_on_flash_too():
    street = Street()
    street.press()
    street.run(70000)
    assert street.program.calling.state == "W"
    street = Street(street.end())
    assert street.program.calling.state == "W" and street.board.words() == ["not-yet"]
    street.end()


def test_two_starts_on_a_full_flash_do_not_meet():
    numbers = []
    for seed in range(6):
        street = Street(seed=seed)
        street.board.full = True
        street.press()
        street.run(500)
        street.press()
        street.run(500)
        numbers.append(street.lines()[-1].sequence)
        street.end()
    assert len(set(numbers)) == 6


def test_flash_put_back_sends_all_the_same_and_never_the_same_line():
    street = Street()
    street.run(1000000)
    old = dict(street.board.files)
    street.end()
    lives = []
    for seed in (3, 4, 5):
        street = Street(dict(old), seed=seed)
        street.press()
        street.run(5000)
        sent = street.lines()[0]
        assert line.authentic(sent, NODE, UP) and not sent.doubt
        lives.append((sent.tag, {header.id for _, header, _ in street.sent(11)}))
        street.end()
    assert len({tag for tag, _ in lives}) == 3, "who presses after it would be taken for a repeat"
    assert not lives[0][1] & lives[1][1] and not lives[1][1] & lives[2][1], "a packet id was used twice"


def test_a_torn_copy_is_not_believed():
    street = Street()
    street.press()
    street.run(2000)
    files = street.end()
    newest = max(["state0", "state1"], key=lambda name: files[name][:4])
    for at in (0, 5, 20, len(files[newest]) - 1):
        torn = dict(files)
        torn[newest] = files[newest][:at] + bytes([files[newest][at] ^ 16]) + files[newest][at + 1 :]
        street = Street(torn)
        assert not street.program.caller._reserve.doubt
        street.end()
    street = Street({"settings": files["settings"], "state0": b"x", "state1": b"\x00" * 40})
    street.press()
    street.run(500)
    assert street.lines(), "a press goes out whatever flash says"
    street.end()


def test_at_the_end_of_the_numbers_a_silent_alert_is_a_press_too():
    street = Street({"settings": Board(None).files["settings"], "state0": pack(1, 0x01FFFFFF - 100, 1, b"")})
    street.run(3600000)
    assert street.pulses() == [], "signs of life have stopped"
    street.taps(5)
    street.run(60000)
    assert [one.standing for one in street.pulses()][:2] == [2, 2]
    street.press()
    street.run(1000)
    assert street.lines()
    street.end()


class PowerCut(Exception):
    """The board goes dark."""


class Cut(Board):
    """A board whose power fails at its n-th write: before it, or just after it."""

    left, after = -1, False

    def save(self, name, data):
        self.left -= 1
        if self.left or self.after:
            Board.save(self, name, data)
        if not self.left:
            raise PowerCut


def act(street):
    """A life with a write at every turn: called, heard, pressed again, of another kind, shown, then a silent alert."""
    street.press()
    street.run(3000)
    street.answer(HEARD)
    street.press()
    street.run(3000)
    street.taps(3)
    street.run(3000)
    street.answer(SHOWN)
    street.run(20000)
    street.slot(CLEAR | 1 << 4)
    street.since = street.time.now()
    street.taps(5)
    street.run(30000)


def cut_at(write, after):
    """(the street of a life cut at that write, or None when there was none; whether anything of a call had left)."""
    street = Street(board=Cut)
    street.board.left, street.board.after, street.since = write, after, 0
    try:
        act(street)
    except PowerCut:
        pass
    if street.board.left > 0:
        street.end()
        return None
    if hasattr(street.task, "exception") and street.task.done():
        street.task.exception()
    return street


def test_power_cut_at_any_write_loses_no_call_that_was_on_the_air():
    for after in (False, True):
        write = 1
        while True:
            street = cut_at(write, after)
            if not street:
                break
            called = street.sent(11, street.since) or [one for one in street.pulses(street.since) if one.standing]
            newest = street.lines()[-1:]
            over = street.program.calling.state == "I"
            before = street.sent(11) + street.sent(67)
            files = street.board.files
            street.time.close()
            street = Street(files, seed=write)
            assert over or not called or street.program.calling.state != "I", (write, after)
            street.run(3000)
            unused(street, before)
            if newest and street.program.calling.state == "C":
                assert street.lines()[-1].sequence >= newest[0].sequence, "an older line is called than was"
            street.end()
            write += 1
        assert write > 8, write


def test_flash_is_written_rarely():
    street = Street()
    street.run(24 * 3600000)
    pulses = len(street.sent(67))
    assert pulses > 200
    writes = len(street.board.saves)
    assert writes < pulses / 10, (writes, pulses)
    street.end()


class Slow(Board):
    """A board whose flash takes long: the lamp must not wait for it."""

    def save(self, name, data):
        self.lamp_before = list(self.lamps)
        Board.save(self, name, data)


def test_the_lamp_does_not_wait_for_flash():
    street = Street(board=Slow)
    street.press()
    assert street.board.lamp_before[-1][2] == "sent"
    street.end()
