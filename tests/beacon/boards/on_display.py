"""The small display on a model of its bus: what it is sent, on MicroPython with its own framebuf."""

import clock  # noqa: F401  first: it replaces `time`
import machine
from machine import line, unplug

# isort: split
WRITES = []


class I2C:
    """The bus: an SSD1306 at 0x3C takes commands (0x00) and its memory (0x40); nobody else answers."""

    answers = True

    def __init__(self, id, sda, scl, freq):
        self.pins = sda.id, scl.id

    def writevto(self, address, parts):
        if not self.answers or address != 0x3C:
            raise OSError(19)
        WRITES.append((parts[0][0], bytes(parts[1])))


machine.I2C = I2C

from beacon.boards.display import PLAIN, Screen  # noqa: E402
from beacon.patterns import LAMP  # noqa: E402

WIRING = {"sda": 17, "scl": 18, "reset": 21, "power": [36, 0]}


def screen(answers=True):
    unplug()
    del WRITES[:]
    I2C.answers = answers
    return Screen(WIRING)


def shown():
    """What the display's memory holds, as rows of 128 points."""
    data = [part for kind, part in WRITES if kind == 0x40][-1]
    return [[data[row // 8 * 128 + x] >> row % 8 & 1 for x in range(128)] for row in range(64)]


def test_it_is_switched_on_by_its_supply_and_reset_and_begun():
    screen()
    assert line(36).level == 0 and line(21).level == 1
    assert WRITES[0][0] == 0x00 and WRITES[0][1][0] == 0xAE and b"\x8d\x14" in WRITES[0][1]


def test_a_word_is_drawn_large_and_in_the_middle_and_dark_switches_off():
    one = screen()
    one.show("coming")
    rows = shown()
    lit = [(x, y) for y in range(64) for x in range(128) if rows[y][x]]
    assert 100 < len(lit) < 3000
    left, right = min([x for x, _ in lit]), max([x for x, _ in lit])
    assert abs(left + right - 127) <= 18 and min([y for _, y in lit]) >= 16
    for y in range(0, 64, 2):
        for x in range(0, 128, 2):
            assert rows[y][x] == rows[y][x + 1] == rows[y + 1][x] == rows[y + 1][x + 1], "each point is four"
    assert WRITES[-1] == (0x00, b"\xaf")
    one.show("dark")
    assert WRITES[-1] == (0x00, b"\xae")


def test_the_same_word_is_drawn_once():
    one = screen()
    one.show("sent")
    count = len(WRITES)
    one.show("sent")
    assert len(WRITES) == count


def test_every_word_of_the_lamp_fits():
    one = screen()
    for row in LAMP.strip().split("\n"):
        word = row.split()[0]
        words = PLAIN.get(word, word).split()
        assert len(words) <= 4 and max([len(part) for part in words]) <= 8, word
        one.show(word)
        assert any(any(row) for row in shown()), word


def test_a_display_that_does_not_answer_is_left_alone():
    one = screen(answers=False)
    one.show("coming")
    one.show("dark")
    assert WRITES == []
