"""The SX1262 behind the Radio port, on its chip model. test_radios_host.py runs this on MicroPython."""

from stand import (
    FRAME,
    LONG_FAST,
    LONGEST,
    MEDIUM_FAST,
    SHORT_TURBO,
    Spot,
    begin,
    bus,
    clock,
    do,
    modulation,
    raises,
    symbols,
    wait,
    wiring,
)

# isort: split
from beacon.radios.sx126x import Radio
from meshwire.airtime import Modem
from sx126x import GAIN, PATCH, RX, SLEEP, Chip

OTHER = bytes(reversed(LONGEST))


def pair(settings=SHORT_TURBO, run=True, **changes):
    ether = begin()
    spots = [Spot(Radio, Chip, ether, place, **changes) for place in (0, 1)]
    for spot in spots:
        spot.start(settings, run)
    return spots


def alone(settings=SHORT_TURBO, run=True, **changes):
    spot = Spot(Radio, Chip, begin(), **changes)
    spot.start(settings, run)
    return spot


def test_two_boards_exchange_frames():
    for settings in (SHORT_TURBO, MEDIUM_FAST, LONG_FAST):
        one, two = pair(settings)
        for frame in (b"\x01", FRAME, LONGEST):
            for sender, hearer in ((one, two), (two, one)):
                assert not sender.send(frame)
                wait(3)
                assert hearer.got[-1:] == [(frame, sender.chip.dbm() - 100, 12.0)]
        assert len(one.got) == len(two.got) == 3
        assert not one.chip.judge() and not two.chip.judge()


def test_air_time_is_what_the_mesh_reckons_with():
    for settings in (SHORT_TURBO, LONG_FAST):
        one = alone(settings)
        reckoned = Modem(settings["sf"], settings["bw_hz"], settings["cr"], settings["preamble"])
        for size in (1, 60, 255):
            one.send(bytes(size))
            _, start, end, _ = one.ether.log[-1]
            assert abs(end - start - reckoned.airtime_us(size)) < 2


def test_a_frame_leaves_soon_after_the_look():
    one = alone()
    one.radio.load(FRAME)
    assert not one.radio.busy()
    looked = clock.now
    do(one.radio.send())
    assert one.ether.log[-1][1] - looked < 8000  # TCXO 5 ms: the slot of SHORT_TURBO is 8 ms
    assert clock.now - one.ether.log[-1][2] < 2000


def test_a_look_finds_a_frame_in_each_of_its_parts_and_it_is_received():
    for settings in (SHORT_TURBO, LONG_FAST):
        for part in (1, 4, 8, 20, 30, 45):
            one = alone(settings)
            one.neighbour(FRAME)
            clock.run(int(symbols(settings, part) * 1000))
            one.radio.load(LONGEST)
            assert one.radio.busy(), (settings["sf"], part)
            wait(1500)
            assert one.frames() == [FRAME], (settings["sf"], part)
            assert not one.radio.busy()


def test_a_look_alone_leaves_the_board_listening():
    one = alone()
    assert not one.radio.busy()
    wait(6)  # its oscillator starts anew
    one.neighbour(FRAME)
    wait(100)
    assert one.frames() == [FRAME]


def test_a_preamble_of_another_network_holds_nobody_up_for_long():
    one = alone()
    other = dict(SHORT_TURBO, sync=0x12)
    one.ether.send("stranger", LONGEST, modulation(other), 22)
    wait(400)
    assert one.radio.busy()  # its preamble was seen, nobody knows when
    wait(20)
    assert not one.radio.busy()
    assert not one.got


def test_loading_neither_ends_a_reception_nor_spoils_what_is_loaded():
    for settings in (SHORT_TURBO, LONG_FAST):
        for heard in (FRAME, LONGEST):
            for part in (0, 3, 10, 25, 35, 60):
                one, two = pair(settings)
                one.neighbour(heard)
                clock.run(int(symbols(settings, part) * 1000))
                one.radio.load(LONGEST)
                wait(4000)
                assert one.frames() == [heard], (settings["sf"], part)
                do(one.radio.send())
                wait(5)
                assert two.frames()[-1] == LONGEST


def test_what_was_loaded_survives_what_comes_in_before_it_is_sent():
    one, two = pair()
    one.radio.load(LONGEST)
    assert not one.radio.busy()
    wait(6)
    one.neighbour(bytes(200))
    wait(300)
    do(one.radio.send())
    wait(5)
    assert one.frames() == [bytes(200)] and two.frames()[-1] == LONGEST


def test_what_was_loaded_is_whole_after_the_chip_slept_or_was_built_anew():
    for settings in (SHORT_TURBO, LONG_FAST):
        one, two = pair(settings)
        one.radio.load(LONGEST)
        wait(122000)  # its task renews an old receiver, from sleep
        do(one.radio.send())
        one.radio.load(FRAME)
        one.radio.tune(settings)  # as its task does after a fault of the chip
        one.radio.listen(one.heard)
        do(one.radio.send())
        wait(4000)
        assert two.frames() == [LONGEST, FRAME] and not one.chip.judge()


def test_a_frame_received_but_unread_is_handed_over_by_every_call():
    for settings in (SHORT_TURBO, LONG_FAST):
        for call in ("load", "busy", "send", "sleep", "noise", "listen"):
            one = alone(settings, run=False)
            one.radio.load(LONGEST)
            one.neighbour(OTHER)
            clock.run(4000000)
            assert not one.got
            if call == "load":
                one.radio.load(FRAME)
            elif call == "send":
                do(one.radio.send())
            elif call == "listen":
                one.radio.listen(one.heard)
            else:
                getattr(one.radio, call)()
            assert one.frames() == [OTHER] or call == "noise", call
            one.radio.load(FRAME)
            assert one.frames() == [OTHER], call
            do(one.radio.send())
            assert one.ether.log[-1][3] == FRAME


def test_frames_in_a_row_all_arrive_in_order():
    one = alone()
    sent = [bytes([number]) * (40 + number) for number in range(12)]
    for frame in sent:
        one.neighbour(frame)
        wait(3 + modulation(SHORT_TURBO).airtime(len(frame)) // 1000)
    wait(100)
    assert one.frames() == sent


def test_frames_with_a_wrong_crc_are_never_heard():
    one = alone()
    one.ether.spoilt = 2
    for frame in (FRAME, LONGEST, FRAME[1:]):
        one.neighbour(frame)
        wait(200)
    assert one.frames() == [FRAME[1:]]


def test_two_at_once_spoil_each_other_and_the_next_is_heard():
    one = alone()
    one.neighbour(FRAME)
    wait(4)
    one.neighbour(FRAME)
    wait(200)
    assert not one.got
    one.neighbour(FRAME)
    wait(100)
    assert one.frames() == [FRAME]


def test_weak_frames_tell_how_weak_they_are():
    one = alone(LONG_FAST)
    one.neighbour(FRAME, dbm=-34)
    wait(2000)
    assert one.got == [(FRAME, -118, -16.0)]


def test_sleep_is_sleep_and_the_gain_survives_it():
    one = alone()
    one.radio.sleep()
    assert one.chip.state == SLEEP
    one.neighbour(FRAME)
    wait(100)
    one.radio.listen(one.heard)
    assert one.chip.state == RX and one.chip.registers[GAIN] == 0x96 and one.chip.registers[PATCH] & 1
    assert not one.got
    one.neighbour(FRAME)
    wait(100)
    assert one.frames() == [FRAME] and not one.chip.judge()


def test_a_sleeping_radio_sends_and_sleeps_on():
    one, two = pair()
    one.radio.sleep()
    assert not one.send(FRAME)
    assert one.chip.state == SLEEP
    wait(5)
    assert two.frames() == [FRAME] and not one.chip.judge()


def test_once_a_minute_the_receiver_starts_anew():
    one = alone()
    del one.chip.opcodes[:]
    wait(62000)
    assert one.chip.opcodes.count(0x89) == 1 and one.chip.opcodes.count(0x84) == 1
    one.neighbour(FRAME)
    wait(100)
    assert one.frames() == [FRAME] and not one.chip.judge()


def test_the_minute_waits_for_a_reception_to_end():
    one = alone(LONG_FAST)
    wait(59900)
    one.neighbour(LONGEST)
    wait(4000)
    assert one.frames() == [LONGEST]


def woken(spot, settings=SHORT_TURBO):
    """Its processor starts again after deep sleep; the chip knows nothing of that."""
    spot.task.cancel()
    wait(1)
    spot.radio = Radio(spot.wiring, True)
    spot.radio.tune(settings)
    spot.radio.listen(spot.heard)


def test_the_frame_that_woke_the_board_is_read():
    for settings in (SHORT_TURBO, LONG_FAST):
        one = alone(settings)
        one.task.cancel()
        wait(1)
        one.neighbour(FRAME)
        clock.run(3000000)
        assert one.chip.irq.level and not one.got
        woken(one, settings)
        assert one.got == [(FRAME, -78, 12.0)]
        clock.run(10000)  # its oscillator starts
        one.neighbour(LONGEST)
        clock.run(4000000)
        one.radio.load(FRAME)
        do(one.radio.send())
        assert one.frames() == [FRAME, LONGEST] and one.ether.log[-1][3] == FRAME
        assert not one.chip.judge()


def test_waking_does_not_cut_a_reception_under_way():
    one = alone(LONG_FAST)
    one.neighbour(LONGEST)
    wait(500)
    woken(one, LONG_FAST)
    clock.run(4000000)
    one.radio.load(FRAME)
    assert one.frames() == [LONGEST]


def test_waking_finds_a_sleeping_chip_as_it_was():
    one, two = pair()
    one.radio.sleep()
    del one.chip.opcodes[:]
    woken(one)
    assert 0x8A not in one.chip.opcodes, "it was set up from nothing"
    one.send(FRAME)
    wait(5)
    assert two.frames() == [FRAME] and not one.chip.judge()


def test_waking_starts_the_gain_control_anew_unless_a_frame_comes_in():
    for under_way in (False, True):
        one = alone(LONG_FAST)
        if under_way:
            one.neighbour(LONGEST)
            wait(500)
        del one.chip.opcodes[:]
        woken(one, LONG_FAST)
        assert (0x89 in one.chip.opcodes) != under_way
        wait(5000)
        one.radio.load(FRAME)
        assert one.frames() == [LONGEST] * under_way and not one.chip.judge()


def test_waking_leaves_the_antenna_switch_as_it_was():
    one = alone(LONG_FAST, rxen=38)
    one.neighbour(LONGEST)
    wait(500)
    seen = []
    one.chip.rxen.watch = seen.append
    woken(one, LONG_FAST)
    assert seen == [] and one.chip.rxen.level == 1
    wait(3000)
    one.radio.load(FRAME)
    assert one.frames() == [LONGEST]


def test_waking_starts_a_chip_anew_that_lost_its_settings():
    one, two = pair()
    one.chip.power_on()
    wait(10)
    woken(one)
    one.send(FRAME)
    wait(5)
    assert two.frames() == [FRAME] and not one.chip.judge()


def break_busy(spot):
    spot.chip.busy.stuck = 1


def break_miso(level):
    def broken(spot):
        bus(spot.wiring["spi"]).stuck = level

    return broken


def mend(spot):
    spot.chip.busy.stuck = bus(spot.wiring["spi"]).stuck = None


def test_every_call_says_that_the_chip_does_not_answer_and_tuning_brings_it_back():
    for harm in (break_busy, break_miso(0x00), break_miso(0xFF)):
        for call in ("listen", "load", "busy", "send", "sleep", "noise", "registers", "tune"):
            one = alone(run=False)
            one.radio.load(FRAME)
            harm(one)
            args = {"listen": (one.heard,), "load": (FRAME,), "tune": (SHORT_TURBO,)}.get(call, ())
            if call == "send":
                raises(OSError, do, one.radio.send())
            else:
                raises(OSError, getattr(one.radio, call), *args)
            raises(OSError, one.radio.tune, SHORT_TURBO)
            mend(one)
            one.radio.tune(SHORT_TURBO)
            one.radio.listen(one.heard)
            one.radio.load(FRAME)
            do(one.radio.send())
            one.neighbour(FRAME)
            clock.run(100000)
            one.radio.load(FRAME)
            assert one.frames() == [FRAME], call


def test_from_reset_to_listening_takes_less_than_a_frame():
    one = Spot(Radio, Chip, begin())
    one.radio.tune(SHORT_TURBO)
    one.radio.listen(one.heard)
    assert one.chip.state == RX and clock.now < 60000


def test_a_chip_that_lost_its_settings_is_brought_back_by_the_task_itself():
    one = alone()
    one.chip.power_on()
    wait(62000)
    one.neighbour(FRAME)
    wait(100)
    assert one.frames() == [FRAME] and one.chip.registers[GAIN] == 0x96


def test_a_chip_that_was_gone_for_minutes_is_brought_back_by_the_task_itself():
    one = alone()
    break_busy(one)
    wait(130000)
    mend(one)
    wait(63000)
    one.neighbour(FRAME)
    wait(100)
    assert one.frames() == [FRAME]


def test_a_transmission_that_never_ends_is_an_error():
    one = alone()
    one.radio.load(FRAME)
    one.chip._sent = lambda: None
    raises(OSError, do, one.radio.send())


def test_an_oscillator_needs_its_time():
    assert alone(tcxo_us=4900).radio.registers()["errors"] == 0
    slow = Spot(Radio, Chip, begin(), tcxo_us=9000)
    error = raises(OSError, slow.radio.tune, SHORT_TURBO)
    assert "tcxo" in str(error) and "0020" in str(error)


def test_a_board_with_a_crystal():
    ether = begin()
    table = wiring()
    del table["tcxo_mv"]
    chip = Chip(ether, table, None)
    radio = Radio(table)
    radio.tune(SHORT_TURBO)
    radio.listen(print)
    assert chip.state == RX and radio.registers() == {"sync": 0x24B4, "errors": 0, "mode": RX} and not chip.judge()


def test_a_board_with_an_antenna_switch_of_its_own():
    one, two = pair(rxen=38)
    one.send(FRAME)
    wait(5)
    assert two.frames() == [FRAME] and one.chip.rxen.level == 1
    one.radio.sleep()
    assert one.chip.rxen.level == 0 and not one.chip.judge()


def test_a_look_hears_through_an_antenna_switch_of_its_own():
    one = alone(rxen=38)
    assert not one.radio.busy()
    assert not one.chip.judge(), one.chip.judge()


def test_power_is_what_settings_and_board_allow():
    for wanted, most, given in ((22, 22, 22), (27, 22, 22), (20, 22, 20), (17, 22, 17), (9, 22, 9), (22, 14, 14)):
        one = alone(dict(SHORT_TURBO, power_dbm=wanted), max_dbm=most)
        assert one.chip.dbm() == given, wanted


def test_every_band_gets_the_nearest_image_calibration():
    for hz, pair_of in (
        (433175000, 0x6B6F), (490000000, 0x7581), (600000000, 0x7581), (780000000, 0xC1C5), (869525000, 0xD7DB),
        (865000000, 0xD7DB), (923875000, 0xE1E9), (850000000, 0xD7DB), (940000000, 0xE1E9),
    ):  # fmt: skip
        one = alone(dict(LONG_FAST, freq_hz=hz))
        assert one.chip.image == pair_of and abs(one.chip.hz - hz) < 2, hz
        assert not one.chip.judge()


def test_settings_beyond_the_chip_are_refused_in_a_sentence():
    one = Spot(Radio, Chip, begin())
    assert "SF5" in str(raises(OSError, one.radio.tune, dict(SHORT_TURBO, sf=5)))
    raises(OSError, one.radio.tune, dict(SHORT_TURBO, bw_hz=1625000))
    one.start(dict(SHORT_TURBO, bw_hz=62500))
    one.neighbour(FRAME)
    wait(2000)
    assert one.frames() == [FRAME]


def test_a_chip_that_disturbs_its_iq_bit():
    one = alone(run=False)
    one.chip.disturbs = True
    one.send(FRAME)
    assert not one.chip.judge()


def test_noise_is_measured_in_every_state():
    one = alone(run=False)
    assert one.radio.noise() == -118
    one.neighbour(LONGEST, dbm=20)
    assert one.radio.noise() == -80
    one.radio.sleep()
    clock.run(1000000)
    assert one.radio.noise() == -118
    assert one.chip.state == SLEEP


def sniffer(settings=LONG_FAST, run=True):
    one = Spot(Radio, Chip, begin())
    one.radio.sniffing = True
    one.start(settings, run)
    return one


def test_sniffing_rests_as_long_as_the_preamble_allows_and_misses_nothing():
    for settings, rests in ((LONG_FAST, 50), (MEDIUM_FAST, 25)):
        one = sniffer(settings)
        step = int(symbols(settings, 12) * 1000) // 7
        for _ in range(7):
            one.neighbour(FRAME)
            wait(1200)
            clock.run(step)
        assert one.frames() == [FRAME] * 7
        naps = 0
        for _ in range(200):
            wait(int(symbols(settings, 12)) // 9 + 1)
            naps += one.chip.state > 7
        assert naps > rests, naps
        assert not one.chip.judge()


def test_a_sniffer_looks_loads_and_sends_like_anybody():
    for phase in range(0, 100000, 9000):
        one = sniffer()
        clock.run(phase)
        one.radio.load(LONGEST)
        wait(20)
        assert not one.radio.busy()
        do(one.radio.send())
        assert one.ether.log[-1][3] == LONGEST
        one.neighbour(FRAME)
        wait(1200)
        assert one.frames() == [FRAME], phase
        assert one.radio._naps


def test_sniffing_only_where_the_preamble_leaves_room():
    one = sniffer(SHORT_TURBO)
    wait(50)
    assert one.chip.state == RX and not one.radio._naps


def test_a_sniffer_woken_from_deep_sleep_reads_its_frame():
    for phase in (0, 30000, 60000, 90000):
        one = sniffer()
        one.task.cancel()
        wait(1)
        clock.run(phase)
        one.neighbour(FRAME)
        clock.run(2000000)
        assert one.chip.irq.level
        one.radio = Radio(one.wiring, True)
        one.radio.sniffing = True
        one.radio.tune(LONG_FAST)
        one.radio.listen(one.heard)
        assert one.frames() == [FRAME]
        wait(20)
        one.neighbour(LONGEST)
        clock.run(4000000)
        one.radio.load(FRAME)
        assert one.frames() == [FRAME, LONGEST], (phase, one.frames(), one.chip.flags)


def test_the_task_reports_and_leaves_the_chip_in_peace():
    one = alone()
    one.chip.opcodes = []
    wait(30000)
    assert one.alive >= 15 and not one.chip.opcodes
