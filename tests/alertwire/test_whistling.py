"""When a beacon whistles for a neighbour, and for how long."""

from alertwire.whistling import Whistling

A, B = 0x0A1B2C3D, 0xFFFFFFFE
CANCEL, DRILL = 64, 8


def whistling(places=4):
    return Whistling(bytearray(8 * places))


def test_a_new_line_whistles_once():
    one = whistling()
    assert one.heard(A, 100, 0, True, 1000)
    assert one.dirty and one.marks[:8] == A.to_bytes(4, "big") + (100).to_bytes(4, "big")
    assert not one.heard(A, 100, 0, True, 1001)
    assert not one.heard(A, 99, 0, True, 1001)
    assert one.heard(A, 101, 2, True, 1002)
    assert one.heard(B, 1, 0, True, 1003)


def test_an_old_echo_does_not_whistle():
    one = whistling()
    assert not one.heard(A, 100, 0, False, 1000)
    assert one.heard(A, 100, 0, True, 1001), "and does not spoil the genuine line"


def test_marks_outlive_a_reset():
    one = whistling()
    one.heard(A, 100, 0, True, 1000)
    again = Whistling(bytearray(bytes(one.marks)))
    assert not again.heard(A, 100, 0, True, 5)
    assert again.heard(A, 101, 0, True, 5)


def test_three_whistles_in_ten_minutes():
    one = whistling()
    assert [one.heard(A, number, 0, True, 1000 + number) for number in range(1, 6)] == [True, True, True, False, False]
    assert one.heard(B, 1, 0, True, 1010), "counted for each beacon"
    assert not one.heard(A, 5, 0, True, 1600)
    assert one.heard(A, 5, 0, True, 1601), "later it whistles again, and the wait has not raised the mark"


def test_a_whistle_lasts_three_minutes():
    one = whistling()
    assert not one.sounding(1000)
    one.heard(A, 1, 0, True, 1000)
    assert one.sounding(1000) and one.sounding(1179) and not one.sounding(1180)
    assert one.until == 1180


def test_a_cancel_ends_it_after_the_first_minute():
    one = whistling()
    one.heard(A, 1, 0, True, 1000)
    assert not one.heard(A, 2, CANCEL, True, 1010)
    assert one.sounding(1059) and not one.sounding(1060)
    one.heard(B, 1, 0, True, 2000)
    one.heard(B, 2, CANCEL, True, 2100)
    assert not one.sounding(2100)


def test_a_cancel_of_another_beacon_ends_nothing():
    one = whistling()
    one.heard(A, 1, 0, True, 1000)
    one.heard(B, 9, CANCEL, True, 1100)
    assert one.sounding(1150)


def test_a_forged_cancel_ahead_of_an_alert_silences_nothing():
    one = whistling()
    assert not one.heard(A, 0xFFFFFFFF, CANCEL, True, 1000)
    assert not one.dirty
    assert one.heard(A, 100, 0, True, 1001)


def test_a_forged_high_number_silences_no_later_alert():
    one = whistling()
    one.heard(A, 100, 0, True, 1000)
    one.heard(A, 0xFFFFFFFF, 0, True, 1001)
    assert not one.heard(A, 0xFFFFFFFF, 0, True, 1002), "its copy does not whistle again"
    assert one.heard(A, 100 + 131072 + 1, 0, True, 5000)


def test_a_drill_sounds_nowhere():
    one = whistling()
    assert not one.heard(A, 1, DRILL, True, 1000) and not one.dirty


def test_a_full_table_whistles_and_does_not_grow():
    one = whistling(2)
    for node in range(1, 40):
        assert one.heard(node, 5, 0, True, 1000 * node)
    assert len(one.marks) == 16 and len(one._last) == 24 * 12
    assert not one.heard(1, 5, 0, True, 90000), "those in the table are remembered"
    assert not one.heard(39, 5, 0, True, 90000), "and the last ones heard"


def test_node_numbers_that_look_alike():
    one = whistling()
    for node in (0x01020304, 0x05020304, 0x00000004, 0x04000000):
        assert one.heard(node, 9, 0, True, 1000)
        assert not one.heard(node, 9, 0, True, 1000)
