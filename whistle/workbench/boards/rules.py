"""What a chip's pins can do, and what of a board's table they cannot: one sentence a fault, each with its remedy.

Facts: datasheets of ESP32 and ESP32-S3 (pin lists, strapping pins, RTC pins), of RP2040 (GPIO functions), and
MicroPython 1.25. `whistle workbench boards --check` and the tests share this file.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from whistle.workbench.boards import Board


def _span(text: str) -> frozenset[int]:
    """Pins from "0-4 7": 0, 1, 2, 3, 4, 7."""
    ends = (part.split("-") for part in text.split())
    return frozenset(pin for pair in ends for pin in range(int(pair[0]), int(pair[-1]) + 1))


class Chip(NamedTuple):
    """Sets of pins. `psram` are lost where the board `has` that memory; `uart` carries the console of a board with a
    USB bridge, `usb` that of one without. A switch that is closed at power-on can hold a `strap` in the wrong state.
    """

    port: str
    pins: frozenset[int]
    flash: frozenset[int]
    psram: dict[str, frozenset[int]]
    uart: frozenset[int]
    usb: frozenset[int]
    straps: frozenset[int]
    wake: frozenset[int]
    inputs: frozenset[int]
    adc: frozenset[int]
    flash_at: int | None


CHIPS: Final = {
    "esp32": Chip(
        port="esp32",
        pins=_span("0-19 21-23 25-27 32-39"),
        flash=_span("6-11"),
        psram={"PSRAM": _span("16-17")},
        uart=_span("1 3"),
        usb=frozenset(),
        straps=_span("0 2 5 12 15"),
        wake=_span("0 2 4 12-15 25-27 32-39"),
        inputs=_span("34-39"),  # no pulls inside either
        adc=_span("32-39"),  # ADC1; ADC2 is not read while Wi-Fi is on, and MicroPython advises against it
        flash_at=0x1000,
    ),
    "esp32s3": Chip(
        port="esp32",
        pins=_span("0-21 26-48"),
        flash=_span("26-32"),
        psram={"octal PSRAM": _span("33-37")},
        uart=_span("43-44"),
        usb=_span("19-20"),
        straps=_span("0 3 45 46"),
        wake=_span("0-21"),
        inputs=frozenset(),
        adc=_span("1-10"),
        flash_at=0x0,
    ),
    "rp2040": Chip(
        port="rp2",
        pins=_span("0-29"),
        flash=frozenset(),
        psram={},
        uart=frozenset(),
        usb=frozenset(),
        straps=frozenset(),
        wake=_span("0-29"),
        inputs=frozenset(),
        adc=_span("26-29"),
        flash_at=None,
    ),
}

# RP2040: a block's signal lies on certain pins only. (block, signal): its pins.
SPI: Final = {
    (0, "miso"): _span("0 4 16 20"),
    (0, "sck"): _span("2 6 18 22"),
    (0, "mosi"): _span("3 7 19 23"),
    (1, "miso"): _span("8 12 24 28"),
    (1, "sck"): _span("10 14 26"),
    (1, "mosi"): _span("11 15 27"),
}
UART: Final = {
    (0, "tx"): _span("0 12 16 28"),
    (0, "rx"): _span("1 13 17 29"),
    (1, "tx"): _span("4 8 20 24"),
    (1, "rx"): _span("5 9 21 25"),
}

SPI_LINES: Final = ("spi", "sck", "mosi", "miso", "nss", "reset", "irq")
NEEDS: Final = {"sx126x": (*SPI_LINES, "busy"), "sx127x": SPI_LINES, "stream": ("uart", "tx", "rx")}
MODELS: Final = {"sx126x": ("sx1261", "sx1262"), "sx127x": ("sx1276", "sx1278"), "stream": ("stock",)}
SWITCHES: Final = ("button", "button2", "tamper", "wire")
SUPPLIES: Final = ("radio.power", "display.power")


class Use(NamedTuple):
    """One pin and what for: `way` is "switch", "out", "in", "both" or "adc"."""

    what: str
    pin: int
    way: str


def uses(board: Board) -> list[Use]:
    """Every pin of a board's wiring, in the order of the table."""
    wiring, radio = board.wiring, board.wiring.radio
    found: list[tuple[str, int | None, str]] = [(name, getattr(wiring, name), "switch") for name in SWITCHES]
    lamp = wiring.lamp
    found += [(f"lamp.{name}", getattr(lamp, name), "out") for name in ("pin", "red", "green", "blue")]
    found += [("whistle.pins", pin, "out") for pin in (wiring.whistle.pins if wiring.whistle else ())]
    if wiring.battery:
        found += [("battery.pin", wiring.battery.pin, "adc")]
        found += [("battery.gate", wiring.battery.gate[0] if wiring.battery.gate else None, "out")]
    if wiring.display:
        show = wiring.display
        found += [("display.sda", show.sda, "both"), ("display.scl", show.scl, "both")]
        found += [("display.reset", show.reset, "out"), ("display.power", show.power and show.power[0], "out")]
    found += [("pmu_i2c", pin, "both") for pin in wiring.pmu_i2c or ()]
    found += [("still", pin, "out") for pin, _ in wiring.still]
    found += [(f"radio.{name}", getattr(radio, name), "out") for name in ("sck", "mosi", "nss", "reset", "rxen", "tx")]
    found += [(f"radio.{name}", getattr(radio, name), "in") for name in ("miso", "busy", "irq", "rx")]
    found += [("radio.power", radio.power and radio.power[0], "out")]
    return [Use(what, pin, way) for what, pin, way in found if pin is not None]


def reserved(board: Board) -> dict[int, str]:
    """Pins that are none of ours, and whose they are: memory's, the console's or USB's."""
    chip = CHIPS[board.chip]
    taken = dict.fromkeys(chip.flash, "flash memory")
    taken |= {pin: name for name, pins in chip.psram.items() if name in board.has for pin in pins}
    bridged = not any(id.startswith("303a:") for id in board.usb)
    return taken | (dict.fromkeys(chip.uart, "the console") if bridged else dict.fromkeys(chip.usb, "USB"))


def faults(board: Board) -> list[str]:
    """What is wrong with a table, a sentence each; an empty list for a good one."""
    return [f"{board.key or board.name}: {sentence}." for check in CHECKS for sentence in check(board)]


def check_chip(board: Board) -> Iterator[str]:
    """Port, flashing and sleep fit the chip."""
    chip = CHIPS[board.chip]
    if board.wiring.port != chip.port:
        yield f"the port of {board.chip} is {chip.port}, not {board.wiring.port}"
    if board.flash_at != chip.flash_at:
        wanted = "none: it takes a UF2 file" if chip.flash_at is None else hex(chip.flash_at)
        yield f"flash_at of {board.chip} is {wanted}"
    if (board.uf2 is None) == (chip.flash_at is None):
        yield "uf2 names the drive of a UF2 board, and only of one"
    if board.power.deep is None and chip.port == "esp32":
        yield "power.deep is missing: give a figure, an estimate if nobody measured"


def check_usb(board: Board) -> Iterator[str]:
    """It can be recognised."""
    if not board.usb:
        yield "usb is empty: give the ids of the ROM loader and of MicroPython"
    if len(set(board.usb)) < len(board.usb):
        yield "usb names an id twice"


def check_pins(board: Board) -> Iterator[str]:
    """Every pin exists, is free of memory and console, and can be driven where it must be."""
    chip, taken = CHIPS[board.chip], reserved(board)
    for use in uses(board):
        if use.pin not in chip.pins:
            yield f"{board.chip} has no pin {use.pin}: move {use.what}"
        elif use.pin in taken:
            yield f"pin {use.pin} belongs to {taken[use.pin]}: move {use.what}"
        elif use.pin in chip.inputs and use.way in ("out", "both"):
            yield f"pin {use.pin} can only be read: move {use.what}"
        elif use.way == "adc" and use.pin not in chip.adc:
            yield f"pin {use.pin} measures no voltage: move {use.what} to one of {_words(chip.adc)}"


def check_once(board: Board) -> Iterator[str]:
    """No pin twice, save a supply that also has its level at the start in `still`."""
    named: dict[int, list[str]] = {}
    for use in uses(board):
        named.setdefault(use.pin, []).append(use.what)
    for pin, names in named.items():
        fine = len(names) == 2 and "still" in names and set(names) & set(SUPPLIES)
        if len(names) > 1 and not fine:
            yield f"pin {pin} is used more than once, for {' and '.join(names)}: move one"


def check_switches(board: Board) -> Iterator[str]:
    """Buttons wake the board, no switch sits on a strap while a better pin is free, none floats."""
    chip, used = CHIPS[board.chip], uses(board)
    free = chip.wake - chip.straps - set(reserved(board)) - {use.pin for use in used}
    for use in used:
        if use.way != "switch":
            continue
        if use.what.startswith("button") and use.pin not in chip.wake:
            yield f"pin {use.pin} cannot wake the board: move {use.what} to one of {_words(chip.wake)}"
        if use.pin in chip.straps and free:
            yield f"pin {use.pin} decides how the chip boots: move {use.what}, {_words(free)} are free"
        if use.pin in chip.inputs and use.pin not in board.pulled:
            yield f"pin {use.pin} has no pull-up inside: fit one for {use.what} and name the pin in pulled"
    stray = set(board.pulled) - {use.pin for use in used if use.way == "switch"}
    if stray:
        yield f"pulled names {_words(stray)}, where no switch is"


def check_radio(board: Board) -> Iterator[str]:
    """The radio is wired completely for its driver, and only so."""
    radio = board.wiring.radio
    if radio.model not in MODELS[radio.driver]:
        yield f"radio.model {radio.model} is not of driver {radio.driver}"
    for name in sorted({name for names in NEEDS.values() for name in names}):
        given, wanted = getattr(radio, name) is not None, name in NEEDS[radio.driver]
        if wanted and not given:
            yield f"radio.{name} is missing: driver {radio.driver} needs it"
        elif given and not wanted:
            yield f"radio.{name} means nothing to driver {radio.driver}: take it out"
    if radio.driver != "sx126x" and (radio.tcxo_mv or radio.dio2_switch):
        yield "tcxo_mv and dio2_switch are for an SX126x: take them out"
    if radio.driver == "sx127x" and radio.max_dbm > 20:
        yield "an SX127x sends 20 dBm at most: set max_dbm"
    if radio.wakes and (board.wiring.port != "esp32" or radio.irq not in CHIPS[board.chip].wake):
        yield "radio.irq is no pin that ends a deep sleep: take wakes out"
    if board.wiring.port == "esp32" and radio.spi == 0:
        yield "radio.spi 0 holds the flash memory: choose 1 or 2"


def check_functions(board: Board) -> Iterator[str]:
    """On an RP2040 a signal lies only where its block reaches, and both ends of a bridge belong to one PWM slice."""
    if board.chip != "rp2040":
        return
    radio, whistle = board.wiring.radio, board.wiring.whistle
    for block, table in ((radio.spi, SPI), (radio.uart, UART)):
        for (number, name), pins in table.items():
            pin = getattr(radio, name)
            if number == block and pin is not None and pin not in pins:
                yield f"pin {pin} cannot be radio.{name} of block {block}: choose one of {_words(pins)}"
    if radio.spi == 2 or radio.uart == 2:
        yield "an RP2040 has only blocks 0 and 1"
    show = board.wiring.display
    if show and (show.sda % 2 or show.scl != show.sda + 1):
        yield "display.sda lies on an even pin, scl on the next"
    if whistle and len(whistle.pins) == 2 and (min(whistle.pins) % 2 or max(whistle.pins) != min(whistle.pins) + 1):
        yield "both whistle.pins must be of one PWM slice: an even pin and the next"


def check_parts(board: Board) -> Iterator[str]:
    """Lamp and battery are given one way each."""
    lamp, battery = board.wiring.lamp, board.wiring.battery
    colours = [getattr(lamp, name) for name in ("red", "green", "blue")]
    if (lamp.pin is None) == (None in colours) or (lamp.pin is not None and colours != [None] * 3):
        yield "lamp has either one pin, or red, green and blue"
    if battery and (battery.pin is None) == (battery.pmu is None):
        yield "battery is measured either at a pin or by its pmu"
    if battery and battery.pmu and not board.wiring.pmu_i2c:
        yield "pmu_i2c is missing: the power chip is asked over it"


def _words(pins: set[int] | frozenset[int]) -> str:
    """Pins as people write them: 0-4, 7."""
    runs: list[list[int]] = []
    for pin in sorted(pins):
        if runs and pin == runs[-1][-1] + 1:
            runs[-1].append(pin)
        else:
            runs.append([pin])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


CHECKS: Final[tuple[Callable[[Board], Iterator[str]], ...]] = (
    check_chip,
    check_usb,
    check_pins,
    check_once,
    check_switches,
    check_radio,
    check_functions,
    check_parts,
)
