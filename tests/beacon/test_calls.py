"""The beacon's own call, from the press to the captain's answer, by the real program on a virtual clock."""

from alertwire import line
from world import DOWN, GROUP, NODE, UP, Street, settings

HEARD, SHOWN, SEEN, COMING, CLEAR, REFUSED, CUT_OFF = 1, 2, 3, 4, 5, 6, 8


def pressed(**changes):
    """A beacon whose resident has just pressed for help."""
    street = Street(**changes)
    street.press()
    return street


def test_a_press_sends_a_line_that_verifies():
    street = pressed()
    street.run(400)
    ((at, header, payload),) = street.sent(11)
    assert at < 50 + 1500 + 400 and header.hop_limit == header.hop_start == 3 and header.to == 0xFFFFFFFF
    sent = line.parse(payload)
    assert sent.text == b"\x07HELP 34th & Cedar #%d" % (sent.sequence & 0xFFFFFF), sent.text
    assert line.authentic(sent, NODE, UP) == line.PLAIN and line.group_authentic(sent, NODE, GROUP)
    assert sent.kind == 0 and sent.sequence >> 24 == 1 and not sent.cancel and not sent.doubt and not sent.back
    street.end()


def test_the_line_repeats_the_same_bytes_under_new_packet_ids():
    street = pressed()
    street.run(60000)
    sent = street.sent(11)
    assert 8 <= len(sent) <= 14, len(sent)
    assert len({payload for _, _, payload in sent}) == 1
    assert len({header.id for _, header, _ in sent}) == len(sent)
    gaps = [sent[i + 1][0] - sent[i][0] for i in range(4)]
    for gap in gaps:
        assert 1400 < gap < 2700, gaps
    street.end()


def test_the_lamp_says_every_word_of_a_call_in_order():
    street = pressed()
    street.run(1000)
    street.answer(HEARD)
    street.answer(SHOWN)
    street.answer(SEEN | 1 << 4)
    street.answer(COMING | 2 << 4)
    street.slot(CLEAR | 3 << 4)
    street.run(70000)
    words = street.board.words()
    assert words == ["holding", "sent", "heard", "shown", "seen", "coming", "clear", "dark"], words
    assert street.program.calling.state == "I"
    street.end()


def test_the_lamp_lights_within_100_ms_of_a_finger_and_of_the_end_of_the_hold():
    street = Street()
    down = street.time.now()
    street.press()
    lit = [at for at, on, word in street.board.lamps if on and word == "holding"][0]
    sent = [at for at, on, word in street.board.lamps if on and word == "sent"][0]
    assert lit - down <= 100, lit - down
    assert 1500 <= sent - down <= 1600, sent - down
    street.end()


def test_a_call_that_nobody_hears_says_so_and_goes_on():
    street = pressed()
    street.run(300000)
    assert street.board.words() == ["holding", "sent", "not-yet"]
    late = street.sent(11, street.time.now() - 130000)
    assert len(late) >= 2, "a call that nobody heard must not fall silent"
    street.end()


def test_a_gateway_that_is_cut_off_is_not_yet_people():
    street = pressed()
    street.run(1000)
    street.answer(HEARD | CUT_OFF)
    assert street.board.words()[-1] == "not-yet"
    before = len(street.sent(11))
    street.run(10000)
    assert len(street.sent(11)) > before, "the beacon keeps its full schedule"
    street.answer(HEARD)
    assert street.board.words()[-1] == "heard"
    street.end()


def test_shown_ends_the_lines_and_polls_begin():
    street = pressed()
    street.run(1000)
    street.answer(SHOWN)
    lines, at = len(street.sent(11)), street.time.now()
    street.run(45 * 60000)
    assert len(street.sent(11)) == lines, "a line more would ring every stock phone"
    polls = street.pulses(at)
    assert polls and all(poll.standing == 1 and poll.last_answer == SHOWN for poll in polls)
    first = street.lines()[0]
    assert polls[0].sequence - polls[0].back == first.sequence
    street.end()


def test_answers_to_polls_reach_the_lamp():
    street = pressed()
    street.run(1000)
    street.answer(SHOWN)
    street.run(20 * 60000)
    street.slot(COMING | 1 << 4, street.pulses()[-1])
    assert street.board.words()[-1] == "coming"
    street.end()


def test_wrong_receipts_are_ignored():
    street = pressed()
    street.run(1000)
    sent = street.lines()[-1]
    give, pen = street.radio.give, street.pen
    give(pen.receipt(NODE, sent.sequence, sent.tag, COMING, bytes(32)))
    give(pen.receipt(NODE, sent.sequence + 1, sent.tag, COMING))
    give(pen.receipt(NODE, sent.sequence, bytes(8), COMING))
    give(pen.receipt(NODE + 1, sent.sequence, sent.tag, COMING))
    right = pen.read(pen.receipt(NODE, sent.sequence, sent.tag, COMING))[1].payload
    for at in range(len(right) - 22, len(right) - 6):  # of the seal what stands for the entry
        bad = bytearray(right)
        bad[at] ^= 1
        give(pen.frame(1, bytes(bad)))
    street.run(100)
    assert street.board.words()[-1] == "sent", street.board.words()
    give(pen.frame(1, right))
    street.run(100)
    assert street.board.words()[-1] == "coming"
    street.end()


def test_slots_count_only_in_an_authentic_gateway_pulse():
    street = pressed()
    street.run(1000)
    sent = street.lines()[-1]
    answers = [(sent.sequence, sent.tag, COMING | 1 << 4)]
    street.radio.give(street.pen.tick(answers, group=bytes(32)))
    street.radio.give(street.pen.tick(answers, down=bytes(32)))
    street.run(100)
    assert street.board.words()[-1] == "sent"
    street.radio.give(street.pen.tick(answers))
    street.run(100)
    assert street.board.words()[-1] == "coming"
    street.end()


def test_the_echo_is_that_of_the_last_authentic_gateway_pulse():
    street = Street()
    street.radio.give(street.pen.tick(echo=0x1234))
    street.radio.give(street.pen.tick(echo=0x6666, group=bytes(32)))
    street.press()
    street.run(500)
    assert street.lines()[-1].echo == 0x1234
    street.end()


def test_the_kind_can_be_told_by_taps_and_names_the_first_line():
    street = pressed()
    street.run(3000)
    street.taps(3)
    street.run(500)
    first, last = street.lines()[0], street.lines()[-1]
    assert last.kind == 2 and last.text.startswith(b"\x07FIRE ") and last.sequence - last.back == first.sequence
    street.end()


def test_pressing_again_is_a_new_line_of_the_same_alert_and_never_a_cancel():
    street = pressed()
    street.run(1000)
    street.answer(SHOWN)
    for _ in range(3):
        street.run(20000)
        street.press()
    street.run(500)
    lines = street.lines()
    assert len({one.tag for one in lines}) == 4
    assert not any(one.cancel for one in lines)
    assert lines[-1].sequence - lines[-1].back == lines[0].sequence
    assert street.board.words()[-1] == "sent"
    street.end()


def cancelled(held):
    """A call that was heard and then cancelled; with `held` under duress."""
    street = pressed()
    street.run(1000)
    street.answer(HEARD)
    street.run(2000)
    street.taps(5, held)
    street.run(3000)
    return street


def seen(street):
    """What somebody sees, hears and receives of a cancel: frame lengths, the newest line, the lamp's words, sounds."""
    sizes = [len(frame) for at, frame in street.radio.sent if at > 5000]
    street.answer(HEARD)
    street.run(80000)
    facts = sizes[:2], street.lines()[-1], street.board.words(), [word for _, _, word in street.board.whistles]
    street.end()
    return facts


def test_cancel_and_duress_look_the_same_to_everybody_without_the_key():
    sizes, plain, words, sounds = seen(cancelled(False))
    assert words[-2:] == ["cancelled", "dark"] and len(sizes) == 2
    others, forced, forced_words, forced_sounds = seen(cancelled(True))
    assert (sizes, words, sounds) == (others, forced_words, forced_sounds)
    assert plain.cancel and plain.head == forced.head and plain.text == forced.text
    assert line.authentic(plain, NODE, UP) == line.PLAIN and line.authentic(forced, NODE, UP) == line.DURESS


def test_after_duress_every_pulse_says_that_duress_stands():
    street = cancelled(True)
    street.answer(HEARD)
    street.run(40 * 60000)
    pulses = street.pulses(street.time.now() - 38 * 60000)
    assert pulses and all(one.standing == 3 for one in pulses)
    street.end()


def test_a_silent_alert_lights_and_sounds_nothing():
    street = Street()
    at = street.time.now()
    for _ in range(5):
        street.press(60)
        street.run(150)
    street.run(800)
    pulses = street.pulses(at)
    assert len(pulses) == 1 and pulses[0].standing == 2, "the interval ends early"
    assert street.lines() == []
    street.slot(HEARD, pulses[0])
    street.slot(COMING | 1 << 4, pulses[0])
    street.run(30 * 60000)
    assert street.board.lamps == [] and street.board.whistles == []
    assert all(one.standing == 2 for one in street.pulses(at))
    street.slot(CLEAR | 2 << 4, street.pulses()[-1])
    street.run(1000)
    assert street.program.calling.state == "I" and street.board.lamps == []
    street.end()


def test_a_silent_alert_that_nobody_answers_repeats_like_any_pulse():
    street = Street()
    at = street.time.now()
    street.taps(5)
    street.run(280000)
    times = [sent for sent, _, _ in street.sent(67, at)]
    gaps = [times[i + 1] - times[i] for i in range(3)]
    for gap, table in zip(gaps, (20000, 40000, 80000)):
        assert table * 0.7 < gap < table * 1.3, gaps
    street.end()


def first_pulse(street):
    """Let time pass to the first pulse; when it went out."""
    while not street.sent(67):
        street.run(1000)
    return street.pulses()[0]


def test_a_pulse_is_repeated_until_a_gateway_answers_it():
    street = Street()
    first_pulse(street)
    street.run(70000)
    assert len(street.pulses()) >= 3
    street.end()
    street = Street()
    one = first_pulse(street)
    street.slot(0, one)
    street.run(40000)
    assert len(street.pulses()) == 1 and street.board.lamps == []
    street.end()


def test_the_second_button_is_a_silent_alert_where_there_is_one():
    street = Street(second_button=True)
    street.board.edge(1, True, street.time.now())
    street.board.edge(1, False, street.time.now() + 100)
    street.run(1000)
    assert [one.standing for one in street.pulses()] == [2] and street.board.lamps == []
    street.end()
    street = Street()
    street.board.edge(1, True, street.time.now())
    street.run(1000)
    assert street.pulses() == []
    street.end()


def test_a_beacon_low_on_battery_says_so_in_line_pulse_and_lamp():
    street = Street()
    street.board.power = (12, 3400)
    street.press()
    street.run(1000)
    street.answer(SHOWN)
    street.run(40 * 60000)
    assert street.lines()[0].low and street.pulses()[-1].low
    street.slot(CLEAR | 1 << 4)
    street.run(70000)
    assert street.board.words()[-1] == "low-battery"
    street.end()


def test_a_word_of_the_site_in_another_language_is_what_the_line_says():
    street = pressed(words=["AYUDA", "MÉDICO", "FUEGO", "OJO"], place="Calle 34 y Cedro")
    street.run(3000)
    street.taps(2)
    street.run(500)
    assert "MÉDICO Calle 34 y Cedro #".encode() in street.lines()[-1].text
    street.end()


def test_a_press_is_heard_by_the_chirp_of_its_answer():
    street = pressed()
    street.run(1000)
    street.answer(SHOWN)
    street.answer(COMING | 1 << 4)
    street.run(10000)
    sounds = [word for _, on, word in street.board.whistles if on]
    assert sounds[0] == "shown" and sounds.count("coming") == 3, sounds
    street.end()
    muted = pressed(whistle=False)
    muted.run(1000)
    muted.answer(SHOWN)
    muted.run(5000)
    assert muted.board.whistles == []
    muted.end()


def test_settings_of_a_previous_group_key_still_read_gateways():
    street = Street(files={"settings": settings(group=bytes(32).hex(), group_previous=GROUP.hex(), group_epoch=2)})
    street.radio.give(street.pen.tick(echo=0x4321))
    assert street.program.caller.echo == 0x4321
    street.radio.give(street.pen.tick(echo=0x9999, group=DOWN))
    assert street.program.caller.echo == 0x4321
    street.end()
