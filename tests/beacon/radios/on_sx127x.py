"""The SX1276 behind the Radio port, on its chip model. What must hold of every radio is on_sx126x.py's, said again."""

import on_sx126x as same
from stand import (
    FRAME,
    LONG_FAST,
    LONGEST,
    SHORT_TURBO,
    SPI,
    Listener,
    Misuse,
    Pin,
    Spot,
    begin,
    bus,
    clock,
    do,
    modulation,
    raises,
    wait,
    wiring,
)

# isort: split
from beacon.radios.sx126x import Radio as NewerRadio
from beacon.radios.sx127x import Radio
from sx126x import Chip as NewerChip
from sx127x import CAD, RX, SLEEP, STDBY, TX, Chip

same.Radio, same.Chip = Radio, Chip

test_two_boards_exchange_frames = same.test_two_boards_exchange_frames
test_air_time_is_what_the_mesh_reckons_with = same.test_air_time_is_what_the_mesh_reckons_with
test_a_frame_leaves_soon_after_the_look = same.test_a_frame_leaves_soon_after_the_look
test_a_look_alone_leaves_the_board_listening = same.test_a_look_alone_leaves_the_board_listening
test_loading_neither_ends_a_reception_nor_spoils_what_is_loaded = (
    same.test_loading_neither_ends_a_reception_nor_spoils_what_is_loaded
)
test_what_was_loaded_survives_what_comes_in = same.test_what_was_loaded_survives_what_comes_in_before_it_is_sent
test_what_was_loaded_is_whole_afterwards = same.test_what_was_loaded_is_whole_after_the_chip_slept_or_was_built_anew
test_a_frame_received_but_unread_is_handed_over = same.test_a_frame_received_but_unread_is_handed_over_by_every_call
test_frames_in_a_row_all_arrive_in_order = same.test_frames_in_a_row_all_arrive_in_order
test_frames_with_a_wrong_crc_are_never_heard = same.test_frames_with_a_wrong_crc_are_never_heard
test_two_at_once_spoil_each_other_and_the_next_is_heard = same.test_two_at_once_spoil_each_other_and_the_next_is_heard
test_the_frame_that_woke_the_board_is_read = same.test_the_frame_that_woke_the_board_is_read
test_waking_does_not_cut_a_reception_under_way = same.test_waking_does_not_cut_a_reception_under_way
test_waking_starts_a_chip_anew_that_lost_its_settings = same.test_waking_starts_a_chip_anew_that_lost_its_settings
test_noise_is_measured_in_every_state = same.test_noise_is_measured_in_every_state
test_the_task_reports = same.test_the_task_reports_and_leaves_the_chip_in_peace


def test_a_look_finds_a_frame_in_each_of_its_parts():
    """What is found too early in its preamble is lost by the look: this chip ends a look in standby."""
    for settings in (SHORT_TURBO, LONG_FAST):
        for part, kept in ((1, True), (8, True), (20, True), (30, True), (45, True)):
            one = same.alone(settings)
            one.neighbour(FRAME)
            clock.run(int(same.symbols(settings, part) * 1000))
            one.radio.load(LONGEST)
            assert one.radio.busy(), (settings["sf"], part)
            wait(1500)
            assert one.frames() == [FRAME] * kept, (settings["sf"], part)
            assert not one.radio.busy()


def test_weak_frames_tell_how_weak_they_are():
    one = same.alone(LONG_FAST)
    one.neighbour(FRAME, dbm=-34)
    wait(2000)
    assert one.got == [(FRAME, -118, -16.0)]


def test_each_band_has_its_own_zero():
    one = same.alone(dict(LONG_FAST, freq_hz=433175000))
    one.neighbour(FRAME)
    wait(2000)
    assert one.got == [(FRAME, -78, 12.0)] and not one.chip.judge()


def test_a_sleeping_radio_sends_and_sleeps_on():
    one, two = same.pair()
    one.radio.sleep()
    assert one.chip.state == SLEEP
    assert not one.send(FRAME)
    assert one.chip.state == SLEEP
    wait(5)
    assert two.frames() == [FRAME] and not one.chip.judge()
    one.radio.listen(one.heard)
    assert one.chip.state == RX


def test_power_is_what_settings_and_board_allow():
    for wanted, most, given in ((22, 20, 20), (18, 20, 18), (17, 20, 17), (9, 20, 9), (22, 14, 14), (0, 20, 2)):
        one = same.alone(dict(SHORT_TURBO, power_dbm=wanted), max_dbm=most)
        assert one.chip.dbm() == given, wanted
        one.send(FRAME)
        assert not one.chip.judge()


def test_settings_beyond_the_chip_are_refused_in_a_sentence():
    one = Spot(Radio, Chip, begin())
    assert "SF5" in str(raises(OSError, one.radio.tune, dict(SHORT_TURBO, sf=5)))
    raises(OSError, one.radio.tune, dict(SHORT_TURBO, bw_hz=1625000))


def test_every_call_says_that_the_chip_does_not_answer_and_tuning_brings_it_back():
    for level in (0x00, 0xFF):
        for call in ("listen", "load", "busy", "send", "sleep", "noise", "registers", "tune"):
            one = same.alone(run=False)
            one.radio.load(FRAME)
            bus(one.wiring["spi"]).stuck = level
            args = {"listen": (one.heard,), "load": (FRAME,), "tune": (SHORT_TURBO,)}.get(call, ())
            if call == "send":
                raises(OSError, do, one.radio.send())
            else:
                raises(OSError, getattr(one.radio, call), *args)
            bus(one.wiring["spi"]).stuck = None
            one.radio.tune(SHORT_TURBO)
            one.radio.listen(one.heard)
            one.radio.load(FRAME)
            do(one.radio.send())
            one.neighbour(FRAME)
            clock.run(100000)
            one.radio.load(FRAME)
            assert one.frames() == [FRAME], call


def test_a_chip_that_was_gone_for_minutes_is_brought_back_by_the_task_itself():
    one = same.alone()
    bus(one.wiring["spi"]).stuck = 0
    wait(130000)
    bus(one.wiring["spi"]).stuck = None
    wait(63000)
    one.neighbour(FRAME)
    wait(100)
    assert one.frames() == [FRAME]


def test_both_kinds_of_radio_hear_each_other():
    for settings in (SHORT_TURBO, LONG_FAST):
        ether = begin()
        older, newer = Spot(Radio, Chip, ether, 0), Spot(NewerRadio, NewerChip, ether, 1)
        for spot in (older, newer):
            spot.start(settings)
        for sender, hearer in ((older, newer), (newer, older)):
            for frame in (FRAME, LONGEST):
                assert not sender.send(frame)
                wait(5)
                assert hearer.frames()[-1:] == [frame]


def test_a_stranger_holds_nobody_up():
    one = same.alone()
    one.ether.send("stranger", LONGEST, modulation(dict(SHORT_TURBO, sync=0x12)), 22)
    wait(400)
    assert not one.radio.busy() and not one.got


def unmodified():
    from lora.sx127x import _SX127x

    class Modem(_SX127x):
        def _after_init(self):
            pass

    ether = begin()
    chips, modems = [], []
    for place in (0, 1):
        table = wiring(place)
        chips.append(Chip(ether, table))
        told = {"freq_khz": 926750, "sf": 7, "bw": "500", "coding_rate": 5, "preamble_len": 16, "output_power": 17,
                "tx_ant": "PA_BOOST", "syncword": 0x2B, "crc_en": True}  # fmt: skip
        pins = [Pin(table[name]) for name in ("nss", "irq")]
        modems.append(Modem(SPI(place, baudrate=8000000), *pins, reset=Pin(table["reset"]), lora_cfg=told))
    return chips, modems


def test_the_unmodified_driver_sends_and_receives():
    chips, (one, two) = unmodified()
    two.start_recv(continuous=True)
    for frame in (FRAME, LONGEST):
        one.prepare_send(frame)
        one.start_send()
        clock.run(200000)
        assert one.poll_send() is not True
        assert bytes(two.poll_recv()) == frame
    assert "has its image uncalibrated" in chips[1].judge()


def test_the_unmodified_driver_has_a_tenth_of_its_highest_power():
    chips, (one, _) = unmodified()
    one.configure({"tx_ant": "PA_BOOST", "output_power": 20})
    assert chips[0].dbm() == 10


class Bare:
    """A chip and nothing but its pins."""

    def __init__(self):
        table = wiring()
        self.chip = Chip(begin(), table)
        self.bus = bus(table["spi"])
        clock.run(6000)

    def __call__(self, *out):
        self.chip.nss.set(0)
        try:
            back = self.bus.move(bytes(out))
        finally:
            self.chip.nss.set(1)
        clock.run(100)
        return back

    def set_up(self, *without):
        for out in (
            (0x81, 0x08), (0x81, 0x88), (0x81, 0x89), (0x86, 0xE7, 0xB0, 0), (0x9D, 0x92), (0x9E, 0x74),
            (0xA0, 0, 16), (0xB9, 0x2B), (0x8E, 0, 0), (0x8D, 0), (0x80,) + tuple(range(10)), (0xA2, 10), (0x89, 0x8F),
        ):  # fmt: skip
            if out[0] not in without:
                self(*out)
        return self


def test_misuse_is_misuse():
    def refused(bare, *out):
        return str(raises(Misuse, bare, *out))

    assert "outside sleep" in refused(Bare(), 0x81, 0x89)
    for mode in (RX, TX, CAD):
        bare = Bare().set_up()
        bare(0x81, 0x88 | mode)
        assert "FIFO write" in refused(bare, 0x80, 1)
        assert "register 0x1e" in refused(bare, 0x9E, 0x84)
    bare = Bare().set_up()
    bare(0x81, 0x88)
    assert "in sleep" in refused(bare, 0x00, 0)
    bare(0x81, 0x88 | STDBY)
    assert "did not write all" in str(raises(Misuse, transmits, bare))
    for register, word in ((0x86, "frequency"), (0x9D, "modem"), (0xA0, "preamble"), (0xB9, "sync")):
        assert word in refused(Bare().set_up(register), 0x81, 0x88 | RX)
    assert "only" in refused(Bare(), 0x93, 1)
    fresh = Bare()
    fresh.chip.power_on()
    assert "after reset" in refused(fresh, 0x42, 0)
    assert "ImageCalStart" in refused(asleep(), 0xBB, 0x40)
    calibrating = Bare()
    calibrating(0xBB, 0x40)
    assert "calibrated" in refused(calibrating, 0x81, 0x08)


def asleep():
    bare = Bare()
    bare(0x81, 0x08)
    return bare


def test_a_level_is_none_before_the_receiver_has_settled():
    for mode, rest, refused in ((STDBY, 5000, True), (RX, 300, True), (RX, 600, False)):
        bare = Bare().set_up()
        bare(0x81, 0x88 | mode)
        clock.run(rest)
        if refused:
            assert "RegRssiValue" in str(raises(Misuse, bare, 0x1B, 0))
        else:
            assert bare(0x1B, 0)[1] == 157 - 118


def test_a_transmission_cut_by_another_mode_is_received_by_nobody():
    for cut in (False, True):
        bare = Bare().set_up()
        listener = Listener(bare)
        bare(0x81, 0x88 | TX)
        clock.run(9000)
        if cut:
            bare(0x81, 0x88 | STDBY)
        clock.run(60000)
        assert listener.got == [not cut] and bare.chip.sent == (not cut)


def transmits(bare):
    bare(0x81, 0x88 | TX)
    clock.run(1000)
