"""Is this board fit to be mounted? One step for each part of it; the outcome is a slip, kept.

A step asks the board (`bench.py`) or the person beside it, and gives one line: passed, failed with its remedy, or
skipped with its reason. A board passes when nothing failed. The failures that technicians really meet are told apart by
what the chip says: a radio without its oscillator, a BUSY line that never falls, a MISO line that is dead.
"""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, NamedTuple

import msgspec

from whistle.workbench.bench import Bench

Outcome = Literal["passed", "failed", "skipped"]
Answer = Callable[[str], "bool | None"]
"""Asks the person a question by its text: yes, no, or None where nobody is asked."""

BUTTON_S: Final = 30.0
USE_IT: Final = "to let it call: `whistle workbench fit NAME --second-button --port ...`"
LAMP_S: Final = 2.0
WHISTLE_S: Final = 1.5
HEAR_S: Final = 10.0  # three frames of 12 bytes and the looks before them, on the slowest preset
NOISY_DBM: Final = -85  # above it a neighbour's frame at the edge of its reach is not heard on any preset
DEAF_DBM: Final = -140  # below what 62.5 kHz of bandwidth can show: the converter reads nothing
WEAK_DBM: Final = -100  # across a bench
LOW_MV, HIGH_MV = 3500, 4350  # one lithium cell
ERROR: Final = re.compile(r"error 0x([0-9a-f]+)")  # as the drivers word the chip's own
ALL_ONES: Final = 0xFFFF  # of a line that nobody pulls down
NO_OSCILLATOR: Final = 0x20  # XOSC_START_ERR, SX1261/2 datasheet table 13-86


class Step(msgspec.Struct, frozen=True):
    """One line of a slip. `says`: what was found; `remedy`: what to do, "" when nothing."""

    name: str
    outcome: Outcome
    says: str
    remedy: str = ""


class People(NamedTuple):
    """What a person is asked: each answers a question, or a flag does."""

    lamp: Answer
    whistle: Answer
    button: Answer


def check(board: Bench, stamp: str, trial: bool, people: People, other: Bench | None = None) -> Iterator[Step]:
    """The steps of one board, each as soon as it is known; `other` is the bench radio, None for none.

    Raises the errors of Device when the board itself goes away.
    """
    yield program(stamp, trial)
    if fault := board.facts.get("fault"):
        yield Step("board", "failed", fault, board_remedy(fault))
        return
    if board.facts["modem"]:
        yield Step("radio", "skipped", "a modem: its gateway tunes it, and tells when the radio does not answer")
        return
    yield from radio(board, other)
    yield battery(board.battery())
    yield from buttons(board, people)
    yield lamp(board, people)
    yield whistle(board, people)


def program(stamp: str, trial: bool) -> Step:
    """The release on the board."""
    if not stamp:
        return Step(
            "program", "failed", "no whole release", "install the beacon's program: `whistle workbench install`"
        )
    return Step("program", "passed", f"{stamp}, on trial" if trial else stamp)


def board_remedy(fault: str) -> str:
    """What to do when the board's own part of the program does not come up."""
    if "ImportError" in fault:
        return "install the beacon's program anew: `whistle workbench install`"
    if "OSError" in fault:
        return "provision this board first: its wiring is not on it"
    return "is this the board of that table? Then switch it off and on"


def radio(board: Bench, other: Bench | None) -> Iterator[Step]:
    """The radio answers and holds what was written to it; it hears little noise, and the bench, and is heard there."""
    tuning = board.facts["tuning"]
    if not tuning:
        yield Step("radio", "failed", "no settings", "provision this board first")
        return
    look = board.radio(tuning)
    yield (step := registers(look, board.facts["radio"]))
    if step.outcome == "passed":
        yield noise(look)
        yield from air(board, other)


def registers(look: dict[str, Any], wiring: dict[str, Any]) -> Step:
    """What stands in the chip's registers, and whether the chip itself reports an error."""
    if fault := look.get("fault"):
        return Step("radio", "failed", fault, radio_remedy(fault, wiring, look.get("busy")))
    found = look["registers"]
    values = list(found.values()) if isinstance(found, dict) else list(found)
    if dead(values):
        return Step("radio", "failed", "every register reads the same", radio_remedy("initial status", wiring))
    if errors := isinstance(found, dict) and found.get("errors"):
        fault = f"error {errors:#x}"
        return Step("radio", "failed", fault, radio_remedy(fault, wiring))
    return Step("radio", "passed", f"{len(values)} registers read")


def dead(values: list[Any]) -> bool:
    """Whether this is what a line that nobody drives gives: only zeros, or only ones."""
    return bool(values) and (not any(values) or all(value in (0xFF, 0xFFFF) for value in values))


def radio_remedy(fault: str, wiring: dict[str, Any], busy: int | None = None) -> str:
    """What to do about a radio that does not answer as it should, by what was raised and its BUSY line."""
    said = fault.lower()
    error = ERROR.search(said)
    bits = int(error[1], 16) if error else 0
    if bits & NO_OSCILLATOR and bits != ALL_ONES:
        return (
            f"the radio's oscillator does not start: its table gives {wiring.get('tcxo_mv', 'no')} mV at DIO3; set "
            "tcxo_mv as the module needs, or leave it out for a plain crystal"
        )
    silent = "initial status" in said or bits == ALL_ONES
    if not silent and (busy or "busy" in said):
        return (
            f"the radio's BUSY line (pin {wiring.get('busy')}) never falls: is the module powered, and is this the "
            "board of that table? Look at its RESET too"
        )
    if silent or "eio" in said:
        return (
            f"nothing comes back from the radio: look at MISO (pin {wiring.get('miso')}) and NSS (pin "
            f"{wiring.get('nss')}), or the board has another radio"
        )
    if "importerror" in said:
        return "install the beacon's program anew, with the driver: `whistle workbench install`"
    return "switch the board off and on; if it stays so, put it aside: its radio is defect"


def noise(look: dict[str, Any]) -> Step:
    """How loud the air is on the site's frequency."""
    level = look["noise"]
    says = f"{level} dBm"
    if level > NOISY_DBM:
        return Step("noise", "failed", says, "move away from other transmitters and chargers, or put the board aside")
    if level < DEAF_DBM:
        return Step("noise", "failed", says, "the receiver hears nothing at all: put the board aside")
    return Step("noise", "passed", says)


def air(board: Bench, other: Bench | None) -> Iterator[Step]:
    """A frame to the bench radio, and one back: shorter than Meshtastic's header, so no node takes it for its own."""
    names = ("to the bench", "from the bench")
    if other is None:
        yield from (Step(name, "skipped", "no bench radio: name its port with --bench") for name in names)
        return
    tuning = board.facts["tuning"]
    fault = other.facts.get("fault") or other.radio(tuning).get("fault")
    if fault:
        yield from (Step(name, "failed", fault, "mend the bench radio: check it by itself") for name in names)
        return
    yield crossing(names[0], board, other, tuning)
    yield crossing(names[1], other, board, tuning)


def crossing(name: str, sender: Bench, hearer: Bench, tuning: dict[str, int]) -> Step:
    """One frame from one board to another."""
    frame = b"bench " + os.urandom(6)
    hearer.hear(frame, tuning, HEAR_S)
    sent = sender.send(frame, tuning, 0.5)
    found = hearer.heard(HEAR_S)
    if fault := sent.get("fault") or found.get("fault"):
        return Step(name, "failed", fault, "look at the step `radio` of both boards")
    if not found["heard"]:
        return Step(name, "failed", "not heard", "screw both antennas on; then exchange one board for another")
    rssi, snr = found["heard"]
    says = f"{rssi} dBm, {snr} dB over the noise"
    if rssi < WEAK_DBM:
        return Step(name, "failed", says, "too weak across a bench: is the antenna for this band, and screwed on?")
    return Step(name, "passed", says)


def battery(found: dict[str, Any]) -> Step:
    """The battery can be measured and makes sense."""
    if fault := found.get("fault"):
        return Step("battery", "failed", fault, "look at the battery's divider in the board's table")
    percent, mv = found["percent"], found["mv"]
    if percent > 100:
        return Step("battery", "passed", f"powered from outside, {mv} mV")
    if not LOW_MV <= mv <= HIGH_MV:
        low = "charge it" if mv < LOW_MV else "look at `ratio` in the board's table"
        return Step("battery", "failed", f"{percent} %, {mv} mV", f"{low}, and check again")
    return Step("battery", "passed", f"{percent} %, {mv} mV")


def buttons(board: Bench, people: People) -> Iterator[Step]:
    """Press it: the alarm button, and the second one where there is one."""
    for which, name in enumerate(("button", "second button")[: 1 + bool(board.facts["button2"])]):
        if not people.button(f"Press the {name} within {BUTTON_S:.0f} seconds"):
            yield Step(name, "skipped", "nobody to press it")
            continue
        found = board.button(which, BUTTON_S)
        if not found.get("pressed"):
            yield Step(name, "failed", found.get("fault", "not felt"), f"look at the wires of the {name}")
        elif which and board.facts["used"] is False:
            yield Step(name, "passed", "pressed and felt, and not in use", USE_IT)
        else:
            yield Step(name, "passed", "pressed and felt")


def lamp(board: Bench, people: People) -> Step:
    """See the lamp."""
    found = board.light("green", LAMP_S)
    return _seen("lamp", found, people.lamp("Did the lamp light?"), "look at the lamp's pin and polarity")


def whistle(board: Bench, people: People) -> Step:
    """Hear it."""
    if not board.facts["whistle"]:
        return Step("whistle", "skipped", "this board has none")
    found = board.sound(WHISTLE_S)
    return _seen("whistle", found, people.whistle("Did it whistle?"), "look at the piezo's wires and its pins")


def _seen(name: str, found: dict[str, Any], yes: bool | None, remedy: str) -> Step:
    if fault := found.get("fault"):
        return Step(name, "failed", fault, remedy)
    if yes is None:
        return Step(name, "skipped", "nobody to say so")
    return Step(name, "passed", "seen" if name == "lamp" else "heard") if yes else Step(name, "failed", "no", remedy)


def passed(steps: list[Step]) -> bool:
    """Whether the board may be mounted."""
    return all(step.outcome != "failed" for step in steps)
