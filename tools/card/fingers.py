"""What a finger does, as presses in time, and what the gesture table makes of it: the card's rows.

The times are found by playing presses to the beacon's own `Gestures`; every picture is made of such presses.
"""

from math import ceil
from typing import Final, NamedTuple

from alertwire import drawing, gestures
from alertwire.gestures import Gestures

from whistle.simulator import beacons

TAP_MS, GAP_MS = 150, 250  # how a quick finger taps
LATER = 1.4  # by so much a real board may take longer to start (bench checklist, D1)
HOLD, FIVE, FIVE_HELD, MORE = 0, 5, 6, 7  # numbers of gestures, as in drawing.GESTURES
IDLE, WOKEN, EARLY, LATE = range(4)  # rows of the gesture table
SITUATIONS: Final = (IDLE, WOKEN, EARLY, LATE)


class Press(NamedTuple):
    """The finger is down from one time to another, ms."""

    down: int
    up: int


class Row(NamedTuple):
    """A line of the card: what is meant, by which gestures (the first is drawn), and when that holds: "calm",
    "calling", or "early" in a call."""

    meaning: str
    gestures: tuple[int, ...]
    when: str


def rows() -> list[Row]:
    """Everything that means something, as the table has it now."""
    found = [Row(meaning, _ways(IDLE, meaning), "calm") for meaning in gestures.MEANINGS[1:] if _ways(IDLE, meaning)]
    for meaning in gestures.MEANINGS[1:]:
        early, late = _ways(EARLY, meaning), _ways(LATE, meaning)
        if early and late not in ((), early) or late and not early:
            raise ValueError(f"{meaning} changes its gesture during a call: the card has no words for that")
        if early:
            found.append(Row(meaning, early, "calling" if late else "early"))
    return found


def _ways(situation: int, meaning: str) -> tuple[int, ...]:
    number = str(gestures.MEANINGS.index(meaning))
    return tuple(at for at, one in enumerate(gestures.TABLE[situation]) if one == number)


def presses(gesture: int) -> list[Press]:
    """The presses of a gesture, from 0 ms."""
    if gesture == HOLD:
        return [Press(0, hold_ms() + 100)]
    taps = {FIVE_HELD: 5, MORE: 6}.get(gesture, gesture)
    made = [Press(at * (TAP_MS + GAP_MS), at * (TAP_MS + GAP_MS) + TAP_MS) for at in range(taps)]
    if gesture == FIVE_HELD:
        made[-1] = Press(made[-1].down, made[-1].down + tap_ms() + 300)
    return made


def played(made: list[Press], situation: int = IDLE) -> list[str]:
    """What a beacon in that situation understands of those presses; hints for the lamp left out."""
    finger = Gestures(woken=situation == WOKEN)
    start = 0
    if situation in (EARLY, LATE):
        finger.opened = 0
        start = 1000 if situation == EARLY else early_ms() + 10_000
    said: list[str | None] = []
    for press in made:
        for pressed, at in ((True, press.down), (False, press.up)):
            while (due := finger.due()) is not None and due <= start + at:
                said.append(finger.timeout(due))
            said.append(finger.edge(pressed, start + at))
    while (due := finger.due()) is not None:
        said.append(finger.timeout(due))
    return [one for one in said if one and one not in ("holding", "released")]


def hold_ms() -> int:
    """How long a press must last to be a hold."""
    finger = Gestures()
    finger.edge(True, 0)
    while (due := finger.due()) is not None:
        if finger.timeout(due) == "help":
            return due
    raise ValueError("no hold calls for help: this card would be wrong")


def tap_ms() -> int:
    """From which length on a press is no tap."""
    return next(ms for ms in range(50, 5000, 50) if played([Press(0, ms)]) != ["selftest"])


def blind_ms() -> int:
    """How long a board that its button wakes from deep sleep sees no button."""
    return beacons.BOOT_US // 1000


def second_s() -> int:
    """Whole seconds to hold the second button: a shorter press may be over before the board has started."""
    return ceil(blind_ms() * LATER / 1000)


def early_ms() -> int:
    """How long after the call its kind may be said."""
    for second in range(1, 3600):
        finger = Gestures()
        finger.opened = 0
        made = presses(2)
        start = second * 1000 - made[-1].up  # the last tap ends at that second
        for press in made:
            finger.edge(True, start + press.down)
            finger.edge(False, start + press.up)
        if finger.timeout(finger.due() or 0) is None:
            return (second - 1) * 1000
    raise ValueError("a call's kind may be said for ever: the card has no words for that")


assert len(drawing.GESTURES) == len(gestures.TABLE[0]) == MORE + 1
