"""Which board it is: from many tables to one, in the order USB id, chip, radio, display; each step only narrows.

The last step runs on the board, under MicroPython: it reads the radio's registers through the pins of each table that
is left, and looks for a display where one of them has one. It writes nothing to a radio: an SX126x is asked for its
sync word, an SX127x for its version.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from whistle.workbench.boards import Board
from whistle.workbench.errors import AmbiguousBoard
from whistle.workbench.ports import Port, matching

# Sync words an SX126x may hold (register 0x0740): after reset, LoRaWAN's, Meshtastic's. SX127x: register 0x42, 0x12.
SX126X_SYNC: Final = (0x1424, 0x3444, 0x24B4)
SX127X_VERSION: Final = 0x12

# What runs on the board: `T` is a list of [wiring of the radio, wiring of the display or None]. Each is tried with
# slow software SPI, so that any pins will do; NSS low wakes a sleeping SX126x, which then drops BUSY. Pins are left as
# inputs again. It prints one JSON list: [register or -1, display seen] for each.
SCRIPT: Final = """
import json, time
from machine import Pin, SoftI2C, SoftSPI
def radio(r):
    if r.get("power"): Pin(r["power"][0], Pin.OUT, value=r["power"][1]); time.sleep_ms(20)
    nss = Pin(r["nss"], Pin.OUT, value=1)
    spi = SoftSPI(baudrate=200000, sck=Pin(r["sck"]), mosi=Pin(r["mosi"]), miso=Pin(r["miso"]))
    old = r["driver"] == "sx127x"
    nss(0)
    time.sleep_ms(5)
    busy = None if old else Pin(r["busy"], Pin.IN)
    end = time.ticks_add(time.ticks_ms(), 50)
    while busy and busy() and time.ticks_diff(end, time.ticks_ms()) > 0: time.sleep_ms(1)
    got = -1
    if not (busy and busy()):
        nss(1); nss(0)
        out = b"\\x42\\0" if old else b"\\x1d\\x07\\x40\\0\\0\\0"
        back = bytearray(len(out))
        spi.write_readinto(out, back)
        got = back[1] if old else back[4] << 8 | back[5]
    nss(1)
    for name in ("nss", "sck", "mosi"): Pin(r[name], Pin.IN)
    return got
def display(d):
    if d.get("power"): Pin(d["power"][0], Pin.OUT, value=d["power"][1]); time.sleep_ms(20)
    if "reset" in d: Pin(d["reset"], Pin.OUT, value=0); time.sleep_ms(5); Pin(d["reset"], Pin.OUT, value=1)
    time.sleep_ms(20)
    return 0x3c in SoftI2C(scl=Pin(d["scl"]), sda=Pin(d["sda"])).scan()
def tried(what, how):
    try: return how(what)
    except (OSError, ValueError, KeyError): return -1
print(json.dumps([[tried(r, radio), d is not None and tried(d, display) is True] for r, d in T]))
"""


def by_usb(port: Port, boards: Iterable[Board]) -> list[Board]:
    """The boards that may stand behind a port; all when the port has no USB id."""
    every = list(boards)
    return matching(port.usb, every) if port.usb else every


def by_chip(chip: str, boards: Iterable[Board]) -> list[Board]:
    """Those with that chip."""
    return [board for board in boards if board.chip == chip]


def script(boards: list[Board]) -> str:
    """The script that probes these tables; run it on the board, and give what it prints to `by_probe`."""
    tables = [[_plain(board.wiring.radio), _plain(board.wiring.display)] for board in boards]
    return f"import json\nT = json.loads({json.dumps(tables)!r})\n{SCRIPT}"


def by_probe(boards: list[Board], printed: str) -> list[Board]:
    """Those whose radio answered through their pins; where that leaves several, those whose display is as it was seen.

    None answering leaves none: the radio is dead, or none of these boards it is.
    """
    try:
        answers = msgspec.json.decode(printed.strip().splitlines()[-1], type=list[tuple[int, bool]])
        told = list(zip(boards, answers, strict=True))
    except (ValueError, IndexError, RecursionError):  # also of another kind, or of another number
        return []
    seen = [(board, display) for board, (value, display) in told if answered(board, value)]
    with_display = [board for board, display in seen if display]
    if with_display:
        return with_display
    without = [board for board, _ in seen if board.wiring.display is None]
    return without or [board for board, _ in seen]


def answered(board: Board, value: int) -> bool:
    """Whether what was read is what that board's radio holds."""
    return value == SX127X_VERSION if board.wiring.radio.driver == "sx127x" else value in SX126X_SYNC


def only(boards: list[Board]) -> Board:
    """The one that is left; AmbiguousBoard names them when there are several, or none."""
    if len(boards) == 1:
        return boards[0]
    if not boards:
        raise AmbiguousBoard("It is no board we know: name the one it is most like with --board, or add its table.")
    keys = ", ".join(board.key for board in boards)
    raise AmbiguousBoard(f"These boards look alike from outside ({keys}): name the right one with --board.")


def _plain(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    return {key: inner for key, inner in msgspec.to_builtins(value).items() if inner is not None}
