"""Quiet hours, a volume limit, and a cable that is out."""

from beacon.errors import BadSettings
from beacon.settings import read
from world import Street, settings

NOON = 1800014400 - 1800014400 % 86400 + 12 * 3600  # seconds: midday in UTC
NIGHT = [22 * 60, 7 * 60, 0]


def sounded(street, sequence=0x01000005):
    """(the whistle sounded, the lamp told) of a neighbour's alert."""
    before = len(street.board.whistles)
    street.radio.give(street.pen.neighbour(sequence))
    street.run(100)
    return any(on for _, on, _ in street.board.whistles[before:]), street.board.words()[-1] == "neighbour"


def street_at(second, quiet, **changes):
    """A beacon that has heard a gateway at that hour."""
    street = Street(quiet=quiet, **changes)
    street.radio.give(street.pen.tick(number=second))
    street.run(100)
    return street


def test_quiet_hours_silence_neighbours_and_leave_the_lamp():
    for second, quiet, loud in (
        (NOON, NIGHT, True),
        (NOON - 13 * 3600, NIGHT, False),  # 23:00
        (NOON - 5 * 3600 - 60, NIGHT, False),  # 06:59
        (NOON - 5 * 3600, NIGHT, True),  # 07:00
        (NOON, [11 * 60, 13 * 60, 0], False),
        (NOON, [11 * 60, 13 * 60, 90], True),  # 13:30 there
        (NOON, [22 * 60, 7 * 60, -240], True),  # 08:00 there
        (NOON, [22 * 60, 7 * 60, -600], False),
        (NOON, [0, 0, 0], True),
        (NOON, None, True),
    ):
        street = street_at(second, quiet)
        assert sounded(street) == (loud, True), (second, quiet)
        street.end()


def test_an_hour_nobody_told_is_loud():
    street = Street(quiet=NIGHT)
    assert sounded(street) == (True, True)
    street.end()


def test_a_whistle_ends_where_quiet_hours_begin():
    street = street_at(NOON + 10 * 3600 - 30, NIGHT)  # 21:59:30
    assert sounded(street) == (True, True)
    street.run(40000)
    assert street.board.whistles[-1][2] == "silent" and street.board.words()[-1] == "neighbour"
    street.end()


def test_our_own_call_is_answered_aloud_also_in_quiet_hours():
    street = street_at(NOON - 13 * 3600, NIGHT)
    street.press()
    street.run(500)
    street.answer(4)
    assert any(on for _, on, word in street.board.whistles if word == "coming")
    street.end()


def test_the_volume_is_handed_to_the_board():
    street = Street(volume=30)
    assert street.board.volume == 30
    street.end()
    street = Street()
    assert street.board.volume == 100, "settings of the first release know none"
    street.end()


def test_what_is_no_volume_and_no_hours_is_refused():
    for changes in ({"volume": 101}, {"volume": -1}, {"volume": "x"}, {"quiet": [1, 2]}, {"quiet": [0, 1440, 0]},
                    {"quiet": "22:00"}, {"quiet": [0, 1, "x"]}):  # fmt: skip
        try:
            read(settings(**changes))
        except BadSettings as error:
            assert list(changes)[0] in str(error)
        else:
            raise AssertionError(changes)


def test_a_cable_that_is_out_is_on_the_lamp_in_the_self_test_and_in_pulses():
    street = Street()
    street.board.cable_out = True
    street.radio.give(street.pen.tick())
    street.taps(1)
    street.run(500)
    assert street.board.words()[-1] == "wire-out"
    street.run(20000)
    assert street.board.words()[-1] == "wire-out", "as long as it is out"
    street.run(30 * 60000)
    assert street.pulses() and all(one.tamper for one in street.pulses())
    street.board.cable_out = False
    street.taps(1)
    street.run(10000)
    assert street.board.words()[-1] == "dark"
    street.end()
