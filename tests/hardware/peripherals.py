"""What else `machine` has that a board uses: sound, measuring, timers, the watchdog, memory, sleep and reset.

Import it before the board's files. `chip` is what a test looks at and turns: how the chip was started, what the
pins' voltages are, what was slept. A reset and a deep sleep end the program by an exception that nothing of ours
catches.
"""

import asyncio
import sys

import esp32
import machine
from clock import clock

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
EXT0_WAKE, EXT1_WAKE, TIMER_WAKE = 2, 3, 4


class Ended(BaseException):
    """The chip starts anew."""


class Reset(Ended):
    pass


class Bitten(Ended):
    """Nobody fed the watchdog."""


class Asleep(Ended):
    """Deep sleep; `ms` at most."""


class State:
    def __init__(self):
        self.cause = PWRON_RESET
        self.wake = 0
        self.memory = b""
        self.volts = {}  # at a pin, in millivolts; or a function that says it
        self.tones = {}  # (hz, duty, inverted) by pin, while it sounds
        self.freqs = []
        self.naps = []  # (ms asked, ms slept, what ended it)
        self.bites_at = None
        self.handlers = False
        self.timers = []  # that run
        self.fallen = 0  # microseconds by which the chip's own clock was set back
        self.begun = clock.now  # when this start was: ticks count from it, the chip's clock does not


chip = State()


class PWM:
    def __init__(self, pin, freq=0, duty_u16=0, invert=0):
        self._pin = pin.id
        self._about = [freq, duty_u16, invert]
        chip.tones[self._pin] = self._about

    def freq(self, hz):
        self._about[0] = hz
        chip.freqs.append(hz)

    def deinit(self):
        del chip.tones[self._pin]


class ADC:
    def __init__(self, pin):
        self._pin = pin.id

    def read_u16(self):
        return self.read_uv() * 65535 // 3300000

    def read_uv(self):
        clock.run(100)  # a measurement
        volts = chip.volts.get(self._pin, 0)
        return (volts() if callable(volts) else volts) * 1000


class Timer:
    def __init__(self, id, period=0, callback=None):
        self._plan = None
        if callback:
            self.init(period, callback)

    def init(self, period, callback):
        if self not in chip.timers:
            chip.timers.append(self)
        self._plan = clock.after(period * 1000, lambda: self._ring(period, callback))

    def _ring(self, period, callback):
        self.init(period, callback)
        callback(self)

    def deinit(self):
        if self._plan:
            clock.stop(self._plan)
            chip.timers.remove(self)
        self._plan = None


def collect(*owners):
    """Garbage as an RP2040 collects it: a timer that is no member of what lives stops (its machine_timer.c)."""
    held = [id(value) for owner in owners for value in owner.__dict__.values()]
    for timer in list(chip.timers):
        if id(timer) not in held:
            timer.deinit()


class WDT:
    def __init__(self, timeout):
        self._timeout = timeout
        self.feed()

    def feed(self):
        if chip.bites_at is not None and clock.now > chip.bites_at:
            raise Bitten
        chip.bites_at = clock.now + self._timeout * 1000


class RTC:
    def memory(self, data=None):
        if data is None:
            return chip.memory
        if len(data) > 2048:
            raise ValueError("buffer too long")
        chip.memory = bytes(data)


def reset_cause():
    return chip.cause


def wake_reason():
    return chip.wake


def reset():
    chip.cause, chip.wake = SOFT_RESET, 0
    raise Reset


def deepsleep(ms):
    """What the test sees: the chip is gone, for so long at most."""
    asleep = Asleep()
    asleep.ms = ms
    raise asleep


def lightsleep(ms):
    """Clocks stop, no handler runs, timers stand; a pin that is armed ends it. The watchdog stands too.

    On an RP2040 (`chip.handlers`) any pin with a handler ends it, after the handler has run.
    """
    begun, handlers = clock.now, {}
    if chip.tones:
        raise RuntimeError("light sleep stops the clock of a tone: its pin stays at one level")
    if chip.handlers:
        return _rp2_sleep(ms)
    for number, line in machine._lines.items():
        handlers[number], line.handler = line.handler, None
    ended = _until(ms, False)
    for number, handler in handlers.items():
        machine._lines[number].handler = handler
    if chip.bites_at is not None:
        chip.bites_at += clock.now - begun
    chip.naps.append((ms, (clock.now - begun) // 1000, ended))


def _rp2_sleep(ms):
    """Until a handler has run, or the time is over; timers go on."""
    begun, ran = clock.now, []

    def marked(handler):
        def run(line):
            ran.append(1)
            handler(line)

        return run

    lines = [one for one in machine._lines.values() if one.handler]
    plain = [one.handler for one in lines]
    for one in lines:
        one.handler = marked(one.handler)
    while not ran and clock.step(begun + ms * 1000):
        pass
    for one, handler in zip(lines, plain):
        one.handler = handler
    chip.naps.append((ms, (clock.now - begun) // 1000, "handler" if ran else None))


def _until(ms, deep):
    """Let time pass until a pin that is armed ends the sleep (which one), or it is over (None)."""
    limit = clock.now + ms * 1000
    ended = esp32.ended(deep)
    while not ended and clock.step(limit):
        ended = esp32.ended(deep)
    esp32.take()
    return ended


def sleep_through(ms):
    """A deep sleep as the chip has it: gone until a pin that is armed, or the time, ends it; then it starts."""
    ended = _until(ms, True)
    start(DEEPSLEEP_RESET, {"ext0": EXT0_WAKE, "ext1": EXT1_WAKE}.get(ended, TIMER_WAKE))
    return ended


def start(cause, wake=0):
    """The chip starts: nothing armed, nothing sounding, ticks from 0, its clock going on."""
    chip.cause, chip.wake = cause, wake
    chip.tones, chip.bites_at, chip.begun = {}, None, clock.now
    esp32.fresh()
    for line in machine._lines.values():
        line.handler = None
    asyncio.new_event_loop()  # tasks are gone with the memory they lay in


def fresh():
    """Power comes on: a test begins."""
    chip.__init__()
    esp32.fresh()


for _name in (
    "PWM ADC Timer WDT RTC reset_cause wake_reason reset deepsleep lightsleep PWRON_RESET HARD_RESET WDT_RESET "
    "DEEPSLEEP_RESET SOFT_RESET EXT0_WAKE EXT1_WAKE TIMER_WAKE"
).split():
    setattr(machine, _name, globals()[_name])
_time = sys.modules["time"]
_time.time_ns = staticmethod(lambda: (clock.now - chip.fallen) * 1000)
_since_power = _time.ticks_ms  # which lets the time pass that a look at it takes
_time.ticks_ms = staticmethod(lambda: _since_power() - chip.begun // 1000)
