"""The tables of gestures and calling in words, for documentation and for people. For hosts."""

from . import calling, gestures

STATES = {
    "I": "idle",
    "C": "calling",
    "W": "calling on",
    "H": "heard",
    "V": "heard, not shown for long",
    "S": "shown",
    "N": "seen",
    "G": "coming",
    "X": "cancelling",
    "Y": "cancelling under duress",
    "Q": "silent alert stands",
    "D": "duress stands",
}
EVENTS = {
    "h": "hold",
    "a": "pressed again",
    "m": "2, 3 or 4 taps: another kind",
    "s": "silent alert",
    "x": "cancel within 30 s",
    "l": "cancel later",
    "d": "duress cancel within 30 s",
    "e": "duress cancel later",
    "0": "heard by a gateway that is cut off",
    "1": "heard",
    "2": "shown",
    "3": "seen",
    "4": "coming",
    "5": "clear",
    "6": "refused",
    "u": "unheard, or not shown, for long",
    "z": "time is up",
}
EFFECTS = {
    "N": "a new call: its line, repeated",
    "L": "a line about this call, repeated",
    "A": "a pulse at once",
    "P": "a poll soon",
    "+": "the lamp says clear",
    "!": "the lamp says cancelled",
    ".": "",
}
SITUATIONS = ("idle", "woken by its button", "open, first 30 s", "open, later")
GESTURES = ("hold", "1 tap", "2 taps", "3 taps", "4 taps", "5 taps", "5 taps, the last held", "more taps")


class Row:
    """One row of the life of a call, in words: state, event, new (state), effect, lamp (the word then shown, or "")."""

    def __init__(self, state: str, event: str, new: str, effect: str) -> None:
        self.state = STATES[state]
        self.event = EVENTS[event]
        self.new = STATES[new]
        self.effect = EFFECTS[effect]
        shown = calling.LAMP.find(effect if effect in "+!" else new)
        self.lamp = calling.WORDS[shown] if shown >= 0 else ""


def letters() -> "list[str]":
    """Every row of calling.TABLE as four letters, `*` and `-` written out for each state that has no row of its own."""
    rows = [calling.TABLE[at : at + 4] for at in range(0, len(calling.TABLE), 4)]
    own = [row for row in rows if row[0] not in "*-"]
    taken = [row[:2] for row in own]
    for row in rows:
        if row[0] in "*-":
            every = [state for state in STATES if (state in calling.LAMP[:7]) == (row[0] == "*")]
            own += [state + row[1:] for state in every if state + row[1] not in taken]
    return own


def calls() -> "list[Row]":
    """The life of a call, a row for each state and each event that changes it, in the order of STATES and EVENTS."""
    order = list(STATES)
    events = list(EVENTS)
    found = sorted(letters(), key=lambda row: (order.index(row[0]), events.index(row[1])))
    return [Row(row[0], row[1], row[2], row[3]) for row in found]


def meanings() -> "list[tuple[str, str, str]]":
    """(situation, gesture, meaning) for each gesture that means something."""
    return [
        (situation, gesture, gestures.MEANINGS[int(number)])
        for situation, row in zip(SITUATIONS, gestures.TABLE)
        for gesture, number in zip(GESTURES, row)
        if number != "0"
    ]
