"""A beacon just hung up measures: one tap, one pulse at once, and a word that tells both directions apart."""

import json

from test_asleep import HOUR, Sleeper
from world import GATEWAY, NODE, RADIO, Board, Street

LISTENS = 61000


def tick(street, answers=(), snr=6.0, rssi=-80, hops=0, relay=0, sender=GATEWAY):
    """A gateway's next pulse arrives, over so many hops; `answers` are pulses of ours that it has heard."""
    slots = [(one.sequence, one.tag, 0) for one in answers]
    frame = street.pen.tick(slots, sender=sender)
    frame = frame[:12] + bytes([frame[12] - hops, frame[13], frame[14], relay]) + frame[16:]
    street.radio.give(frame, rssi, snr)
    street.run(100)


def told(street):
    """The lamp's words, without rest and finger."""
    return [word for word in street.board.words() if word not in ("dark", "holding")]


def numbers(street):
    """What lies on flash: (node, at, answered, ways)."""
    return json.loads(street.board.files["survey"])


def surveyed(heard, **changes):
    """A street that was tapped once; `heard(street, pulse)` is what comes from the air meanwhile; then time is up."""
    street = Street(**changes)
    street.taps(1)
    street.run(1000)
    assert len(street.pulses()) == 1, "the tap ends the running interval"
    heard(street, street.pulses()[0])
    street.run(LISTENS)
    return street


def test_one_tap_pulses_at_once_and_a_direct_answer_with_ten_decibels_is_good():
    street = surveyed(lambda street, pulse: tick(street, [pulse], 2.5))
    assert told(street) == ["not-covered", "good"]
    node, at, answered, ways = numbers(street)
    assert (node, answered, ways) == (NODE, 1, [[0, 2.5, -80, 0, GATEWAY]])
    assert 1800000020 <= at <= 1800000100
    street.run(30000)
    assert street.board.words()[-1] == "dark"
    street.end()


def test_less_margin_or_a_relay_is_weak():
    street = surveyed(lambda street, pulse: tick(street, [pulse], 2.25))
    assert told(street) == ["not-covered", "weak"]
    street.end()
    street = surveyed(lambda street, pulse: tick(street, [pulse], 9.0, hops=1, relay=0x77))
    assert told(street) == ["not-covered", "weak"] and numbers(street)[3] == [[-1, 9.0, -80, 0x77, GATEWAY]]
    street.end()
    slow = {"sf": 12}
    slow.update({key: RADIO[key] for key in RADIO if key != "sf"})
    for snr, word in ((-10.0, "good"), (-10.25, "weak")):
        street = surveyed(lambda street, pulse, snr=snr: tick(street, [pulse], snr), radio_settings=slow)
        assert told(street) == ["not-covered", word]
        street.end()


def test_a_gateway_that_is_heard_and_does_not_answer_is_none():
    street = surveyed(lambda street, pulse: tick(street, (), 9.0))
    assert told(street) == ["not-covered", "none"] and numbers(street)[2:] == [0, [[0, 9.0, -80, 0, GATEWAY]]]
    street.end()


def test_nothing_heard_at_all_is_none_and_is_on_flash():
    street = surveyed(lambda street, pulse: None)
    assert told(street) == ["not-covered", "none"]
    assert numbers(street)[0] == NODE and numbers(street)[2:] == [0, []] and numbers(street)[1] < 1000000
    street.end()


def test_of_each_gateway_the_best_way_is_kept_a_direct_one_before_all():
    def heard(street, pulse):
        tick(street, [pulse], 10.0, hops=2, relay=5)
        tick(street, (), 1.0, -101)
        tick(street, (), 4.0, -99)
        tick(street, (), 11.0, hops=1, relay=6)
        tick(street, (), -3.0, -110, sender=GATEWAY + 1)

    street = surveyed(heard)
    assert sorted(numbers(street)[3]) == [[0, -3.0, -110, 0, GATEWAY + 1], [0, 4.0, -99, 0, GATEWAY]]
    assert told(street)[-1] == "good"
    street.end()


def test_of_more_gateways_than_eight_the_first_are_kept():
    def heard(street, pulse):
        for at in range(10):
            tick(street, [pulse], 1.0 + at, sender=GATEWAY + at)

    street = surveyed(heard)
    assert sorted([way[4] - GATEWAY for way in numbers(street)[3]]) == list(range(8))
    assert len(street.board.files["survey"]) < 400
    street.end()


def test_what_is_not_authentic_or_was_recorded_is_not_measured():
    def heard(street, pulse):
        frame = street.pen.tick([(pulse.sequence, pulse.tag, 0)], group=bytes(32))
        street.radio.give(frame, -80, 10.0)
        old = street.pen.tick(number=5, sender=GATEWAY + 1)
        payload = street.pen.read(old)[1].payload
        street.radio.give(old, -80, -5.0)
        street.run(1000)
        street.radio.give(street.pen.frame(67, payload, GATEWAY + 1), -40, 12.0)

    street = surveyed(heard)
    assert numbers(street)[2:] == [0, [[0, -5.0, -80, 0, GATEWAY + 1]]]
    street.end()


def test_an_answer_to_what_was_sent_before_the_tap_does_not_count():
    street = Street()
    street.run(3 * 390000)  # the first pulse, which no gateway answered
    early = street.pulses()
    assert early
    street.taps(1)
    street.run(1000)
    tick(street, early[-1:])
    street.run(LISTENS)
    assert told(street)[-1] == "none"
    street.end()


def test_a_second_tap_begins_again_and_its_own_pulse_counts():
    street = Street()
    street.taps(1)
    street.run(10000)
    tick(street, street.pulses(), 9.0)
    street.taps(1)
    street.run(1000)
    assert len(street.pulses()) == 2
    tick(street, street.pulses()[-1:], -6.0)
    street.run(LISTENS)
    assert told(street)[-1] == "weak" and numbers(street)[3] == [[0, -6.0, -80, 0, GATEWAY]]
    street.end()


def test_a_round_that_begins_meanwhile_takes_nothing_back():
    def heard(street, pulse):
        tick(street, [pulse], 9.0)
        street.program.caller.pulses.early(street.time.now())
        street.run(500)

    street = surveyed(heard)
    assert len(street.pulses()) > 1 and told(street)[-1] == "good"
    street.end()


def test_later_than_an_hour_after_power_on_or_after_a_reset_a_tap_is_a_self_test_only():
    class Restarted(Board):
        cause = "reset"

    for board, wait in ((Board, HOUR), (Restarted, 0)):
        street = Street(board=board)
        street.run(wait)
        before = len(street.pulses())
        street.taps(1)
        street.run(1000)
        assert len(street.pulses()) == before
        street.run(LISTENS)
        assert told(street) == ["not-covered"] and "survey" not in street.board.files
        street.end()


def test_a_call_ends_it_silently():
    street = Street(mode="relay")
    street.taps(1)
    street.run(8000)
    street.taps(5)  # a silent alert: nothing may light up from here on
    began = len(street.board.lamps)
    tick(street, street.pulses())
    street.run(2 * LISTENS)
    assert street.program.calling.state == "Q"
    assert [word for _, _, word in street.board.lamps[began:] if word != "dark"] == []
    assert "survey" not in street.board.files
    street.end()


def test_a_flash_that_takes_nothing_costs_only_the_numbers():
    def heard(street, pulse):
        tick(street, [pulse], 9.0)
        street.board.full = True

    street = surveyed(heard)
    assert told(street)[-1] == "good" and "survey" not in street.board.files and street.board.resets == []
    street.end()


def test_a_beacon_that_sleeps_stays_awake_for_it_also_when_the_tap_has_woken_it():
    street = Sleeper()
    street.asleep()
    street.wake("sleep")
    street.press(100)
    street.run(2000)
    tick(street, street.pulses(), 6.0)
    for _ in range(55):
        street.run(1000)
        assert not street.task.done() and not street.radio.asleep
    street.run(10000)
    assert told(street)[-1] == "good" and numbers(street)[2] == 1
    street.asleep()
    assert street.time.now() < 3 * LISTENS
    street.live(HOUR)
    while not street.task.done():
        street.live(1000)
    street.wake("sleep")
    street.press(100)
    street.run(2000)
    street.asleep()
    assert told(street)[-1] in ("covered", "not-covered"), "the hour is over"
    street.end()
