"""Numbers rise: within a process, across its threads, and from one start to the next even with a clock gone back."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.whistle.bus import samples
from whistle.bus import envelope, errors
from whistle.bus.numbers import Numbers, Seen


def opened(message, number, sender=samples.SENDER):
    return envelope.Envelope(1, sender, number, message)


def test_numbers_hold_the_start_and_a_count():
    numbers = Numbers(now=1764000000.9)
    assert numbers.next() == 1764000000 << 32
    assert numbers.next() == 1764000000 << 32 | 1


def test_ten_threads_never_draw_the_same_number():
    numbers, drawn = Numbers(now=5.0), []

    def draw():
        drawn.extend([numbers.next() for _ in range(2000)])

    threads = [threading.Thread(target=draw) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn) == [5 << 32 | count for count in range(20_000)]


@given(st.lists(st.floats(0, 4e9), min_size=2, max_size=20))
def test_numbers_rise_over_any_clock_when_the_last_start_is_kept(clocks):
    last, start = -1, 0
    for clock in clocks:
        numbers = Numbers(clock, start)
        for _ in range(3):
            number = numbers.next()
            assert number > last
            last = number
        start = numbers.start


def test_a_process_that_used_up_its_numbers_says_so():
    numbers = Numbers(now=1.0)
    numbers._count = (1 << 32) - 1
    assert numbers.next() == 2 * (1 << 32) - 1
    with pytest.raises(errors.CountEnded):
        numbers.next()


@given(st.lists(st.integers(0, 50), max_size=60))
def test_state_is_believed_only_as_it_rises(numbers):
    seen, highest = Seen(), -1
    for number in numbers:
        assert seen.rises(opened(samples.STATE, number)) == (number > highest)
        highest = max(highest, number)


def test_senders_and_classes_are_counted_apart():
    seen = Seen()
    assert seen.rises(opened(samples.STATE, 9))
    assert seen.rises(opened(samples.WATCH, 5, samples.STORE))
    assert seen.rises(opened(samples.WATCH, 5))
    assert not seen.rises(opened(samples.WATCH, 5))


def test_alerts_answers_and_settlements_may_come_in_any_order():
    seen = Seen()
    for message in [*samples.UP[:3], *samples.DOWN[:2]] * 2:
        assert seen.rises(opened(message, 3))
    assert seen.marks == {}


def test_marks_of_an_earlier_run_are_continued():
    before = Seen()
    assert before.rises(opened(samples.STATE, 9))
    after = Seen(before.marks)
    assert not after.rises(opened(samples.STATE, 9))
    assert after.rises(opened(samples.STATE, 10))
