"""Judging is a table; the tables are complete, and no authentic alert is ever refused."""

from alertwire import judging
from alertwire.judging import CLONE, FRESH, LATE, NEW, OTHER, REPEAT, SAME


def test_every_line_has_a_judgement_and_none_is_a_refusal():
    assert judging.line(NEW, True) == FRESH
    assert judging.line(NEW, False) == LATE
    for above in (True, False):
        assert judging.line(SAME, above) == REPEAT
        assert judging.line(OTHER, above) == CLONE
    for stored in (NEW, SAME, OTHER):
        for above in (True, False):
            assert judging.line(stored, above) in (FRESH, LATE, REPEAT, CLONE)


def test_only_a_routine_pulse_can_be_refused():
    for standing in range(4):
        for same in (True, False):
            for above in (True, False):
                judged = judging.pulse(standing, same, above)
                assert (judged == "refused:replay") == (standing == 0 and not same and not above)
                assert judging.pulse(standing, same, above, proven=False) in (FRESH, LATE, REPEAT)
    assert judging.pulse(2, False, False) == LATE, "a silent alert that comes late is an alert"
    assert judging.pulse(0, True, False) == REPEAT


def test_refusals_in_the_order_in_which_they_can_be_known():
    assert judging.refusal(True, True, True, False) is None
    assert judging.refusal(False, False, False, False) == "malformed"
    assert judging.refusal(True, False, False, False) == "unknown-node"
    assert judging.refusal(True, True, False, True) == "tag", "who cannot sign is not told that the node is revoked"
    assert judging.refusal(True, True, True, True) == "revoked"
    assert {reason for _, reason in judging.REFUSALS} | {"replay"} == set(judging.REASONS)


def test_age():
    assert judging.age(0) == ("fresh", 0)
    assert judging.age(900) == ("fresh", 900)
    assert judging.age(901) == ("unknown", 901)
    assert judging.age(None) == ("unknown", None)


def test_what_a_line_says():
    assert judging.event(10, 10, False, False, 0, None) == "raised"
    assert judging.event(12, 10, False, False, 2, 0) == "refined"
    assert judging.event(12, 10, False, False, 2, None) == "refined", "before its alert: it creates it already so"
    assert judging.event(12, 10, False, False, 0, 0) == "again"
    assert judging.event(12, 10, True, False, 0, 0) == "cancelled"
    assert judging.event(12, 12, True, True, 0, None) == "duress"
