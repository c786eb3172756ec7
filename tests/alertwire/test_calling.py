"""The life of a call: what is sent when, what answers change, what the lamp says, what a reset keeps."""

from alertwire.calling import Calling

from tests.alertwire.golden import middle

MINUTE = 60000
HEARD, STORED, SHOWN, SEEN, COMING, CLEAR, REFUSED = 1, 9, 2, 0x13, 0x24, 0x35, 0x46


class Caller:
    """A beacon reduced to its call: makes lines and pulses with rising numbers, and writes down what went out when."""

    def __init__(self, random=middle):
        self.calling = Calling(2000, 3000, random)
        self.now = 1000000
        self.next = 1000
        self.out = []

    def do(self, meaning):
        if self.calling.event(meaning, self.now):
            self.next += 1
            self.calling.lined(self.next, b"line%04d" % self.next, b"head%05d" % self.next)
            return self.next
        return None

    def wait(self, ms, utilisation=0, rest=0):
        end = self.now + ms
        while self.calling.due() is not None and self.calling.due() <= end:
            self.now = max(self.now, self.calling.due())
            what = self.calling.take(self.now, utilisation, rest)
            if what:
                self.out.append((what, self.now))
            if what == "pulse":
                self.pulse()
        self.now = end

    def pulse(self):
        self.next += 1
        standing = self.calling.standing(self.next)
        self.calling.pulsed(self.next, b"puls%04d" % self.next)
        return standing

    def answer(self, byte, sequence=None):
        return self.calling.answer(self.calling.sequence if sequence is None else sequence, byte, self.now)

    def lamp(self):
        return self.calling.lamp(self.now)

    def times(self, since):
        return [at - since for _, at in self.out]


def called(*answers):
    """A caller whose call for help got these answers one after the other."""
    caller = Caller()
    caller.do("help")
    caller.wait(0)
    for byte in answers:
        caller.answer(byte)
    return caller


def test_a_call_begins_at_once_and_repeats_until_heard():
    caller = Caller()
    assert caller.lamp() == ""
    sequence = caller.do("help")
    assert caller.calling.root == sequence == caller.calling.sequence
    start = caller.now
    caller.wait(60000)
    times = caller.times(start)
    assert times[:6] == [0, 2000, 4000, 6000, 8000, 10000], "five equal gaps"
    gaps = [b - a for a, b in zip(times[5:], times[6:])]
    assert gaps[:4] == [2800, 3920, 5488, 7683] and len(times) < 14
    caller.out = []
    caller.wait(20 * MINUTE)
    assert {b - a for a, b in zip(caller.times(0)[3:], caller.times(0)[4:])} == {MINUTE}
    assert {what for what, _ in caller.out} == {"line"}


def test_gaps_are_spread_a_quarter_to_either_side():
    least, most = Caller(lambda n: 0), Caller(lambda n: n - 1)
    for caller in (least, most):
        caller.do("help")
        caller.wait(9000)
    assert [b - a for a, b in zip(least.times(0), least.times(0)[1:])][:4] == [1500] * 4
    assert [b - a for a, b in zip(most.times(0), most.times(0)[1:])][:3] == [2500] * 3


def test_a_busy_channel_and_a_used_up_duty_cycle_slow_it_down():
    busy = Caller()
    busy.do("help")
    start = busy.now
    busy.wait(9000, utilisation=20)
    assert busy.times(start) == [0, 4000, 8000]
    full = Caller()
    full.do("help")
    full.wait(70000, rest=30000)
    assert full.times(start) == [0, 30000, 60000]


def test_heard_is_repeated_every_minute_until_shown():
    caller = called(HEARD)
    assert caller.lamp() == "heard"
    caller.out, start = [], caller.now
    caller.wait(130000)
    assert caller.times(start) == [60000, 120000] and caller.lamp() == "heard"
    caller.wait(MINUTE)
    assert caller.lamp() == "not-yet", "heard for three minutes and shown to nobody"
    caller.wait(60 * MINUTE)
    assert caller.out[-1][0] == "line" and len(caller.out) > 50
    caller.answer(SHOWN)
    assert caller.lamp() == "shown"


def test_a_gateway_that_is_cut_off_does_not_slow_the_schedule():
    caller = called(STORED)
    assert caller.lamp() == "not-yet"
    caller.out, start = [], caller.now
    caller.wait(8000)
    assert caller.times(start) == [2000, 4000, 6000, 8000]
    assert caller.answer(HEARD) and caller.lamp() == "heard", "another one is not cut off"
    assert not caller.answer(STORED) and caller.lamp() == "heard"


def test_unheard_for_a_minute_the_lamp_says_so():
    caller = called()
    assert caller.lamp() == "sent"
    caller.wait(2 * MINUTE)
    assert caller.lamp() == "not-yet"
    caller.answer(HEARD)
    assert caller.lamp() == "heard"


def test_shown_polls_and_never_sends_the_line_again():
    for byte, word in ((SHOWN, "shown"), (SEEN, "seen"), (COMING, "coming")):
        caller = called(HEARD, byte)
        assert caller.lamp() == word
        caller.out, start = [], caller.now
        caller.wait(10 * MINUTE)
        assert [what for what, _ in caller.out] == ["pulse"], "one poll soon, to show what was heard"
        assert 2000 <= caller.times(start)[0] < 4000
        caller.out = []
        caller.wait(110 * MINUTE)
        assert len(caller.out) == 22 and caller.times(start)[0] == 15 * MINUTE, "after 15 min one every 5"
        caller.out = []
        caller.wait(22 * 60 * MINUTE)
        assert 86 <= len(caller.out) <= 89 and {what for what, _ in caller.out} == {"pulse"}
        caller.wait(20 * MINUTE)
        assert caller.lamp() == "" and caller.calling.due() is None and caller.calling.record(caller.now) == b""


def test_a_poll_says_what_stands():
    caller = called(SHOWN)
    caller.next += 5
    assert caller.pulse() == (0x10, caller.next - caller.calling.root)
    assert caller.calling.known & 7 == SHOWN
    caller.do("fire")
    assert caller.pulse()[0] == 0x12


def test_ordinals_an_older_answer_takes_nothing_back():
    caller = called(HEARD, SHOWN, COMING)
    for older in (HEARD, STORED, SHOWN, SEEN, 0x14):
        assert not caller.answer(older)
    assert caller.lamp() == "coming"
    assert caller.answer(0x33), "a higher ordinal wins, whatever it says"
    assert caller.lamp() == "seen"


def test_clear_ends_the_call_wherever_it_stands():
    for answers in ((), (STORED,), (HEARD,), (SHOWN,), (SEEN,), (COMING,)):
        caller = called(*answers)
        assert caller.answer(CLEAR)
        assert caller.lamp() == "clear" and caller.calling.due() is None
        assert caller.calling.record(caller.now) == b"" and caller.calling.dirty
        caller.wait(MINUTE)
        assert caller.lamp() == ""
        assert caller.pulse() == (0, 0)


def test_answers_that_say_nothing_change_nothing():
    caller = called()
    for byte in (0, 8, 7, 0x0F, 0xF7, 0xF0):
        assert not caller.answer(byte)
    assert caller.lamp() == "sent"
    assert not Caller().answer(COMING, 5), "nothing is open"


def test_another_kind_is_a_new_line_about_the_first():
    caller = called(HEARD, SHOWN)
    root = caller.calling.root
    caller.wait(10000)
    sequence = caller.do("fire")
    calling = caller.calling
    assert (calling.kind, calling.root, calling.sequence, calling.cancel) == (2, root, sequence, False)
    caller.out, start = [], caller.now
    caller.wait(8000)
    assert caller.times(start) == [0, 2000, 4000, 6000, 8000] and caller.lamp() == "sent"
    assert calling.pairs()[:2] == [(sequence, b"line%04d" % sequence), (root, b"line%04d" % root)]


def test_answers_to_an_older_line_wait_until_the_newest_is_shown():
    caller = called(HEARD, SHOWN)
    root = caller.calling.root
    caller.do("again")
    assert not caller.answer(COMING, root) and caller.lamp() == "sent"
    assert not caller.answer(CLEAR, root), "who presses again is not sent home by a word to the first press"
    caller.pulse()
    assert not caller.answer(COMING, caller.next), "a pulse does not tell that it was pressed again"
    assert caller.answer(HEARD) and caller.lamp() == "heard"
    assert not caller.answer(COMING, root)
    assert caller.answer(SHOWN) and caller.lamp() == "shown"
    assert caller.answer(COMING, root) and caller.lamp() == "coming"
    assert caller.answer(CLEAR, root) and caller.lamp() == "clear"


def test_pressed_again_what_people_said_comes_back_once_shown():
    caller = called(HEARD, SHOWN, COMING)
    caller.do("again")
    assert caller.lamp() == "sent"
    caller.answer(HEARD)
    assert caller.lamp() == "heard"
    caller.answer(SHOWN)
    assert caller.lamp() == "coming"


def test_an_answer_to_a_pulse_counts_for_the_first_line():
    caller = called()
    caller.pulse()
    assert caller.answer(HEARD, caller.next) and caller.lamp() == "heard"


def test_a_cancel_within_thirty_seconds():
    caller = called(HEARD)
    caller.wait(29000)
    sequence = caller.do("cancel")
    assert caller.calling.cancel and not caller.calling.duress and sequence
    assert caller.lamp() == "sent" and caller.pulse() == (0, 0)
    assert not caller.answer(COMING, caller.calling.root), "only the cancel itself is answered now"
    assert not caller.answer(COMING, caller.next)
    caller.out, start = [], caller.now
    caller.wait(4000)
    assert caller.times(start) == [0, 2000, 4000]
    assert not caller.answer(STORED) or caller.lamp() == "sent", "a gateway that is cut off does not end it"
    assert caller.answer(HEARD)
    assert caller.lamp() == "cancelled" and caller.calling.due() is None
    assert caller.calling.record(caller.now) == b""


def test_a_cancel_nobody_hears_is_given_up():
    caller = called()
    caller.do("cancel")
    caller.wait(17 * MINUTE)
    assert caller.lamp() == "" and caller.calling.due() is None, "and the lamp does not claim what nobody heard"


def test_a_cancel_the_captain_refuses_leaves_the_call_open():
    caller = called(HEARD)
    caller.do("cancel")
    caller.answer(REFUSED)
    assert caller.lamp() == "shown" and caller.calling.state == "S"


def test_a_later_cancel_asks():
    caller = called(HEARD, SHOWN, COMING)
    caller.wait(31000)
    caller.do("cancel")
    assert caller.calling.cancel and caller.lamp() == "sent"
    assert caller.pulse()[0] == 0x10, "the alert stands until a person clears it"
    caller.answer(HEARD)
    assert caller.lamp() == "heard"
    caller.answer(SHOWN)
    assert caller.lamp() == "coming"
    caller.answer(CLEAR)
    assert caller.lamp() == "clear"


def test_a_later_cancel_refused():
    caller = called(HEARD, SHOWN)
    caller.wait(31000)
    caller.do("cancel")
    caller.answer(REFUSED)
    assert caller.lamp() == "shown"
    assert caller.do("again") and not caller.calling.cancel


def lamps(meaning, wait, *answers):
    """What goes out and what the lamp says after a cancel, moment by moment."""
    caller = called(HEARD)
    caller.wait(wait)
    caller.do(meaning)
    caller.out = []
    seen = []
    for byte in answers:
        caller.wait(5000)
        caller.answer(byte)
        seen.append(caller.lamp())
    caller.wait(3 * 60 * MINUTE)
    return caller, seen + [caller.lamp()], caller.out


def test_duress_looks_like_any_cancel():
    for wait in (5000, 40000):
        for answers in ((), (HEARD,), (STORED, HEARD), (SHOWN,), (COMING,)):
            plain, plain_lamps, plain_out = lamps("cancel", wait, *answers)
            forced, forced_lamps, forced_out = lamps("duress", wait, *answers)
            assert plain_lamps == forced_lamps and plain_out == forced_out, (wait, answers)
            assert not plain.calling.duress and forced.calling.duress
            assert forced.pulse()[0] == 0x30, "and the pulse says so, sealed"


def test_duress_stands_until_a_captain_clears_it():
    caller = called(HEARD)
    root = caller.calling.root
    caller.do("duress")
    assert caller.calling.cancel and caller.calling.duress
    caller.answer(HEARD)
    assert caller.calling.state == "D" and caller.lamp() == "cancelled"
    assert caller.pulse() == (0x30, caller.next - root)
    caller.answer(COMING, caller.next)
    assert caller.calling.state == "D" and caller.calling.due() is None
    caller.wait(48 * 60 * MINUTE)
    assert caller.calling.state == "D" and caller.lamp() == ""
    caller.pulse()
    assert caller.answer(CLEAR, caller.next)
    assert caller.calling.state == "I" and caller.lamp() == "" and caller.pulse() == (0, 0)


def test_a_silent_alert_is_one_pulse_at_once_and_no_light():
    caller = Caller()
    assert caller.do("silent") is None
    assert caller.lamp() == "" and caller.calling.dirty
    start = caller.now
    caller.wait(60 * MINUTE)
    assert caller.out == [("pulse", start)], "the repeats are those of every pulse"
    root = caller.calling.root
    assert root == caller.next
    assert caller.pulse() == (0x20, 1)
    for byte in (HEARD, SHOWN, COMING):
        assert caller.answer(byte, caller.next) and caller.lamp() == ""
    assert caller.calling.known == COMING
    assert caller.answer(CLEAR, root) and caller.lamp() == "" and caller.pulse() == (0, 0)


def test_a_silent_alert_pressed_twice_is_a_pulse_at_once_again():
    caller = Caller()
    caller.do("silent")
    caller.wait(1000)
    root = caller.calling.root
    caller.do("silent")
    caller.out = []
    caller.wait(1000)
    assert len(caller.out) == 1 and caller.calling.root > root


def test_a_hold_over_a_silent_alert_or_duress_is_a_new_call():
    for first in ("silent", "duress"):
        caller = called(HEARD) if first == "duress" else Caller()
        caller.do(first)
        caller.answer(HEARD)
        caller.wait(1000)
        sequence = caller.do("help")
        assert caller.calling.root == caller.calling.sequence == sequence and caller.lamp() == "sent"
        assert not caller.calling.duress and not caller.calling.cancel and caller.calling.best == 0
        assert caller.pulse() == (0x10, 1)


def test_a_hold_after_a_cancel_is_a_new_call():
    caller = called(HEARD)
    caller.do("cancel")
    assert caller.do("help") == caller.calling.root and caller.calling.kind == 0
    caller = called(HEARD, SHOWN)
    caller.wait(1000)
    caller.do("medical")
    caller.do("cancel")
    caller.answer(HEARD)
    assert caller.do("help") == caller.calling.root and caller.calling.kind == 0 and caller.lamp() == "sent"


def test_a_new_call_starts_its_ordinals_again():
    caller = called(HEARD, SHOWN, 0xF4)
    caller.answer(0xF5)
    caller.do("help")
    assert caller.answer(HEARD) and caller.lamp() == "heard"


def test_gestures_that_mean_nothing_here_change_nothing():
    for meaning in ("again", "medical", "cancel", "duress"):
        caller = Caller()
        assert caller.do(meaning) is None and caller.calling.state == "I" and not caller.calling.dirty
    for meaning in ("help", "silent"):
        caller = called(SHOWN)
        assert caller.do(meaning) is None and caller.lamp() == "shown"


def test_listening():
    caller = Caller()
    assert caller.calling.listen_until() <= 0
    caller.do("help")
    caller.wait(0)
    assert caller.calling.listen_until() == caller.now + 15 * MINUTE
    caller.answer(SHOWN)
    caller.wait(16 * MINUTE)
    assert caller.calling.listen_until() == caller.out[-1][1] + 3000, "then the window of each poll"


def test_at_most_four_pairs_and_the_newest_first():
    caller = called()
    for _ in range(20):
        caller.pulse()
    assert len(caller.calling.pairs()) == 3
    caller.do("again")
    assert len(caller.calling.pairs()) == 2, "pulses before the newest line are forgotten"
    for _ in range(20):
        caller.pulse()
    pairs = caller.calling.pairs()
    assert len(pairs) == 4 and pairs[0][0] == caller.calling.sequence
    assert [sequence for sequence, _ in pairs[2:]] == [caller.next - 1, caller.next]
    quiet = Caller()
    for _ in range(20):
        quiet.pulse()
    assert [sequence for sequence, _ in quiet.calling.pairs()] == list(range(quiet.next - 3, quiet.next + 1))


def restart(caller):
    """The same beacon after a reset: all it knows is its flash record."""
    raw = caller.calling.record(caller.now)
    again = Caller()
    again.now, again.next = 5000, caller.next + 64
    again.calling.resume(raw, again.now)
    return again


def test_a_reset_goes_on_with_the_same_line():
    caller = called()
    again = restart(caller)
    assert again.calling.head == caller.calling.head and again.calling.pairs() == caller.calling.pairs()
    assert again.lamp() == "sent"
    again.wait(4000)
    assert again.times(5000) == [0, 2000, 4000]
    assert again.answer(HEARD) and again.lamp() == "heard"


def test_a_reset_keeps_what_was_answered():
    for answers, word, what in (
        ((STORED,), "not-yet", "line"), ((HEARD,), "heard", "line"), ((HEARD, SHOWN), "shown", "pulse"),
        ((SHOWN, SEEN), "seen", "pulse"), ((COMING,), "coming", "pulse"),
    ):  # fmt: skip
        caller = called(*answers)
        again = restart(caller)
        assert again.lamp() == word and again.calling.known == caller.calling.known
        again.wait(0)
        assert again.out == [(what, 5000)]
        assert not again.answer(answers[0])
        assert again.answer(0xF5), "and a captain can still end it"


def test_a_reset_after_a_cancel_goes_on_cancelling():
    for meaning in ("cancel", "duress"):
        caller = called(HEARD)
        caller.do(meaning)
        again = restart(caller)
        assert again.calling.cancel and again.calling.duress == caller.calling.duress and again.lamp() == "sent"
        again.answer(HEARD)
        assert again.lamp() == "cancelled" and again.calling.state == ("D" if meaning == "duress" else "I")


def test_after_a_reset_a_cancel_asks():
    again = restart(called(SHOWN))
    again.do("cancel")
    assert again.calling.state == "C" and again.pulse()[0] == 0x10


def test_a_reset_of_a_silent_alert():
    caller = Caller()
    caller.do("silent")
    caller.wait(0)
    again = restart(caller)
    again.wait(0)
    assert [what for what, _ in again.out] == ["pulse"], "unanswered: it may never have left"
    assert again.calling.standing(again.next)[0] == 0x20 and again.lamp() == ""
    caller.answer(HEARD, caller.next)
    again = restart(caller)
    assert again.calling.due() is None and again.pulse()[0] == 0x20


def test_a_reset_of_standing_duress_sends_nothing_of_itself():
    caller = called(HEARD)
    caller.do("duress")
    caller.answer(HEARD)
    again = restart(caller)
    assert again.calling.state == "D" and again.calling.due() is None and again.pulse()[0] == 0x30


def test_a_reset_does_not_begin_the_day_again():
    caller = called(SHOWN)
    caller.wait(3 * 60 * MINUTE)
    again = restart(caller)
    assert again.calling.listen_until() <= 5000 + 3000
    again.wait(0)
    again.out = []
    again.wait(60 * MINUTE)
    assert 3 <= len(again.out) <= 5
    again.wait(24 * 60 * MINUTE)
    assert again.calling.state == "I"


def test_nothing_open_leaves_no_record():
    caller = Caller()
    assert caller.calling.record(caller.now) == b""
    again = restart(caller)
    assert again.calling.state == "I" and again.calling.due() is None


def test_a_record_is_small():
    caller = called(COMING)
    caller.calling.lined(2**32 - 1, bytes(8), bytes(15))
    assert len(caller.calling.record(caller.now)) <= 49
