"""Who is answered when, by a gateway."""

from alertwire import answering
from alertwire.answering import Answering, Reply

A, B = 11, 22
HEARD, SHOWN, SEEN, COMING, CLEAR = 1, 2, 0x13, 0x24, 0x35
WORDS = ("heard", "shown", "seen", "coming", "clear", "refused")


def tag(sequence):
    return b"tag-%04d" % sequence


def line(one, node, sequence, now, of=None, cancel=False, snr=10.0):
    one.line(node, sequence if of is None else of, sequence, tag(sequence), cancel, now, snr)


def pulse(one, node, sequence, now, standing=0, of=0, last=0):
    return one.pulse(node, sequence, tag(sequence), standing, of, last, now)


def said(replies):
    return [(reply.node, reply.sequence, reply.byte) for reply in replies]


def test_the_first_answer_goes_at_once():
    one = Answering()
    line(one, A, 100, 5000)
    assert one.due() == 5000
    replies = one.receipt(5000, False)
    assert said(replies) == [(A, 100, HEARD)] and replies[0].tag == tag(100) and replies[0].counter == 100
    assert one.due() is None and one.receipt(9000, False) == []


def test_an_open_alert_is_answered_at_most_every_five_seconds():
    one = Answering()
    times = []
    for now in range(0, 30000, 500):
        line(one, A, 100, now)
        if one.receipt(now, False):
            times.append(now)
    assert times == [0, 5000, 10000, 15000, 20000, 25000]


def test_a_radio_takes_one_text_in_two_seconds():
    one = Answering(text_gap=2000)
    for i in range(20):
        line(one, 100 + i, 1, 0)
    assert [len(one.receipt(now, False)) for now in (0, 1000, 1999, 2000, 4000, 6000)] == [8, 0, 0, 8, 4, 0]


def test_first_answers_go_first():
    one = Answering()
    for i in range(8):
        line(one, 100 + i, 1, 0)
    assert len(one.receipt(0, False)) == 8
    for i in range(8):
        line(one, 100 + i, 1, 5000)
    line(one, A, 7, 5001)
    one.answer(B, 9, 9, COMING, 5000)
    line(one, B, 9, 5002)
    replies = said(one.receipt(6000, False))
    assert set(replies[:2]) == {(A, 7, HEARD), (B, 9, COMING)} and len(replies) == 8


def test_the_last_quarter_of_the_duty_cycle_is_for_first_answers():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    line(one, A, 100, 10000)
    line(one, B, 200, 10000)
    assert said(one.receipt(10000, False, share=0.75)) == [(B, 200, HEARD)]
    assert one.receipt(20000, False, share=0.75) == []
    assert one.receipt(20000, False, share=1.0) == []
    assert said(one.receipt(20000, False, share=0.74)) == [(A, 100, HEARD)]


def test_a_gateway_that_is_cut_off_says_so():
    one = Answering()
    line(one, A, 100, 0)
    assert said(one.receipt(0, True)) == [(A, 100, HEARD | 8)]
    one.answer(A, 100, 100, SHOWN, 6000)
    assert said(one.receipt(6000, True)) == [(A, 100, SHOWN | 8)]
    one.answer(A, 100, 100, COMING, 12000)
    assert said(one.receipt(12000, True)) == [(A, 100, COMING)], "a person's word stands"
    pulse(one, B, 5, 13000)
    assert (B, 5, 8) in said(one.slots(13000, True))


def test_an_answer_is_pushed_at_once_and_in_every_slot_until_its_poll_shows_it():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    assert one.answer(A, 100, 100, COMING, 20000)
    assert one.due() == 20000 and said(one.receipt(20000, False)) == [(A, 100, COMING)]
    for now in (30000, 50000, 70000):
        assert said(one.slots(now, False)) == [(A, 100, COMING)]
    assert not pulse(one, A, 103, 71000, standing=1, of=100, last=SHOWN & 7)
    assert said(one.slots(72000, False)) == [(A, 103, COMING)], "on the poll, once"
    assert pulse(one, A, 104, 80000, standing=1, of=100, last=COMING & 7), "it has arrived"
    assert said(one.slots(90000, False)) == [(A, 104, COMING)]
    assert one.slots(110000, False) == []


def test_news_does_not_wait_for_the_five_seconds_of_a_repeated_answer():
    one = Answering()
    line(one, A, 100, 0)
    assert said(one.receipt(0, False)) == [(A, 100, HEARD)]
    one.answer(A, 100, 100, SHOWN, 2500)
    assert one.due() == 2500 and said(one.receipt(2500, False)) == [(A, 100, SHOWN)]
    one.answer(A, 100, 100, SHOWN, 4600)
    assert one.due() == 7500, "said before: not news"
    one.answer(A, 100, 100, COMING, 4700)
    assert one.due() == 4700 and said(one.receipt(4700, False)) == [(A, 100, COMING)]


def test_a_persons_answer_expires():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    one.answer(A, 100, 100, SEEN, 1000)
    assert said(one.slots(600000, False)) == [(A, 100, SEEN)]
    assert said(one.slots(601000, False)) == [(A, 100, SEEN)]
    assert one.slots(601001, False) == []
    one.answer(A, 100, 100, COMING, 700000, until=705000)
    assert one.slots(705001, False) == []
    line(one, A, 100, 710000)
    assert said(one.receipt(710000, False)) == [(A, 100, COMING)], "a repeat is answered with the best there is"


def test_an_older_answer_never_takes_a_newer_one_back():
    one = Answering()
    line(one, A, 100, 0)
    assert one.answer(A, 100, 100, COMING, 1000)
    assert not one.answer(A, 100, 100, SEEN, 2000)
    assert not one.answer(A, 100, 100, SHOWN, 3000)
    assert said(one.receipt(6000, False)) == [(A, 100, COMING)]
    assert one.answer(A, 100, 100, 0x33, 7000)


def test_a_new_line_is_heard_before_it_is_anything_else():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    one.answer(A, 100, 100, COMING, 6000)
    one.receipt(6000, False)
    line(one, A, 102, 12000, of=100)
    assert said(one.receipt(12000, False)) == [(A, 102, HEARD)], "nobody has seen what it says"
    assert not one.answer(A, 100, 100, SEEN, 13000)
    assert one.answer(A, 100, 102, SHOWN, 18000), "shown now: what people said holds for it too"
    assert said(one.receipt(18000, False)) == [(A, 102, COMING)]


def test_an_answer_that_comes_before_its_line():
    one = Answering()
    one.answer(A, 100, 100, COMING, 0)
    assert one.due() is None
    line(one, A, 100, 1000)
    assert said(one.receipt(1000, False)) == [(A, 100, COMING)]
    line(one, A, 101, 9000, of=100)
    assert said(one.receipt(9000, False)) == [(A, 101, HEARD)]


def test_a_late_first_line_does_not_take_the_newest_ones_place():
    one = Answering()
    line(one, A, 102, 0, of=100)
    one.receipt(0, False)
    line(one, A, 100, 6000)
    assert said(one.receipt(6000, False)) == [(A, 102, HEARD)]


def test_clear_goes_by_slots_only():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    one.answer(A, 100, 100, CLEAR, 10000)
    assert one.due() is None and one.receipt(20000, False) == []
    assert said(one.slots(20000, False)) == [(A, 100, CLEAR)]
    line(one, A, 100, 30000)
    assert one.receipt(40000, False) == []
    assert said(one.slots(40000, False)) == [(A, 100, CLEAR)]
    pulse(one, A, 105, 50000, standing=1, of=100)
    assert said(one.slots(60000, False)) == [(A, 105, CLEAR)]


def test_a_cancel_has_one_text_and_then_slots():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    line(one, A, 101, 8000, of=100, cancel=True)
    assert said(one.receipt(8000, False)) == [(A, 101, HEARD)]
    line(one, A, 101, 20000, of=100, cancel=True)
    assert one.due() is None and one.receipt(30000, False) == []
    assert said(one.slots(30000, False)) == [(A, 101, HEARD)]
    assert one.slots(50000, False) == []


def test_a_clear_that_overtakes_the_text_to_a_cancel():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    line(one, A, 101, 1000, of=100, cancel=True)
    one.answer(A, 100, 101, CLEAR, 2000)
    assert one.due() is None and one.receipt(9000, False) == [], "clear is never readable"
    assert said(one.slots(9000, False)) == [(A, 101, CLEAR)]


def test_a_slot_does_not_stand_in_for_the_text_to_a_cancel():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    line(one, A, 101, 1000, of=100, cancel=True)
    assert one.slots(2000, False) == []
    assert said(one.receipt(6000, False)) == [(A, 101, HEARD)]


def test_pressed_again_after_a_clear_it_is_open_again():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    one.answer(A, 100, 100, CLEAR, 10000)
    line(one, A, 103, 20000, of=100)
    assert said(one.receipt(20000, False)) == [(A, 103, HEARD)]
    assert one.slots(21000, False) == [], "the old clear is not said to the new press"
    one.answer(A, 100, 103, SHOWN, 22000)
    assert said(one.receipt(22000, False)) == [(A, 103, SHOWN)], "nor once somebody sees it"


def test_pressed_again_after_a_cancel_what_was_said_before_is_void():
    one = Answering()
    line(one, A, 100, 0)
    one.receipt(0, False)
    one.answer(A, 100, 100, COMING, 1000)
    line(one, A, 101, 2000, of=100, cancel=True)
    one.receipt(8000, False)
    line(one, A, 102, 9000, of=100)
    assert not one.answer(A, 100, 100, COMING, 10000), "pushed again by who does not know yet"
    one.answer(A, 100, 102, SHOWN, 14000)
    assert said(one.receipt(14000, False)) == [(A, 102, SHOWN)]


def test_what_people_said_is_news_to_a_line_just_shown():
    one = Answering()
    line(one, A, 100, 0)
    one.answer(A, 100, 100, COMING, 1000)
    one.receipt(1000, False)
    line(one, A, 102, 6000, of=100)
    assert said(one.receipt(6000, False)) == [(A, 102, HEARD)]
    assert one.answer(A, 100, 102, COMING, 8000) and one.due() == 8000
    assert said(one.receipt(8000, False)) == [(A, 102, COMING)]


def test_a_clear_that_did_not_know_the_newest_line_does_not_close_it():
    one = Answering()
    line(one, A, 100, 0)
    line(one, A, 103, 20000, of=100)
    one.receipt(20000, False)
    assert not one.answer(A, 100, 100, CLEAR, 30000)
    one.answer(A, 100, 103, SHOWN, 30000)
    assert said(one.receipt(30000, False)) == [(A, 103, SHOWN)], "shown, and not sent home by a clear that is void"
    one.answer(A, 100, 103, CLEAR, 40000)
    assert one.receipt(50000, False) == []
    assert said(one.slots(50000, False)) == [(A, 103, CLEAR)]


def test_pulses_and_silent_alerts_are_answered_in_slots_only():
    one = Answering()
    pulse(one, A, 50, 0)
    pulse(one, B, 70, 0, standing=2, of=70)
    assert one.due() is None and one.receipt(5000, False) == []
    assert said(one.slots(5000, False)) == [(B, 70, HEARD), (A, 50, 0)]
    assert one.slots(6000, False) == []
    one.answer(B, 70, 70, SHOWN, 7000)
    assert one.receipt(7000, False) == [], "never a readable word about a silent alert"
    pulse(one, B, 71, 20000, standing=2, of=70)
    assert said(one.slots(21000, False)) == [(B, 71, SHOWN)]
    one.answer(B, 70, 70, COMING, 22000)
    assert one.receipt(30000, False) == [] and said(one.slots(30000, False)) == [(B, 71, COMING)]


def test_a_line_after_its_poll_is_answered_as_a_line():
    one = Answering()
    pulse(one, A, 105, 0, standing=1, of=100)
    one.slots(0, False)
    line(one, A, 100, 1000)
    assert said(one.receipt(1000, False)) == [(A, 100, HEARD)]


def test_the_newest_pulse_of_a_beacon_is_answered():
    one = Answering()
    pulse(one, A, 50, 0)
    pulse(one, A, 51, 1000)
    assert said(one.slots(2000, False)) == [(A, 51, 0)]


def test_six_slots_people_first_and_routine_last():
    one = Answering()
    for i in range(10):
        pulse(one, 100 + i, 5, i)
    pulse(one, 200, 5, 20, standing=1, of=4)
    line(one, A, 100, 0)
    one.answer(A, 100, 100, COMING, 30)
    first = said(one.slots(40, False))
    assert first[:2] == [(A, 100, COMING), (200, 5, HEARD)] and len(first) == 6
    rest = said(one.slots(50, False)) + said(one.slots(60, False))
    assert {node for node, _, byte in first + rest if byte == 0} == set(range(100, 110))


def test_more_than_six_pushed_answers_take_turns():
    one = Answering()
    for i in range(9):
        line(one, 100 + i, 1, 0)
        one.answer(100 + i, 1, 1, COMING, 0)
    told = [node for now in (1000, 2000, 3000, 4000) for node, _, _ in said(one.slots(now, False))]
    assert min([told.count(100 + i) for i in range(9)]) >= 2


def test_quiet_once_after_another_gateways_receipt():
    one = Answering(slot=100)
    line(one, A, 100, 0, snr=-2.0)
    assert one.due() == 300
    one.overheard(A, 100, HEARD)
    assert one.due() is None
    line(one, A, 100, 2000, snr=-2.0)
    assert one.due() == 2000, "any further repeat is answered"
    one.overheard(A, 100, HEARD)
    assert said(one.receipt(2000, False)) == [(A, 100, HEARD)]


def test_never_quiet_after_one_that_is_cut_off():
    one = Answering(slot=100)
    line(one, A, 100, 0, snr=-2.0)
    one.overheard(A, 100, HEARD | 8)
    assert one.due() == 300


def test_a_better_signal_answers_sooner():
    due = []
    for snr in (12.0, 10.0, 0.0, -10.0, -18.0, -30.0):
        one = Answering(slot=100)
        line(one, A, 100, 0, snr=snr)
        due.append(one.due())
    assert due == [0, 0, 200, 500, 700, 700]


def test_one_beacon_cannot_fill_the_memory():
    one = Answering()
    line(one, B, 1, 0)
    for sequence in range(100, 200):
        line(one, A, sequence, 0)
    assert len(one._calls) == answering.MOST_OF_ONE + 1
    for node in range(1000, 1000 + 2 * answering.MOST):
        line(one, node, 1, 0)
        pulse(one, node, 2, 0)
    assert len(one._calls) == len(one._pulses) == answering.MOST


def test_forgotten_when_over():
    one = Answering()
    line(one, A, 100, 0)
    one.forget(A, 100)
    one.forget(B, 1)
    assert one.due() is None and one.slots(0, False) == []


def test_the_readable_part():
    def text(*replies):
        return answering.text([Reply(A, sequence, b"", byte) for sequence, byte in replies], WORDS).decode()

    assert text((0x01000412, 1)) == "✓ heard #1042"
    assert text((1042, 1), (7, 0x24)) == "✓ heard #1042 coming #7"
    assert text((1042, 0x12), (7, 0x24), (900000, 9), (3, 1)) == "✓ shown #1042 coming #7 +2"
    for count in range(1, 9):
        for sequence in (1, 16777215):
            assert len(text(*[(sequence, 0x24)] * count).encode()) <= 42
