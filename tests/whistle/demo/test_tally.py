"""What the demo counts is what lamps promised, against what the store has."""

from whistle.demo.tally import PATIENCE_S, Tally


def told(*words: str) -> Tally:
    tally = Tally()
    for word in words:
        tally.lamp(7, word)
    return tally


def test_a_call_is_counted_once_however_often_its_lamp_changes() -> None:
    tally = told("holding", "sent", "heard", "shown", "sent", "shown", "coming", "dark")
    assert tally.totals({7: 1}, 0, 0.0) == {"calls": 1, "heard": 1, "stored": 1, "under_way": 0, "lost": 0}


def test_a_call_nobody_answered_was_promised_nothing() -> None:
    tally = told("sent", "not-yet", "dark")
    assert tally.totals({}, 0, 1e9) == {"calls": 1, "heard": 0, "stored": 0, "under_way": 0, "lost": 0}


def test_told_and_not_stored_is_under_way_while_trouble_lasts_and_lost_when_it_is_over() -> None:
    tally = told("sent", "heard")
    assert tally.totals({}, 0, PATIENCE_S) == {"calls": 1, "heard": 1, "stored": 0, "under_way": 1, "lost": 0}
    assert tally.totals({}, 0, PATIENCE_S + 1) == {"calls": 1, "heard": 1, "stored": 0, "under_way": 0, "lost": 1}


def test_alerts_of_other_beacons_do_not_stand_in_for_a_lost_one() -> None:
    tally = told("sent", "heard")
    assert tally.totals({8: 5}, 0, PATIENCE_S + 1)["lost"] == 1


def test_a_silent_alert_is_stored_and_does_not_stand_in_for_a_lost_call_of_its_beacon() -> None:
    tally = told("sent", "heard")
    figures = {"calls": 1, "heard": 1, "stored": 1, "under_way": 0, "lost": 1}
    assert tally.totals({}, 1, PATIENCE_S + 1) == figures


def test_a_second_call_is_a_call_of_its_own() -> None:
    tally = told("sent", "heard", "clear", "dark", "sent", "heard")
    assert tally.totals({7: 1}, 0, PATIENCE_S + 1) == {"calls": 2, "heard": 2, "stored": 1, "under_way": 0, "lost": 1}
