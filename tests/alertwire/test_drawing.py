"""The tables in words are the tables that run."""

from alertwire import drawing, gestures
from alertwire.calling import LAMP, TABLE, WORDS, Calling

from tests.alertwire.golden import middle


def test_every_letter_has_a_word():
    assert len(TABLE) % 4 == 0
    rows = [TABLE[at : at + 4] for at in range(0, len(TABLE), 4)]
    for state, event, new, effect in rows:
        assert state in "*-" or state in drawing.STATES
        assert event in drawing.EVENTS and new in drawing.STATES and effect in drawing.EFFECTS
    assert len({row[:2] for row in rows}) == len(rows), "one row for each state and event"
    assert len(LAMP) == len(WORDS)
    assert [row for row in rows if row[:2] in ("xl", "de")] == []


def test_no_row_is_found_where_none_begins():
    # calling looks rows up with find: a state and an event must stand nowhere but at the beginning of a row
    for at in range(len(TABLE)):
        pair = TABLE[at : at + 2]
        if at % 4 and len(pair) == 2:
            assert not (pair[0] in "*-ICWHVSNGXYQD" and pair[1] in drawing.EVENTS), at


def test_the_drawing_is_what_runs():
    drawn = {row[:2]: row[2:] for row in drawing.letters()}
    assert len(drawn) == len(drawing.letters()) > 80
    for state in drawing.STATES:
        for event in drawing.EVENTS:
            calling = Calling(2000, 3000, middle)
            calling.state = state
            calling._step(event, 1000)
            assert calling.state == drawn.get(state + event, state + ".")[0], state + event


def test_every_state_can_be_reached_and_every_call_can_end():
    drawn = drawing.letters()
    reached, ending = {"I"}, {"I"}
    for _ in drawn:
        reached |= {row[2] for row in drawn if row[0] in reached}
        ending |= {row[0] for row in drawn if row[2] in ending}
    assert reached == ending == set(drawing.STATES)


def test_only_an_answer_time_or_a_cancel_leads_out_of_an_open_call():
    for row in drawing.letters():
        if row[0] in "CWHVSNG" and row[2] not in "CWHVSNG":
            assert row[1] in "xd5z", row
        if row[1] in "ha" or row[1] == "m":
            assert row[2] == "C", "who holds the button is called for"
        if row[0] in "QD" and row[2] == "I":
            assert row[1] == "5", "silent and duress end by a captain's clear alone"


def test_the_rows_in_words():
    rows = drawing.calls()
    first = [row for row in rows if (row.state, row.event) == ("idle", "hold")][0]
    assert (first.new, first.lamp, first.effect) == ("calling", "sent", "a new call: its line, repeated")
    ends = [row for row in rows if row.state == "cancelling" and row.event == "heard"][0]
    assert (ends.new, ends.lamp) == ("idle", "cancelled")
    silent = [row for row in rows if row.new == "silent alert stands"]
    assert silent and not [row for row in silent if row.lamp]


def test_the_gestures_in_words():
    rows = drawing.meanings()
    assert ("idle", "hold", "help") in rows
    assert ("open, first 30 s", "3 taps", "fire") in rows
    assert ("open, later", "5 taps, the last held", "duress") in rows
    assert not [row for row in rows if row[1] == "hold" and row[2] in ("cancel", "duress")]
    assert len(gestures.TABLE) == len(drawing.SITUATIONS) and {len(row) for row in gestures.TABLE} == {8}
