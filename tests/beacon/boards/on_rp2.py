"""The RP2040 port on a model of the chip's sleep and pins, on MicroPython, under the real program."""

import asyncio
import json
import os

from clock import clock, fresh, wait  # first: it replaces `time`, which the others import

# isort: split
import peripherals
from machine import line, unplug
from peripherals import chip

# isort: split
from beacon.boards.rp2 import Board
from beacon.program import Program
from on_esp32 import SETTINGS, Radio

BUTTON, LAMP, IRQ = 17, 25, 20
WIRING = {
    "port": "rp2", "button": BUTTON, "button2": 16, "still": [], "lamp": {"pin": LAMP, "on": 1},
    "whistle": {"kind": "piezo", "pins": [22], "hz": 3000, "sweep": 4}, "battery": {"pin": 26, "ratio": 3.0},
    "radio": {"irq": IRQ},
}  # fmt: skip


class Life:
    def __init__(self, mode, **changes):
        fresh()
        unplug()
        peripherals.fresh()
        chip.handlers = True
        for name in os.listdir():
            os.remove(name)
        with open("settings", "w") as file:
            json.dump(dict(SETTINGS, mode=mode), file)
        line(IRQ).level = 0
        self.board = Board(dict(WIRING, **changes))
        self.program = Program(self.board, Radio())
        self.board.attend(self.program._radio)
        asyncio.create_task(self.program.run())
        wait(1)


def before_a_nap(do):
    """Do something in the last moment before the next doze, as an interrupt may."""
    queue = asyncio.core._io_queue
    idle = queue.wait_io_event

    def first(ms):
        if ms < 0 or ms > 100:
            queue.wait_io_event = idle
            do()
        idle(ms)

    queue.wait_io_event = first


def test_pressing_only_it_dozes_and_stays_alive():
    life = Life("press")
    wait(60 * 60000)
    assert sum([nap[1] for nap in chip.naps]) > 55 * 60000
    assert chip.bites_at > clock.now and not life.board.deep


def test_a_radio_on_a_uart_keeps_it_awake():
    life = Life("listen", radio={"driver": "stream"})
    wait(60000)
    assert chip.naps == [] and life.program._radio.pokes == 0, "a UART takes nothing while the clocks stand"


def test_a_finger_ends_the_doze_and_lights_the_lamp():
    life = Life("press")
    wait(30000)
    lit = []

    def press():
        clock.after(50000, lambda: line(BUTTON).drive(0))
        clock.after(150000, lambda: lit.append(line(LAMP).level))

    before_a_nap(press)
    wait(2000)
    assert lit == [1] and "handler" in [nap[2] for nap in chip.naps]
    wait(2000)
    line(BUTTON).drive(1)
    wait(50)
    assert life.program.calling.state == "C"


def test_a_finger_that_comes_while_tasks_run_is_not_slept_over():
    life = Life("press")
    wait(60000)
    lit = []

    def press():
        line(BUTTON).drive(0)
        clock.after(110000, lambda: lit.append(line(LAMP).level))
        clock.after(2000000, lambda: line(BUTTON).drive(1))

    before_a_nap(press)
    wait(4000)
    assert lit == [1] and life.program.calling.state == "C", lit


def test_a_frame_that_comes_while_tasks_run_is_not_slept_over():
    Life("listen")
    wait(60000)
    naps = []

    def hear():
        line(IRQ).drive(1)
        naps.append(len(chip.naps))
        clock.after(1500000, lambda: naps.append(len(chip.naps)) or line(IRQ).drive(0))

    before_a_nap(hear)
    wait(40000)  # a radio without a handler: the loop waits until a task is due
    assert naps[1] == naps[0], "asleep beside a frame that waits to be read"
    assert len(chip.naps) > naps[1] + 3, "it dozes as before"


def test_its_watchdog_outlasts_the_longest_frame_and_bites_a_loop_that_hangs():
    life = Life("relay")
    wait(20000)
    clock.run(9000000)  # nine seconds in which no task comes to its turn
    assert chip.bites_at > clock.now
    wait(20000)
    clock.run(70000000)
    assert chip.bites_at < clock.now and life.board.watchdog_ms == 60000


def test_the_battery_is_read_through_its_divider():
    life = Life("relay")
    chip.volts[26] = 1300
    percent, millivolts = life.board.battery()
    assert 3880 <= millivolts <= 3900 and 60 <= percent <= 75


def test_what_feeds_the_watchdog_outlives_the_garbage_at_work_and_at_the_prompt():
    life = Life("relay")
    peripherals.collect(life.board)
    wait(60000)
    assert chip.bites_at > clock.now
    life.board.attended()
    peripherals.collect(life.board)
    clock.run(200000000)
    assert chip.bites_at > clock.now
