"""The power chip of a T-Beam on a model of its registers: the radio is fed, the GPS is not, the battery is read."""

import clock  # noqa: F401  first: it replaces `time`
import machine
from machine import unplug

# isort: split
CHIP = {}


class I2C:
    """One chip at 0x34, or nobody."""

    def __init__(self, id, sda, scl, freq):
        self.pins = sda.id, scl.id

    def readfrom_mem(self, address, register, count):
        if address != 0x34 or not CHIP or count != 1:
            raise OSError(19)
        return bytes([CHIP.get(register, 0)])

    def writeto_mem(self, address, register, data):
        if address != 0x34 or not CHIP:
            raise OSError(19)
        CHIP[register] = data[0]


machine.I2C = I2C

import peripherals  # noqa: E402
from beacon.boards.esp32 import Board  # noqa: E402
from beacon.boards.pmu import Pmu  # noqa: E402

WIRING = {
    "port": "esp32", "button": 38, "still": [], "lamp": {"pin": 4, "on": 0}, "pmu_i2c": [21, 22],
    "battery": {"pmu": "axp192", "ratio": 1.0}, "radio": {"irq": 26, "nss": 18},
}  # fmt: skip


def chip(**registers):
    unplug()
    peripherals.fresh()
    CHIP.clear()
    CHIP.update({int(name[1:], 16): value for name, value in registers.items()})


def test_an_axp192_feeds_the_radio_and_leaves_the_rest_as_it_was():
    chip(x03=0x03, x12=0x5B, x28=0x1C, x82=0x03)
    Pmu([21, 22])
    assert CHIP[0x12] == 0x57, "radio on, GPS off, processor untouched"
    assert CHIP[0x28] == 0xFC and CHIP[0x82] == 0x83


def test_an_axp2101_is_another_chip_and_told_apart():
    chip(x03=0x4A, x90=0x05, x93=0x40, x30=0x02)
    Pmu([21, 22])
    assert CHIP[0x90] == 0x03 and CHIP[0x93] == 0x5C and CHIP[0x30] == 0x03


def test_the_battery_is_read_in_each_ones_own_way():
    chip(x03=0x03, x78=0xDE, x79=0xF5)
    assert Pmu([21, 22]).millivolts() == (0xDE5 * 11) // 10 == 3912
    chip(x03=0x4A, x34=0xCF, x35=0x48)
    assert Pmu([21, 22]).millivolts() == 0x0F48 == 3912


def test_a_board_with_it_knows_its_battery():
    chip(x03=0x03, x78=0xDE, x79=0x05)
    board = Board(WIRING)
    assert board.battery() == (71, 3912), board.battery()


def test_a_chip_that_does_not_answer_is_an_error_at_the_start():
    chip()
    try:
        Board(WIRING)
    except OSError:
        return
    raise AssertionError("a radio without a supply")
