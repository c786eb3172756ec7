"""The pulse schedule: exponential, capped, repeated until answered, and the same for a silent alert."""

from beacon.caller import REPEATS, Pulses
from world import Board, Street

MEAN = 390000


def rounds(count, seed=1):
    """The intervals between rounds when every pulse is answered at once."""
    board = Board(None, seed=seed)
    pulses = Pulses(MEAN, board.random, 0)
    times = [0]
    while len(times) <= count:
        times.append(pulses.due)
        pulses.went(times[-1])
        pulses.answered()
    return [times[i + 1] - times[i] for i in range(count)]


def test_intervals_are_exponential_and_capped_at_three_means():
    gaps = rounds(4000)
    mean = sum(gaps) / len(gaps)
    assert 0.92 * MEAN < mean < 0.98 * MEAN, mean  # 1 - e^-3 = 0.950 of the mean, because of the cap
    assert max(gaps) == 3 * MEAN
    short = len([gap for gap in gaps if gap < MEAN]) / len(gaps)
    assert 0.60 < short < 0.66, short  # 1 - e^-1 = 0.632
    late = len([gap for gap in gaps if gap >= 2 * MEAN]) / len(gaps)
    assert 0.11 < late < 0.16, late  # e^-2 = 0.135


def copies(pulses, count):
    """The times of the next pulses, none answered."""
    times = []
    for _ in range(count):
        times.append(pulses.due)
        pulses.went(times[-1])
    return times


def test_an_unanswered_pulse_repeats_by_the_table_with_jitter():
    seen = set()
    for seed in range(40):
        board = Board(None, seed=seed)
        pulses = Pulses(100 * MEAN, board.random, 0)
        times = copies(pulses, 1 + len(REPEATS))
        for i in range(len(REPEATS)):
            gap = times[i + 1] - times[i]
            assert 7500 * REPEATS[i] <= gap <= 12500 * REPEATS[i], (i, gap)
            seen.add(gap)
        assert pulses.due > times[-1]
    assert len(seen) > 150


def test_what_nobody_answers_is_said_again_after_twice_as_long_each_time():
    """A silent alert while every gateway is away: heard soon after one is back, not at the next sign of life."""
    for seed in range(20):
        pulses = Pulses(10000 * MEAN, Board(None, seed=seed).random, 0)
        times = copies(pulses, 12)
        for i in range(5, 11):
            double = 80000 << i - 4
            assert 0.75 * double <= times[i + 1] - times[i] <= 1.25 * double, (seed, i)


def test_a_silent_alert_outlasts_an_hour_without_a_gateway():
    street = Street(mode="press", timing={"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 27000, "window_ms": 3000})
    street.taps(5)
    street.run(3600000)
    again = [one for one in street.pulses() if one.standing == 2]
    start = len(street.sent(67))
    street.run(3600000)
    assert len(again) >= 8 and len(street.sent(67)) > start
    street.end()


def test_an_answer_ends_the_repeats():
    pulses = Pulses(MEAN, Board(None).random, 0)
    copies(pulses, 2)
    left = pulses.due
    pulses.answered()
    assert pulses.due > left


def test_a_silent_alert_ends_the_interval_early_and_repeats_like_any_round():
    pulses = Pulses(100 * MEAN, Board(None).random, 0)
    copies(pulses, 1)
    pulses.answered()
    start = pulses.due - 1000000
    pulses.early(start)
    assert pulses.due == start
    times = copies(pulses, 3)
    assert times[0] == start
    assert 15000 <= times[1] - start <= 25000 and 30000 <= times[2] - times[1] <= 50000


def test_a_new_round_begins_in_time_though_the_old_one_is_unanswered():
    pulses = Pulses(60000, Board(None, seed=5).random, 0)
    times = copies(pulses, 400)
    for i in range(399):
        assert 0 <= times[i + 1] - times[i] <= 3 * 60000
