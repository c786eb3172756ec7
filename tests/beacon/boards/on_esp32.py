"""The ESP32 port on a model of the chip's sleep, pins and memory, on MicroPython, under the real program."""

import asyncio
import json
import os

from clock import clock, fresh, wait  # first: it replaces `time`, which the others import

# isort: split
import esp32
import peripherals
from machine import line, unplug
from peripherals import Asleep, Ended, chip

# isort: split
from beacon.boards.esp32 import Board
from beacon.boards.parts import percent
from beacon.program import Program

os.chdir(os.getenv("WHISTLE_FLASH"))  # the board's files lie there

CLEAR = 5
BUTTON, SECOND, WIRE, TAMPER, LAMP, IRQ = 2, 3, 4, 5, 35, 14
WIRING = {
    "port": "esp32", "button": BUTTON, "button2": SECOND, "wire": WIRE, "tamper": TAMPER, "still": [[36, 1]],
    "lamp": {"pin": LAMP, "on": 1}, "whistle": {"kind": "piezo", "pins": [6, 7], "hz": 3000, "sweep": 4},
    "battery": {"pin": 1, "ratio": 4.9, "gate": [37, -1]}, "radio": {"irq": IRQ, "nss": 8, "rxen": 38},
}  # fmt: skip
SETTINGS = {
    "v": 1, "node": 0x0A1B2C3D, "device_epoch": 1, "group_epoch": 1, "up": "00" * 32, "down": "01" * 32,
    "status": "02" * 32, "id": "03" * 32, "group": "04" * 32, "group_previous": None, "channel_name": "Cedar",
    "channel_psk": "05" * 16, "place": "34th & Cedar", "words": ["HELP", "MEDICAL", "FIRE", "WATCH"],
    "name": "34th & Cedar", "short": "34CE", "hop_limit": 3,
    "radio": {"freq_hz": 926750000, "sf": 7, "bw_hz": 500000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43,
              "duty_permille": 1000, "busy_looks": 100},
    "timing": {"g0_ms": 2000, "pulse_mean_s": 27000, "window_ms": 3000}, "second_button": True, "whistle": True,
}  # fmt: skip


class Radio:
    """A radio of a few lines: the chip's own tests are elsewhere."""

    run = None

    def __init__(self):
        self.sent = []
        self.pokes = 0
        self.asleep = True

    def tune(self, radio):
        pass

    def listen(self, heard):
        self.asleep = False

    def load(self, frame):
        self.frame = frame

    def busy(self):
        return False

    async def send(self):
        await asyncio.sleep_ms(40)
        self.sent.append(clock.now // 1000)

    def sleep(self):
        self.asleep = True

    def poke(self):
        self.pokes += 1


class Life:
    """A board from its start on: the program runs while time passes; `over` is how that ended."""

    def __init__(self, **changes):
        self.radio = Radio()
        clock.run(30000)  # what comes before: the firmware, the imports
        wiring = dict(WIRING, **changes)
        self.board = Board({name: wiring[name] for name in wiring if wiring[name] is not None})
        self.program = Program(self.board, self.radio)
        self.board.attend(self.radio)
        self.over = None
        asyncio.create_task(self.program.run())
        self.run(1)

    def run(self, ms):
        """Let so much time pass, or less if the chip ends this life."""
        if not self.over:
            try:
                wait(ms)
            except Ended as end:
                self.over = end

    def press(self, ms=1600, pin=BUTTON):
        line(pin).drive(0)
        self.run(ms)
        line(pin).drive(1)
        self.run(30)


def begin(mode="press", pressed=False, second=True, **changes):
    """Power comes on, over empty flash but for settings; with `pressed` a finger is on the button already. `second`:
    whether the second button is in use."""
    fresh()
    unplug()
    peripherals.fresh()
    line(BUTTON).level = not pressed
    for name in os.listdir():
        os.remove(name)
    with open("settings", "w") as file:
        json.dump(dict(SETTINGS, mode=mode, second_button=second), file)
    line(IRQ).level = line(WIRE).level = line(TAMPER).level = 0
    return Life(**changes)


def asleep(life):
    """Let it fall into its deep sleep; how long at most, in ms."""
    life.run(120000)
    assert isinstance(life.over, Asleep), life.over
    return life.over.ms


def lit():
    return line(LAMP).level == 1


def test_a_bouncing_button_is_one_press_and_the_lamp_is_quick():
    life = begin("relay")
    life.run(5000)
    begun = clock.now
    for _ in range(4):
        line(BUTTON).drive(0)
        life.run(2)
        line(BUTTON).drive(1)
        life.run(1)
    line(BUTTON).drive(0)
    while not lit():
        life.run(5)
        assert clock.now - begun < 115000, "no light within 0.1 s of the last bounce"
    life.run(1600)
    line(BUTTON).drive(1)
    life.run(500)
    assert life.program.calling.state == "C" and len(life.radio.sent) == 1


def test_it_sleeps_and_its_timer_wakes_it_where_it_was():
    life = begin()
    rest = asleep(life)
    now, sequence = life.board.now(), life.program._reserve._sequence
    assert rest > 60000 and len(chip.memory) < 2048 and esp32.held
    assert peripherals.sleep_through(rest) is None
    life = Life()
    assert life.board.cause == "timer" and chip.memory == b"", "memory serves one start"
    assert abs(life.board.now() - now - rest) < 100, "its clock goes on"
    assert life.program._reserve._sequence - sequence in (0, 1), "its pulse may have taken one already"
    life.run(2000)
    assert life.radio.sent and life.program.caller.pulses.waiting


def test_its_clock_neither_gains_nor_falls_over_many_sleeps():
    life = begin()
    gap = clock.now // 1000 - life.board.now()
    for _ in range(40):
        peripherals.sleep_through(asleep(life))
        life = Life()
        assert life.board.cause == "timer"
    assert abs(clock.now // 1000 - life.board.now() - gap) < 50, (clock.now // 1000 - life.board.now(), gap)


def test_after_a_clock_that_fell_a_press_still_calls():
    life = begin()
    life.run(3 * 60000)
    rest = asleep(life)
    clock.after(5000000, lambda: line(BUTTON).drive(0))
    peripherals.sleep_through(rest)
    chip.fallen = 100000000
    life = Life()
    chip.fallen = 0
    life.run(1700)
    line(BUTTON).drive(1)
    life.run(500)
    assert life.program.calling.state == "C" and life.radio.sent


def test_its_button_wakes_it_and_the_press_counts_from_the_start():
    life = begin()
    asleep(life)
    clock.after(5000000, lambda: line(BUTTON).drive(0))
    assert peripherals.sleep_through(life.over.ms) == "ext0"
    life = Life()
    assert life.board.cause == "sleep"
    life.run(100)
    assert lit(), "the finger is still on the button"
    life.run(1600)
    line(BUTTON).drive(1)
    life.run(500)
    assert life.program.calling.state == "C" and life.radio.sent


def test_the_second_button_wakes_it_and_means_silence():
    life = begin()
    asleep(life)
    clock.after(5000000, lambda: line(SECOND).drive(0))
    assert peripherals.sleep_through(life.over.ms) == "ext1"
    life = Life()
    assert life.board.cause == "sleep"
    life.run(500)
    assert life.program.calling.state == "Q" and not lit()


def test_a_button_that_stays_down_neither_calls_again_nor_keeps_it_awake():
    life = begin()
    life.press(100)  # a first press after power-on may mean service
    life.run(3000)
    line(BUTTON).drive(0)
    life.run(17 * 60000)
    rest = asleep(life)
    state, sent = life.program.calling.state, life.program.calling.root
    clock.after(3000000, lambda: line(BUTTON).drive(1))
    assert peripherals.sleep_through(rest) == "ext0", "it waits for the button to be let go"
    life = Life()
    assert life.board.cause == "timer"
    life.run(100)
    assert life.program.calling.state == state and life.program.calling.root == sent
    asleep(life)
    assert peripherals.sleep_through(1000) is None, "nothing is pressed"


def stuck(*pins):
    """A beacon in mode press whose buttons at those pins went down and stay so: asleep, its call answered clear."""
    life = begin()
    life.press(100)
    life.run(1000)
    for pin in pins:
        line(pin).drive(0)
    life.run(5000)
    for sequence, _ in life.program.calling.pairs():
        life.program.calling.answer(sequence, CLEAR, life.board.now())
    assert life.program.calling.state == "I" and life.radio.sent
    life.run(15 * 60000)
    asleep(life)
    return life


def test_a_button_let_go_and_pressed_again_while_it_starts_calls():
    life = stuck(BUTTON)
    clock.after(3000000, lambda: line(BUTTON).drive(1))
    assert peripherals.sleep_through(life.over.ms) == "ext0"
    line(BUTTON).drive(0)
    life = Life()
    life.run(2000)
    assert life.program.calling.state == "C", "a new press was taken for the old one"


def test_a_button_let_go_while_its_timer_starts_it_calls_when_it_is_pressed_again():
    life = stuck(BUTTON)
    assert peripherals.sleep_through(life.over.ms) is None
    line(BUTTON).drive(1)
    life = Life()
    life.run(1000)
    assert not life.over and not life.board.wire(), "it listens after its pulse"
    line(BUTTON).drive(0)
    life.run(2000)
    assert life.program.calling.state == "C", "a new press was taken for the old one"


def test_while_one_button_is_stuck_the_other_wakes_it():
    for down, other, ended in ((BUTTON, SECOND, "ext1"), (SECOND, BUTTON, "ext0")):
        life = stuck(down)
        clock.after(2000000, lambda other=other: line(other).drive(0))
        assert peripherals.sleep_through(life.over.ms) == ended, "slept through: pin %d" % other
        life = Life()
        assert life.board.cause == "sleep"
        life.run(2000)
        assert life.program.calling.state == ("Q" if other == SECOND else "C"), "a press was lost"
        line(other).drive(1)


def test_both_stuck_the_release_of_either_is_no_press():
    for first, then in ((BUTTON, SECOND), (SECOND, BUTTON)):
        life = stuck(BUTTON, SECOND)
        for pin in (first, then):
            clock.after(2000000, lambda pin=pin: line(pin).drive(1))
            assert peripherals.sleep_through(life.over.ms) == ("ext0" if pin == BUTTON else "ext1")
            life = Life()
            assert life.board.cause == "timer"
            life.run(2000)
            assert life.program.calling.state == "I"
            asleep(life)


def test_a_stuck_button_is_told_as_a_fault_of_its_cable():
    for pin in (BUTTON, SECOND):
        life = stuck(pin)
        life.radio.sent.clear()
        while not life.radio.sent:
            assert peripherals.sleep_through(life.over.ms) is None
            life = Life()
            asleep(life)
        assert life.program.caller.wire
        clock.after(2000000, lambda pin=pin: line(pin).drive(1))
        assert peripherals.sleep_through(life.over.ms)
        life = Life()
        assert not life.board.wire()


def test_a_stuck_button_is_told_of_a_beacon_that_never_sleeps_too():
    for mode in ("listen", "relay"):
        life = begin(mode)
        life.press(100)
        life.run(1000)
        line(SECOND).drive(0)
        life.run(60000)
        assert not life.board.wire(), "a finger may be long"
        life.run(10 * 60000)
        assert life.board.wire()
        line(SECOND).drive(1)
        life.run(100)
        assert not life.board.wire()


def test_a_rail_that_was_switched_on_is_off_while_it_sleeps():
    life = begin()
    assert line(36).level == 1
    line(36).level = 0  # as the display does
    asleep(life)
    assert line(36).level == 1


def test_a_press_in_the_moment_of_lying_down_wakes_it_and_calls():
    for pin, state in ((BUTTON, "C"), (SECOND, "Q")):
        life = begin()
        rested = life.program._lie_down

        def lie_down(pin=pin, rested=rested):
            line(pin).drive(0)  # while it writes its marks
            rested()

        life.program._lie_down = lie_down
        rest = asleep(life)
        assert peripherals.sleep_through(rest) in ("ext0", "ext1"), "the press was taken for an old one"
        life = Life()
        life.run(1700)
        assert life.program.calling.state == state
        line(pin).drive(1)


def test_a_press_told_while_the_tasks_end_is_not_slept_over():
    for at in range(9900, 10100):
        life = begin()
        clock.after(at * 1000, lambda: line(BUTTON).drive(0))
        clock.after(at * 1000 + 1700000, lambda: line(BUTTON).drive(1))
        life.run(at + 3000)
        if life.over:
            ended = peripherals.sleep_through(60000)
            if ended:
                life = Life()
                life.run(2000)
        assert life.program.calling.state == "C", at


def test_a_button_still_down_after_its_sleep_is_no_new_press():
    life = begin()
    life.press(100)
    life.run(3000)
    line(BUTTON).drive(0)
    life.run(17 * 60000)
    rest = asleep(life)
    root = life.program.calling.root
    assert peripherals.sleep_through(rest) is None
    life = Life()
    life.run(5000)
    assert life.program.calling.root == root and life.program.calling.sequence == root


def test_without_a_second_button_nothing_but_button_and_time_ends_its_deep_sleep():
    for age in (esp32.older, esp32.newer):
        age()
        line(IRQ).level = 0
        life = begin(button2=None)
        rest = asleep(life)
        assert peripherals.sleep_through(rest) is None, "the radio's pin was armed for light sleep"
    esp32.newer()


def test_after_a_watchdog_reset_nothing_is_taken_from_memory():
    life = begin()
    asleep(life)
    peripherals.sleep_through(life.over.ms)
    life = Life()
    life.run(300)
    used = life.program._reserve._sequence
    peripherals.start(peripherals.WDT_RESET)
    life = Life()
    assert life.board.cause == "reset" and life.program._reserve.life == b""
    assert life.program._reserve._sequence > used


def test_listening_it_dozes_and_a_frame_or_a_finger_ends_that():
    life = begin("listen")
    life.run(60000)
    slept = sum([nap[1] for nap in chip.naps])
    assert slept > 50000, "%d ms of a minute" % slept
    assert life.program.calling.state == "I", "the chip's sleep had the button's pin, which then read as pressed"
    chip.naps.clear()
    pokes = life.radio.pokes
    clock.after(2000000, lambda: line(IRQ).drive(1))
    clock.after(2100000, lambda: line(IRQ).drive(0))
    life.run(3000)
    assert "gpio" in [nap[2] for nap in chip.naps] and life.radio.pokes > pokes
    clock.after(2000000, lambda: line(BUTTON).drive(0))
    life.run(2100)
    assert lit(), "an edge that no handler saw"
    line(BUTTON).drive(1)
    life.run(100)


def test_a_short_press_of_the_second_button_ends_its_doze_or_falls_into_none():
    for age in (esp32.older, esp32.newer):
        age()
        life = begin("listen")
        life.run(30000)
        clock.after(3300000, lambda: line(SECOND).drive(0))
        clock.after(3700000, lambda: line(SECOND).drive(1))
        life.run(6000)
        assert life.program.calling.state == "Q", "a silent press was slept through"
        chip.naps.clear()
        life.run(20 * 60000)
        assert sum([nap[1] for nap in chip.naps]) > 18 * 60000, "it dozes as before"
    esp32.newer()


def before_a_nap(do):
    """Do something in the last moment before the loop waits for long, as an interrupt may while tasks run."""
    queue = asyncio.core._io_queue
    idle = queue.wait_io_event

    def first(ms):
        if ms < 0 or ms > 50:
            queue.wait_io_event = idle
            do()
        idle(ms)

    queue.wait_io_event = first


def test_a_button_let_go_while_tasks_run_is_not_slept_over():
    life = begin("listen")
    life.press(100)
    life.run(30000)
    edges = []
    told = life.board._edge
    life.board._edge = lambda button, pressed, at: edges.append(clock.now // 1000) or told(button, pressed, at)
    line(BUTTON).drive(0)
    life.run(300)
    before_a_nap(lambda: edges.append(clock.now // 1000) or line(BUTTON).drive(1))
    life.run(3000)
    assert len(edges) == 3 and edges[2] - edges[1] < 50, edges
    assert life.program.calling.state == "I", "a tap called"


def test_a_stuck_button_keeps_no_listening_board_awake():
    for age in (esp32.older, esp32.newer):
        age()
        for pin, other, state in ((BUTTON, SECOND, "Q"), (SECOND, BUTTON, "C")):
            life = begin("listen")
            life.press(100)
            life.run(1000)
            line(pin).drive(0)
            life.run(5000)
            for sequence, _ in life.program.calling.pairs():
                life.program.calling.answer(sequence, CLEAR, life.board.now())
            life.run(6 * 60000)
            chip.naps.clear()
            life.run(60000)
            assert sum([nap[1] for nap in chip.naps]) > 50000, "pin %d empties its battery" % pin
            assert len(chip.naps) < 400, len(chip.naps)
            life.press(2000, other)
            assert life.program.calling.state == state, "a press was slept through"
            line(pin).drive(1)
            life.run(1000)
            assert not life.board.wire()
    esp32.newer()


def test_a_radio_whose_pin_ends_no_sleep_keeps_a_listening_board_awake():
    esp32.older()
    line(33).level = 0
    life = begin("listen", radio={"irq": 33})
    life.run(60000)
    assert chip.naps == [], "a frame would wait for the end of a doze, and the next one overwrite it"
    life = begin("press", radio={"irq": 33})
    asleep(life)
    esp32.newer()


def test_relaying_it_never_dozes():
    life = begin("relay")
    life.run(60000)
    assert chip.naps == []


def test_the_watchdog_is_fed_and_bites_when_the_loop_hangs():
    life = begin("relay")
    for _ in range(20):
        life.run(30000)
        assert chip.bites_at > clock.now
    life = begin("listen")
    for _ in range(20):
        life.run(30000)
        assert chip.bites_at > clock.now
    clock.run(61000000)
    assert chip.bites_at < clock.now


def test_the_whistle_is_a_bridge_swept_around_its_resonance():
    life = begin("relay")
    board = life.board
    board.whistle(True, "neighbour")
    assert sorted(chip.tones) == [6, 7] and [chip.tones[pin][2] for pin in (6, 7)] == [0, 1]
    assert chip.tones[6][1] == 32768
    life.run(1000)
    assert min(chip.freqs) == 2880 and max(chip.freqs) == 3120
    board.whistle(False, "silent")
    count = len(chip.freqs)
    life.run(1000)
    assert chip.tones == {} and len(chip.freqs) == count
    board.volume = 25
    board.whistle(True, "shown")
    assert chip.tones[6][1] == 8192
    board.whistle(False, "silent")


def test_it_does_not_doze_while_it_sounds():
    life = begin("listen")
    life.run(1000)
    life.board.whistle(True, "shown")
    chip.naps.clear()
    life.run(3000)
    assert chip.naps == []
    life.board.whistle(False, "silent")
    life.run(3000)
    assert chip.naps


def test_a_siren_is_switched_and_a_board_without_a_whistle_is_silent():
    life = begin("relay", whistle={"kind": "siren", "pins": [9], "hz": 3000, "sweep": 4})
    life.board.whistle(True, "neighbour")
    assert line(9).level == 1
    life.board.whistle(False, "silent")
    assert line(9).level == 0
    life.board.volume = 0
    life.board.whistle(True, "neighbour")
    assert line(9).level == 0
    life.board._wiring.pop("whistle")
    life.board.whistle(True, "neighbour")


def test_three_colours_and_a_lamp_that_is_lit_by_a_low_level():
    life = begin("relay", lamp={"red": 40, "green": 41, "blue": 42, "on": 0})
    for colour, levels in (("red", (0, 1, 1)), ("amber", (0, 0, 1)), ("green", (1, 0, 1)), ("blue", (1, 1, 0)),
                           ("white", (0, 0, 0))):  # fmt: skip
        life.board.lamp(True, colour, "sent")
        assert tuple([line(pin).level for pin in (40, 41, 42)]) == levels, colour
        life.board.lamp(False, colour, "sent")
        assert tuple([line(pin).level for pin in (40, 41, 42)]) == (1, 1, 1)


def test_the_battery_is_read_whichever_level_opens_its_gate():
    life = begin("relay")
    for opens in (0, 1):
        chip.volts[1] = lambda opens=opens: 800 if line(37).level == opens else 3
        assert life.board.battery() == (73, 3920), life.board.battery()
    assert [percent(mv) for mv in (3000, 3300, 3600, 3700, 4150, 4200)] == [0, 0, 10, 20, 100, 100]
    assert all(percent(mv) <= percent(mv + 10) for mv in range(3000, 4300, 10))


def test_contacts_tell_an_open_case_and_a_cable_that_is_out():
    life = begin("relay")
    assert not life.board.tamper() and not life.board.wire()
    line(WIRE).level = 1
    assert life.board.wire() and not life.board.tamper()
    line(TAMPER).level = 1
    assert life.board.tamper()


def test_a_file_is_replaced_whole():
    life = begin("relay")
    life.board.save("state0", b"one")
    life.board.save("state0", bytearray(b"two"))
    assert life.board.load("state0") == b"two" and life.board.load("none") is None
    assert "new" not in os.listdir()


def test_service_is_a_finger_held_for_five_seconds_at_power_on_and_the_watchdog_stays_fed():
    life = begin("relay", pressed=True)
    try:
        life.run(6000)
        raise AssertionError("no prompt")
    except KeyboardInterrupt:
        life.board.attended()
    clock.run(200000000)
    assert chip.bites_at > clock.now


def test_chance_is_below_its_bound_and_never_the_same():
    life = begin("relay")
    life.board.stir(b"noise")
    drawn = [life.board.random(1 << 32) for _ in range(200)]
    assert len(set(drawn)) == 200 and max(drawn) < 1 << 32
    assert {life.board.random(3) for _ in range(100)} == {0, 1, 2}


def test_what_must_not_float_is_held_through_a_deep_sleep_and_let_go_after_it():
    life = begin()
    rest = asleep(life)
    levels = {8: 1, 38: 0, 6: 0, 7: 0, 36: 1}  # NSS, the radio's switch, the piezo, a supply
    assert {pin: line(pin).level for pin in levels} == levels
    assert all(line(pin).kept for pin in levels) and esp32.held
    peripherals.sleep_through(rest)
    life = Life()
    assert not any(line(pin).kept for pin in levels)
    life.board.whistle(True, "neighbour")
    assert chip.tones
    life.board.whistle(False, "silent")


def listening(**changes):
    return begin("listen", second=False, radio={"irq": IRQ, "nss": 8, "rxen": 38, "wakes": True}, **changes)


def test_a_frame_ends_its_deep_sleep_where_its_radio_can():
    for age in (esp32.older, esp32.newer):
        age()
        life = listening()
        rest = asleep(life)
        assert rest <= 300000 and not life.radio.asleep
        assert line(38).level == 1 and line(38).kept, "its antenna switch"
        clock.after(20000000, lambda: line(IRQ).drive(1))
        assert peripherals.sleep_through(rest) == "ext1"
        life = Life(radio={"irq": IRQ, "nss": 8, "rxen": 38, "wakes": True})
        assert life.board.cause == "timer" and life.board.listened
        assert line(38).level == 1 and line(IRQ).get() == 1, "its pin is still the sleep's"
        assert not line(38).kept
        line(IRQ).drive(0)


def test_a_button_ends_that_sleep_too_and_one_that_stays_down_makes_it_neither_deaf_nor_awake():
    life = listening()
    rest = asleep(life)
    clock.after(20000000, lambda: line(BUTTON).drive(0))
    assert peripherals.sleep_through(rest) == "ext0"
    life = Life(radio={"irq": IRQ, "nss": 8, "rxen": 38, "wakes": True})
    assert life.board.cause == "sleep" and life.board.listened
    life.run(100)
    assert lit() and life.board.hears()
    try:
        Board.deep_sleep(life.board, 300000, b"", True)
    except Ended as end:
        life.over = end
    clock.after(5000000, lambda: line(IRQ).drive(1))
    assert peripherals.sleep_through(300000) == "ext1", "a frame, not the button that is down"
    line(IRQ).drive(0)
    line(BUTTON).drive(1)


def test_a_press_beacon_takes_its_radio_for_asleep():
    life = begin(second=False, radio={"irq": IRQ, "nss": 8, "rxen": 38, "wakes": True})
    rest = asleep(life)
    assert line(38).level == 0
    line(IRQ).drive(1)
    assert peripherals.sleep_through(rest) is None
    assert not Life().board.listened
    line(IRQ).drive(0)
