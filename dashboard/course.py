"""The course of an alert on this dashboard: what each event does to its state and to the sound, as one table.

    states   open, cancelled (by who pressed), clear (a captain's all clear)
    sound    none; siren (until answered); soft (discreet, until answered: silent alerts); once (drills)

A duress cancel never closes anything. What is older than the newest line heard of an alert adds facts, and changes
neither state nor sound, so that a late frame never reopens or silences.
"""

from typing import Final, Literal, NamedTuple

State = Literal["open", "cancelled", "clear"]
Sound = Literal["none", "siren", "soft", "once"]

RING, KEEP, HUSH = "ring", "keep", "hush"
CANCEL_ALONE_S = 30.0  # protocol 11: later than this a cancel only asks the captain

TABLE: Final[dict[tuple[str, str], tuple[State, str]]] = {
    ("new", "raised"): ("open", RING),
    ("new", "refined"): ("open", RING),
    ("new", "again"): ("open", RING),
    ("new", "duress"): ("open", RING),
    ("new", "silent"): ("open", RING),
    ("new", "cancelled"): ("cancelled", KEEP),
    ("open", "raised"): ("open", KEEP),  # its line came after a poll of the same call
    ("open", "refined"): ("open", RING),
    ("open", "again"): ("open", RING),
    ("open", "duress"): ("open", RING),
    ("open", "silent"): ("open", KEEP),
    ("open", "cancelled"): ("cancelled", HUSH),
    ("open", "asked"): ("open", KEEP),
    ("open", "answered"): ("open", HUSH),
    ("open", "clear"): ("clear", HUSH),
    ("cancelled", "again"): ("open", RING),
    ("cancelled", "refined"): ("open", RING),
    ("cancelled", "duress"): ("open", RING),
    ("cancelled", "clear"): ("clear", HUSH),
    ("clear", "again"): ("open", RING),
    ("clear", "refined"): ("open", RING),
    ("clear", "duress"): ("open", RING),
}
LATE: Final = {
    ("cancelled", "again"),
    ("cancelled", "refined"),
    ("clear", "again"),
    ("clear", "refined"),
    ("open", "again"),
    ("open", "cancelled"),
}  # pairs that only what is newest may take


class Step(NamedTuple):
    """Where an alert stands after an event, and how it sounds from now on."""

    state: State
    ring: Sound


def step(state: State | None, ring: Sound, event: str, *, newest: bool, silent: bool, drill: bool) -> Step:
    """The next (state, sound). `state` None for an alert not seen before; `newest` False for an older line."""
    key = (state or "new", event)
    if key not in TABLE or (not newest and key in LATE):
        return Step(state or "open", ring)
    following, effect = TABLE[key]
    sounds: dict[str, Sound] = {RING: voice(silent=silent, drill=drill), KEEP: ring, HUSH: "none"}
    return Step(following, sounds[effect])


def voice(*, silent: bool, drill: bool) -> Sound:
    """How an alert calls a captain. A silent one is told discreetly but until answered: the captain may stand near
    the very person it is about, so it never turns into the siren, and never stops by itself either."""
    if drill:
        return "once"
    return "soft" if silent else "siren"


def heard_as(event: str, since_raised_s: float | None) -> str:
    """A cancel later than 30 s after the press only asks; everything else is what it says it is."""
    late = since_raised_s is not None and since_raised_s > CANCEL_ALONE_S
    return "asked" if event == "cancelled" and late else event
