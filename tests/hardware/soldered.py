# ruff: noqa: UP031, E402  the board's dialect; the clock replaces `time`, which the others import
"""What is soldered to a board of the box, behind its MicroPython: chip, radio, display, battery, and a finger.

Its facts stand in /.model1/facts: mac, chip, wiring (a table's), broken (code that breaks something of it). A file
/.model1/finger with a button's number and milliseconds is a finger that comes down; frames that leave the antenna
stand in /.model1/sent. Virtual time goes ten times as fast as the clock on the wall, so that a person can keep up.
"""

import json
import os
import sys

import machine

restart = machine.reset  # peripherals' own only ends a test

# isort: split
from clock import clock, true

# isort: split
from ether import Ether
from machine import bus, line
from peripherals import chip as soc
from sx126x import Chip

ROOM = "/.model1/"
STEP_MS, NAP_MS = 100, 10

with open(ROOM + "facts") as file:
    facts = json.load(file)
wiring = facts["wiring"]
pico = facts["chip"] == "rp2040"
radio = wiring["radio"]


class Implementation:
    _machine = "Emulated module with " + facts["chip"].upper()

    def __getattr__(self, name):
        return getattr(sys.implementation, name)


class System:
    """`sys` of the chip's own port."""

    platform, implementation = "rp2" if pico else "esp32", Implementation()

    def __getattr__(self, name):
        return getattr(sys, name)


class Air(Ether):
    def send(self, source, frame, modulation, dbm=22):
        with open(ROOM + "sent", "a") as file:
            file.write("%s\n" % frame.hex())
        return super().send(source, frame, modulation, dbm)


class SoftSPI(machine.SPI):
    """SPI at any pins: the radio's chip hangs at its own alone."""

    def __init__(self, baudrate, sck, mosi, miso):
        own = [radio[name] for name in ("sck", "mosi", "miso")]
        super().__init__(radio["spi"] if [sck.id, mosi.id, miso.id] == own else 99, baudrate)


class I2C:
    """A bus with a display on it, if the board has one and these are its pins; what is drawn nobody looks at."""

    def __init__(self, id=0, scl=None, sda=None, freq=400000):
        there = wiring.get("display")
        self._there = there and (scl.id, sda.id) == (there["scl"], there["sda"])

    def scan(self):
        return [0x3C] if self._there else []

    def writeto(self, address, data):
        if not self._there or address != 0x3C:
            raise OSError(19)

    def writevto(self, address, parts):
        self.writeto(address, b"".join(parts))


def tick():
    clock.after(STEP_MS * 1000, tick)
    true.sleep_ms(NAP_MS)
    if soc.bites_at is not None and clock.now > soc.bites_at:
        restart()
    if "finger" in os.listdir(ROOM):
        with open(ROOM + "finger") as file:
            which, ms = json.load(file)
        os.remove(ROOM + "finger")
        pin = line(wiring[which])
        pin.drive(0)
        clock.after(ms * 1000, lambda: pin.drive(1))


for name in ("wire", "tamper"):
    if name in wiring:
        line(wiring[name]).level = 0
battery = wiring.get("battery")
if battery:
    gate = battery.get("gate")
    full = int(3920 / battery["ratio"])
    soc.volts[battery["pin"]] = lambda: full if not gate or line(gate[0]).level == 0 else 3
soc.handlers = pico
chip = Chip(Air(), radio, 3000 if "tcxo_mv" in radio else None)
machine.unique_id = lambda: bytes.fromhex(facts["mac"])
machine.reset, machine.SoftSPI, machine.I2C, machine.SoftI2C = restart, SoftSPI, I2C, lambda scl, sda: I2C(0, scl, sda)
sys.modules["sys"] = System()
exec(facts["broken"], {"chip": chip, "bus": bus, "line": line, "radio": radio, "soc": soc})
tick()
