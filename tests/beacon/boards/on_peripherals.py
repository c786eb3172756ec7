"""The models of the boards' chips are as strict as the chips."""

from clock import clock  # first: it replaces `time`, which the others import

# isort: split
import esp32
import machine
import peripherals
from machine import PWM, WDT, Pin, unplug
from peripherals import Bitten, chip


def begin():
    clock.__init__()
    unplug()
    peripherals.fresh()


def refused(kind, call, *args):
    try:
        call(*args)
    except kind as error:
        return str(error)
    raise AssertionError("the model bears it")


def test_only_some_pins_end_a_deep_sleep_and_none_twice():
    begin()
    assert refused(ValueError, esp32.wake_on_ext0, Pin(33), False)
    assert refused(ValueError, esp32.wake_on_ext1, (Pin(4), Pin(33)), True)
    esp32.wake_on_ext1((Pin(4), Pin(5)), True)
    assert "armed by ext1" in refused(RuntimeError, esp32.wake_on_ext0, Pin(5), False)


def test_low_of_several_pins_is_not_armed_since_chips_differ_in_what_it_means():
    begin()
    assert "any of them" in refused(RuntimeError, esp32.wake_on_ext1, (Pin(4), Pin(5)), False)


def test_no_tone_sounds_through_a_light_sleep():
    begin()
    tone = PWM(Pin(6), freq=3000, duty_u16=32768)
    assert "tone" in refused(RuntimeError, machine.lightsleep, 100)
    tone.deinit()
    machine.lightsleep(100)
    assert chip.naps == [(100, 100, None)]


def test_a_watchdog_that_has_bitten_takes_no_food():
    begin()
    dog = WDT(timeout=1000)
    clock.run(999000)
    dog.feed()
    clock.run(1001000)
    refused(Bitten, dog.feed)
