"""`esp32` as a board's port sees it: what may end a sleep. The rules are those of an ESP32-S3."""

import machine

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True
RTC_PINS = 21  # GPIO0 to 21 can end a deep sleep

ext0 = None  # (pin, level)
ext1 = None  # (pins, level)
gpio = None  # (pins, level)
held = False


def _rtc(pins):
    for pin in pins:
        if pin is not None and pin.id > RTC_PINS:
            raise ValueError("invalid pin")


def wake_on_ext0(pin, level):
    global ext0
    _rtc((pin,))
    if pin is not None and ext1 and pin.id in [one.id for one in ext1[0]]:
        raise RuntimeError("pin %d is armed by ext1 already" % pin.id)
    ext0 = None if pin is None else (pin, level)


def wake_on_ext1(pins, level):
    """None leaves the pins that were armed and changes the level; an empty list disarms (ports/esp32/modesp32.c)."""
    global ext1
    _rtc(pins or ())
    if pins and len(pins) > 1 and not level:
        raise RuntimeError("low of several pins: all of them end a sleep of an ESP32, any of them that of an ESP32-S3")
    if pins is None:
        pins = ext1 and ext1[0]
    ext1 = (pins, level) if pins else None


def _wake_on_gpio(pins, level):
    global gpio
    gpio = (pins, level) if pins else None


wake_on_gpio = _wake_on_gpio


def gpio_deep_sleep_hold(on):
    global held
    held = on


def ended(deep):
    """Which of what is armed would end a sleep now: "ext0", "ext1", "gpio" or None."""
    if ext0 and bool(_level(ext0[0])) == ext0[1]:
        return "ext0"
    if ext1:
        levels = [bool(_level(pin)) for pin in ext1[0]]
        if any(levels) if ext1[1] else not any(levels):
            return "ext1"
    if gpio and not deep and any(bool(_level(pin)) == gpio[1] for pin in gpio[0]):
        return "gpio"
    return None


def _level(pin):
    return machine.line(pin.id).level


def take():
    """After a sleep the pins that could have ended it are no GPIOs (ESP-IDF, sleep modes: rtc_gpio_deinit)."""
    if ext0:
        machine.line(ext0[0].id).taken = "taken"
    for pin in ext1[0] if ext1 else ():
        machine.line(pin.id).taken = "held"


def older():
    """MicroPython before 1.27: only what may end a deep sleep ends a light sleep too."""
    global wake_on_gpio
    if "wake_on_gpio" in globals():
        del wake_on_gpio


def newer():
    global wake_on_gpio
    wake_on_gpio = _wake_on_gpio


def fresh():
    """A start: nothing is armed."""
    global ext0, ext1, gpio, held
    ext0 = ext1 = gpio = None
    held = False
