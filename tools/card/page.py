"""The card itself: where each thing stands on the page."""

from collections.abc import Iterable
from math import atan2, cos, pi, sin
from pathlib import Path
from typing import Final

from tools.card import fingers, rhythms
from tools.card.fingers import FIVE, HOLD, MORE, Row
from tools.card.rhythms import Rhythm
from tools.card.words import LANGUAGES, Language
from tools.sheet import PAPERS, Sheet, measure

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = "docs/resident-card"
PRIVATE: Final = ("silent", "duress")  # who forces a resident must not read how that is told
QUIET: Final = ("covered", "not-covered", "low-battery", "wire-out")  # what the lamp says to a self-test
OTHERS: Final = ("neighbour",)
TECHNICIANS: Final = ("good", "weak", "none")  # what it says to a survey: no resident need learn them

WIDTH, HEIGHT = 194.0, 265.0  # fits on A4 and on Letter
GUTTER, LEFT = 6.0, 86.0
RIGHT: Final = WIDTH - LEFT - GUTTER
STRIP_MS, STRIP_MM, EDGE = 6000, 60.0, 1.2  # a flash at the very edge of its strip would look like the edge
ROW = 9.7
FINGER_MM_PER_S: Final = 13.0

INK, GREY, PALE, NIGHT, ALARM, SKIN = "#111111", "#5a5a5a", "#f1eee8", "#1c1f26", "#c4201c", "#e8b48f"
COLOURS: Final = {"white": "#ffffff", "red": "#ff5348", "amber": "#ffc02e", "green": "#4fdc72", "blue": "#5fa8ff"}


def made() -> dict[str, bytes]:
    """Every file of the card, by its path from the root."""
    files = {}
    for language in LANGUAGES:
        sheet = card(language)
        files[f"{FOLDER}/card-{language.code}.svg"] = sheet.svg().encode()
        for paper in PAPERS:
            files[f"{FOLDER}/card-{language.code}-{paper}.pdf"] = sheet.pdf(paper)
    return files


def card(language: Language) -> Sheet:
    """The whole card in one language."""
    sheet = Sheet(WIDTH, HEIGHT, language.title)
    sheet.rect(0, 0, WIDTH, HEIGHT, "#ffffff")
    top = hero(sheet, language) + 3
    public = [row for row in fingers.rows() if row.meaning not in (*PRIVATE, "help")]
    y = gestures(sheet, language, public, top)
    y = rhythm_rows(sheet, language, QUIET, 0, y + 0.6)
    left = neighbours(sheet, language, y + 1)
    right = whistle(sheet, language, lamp(sheet, language, top))
    private(sheet, language, fields(sheet, language, max(left, right) + 3.6))
    return sheet


def fill(text: str) -> str:
    """A text with the numbers of the tables in it."""
    numbers = {"hold": fingers.hold_ms() / 1000, "early": fingers.early_ms() / 1000, "second": fingers.second_s()}
    return text.format(**{name: f"{number:g}" for name, number in numbers.items()})


def hero(sheet: Sheet, language: Language) -> float:
    """How to call for help, over the whole width; the y below."""
    high = 60.0
    sheet.rect(0, 0, WIDTH, high, ALARM, radius=4)
    sheet.words(8, 14.5, language.hero, 25, True, "#ffffff")
    y = sheet.paragraph(8, 23, 118, fill(language.hero_how), 12.5, False, "#ffffff")
    sheet.paragraph(8, y + 0.6, 118, language.hero_again, 12.5, True, "#ffffff")
    beacon(sheet, 134, 4.5)
    story(sheet, language, 8, 45.5)
    y = sheet.paragraph(0, high + 5.5, WIDTH, language.not_emergency, 10.8, True, ALARM)
    return y - 4


def beacon(sheet: Sheet, x: float, y: float) -> None:
    """A picture of a beacon and a thumb on its button."""
    sheet.line((x + 44, y + 12), (x + 44, y - 1), stroke="#ffffff", width=1.6)
    sheet.rect(x, y + 9, 52, 30, "#ffffff", radius=4)
    sheet.circle(x + 9, y + 16, 3, COLOURS["amber"], "#8a6100", 0.4)
    sheet.circle(x + 27, y + 24, 10.5, "#e7e3dc", "#b9b3a8", 0.5)
    sheet.circle(x + 27, y + 24, 8, ALARM, "#7c100d", 0.6)
    sheet.line((x + 45, y + 51), (x + 57, y + 35.5), (x + 60, y + 38), (x + 60, y + 51), stroke=None, fill="#2f3e5c")
    sheet.line(*capsule((x + 45, y + 37.5), (x + 50, y + 42), 7.6), stroke=None, fill=SKIN)
    sheet.line(*capsule((x + 28, y + 25), (x + 46, y + 38.5), 4.5), stroke=None, fill=SKIN)
    sheet.line(*capsule((x + 27.2, y + 24.4), (x + 29.2, y + 25.9), 2.5), stroke=None, fill="#f6dccb")


def capsule(tip: tuple[float, float], end: tuple[float, float], r: float) -> list[tuple[float, float]]:
    """The outline of a finger: a bar from one point to another, round at both ends."""
    turn = atan2(end[1] - tip[1], end[0] - tip[0])
    corners = []
    for (cx, cy), start in ((tip, turn + pi / 2), (end, turn - pi / 2)):
        corners += [(cx + r * cos(start + step * pi / 12), cy + r * sin(start + step * pi / 12)) for step in range(13)]
    return corners


def story(sheet: Sheet, language: Language, x: float, y: float) -> None:
    """Finger and lamp over the first seconds of a call, one below the other, in true time."""
    at, width, seconds = x + 15, 104.0, 6.0
    scale = width / seconds / 1000
    hold = fingers.presses(HOLD)[0]
    sheet.words(x, y + 3.6, language.finger, 9.5, True, "#ffffff")
    sheet.words(x, y + 10.6, language.light, 9.5, True, "#ffffff")
    with sheet.group("story-finger"):
        sheet.rect(at, y, width, 5.2, "#8f1411", radius=1)
        sheet.rect(at + hold.down * scale, y, (hold.up - hold.down) * scale, 5.2, "#ffffff", radius=1, what="down")
    word = f"{fingers.hold_ms() / 1000:g} s"
    sheet.words(at + (hold.down + hold.up) / 2 * scale, y + 3.8, word, 9.5, True, ALARM, "middle")
    with sheet.group("story-lamp"):
        sheet.rect(at, y + 7, width, 5.2, NIGHT, radius=1)
        words = rhythms.lamp()
        for name, begin, end in (("holding", 80, fingers.hold_ms()), ("sent", fingers.hold_ms(), int(seconds * 1000))):
            for on, off in rhythms.lit(words[name], begin, end):
                sheet.rect(at + on * scale, y + 7.7, (off - on) * scale, 3.8, COLOURS[words[name].colour], what="lit")


def title(sheet: Sheet, x: float, y: float, text: str, aside: str = "") -> float:
    """A heading with what else belongs to it; the y below."""
    sheet.words(x, y + 4.5, text, 14, True)
    if aside:
        sheet.words(x + measure(text, 14, True) + 3, y + 4.5, aside, 9.5, False, GREY)
    return y + 7.2


def gestures(sheet: Sheet, language: Language, found: list[Row], y: float) -> float:
    """The rows of a call, then those of quiet days; the y below."""
    for when, heading in (("early", language.calling), ("calling", ""), ("calm", language.calm)):
        if heading:
            aside = fill(language.early) if when == "early" else ""
            y = title(sheet, 0, y + (2 if when == "calm" else 0), heading, aside)
        else:
            sheet.words(0, y + 2.6, language.always, 9.5, False, GREY)
            y += 4.2
        for row in found:
            if row.when == when:
                y = gesture(sheet, language, row, 0, y, LEFT)
    return y


def gesture(sheet: Sheet, language: Language, row: Row, x: float, y: float, w: float) -> float:
    """One gesture: its picture, its name, what it means; the y below."""
    with sheet.group(f"gesture-{row.meaning}-{row.when}"):
        sheet.rect(x, y, 37, 9.6, PALE, radius=1.2)
        picture(sheet, fingers.presses(row.gestures[0]), x + 2.5, y + 7.4)
    size = 9.5
    sheet.words(x + 40, y + 3.6, how(language, row), size, True)
    below = sheet.paragraph(x + 40, y + 7.7, w - 40, fill(language.means[row.meaning]), size)
    return max(y + 11, below - 1.6)


def how(language: Language, row: Row) -> str:
    """The name of a gesture; what only means the same with more taps is said in one."""
    name = fill(language.gestures[row.gestures[0]])
    if row.gestures[0] == FIVE and MORE in row.gestures:
        return language.or_more.format(count=FIVE)
    return name


def picture(sheet: Sheet, presses: list[fingers.Press], x: float, y: float) -> None:
    """A finger over time: a line, lower where it presses, with a fingertip at each press."""
    scale = FINGER_MM_PER_S / 1000
    end = x + 32
    sheet.line((x, y), (end, y), stroke="#b9b1a3", width=0.4)
    for press in presses:
        left, width = x + press.down * scale, (press.up - press.down) * scale
        sheet.rect(left, y - 2.6, width, 2.6, INK, radius=0.5, what="down")
        middle = left + min(width / 2, 1.2)
        sheet.line(*capsule((middle, y - 3.7), (middle, y - 5.4), 1.05), stroke="#5b3a26", width=0.25, fill=SKIN)


def lamp(sheet: Sheet, language: Language, y: float) -> float:
    """All words of the lamp with their rhythms; the y below."""
    x = LEFT + GUTTER
    y = title(sheet, x, y, language.lamp_title)
    sheet.words(x, y + 1.2, language.lamp_how, 9.5, False, GREY)
    y += 4.4
    ruler(sheet, language, x, y)
    y += 3.6
    found = [word for word in rhythms.lamp() if word not in (*QUIET, *OTHERS, *TECHNICIANS)]
    y = rhythm_rows(sheet, language, found, x, y)
    return sheet.paragraph(x, y + 3, RIGHT, language.steady, 10)


def rhythm_rows(sheet: Sheet, language: Language, words: Iterable[str], x: float, y: float) -> float:
    """Words of the lamp, each with its rhythm, its colour and what it means; the y below."""
    known = rhythms.lamp()
    for word in words:
        colour = known[word].colour
        with sheet.group(f"lamp-{word}"):
            strip(sheet, known[word], x, y, COLOURS[colour])
        seldom = sum(known[word].steps)
        often = language.every.format(seconds=f"{seldom / 1000:g}") if seldom > STRIP_MS else ""
        sheet.words(x + STRIP_MM + 2 * EDGE + 2, y + 3.4, language.colours[colour] + often, 9, False, GREY)
        sheet.words(x, y + 8.4, language.lamp[word], 10, word in ("heard", "shown", "coming"))
        y += ROW
    return y


def ruler(sheet: Sheet, language: Language, x: float, y: float) -> None:
    """The seconds over the strips."""
    for second in range(STRIP_MS // 1000 + 1):
        at = x + EDGE + second * 1000 * STRIP_MM / STRIP_MS
        sheet.line((at, y + 1.6), (at, y + 3), stroke=GREY, width=0.25)
        sheet.words(at, y + 1, str(second), 7.5, False, GREY, "middle" if second else "start")
    sheet.words(x + STRIP_MM + 2 * EDGE + 2, y + 1, language.seconds, 7.5, False, GREY)


def strip(sheet: Sheet, rhythm: Rhythm, x: float, y: float, colour: str) -> None:
    """A rhythm in true time, light on dark."""
    scale = STRIP_MM / STRIP_MS
    sheet.rect(x, y, STRIP_MM + 2 * EDGE, 4.6, NIGHT, radius=0.8)
    for on, off in rhythms.lit(rhythm, 0, STRIP_MS):
        sheet.rect(x + EDGE + on * scale, y + 0.6, (off - on) * scale, 3.4, colour, what="lit")


def neighbours(sheet: Sheet, language: Language, y: float) -> float:
    """What a neighbour's call looks and sounds like; the y below."""
    y = title(sheet, 0, y, language.neighbour)
    for tables, names, name in (
        ("lamp", rhythms.lamp(), language.light),
        ("whistle", rhythms.whistle(), language.sound),
    ):
        for word in OTHERS:
            with sheet.group(f"{tables}-{word}"):
                strip(sheet, names[word], 0, y, COLOURS[names[word].colour if tables == "lamp" else "white"])
            sheet.words(STRIP_MM + 2 * EDGE + 2, y + 3.4, name, 9, False, GREY)
            y += 5.6
    return sheet.paragraph(0, y + 3, LEFT, language.whistle[OTHERS[0]], 10)


def whistle(sheet: Sheet, language: Language, y: float) -> float:
    """What the own whistle says of the own call; the y below."""
    y = title(sheet, LEFT + GUTTER, y - 1.5, language.whistle_title)
    for rhythm in rhythms.whistle().values():
        if rhythm.word not in OTHERS:
            with sheet.group(f"whistle-{rhythm.word}"):
                strip(sheet, rhythm, LEFT + GUTTER, y, COLOURS["white"])
            sheet.words(LEFT + GUTTER, y + 8.4, language.whistle[rhythm.word], 10)
            y += ROW
    return y


def fields(sheet: Sheet, language: Language, y: float) -> float:
    """Two lines to write on; the y below."""
    half = (WIDTH - GUTTER) / 2
    for name, x in ((language.place, 0.0), (language.technician, half + GUTTER)):
        sheet.words(x, y, name, 10, True)
        sheet.line((x + measure(name, 10, True) + 2, y + 0.5), (x + half, y + 0.5), stroke=GREY)
    return y + 3.5


def private(sheet: Sheet, language: Language, y: float) -> None:
    """What is cut off: the gestures that nobody else should know of; then the lines to fill in."""
    sheet.line((0, y), (WIDTH, y), stroke=GREY, width=0.4, dash=2)
    sheet.words(0, y + 6, language.private, 13, True)
    sheet.words(measure(language.private, 13, True) + 3, y + 6, language.private_why, 9.5, False, GREY)
    half = (WIDTH - GUTTER) / 2
    found = [row for row in fingers.rows() if row.meaning in PRIVATE]
    for number, row in enumerate(found):
        gesture(sheet, language, row, number * (half + GUTTER), y + 8.5, half)
