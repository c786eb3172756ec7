"""The rhythms of lamp and whistle, read from the beacon's tables."""

from typing import NamedTuple

from beacon import patterns


class Rhythm(NamedTuple):
    """A word of a table: its colour, the seconds it is shown (0: while it is true), and on, off, on, off ... in ms."""

    word: str
    colour: str
    seconds: int
    steps: tuple[int, ...]


def table(text: str) -> dict[str, Rhythm]:
    """All words of one of the two tables, in their order."""
    found = {}
    for row in text.strip().splitlines():
        word, colour, seconds, *steps = row.split()
        found[word] = Rhythm(word, colour, int(seconds), tuple(int(step) * 10 for step in steps))
    return found


def lamp() -> dict[str, Rhythm]:
    """The lamp's words."""
    return table(patterns.LAMP)


def whistle() -> dict[str, Rhythm]:
    """The whistle's words."""
    return table(patterns.WHISTLE)


def lit(rhythm: Rhythm, from_ms: int, until_ms: int) -> list[tuple[int, int]]:
    """(from, to) in ms of every light or sound of a rhythm that begins at from_ms, cut at until_ms."""
    found, at, number = [], from_ms, 0
    until_ms = min(until_ms, from_ms + rhythm.seconds * 1000) if rhythm.seconds else until_ms
    while at < until_ms:
        step = rhythm.steps[number % len(rhythm.steps)]
        if number % 2 == 0:
            found.append((at, min(at + step, until_ms)))
        at, number = at + step, number + 1
    return found
