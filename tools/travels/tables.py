"""The tables of the code as Markdown and Mermaid: what they say is read from them, never written here again."""

from alertwire import calling, drawing, judging
from beacon import patterns

from dashboard import course
from tools.travels.markdown import states, table

STRIP_MS, STEP_MS = 4000, 100


def gestures() -> str:
    """A column a situation, a row a gesture."""
    found = {(gesture, situation): meaning for situation, gesture, meaning in drawing.meanings()}
    rows = [[gesture, *(found.get((gesture, one), "–") for one in drawing.SITUATIONS)] for gesture in drawing.GESTURES]
    return table(("gesture", *drawing.SITUATIONS), rows)


def letters() -> list[tuple[str, str, str, str]]:
    """The rows of the life of a call as they stand in the code: state, event, new state, effect."""
    rows = [calling.TABLE[at : at + 4] for at in range(0, len(calling.TABLE), 4)]
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def life_of_a_call() -> str:
    """The life of a call as a diagram: `*` and `-` are drawn as states of their own."""
    drawn = {"*": "any", "-": "other"}
    names = {**drawing.STATES, "any": "any open state", "other": "any other state"}
    arrows = [(drawn.get(start, start), end, drawing.EVENTS[event]) for start, event, end, _ in letters()]
    return states(names, arrows)


def calls() -> str:
    """The same as a table, with what is sent and what the lamp says; `*` and `-` in words."""
    every = {**drawing.STATES, "*": "*any open state*", "-": "*any other state*"}
    return table(
        ("state", "event", "new state", "what is sent or shown", "lamp says"),
        (
            [every[start], drawing.EVENTS[event], drawing.STATES[end], drawing.EFFECTS[effect], lamp(end, effect)]
            for start, event, end, effect in letters()
        ),
    )


def lamp(state: str, effect: str) -> str:
    """The lamp's word after a row."""
    at = calling.LAMP.find(effect if effect in "+!" else state)
    return calling.WORDS[at] if at >= 0 else "–"


def open_states() -> str:
    """Which states are open ones, in words."""
    return "Open states: " + ", ".join(f"*{drawing.STATES[letter]}*" for letter in calling.LAMP[:7]) + "."


def refusals() -> str:
    """Why a frame is refused, the first row that fits."""
    words = {True: "yes", False: "no", None: ""}
    rows = [[*(words[fact] for fact in facts), f"refused: `{reason}`"] for facts, reason in judging.REFUSALS]
    return table(("encoding right", "node in the roster", "tag right", "revoked", "judged"), rows)


def lines() -> str:
    """What an authentic line is worth."""
    stored = {judging.NEW: "nothing", judging.SAME: "this very tag", judging.OTHER: "another tag"}
    rows = [[stored[held], above(mark), f"`{judged}`"] for (held, mark), judged in judging.LINES.items()]
    return table(("stored under (node, sequence)", "sequence", "judged"), rows)


def pulses() -> str:
    """What an authentic pulse is worth."""
    rows = [
        ["an alert" if stands else "nothing", "yes" if same else "no", above(mark), f"`{judged}`"]
        for (stands, same, mark), judged in judging.PULSES.items()
    ]
    return table(("it says that … stands", "same as the last one", "sequence", "judged"), rows)


def above(mark: bool) -> str:
    """Where a sequence stands."""
    return "above the mark" if mark else "at or below the mark"


def card() -> str:
    """The life of a card on the dashboard as a diagram, with its sound; what leaves a card as it is, is left out."""
    names = {"new": "not seen before", "open": "open", "cancelled": "cancelled", "clear": "all clear"}
    ways: dict[tuple[str, str, str], list[str]] = {}
    for (start, event), (end, effect) in course.TABLE.items():
        if start != end:
            ways.setdefault((start, end, effect), []).append(event)
    sounds = {course.RING: "rings", course.KEEP: "as it was", course.HUSH: "quiet"}
    arrows = ((start, end, "<br>".join([*events, f"({sounds[how]})"])) for (start, end, how), events in ways.items())
    return states(names, arrows)


def cards() -> str:
    """The same as a table."""
    sounds = {course.RING: "rings", course.KEEP: "as it was", course.HUSH: "stops"}
    return table(
        ("card", "event", "card then", "sound", "from an older line"),
        (
            [start, event, end, sounds[effect], "adds a fact only" if (start, event) in course.LATE else "the same"]
            for (start, event), (end, effect) in course.TABLE.items()
        ),
    )


def lamps() -> str:
    """Every word of the lamp, its rhythm drawn and its colour."""
    rows = []
    for row in patterns.LAMP.strip().splitlines():
        word, colour, _, *steps = row.split()
        rows.append([f"*{word}*", f"`{strip([int(step) * 10 for step in steps])}`", colour])
    return table(("word", f"the first {STRIP_MS // 1000} seconds, {STEP_MS} ms a sign", "colour"), rows)


def strip(steps: list[int]) -> str:
    """On, off, on, off ... in milliseconds, over and over, as a strip of light and dark."""
    edges, at = [], 0
    while at < STRIP_MS:
        for number, step in enumerate(steps):
            edges.append((at, at + step, number % 2 == 0))
            at += step
    lit = [
        start
        for start in range(0, STRIP_MS, STEP_MS)
        if any(on and begin < start + STEP_MS and end > start for begin, end, on in edges)
    ]
    return "".join("█" if start in lit else "·" for start in range(0, STRIP_MS, STEP_MS))
