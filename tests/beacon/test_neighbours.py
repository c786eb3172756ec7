"""Frames of others: relayed byte for byte, whistled for by the rules of section 10, obeyed never."""

from meshwire.wire import Channel
from world import GATEWAY, GROUP, NEIGHBOUR, NODE, Pen, Street, ecb

MINUTE = 60000


def sounding(street):
    """Is the whistle in the middle of its pattern for a neighbour?"""
    return bool(street.board.whistles) and street.board.whistles[-1][2] == "neighbour"


def heard(street, sequence, **about):
    """A neighbour's line arrives; does the beacon whistle a moment later?"""
    street.radio.give(street.pen.neighbour(sequence, **about))
    street.run(200)
    return sounding(street)


def quiet(street, ms=4 * MINUTE):
    street.run(ms)
    assert not sounding(street)


def test_a_foreign_frame_is_relayed_byte_for_byte():
    street = Street()
    frame = street.pen.frame(1, b"dinner at six", 0x12345678)
    street.radio.give(frame)
    street.run(2000)
    ((_, relayed),) = street.radio.sent
    assert relayed[:12] == frame[:12] and relayed[16:] == frame[16:]
    assert relayed[12] == frame[12] - 1 and relayed[13] == frame[13] and relayed[15] == NODE & 255
    street.radio.give(frame)
    street.run(2000)
    assert len(street.radio.sent) == 1 or street.radio.sent[1][1] == relayed
    street.end()


def test_a_frame_of_another_channel_is_relayed_and_changes_nothing():
    street = Street()
    other = Channel("Elsewhere", bytes(range(50, 66)), ecb)
    frame = street.pen.frame(1, b"private", 0x12345678, channel=other)
    street.radio.give(frame)
    street.run(2000)
    assert [sent[16:] for _, sent in street.radio.sent] == [frame[16:]]
    assert street.board.lamps == [] and street.board.whistles == []
    street.end()


def test_only_a_relay_relays():
    for mode in ("listen", "press"):
        street = Street(mode=mode)
        street.radio.asleep = False
        street.radio.give(street.pen.frame(1, b"dinner at six", 0x12345678))
        street.run(2000)
        assert street.radio.sent == [], mode
        street.end()


def test_a_relay_that_others_did_already_is_not_sent():
    street = Street()
    frame = street.pen.frame(1, b"dinner at six", 0x12345678)
    street.radio.give(frame)
    again = bytearray(frame)
    again[12] -= 1
    again[15] = 0x77
    street.radio.give(bytes(again))
    street.run(2000)
    assert street.radio.sent == []
    street.end()


def test_an_authentic_neighbour_makes_it_whistle_and_light():
    street = Street()
    assert heard(street, 0x01000005)
    assert street.board.words() == ["neighbour"]
    quiet(street)
    assert street.board.words() == ["neighbour", "dark"]
    length = street.board.whistles[-1][0] - street.board.whistles[0][0]
    assert 178000 <= length <= 181000, length
    street.end()


def test_a_line_by_port_1_whistles_too():
    street = Street()
    assert heard(street, 0x01000005, port=1)
    street.end()


def test_a_wrong_group_tag_makes_no_sound():
    street = Street()
    assert not heard(street, 0x01000005, group=bytes(32))
    assert street.board.lamps == [] and street.board.whistles == []
    street.end()


def test_an_old_sequence_makes_no_sound_also_after_a_reset():
    street = Street()
    assert heard(street, 0x01000005)
    quiet(street, 11 * MINUTE)
    assert not heard(street, 0x01000005) and not heard(street, 0x01000004)
    street = Street(street.end(), seed=9)
    assert not heard(street, 0x01000005)
    assert heard(street, 0x01000006)
    street.end()


def test_three_times_in_ten_minutes_and_no_more():
    street = Street()
    for turn in range(3):
        assert heard(street, 0x01000001 + turn)
        street.board.edge(0, True, street.time.now())  # mute
        street.board.edge(0, False, street.time.now() + 50)
        street.run(MINUTE)
        assert not sounding(street)
    assert not heard(street, 0x01000009)
    assert heard(street, 0x01000001, node=NEIGHBOUR + 1), "another beacon is another count"
    street.run(10 * MINUTE)
    assert heard(street, 0x0100000A)
    street.end()


def test_an_echo_of_another_day_makes_no_sound():
    street = Street()
    street.radio.give(street.pen.tick(echo=0x1111))
    assert not heard(street, 0x01000005, echo=0x2222)
    assert heard(street, 0x01000006, echo=0x1111)
    street.end()
    street = Street()
    assert heard(street, 0x01000005, echo=0x2222), "no echo heard yet: the sequence rule alone"
    street.end()


def test_a_cancel_ends_it_after_a_minute_and_no_sooner():
    street = Street()
    heard(street, 0x01000005)
    street.run(10000)
    street.radio.give(street.pen.neighbour(0x01000006, cancel=True))
    street.run(40000)
    assert sounding(street)
    street.run(12000)
    assert not sounding(street)
    street.end()


def test_a_drill_or_a_cancel_alone_makes_no_sound():
    street = Street()
    assert not heard(street, 0x01000005, drill=True)
    assert not heard(street, 0x01000006, cancel=True)
    street.end()


def test_a_finger_mutes_it_at_once():
    street = Street()
    heard(street, 0x01000005)
    street.press(60)
    assert not sounding(street)
    street.run(30000)
    assert not sounding(street)
    street.end()


def test_a_beacon_set_not_to_whistle_does_not():
    street = Street(whistle=False)
    assert not heard(street, 0x01000005)
    assert street.board.words() == [] and street.board.whistles == []
    street.end()


def test_a_neighbours_silent_alert_lights_and_sounds_nothing_here():
    sender = Street()
    sender.taps(5)
    frame = [frame for _, frame in sender.radio.sent][0]
    files = sender.end()
    changed = files["settings"].replace(b"%d" % NODE, b"%d" % (NODE + 1))
    street = Street({"settings": changed})
    street.radio.give(frame)
    street.run(5000)
    assert len(street.radio.sent) == 1, "relayed like any pulse"
    assert street.board.lamps == [] and street.board.whistles == []
    street.end()


def test_our_own_call_outranks_a_neighbours_on_the_lamp():
    street = Street()
    street.press()
    street.run(300)
    heard(street, 0x01000005)
    assert street.board.words() == ["holding", "sent"] and sounding(street)
    street.end()


def test_a_forged_number_of_a_gateway_silences_nobody():
    street = Street()
    street.radio.give(street.pen.tick(echo=0x1111))
    street.radio.give(street.pen.tick(echo=0x6666, number=0xFFFFFFFF))  # under the group key: a captured beacon's
    street.run(11 * MINUTE)
    street.radio.give(street.pen.tick(echo=0x2222))
    assert heard(street, 0x01000005, echo=0x2222)
    street.end()


def test_garbage_and_half_frames_change_nothing():
    street, pen = Street(), Pen()
    line, tick = pen.neighbour(0x01000005), pen.tick()
    payload = pen.read(line)[1].payload
    for size in range(0, len(line), 3):
        street.radio.give(line[:size])
    for size in range(0, len(payload), 5):
        street.radio.give(pen.frame(11, payload[:size], NEIGHBOUR))
        street.radio.give(pen.frame(67, payload[:size], NEIGHBOUR))
        street.radio.give(pen.frame(67, pen.read(tick)[1].payload[:size], GATEWAY))
        street.radio.give(pen.frame(1, b"\x07" + payload[size:], NEIGHBOUR))
    street.run(5000)
    assert street.board.lamps == [] and street.board.whistles == [] and street.board.resets == []
    assert street.program.ears.gateway_at is None
    assert GROUP not in b"".join([frame for _, frame in street.radio.sent])
    street.end()
