"""Draws how the parts hang on a board, out of the board's own table, so that no pin can drift: docs/build/.

python -m tools.wiring             draws every tier 1 board anew, and writes the tables of docs/build/README.md
python -m tools.wiring --check     changes nothing; exit 1 when something is not what the tables say
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click

from tools.sheet import Sheet
from whistle.workbench import boards
from whistle.workbench.boards import Board, rules

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = "docs/build"
PAGE: Final = f"{FOLDER}/README.md"
PART: Final = re.compile(r"<!-- made: wires ([a-z0-9-]+) -->\n.*?<!-- end -->", re.S)

WIDTH, STEP = 200.0, 15.0
BOARD_X, BOARD_W, PART_X, RAIL_X = 62.0, 40.0, 158.0, 190.0
INK, GREY, RED, FIELD = "#111111", "#5a5a5a", "#c4201c", "#e9eef3"


class Wire(NamedTuple):
    """One pin and the part that hangs on it: its other end goes to `to`; `pulled`: a resistor holds it up."""

    name: str
    pin: int
    part: str
    to: str
    pulled: bool


SWITCHES: Final = {
    "button": "alarm button: closes while pressed",
    "button2": "silent button: closes while pressed",
    "tamper": "lid switch: closed while the lid is shut",
    "wire": "spare core of the button's cable: open when it is cut or pulled",
}


def main(check: bool) -> None:
    """Draw all, or say what is stale."""
    stale = []
    for path, fresh in made().items():
        target = ROOT / path
        if not target.exists() or target.read_text() != fresh:
            stale.append(path)
            if not check:
                target.write_text(fresh)
    for path in stale:
        click.echo(f"{path}: {'is not what the tables say: run python -m tools.wiring' if check else 'made anew'}")
    sys.exit(1 if check and stale else 0)


def made() -> dict[str, str]:
    """Every drawing, and the page with its tables, by path from the root."""
    files = {f"{FOLDER}/wiring-{board.key}.svg": drawing(board).svg() for board in first_tier()}
    files[PAGE] = page((ROOT / PAGE).read_text())
    return files


def first_tier() -> list[Board]:
    """The boards that the page tells how to build."""
    return [board for board in map(boards.load, boards.names()) if board.tier == 1]


def page(text: str) -> str:
    """The page with its tables made anew."""

    def part(found: re.Match[str]) -> str:
        return f"<!-- made: wires {found[1]} -->\n\n{table(boards.load(found[1]))}\n\n<!-- end -->"

    return PART.sub(part, text)


def wires(board: Board) -> list[Wire]:
    """What has to be soldered, in the order of the drawing."""
    wiring = board.wiring
    found = [(name, getattr(wiring, name), part, "GND") for name, part in SWITCHES.items()]
    if wiring.whistle:
        kind = "piezo" if wiring.whistle.kind == "piezo" else "gate of the siren's MOSFET"
        ends = len(wiring.whistle.pins)
        for number, pin in enumerate(wiring.whistle.pins, 1):
            found.append((f"whistle {number}", pin, f"{kind}, lead {number}", "" if ends == 2 else "GND"))
    # Asleep an ESP32 may take away the pull-ups inside from the pins that wake it.
    waking = ("button", "button2") if wiring.port == "esp32" else ()
    return [
        Wire(name, pin, part, to, pin in board.pulled or name in waking)
        for name, pin, part, to in found
        if pin is not None
    ]


def on_board(board: Board) -> list[str]:
    """What the board wires itself, in words."""
    outside = {wire.pin for wire in wires(board)}
    named: dict[str, list[int]] = {}
    for use in rules.uses(board):
        if use.pin not in outside:
            pins = named.setdefault(use.what.split(".")[0], [])
            pins += [use.pin] if use.pin not in pins else []
    words = {"still": "kept at one level", "pmu_i2c": "power chip"}
    return [f"{words.get(what, what)} {', '.join(map(str, pins))}" for what, pins in named.items()]


def table(board: Board) -> str:
    """The wires as a Markdown table."""
    rows = [
        f"| {wire.pin} | {wire.part} | {wire.to or 'the other lead'} | {'100k to 3.3 V' if wire.pulled else ''} |"
        for wire in wires(board)
    ]
    head = [
        "| pin (the number printed on the board) | to | and from there to | and from the pin |",
        "| --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows, "", f"On the board already, leave free: {'; '.join(on_board(board))}."])


def drawing(board: Board) -> Sheet:
    """The whole drawing of one board."""
    found = wires(board)
    high = 34 + STEP * len(found) + 22
    sheet = Sheet(WIDTH, high, f"Wiring of {board.name}")
    sheet.rect(0, 0, WIDTH, high, "#ffffff")
    sheet.words(6, 10, board.name, 15, True)
    sheet.words(6, 16.5, "Not yet built by anybody. Pins are GPIO numbers.", 9.5, False, RED)
    body = STEP * len(found) + 6
    sheet.rect(BOARD_X, 24, BOARD_W, body, FIELD, INK, 0.5, 2)
    sheet.words(BOARD_X + 4, 30, "board", 10, True)
    left(sheet, 24 + body / 2)
    for number, wire in enumerate(found):
        with sheet.group(f"wire-{wire.name.replace(' ', '-')}"):
            wired(sheet, wire, 34 + number * STEP)
    rail(sheet, [34 + number * STEP for number, wire in enumerate(found) if wire.to == "GND"])
    lines = sheet.paragraph(
        6, high - 14, WIDTH - 12, f"On the board already: {'; '.join(on_board(board))}.", 9, fill=GREY
    )
    assert lines < high
    return sheet


def wired(sheet: Sheet, wire: Wire, y: float) -> None:
    """One pin with its wire and part."""
    edge = BOARD_X + BOARD_W
    sheet.circle(edge, y, 1.6, "#d8a520", INK, 0.4)
    sheet.words(edge - 4, y + 1.4, str(wire.pin), 12, True, anchor="end")
    sheet.line((edge + 1.6, y), (PART_X, y), width=0.5)
    sheet.words(edge + 5, y - 1.8, wire.part.partition(":")[0], 9)
    if wire.name.startswith("whistle"):
        piezo(sheet, wire, y)
    else:
        switch(sheet, y, wire.name)
    if wire.pulled:
        resistor(sheet, PART_X - 3, y)


def switch(sheet: Sheet, y: float, name: str) -> None:
    """A switch to the ground rail; the cable's core as a plug."""
    shut = name in ("tamper", "wire")
    sheet.circle(PART_X, y, 0.9, "#ffffff", INK, 0.4)
    sheet.circle(PART_X + 12, y, 0.9, "#ffffff", INK, 0.4)
    sheet.line((PART_X + 0.7, y - 0.6), (PART_X + 11.6, y - (0.9 if shut else 4.6)), width=0.6)
    if not shut:
        sheet.line((PART_X + 6, y - 2.8), (PART_X + 6, y - 6.2), width=0.4)
        sheet.line((PART_X + 3, y - 6.2), (PART_X + 9, y - 6.2), stroke=RED, width=1.2)
    sheet.line((PART_X + 12.9, y), (RAIL_X, y), width=0.5)


def piezo(sheet: Sheet, wire: Wire, y: float) -> None:
    """A lead of the sounder with its resistor; two leads meet in one disc."""
    sheet.rect(PART_X, y - 1.5, 9, 3, "#ffffff", INK, 0.4)
    sheet.words(PART_X + 4.5, y - 2.4, "100 ohm", 7.5, False, GREY, "middle")
    if wire.to:
        sheet.line((PART_X + 9, y), (RAIL_X, y), width=0.5)
        return
    first = wire.name.endswith("1")
    middle = y + STEP / 2 * (1 if first else -1)
    sheet.line((PART_X + 9, y), (PART_X + 20, y), (PART_X + 20, middle), width=0.5)
    if not first:
        sheet.circle(PART_X + 20, middle, 5, "#f3d9a6", INK, 0.5)
        sheet.circle(PART_X + 20, middle, 3, "#ffffff", INK, 0.4)


def resistor(sheet: Sheet, x: float, y: float) -> None:
    """A pull-up to 3.3 V."""
    sheet.line((x, y), (x, y - 3), width=0.4)
    sheet.rect(x - 1.2, y - 8, 2.4, 5, "#ffffff", INK, 0.4)
    sheet.words(x - 2.2, y - 5, "100k to 3.3 V", 7.5, False, GREY, "end")


def rail(sheet: Sheet, heights: list[float]) -> None:
    """The common ground."""
    low = max(heights) + 8
    sheet.line((RAIL_X, min(heights)), (RAIL_X, low), width=0.9)
    for number, half in enumerate((4.0, 2.6, 1.2)):
        sheet.line((RAIL_X - half, low + number * 1.3), (RAIL_X + half, low + number * 1.3), width=0.7)
    sheet.words(RAIL_X - 6, low + 3, "GND", 9, True, anchor="end")


def left(sheet: Sheet, y: float) -> None:
    """Antenna and battery, on the sockets of the board."""
    high, low = y - 18, y + 18
    sheet.line((BOARD_X, high), (24, high), (24, high - 8), width=0.8)
    sheet.line((24, high - 4), (18, high - 12), stroke=INK, width=0.6)
    sheet.line((24, high - 4), (30, high - 12), stroke=INK, width=0.6)
    sheet.line((24, high - 4), (24, high - 14), stroke=INK, width=0.6)
    sheet.words(6, high + 6, "antenna, in its socket", 9, True)
    sheet.words(6, high + 10.5, "before any power, always", 9, True, RED)
    sheet.line((BOARD_X, low - 3), (30, low - 3), width=0.8)
    sheet.line((BOARD_X, low + 3), (30, low + 3), width=0.8)
    sheet.rect(10, low - 6, 20, 12, "#ffffff", INK, 0.6, 1)
    sheet.words(27, low - 1.2, "+", 12, True, RED, "end")
    sheet.words(27, low + 5, "-", 12, True, INK, "end")
    sheet.words(6, low + 12, "one Li-ion cell with protection;", 9)
    sheet.words(6, low + 16.5, "plugs are sold both ways round", 9, True, RED)


def drawn(text: str) -> Iterator[tuple[str, int]]:
    """(wire, pin) as a drawing shows them, read back from its SVG."""
    for name, body in re.findall(r'<g id="wire-([\w-]+)">(.*?)</g>', text, re.S):
        yield name, int(re.findall(r">(\d+)</text>", body)[0])


if __name__ == "__main__":
    click.command()(
        click.option("--check", is_flag=True, help="Change nothing; exit 1 when something is stale.")(main)
    )()
