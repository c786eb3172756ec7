"""The resident's card says what beacons do: every gesture and every rhythm on it is played, or measured, again."""

import re
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from alertwire import gestures
from beacon import patterns
from click.testing import CliRunner

from tests.support import towns
from tools import sheet as sheets
from tools.card import fingers, page, rhythms
from tools.card.__main__ import main
from tools.card.words import ENGLISH, LANGUAGES, Language
from tools.sheet import MM_PER_POINT, Sheet, Words, measure
from whistle.simulator import beacons

SVG = "{http://www.w3.org/2000/svg}"
EACH = pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)


def drawn(language: Language) -> xml.Element:
    """The card as it lies in the repository."""
    return xml.fromstring((page.ROOT / page.FOLDER / f"card-{language.code}.svg").read_text())


def group(card: xml.Element, name: str) -> xml.Element:
    return next(one for one in card.iter(f"{SVG}g") if one.get("id") == name)


def bars(part: xml.Element, kind: str) -> list[tuple[float, float]]:
    """(left, right) in mm of the bars of that kind."""
    found = [one for one in part.iter(f"{SVG}rect") if one.get("class") == kind]
    return [(float(one.get("x", 0)), float(one.get("x", 0)) + float(one.get("width", 0))) for one in found]


def said(language: Language) -> str:
    """Every word on the card, in one line."""
    return " ".join(one.text or "" for one in drawn(language).iter(f"{SVG}text"))


def test_the_cards_are_what_would_be_made_now() -> None:
    for path, fresh in page.made().items():
        assert (page.ROOT / path).read_bytes() == fresh, f"{path} is stale: run python -m tools.card"


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (gestures, "TABLE", ["12000333", "12033333", "40657894", "40000894"]),
        (patterns, "LAMP", patterns.LAMP.replace("coming green 0 300 25", "coming green 0 300 50")),
        (patterns, "WHISTLE", patterns.WHISTLE.replace("shown - 2 10 200", "shown - 2 20 200")),
    ],
)
def test_a_card_goes_stale_when_a_table_changes(
    module: object, name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = page.card(ENGLISH).svg()
    monkeypatch.setattr(module, name, value)
    assert page.card(ENGLISH).svg() != before


def test_a_word_nobody_explained_makes_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LAMP", patterns.LAMP + "puzzled red 0 7 70\n")
    with pytest.raises(KeyError, match="puzzled"):
        page.card(ENGLISH)


@EACH
@pytest.mark.parametrize("word", rhythms.lamp())
def test_every_rhythm_of_the_lamp_is_drawn_as_the_table_has_it(language: Language, word: str) -> None:
    if word in page.TECHNICIANS:
        assert language.lamp[word] not in said(language)
        return
    measured(language, f"lamp-{word}", rhythms.lamp()[word])
    assert language.lamp[word] in said(language) or word in page.OTHERS
    assert language.colours[rhythms.lamp()[word].colour] in said(language)


@EACH
def test_how_often_a_rhythm_comes_that_is_longer_than_its_strip_is_said(language: Language) -> None:
    seldom = [one for one in rhythms.lamp().values() if sum(one.steps) > page.STRIP_MS]
    assert {one.word for one in seldom} == {"low-battery", "wire-out"}
    for one in seldom:
        words = language.every.format(seconds=f"{sum(one.steps) / 1000:g}")
        assert f"{language.colours[one.colour]}{words}" in said(language)


@EACH
@pytest.mark.parametrize("word", rhythms.whistle())
def test_every_rhythm_of_the_whistle_is_drawn_as_the_table_has_it(language: Language, word: str) -> None:
    measured(language, f"whistle-{word}", rhythms.whistle()[word])
    assert language.whistle[word] in said(language)


def measured(language: Language, name: str, rhythm: rhythms.Rhythm) -> None:
    """The bars, turned back into ms, follow the table step by step until the strip ends."""
    part = group(drawn(language), name)
    ground = next(one for one in part.iter(f"{SVG}rect") if not one.get("class"))
    left = float(ground.get("x", 0)) + page.EDGE
    scale = (float(ground.get("width", 0)) - 2 * page.EDGE) / page.STRIP_MS
    steps = list(rhythm.steps) * (page.STRIP_MS // sum(rhythm.steps) + 1)
    at = 0
    found = [((begin - left) / scale, (end - left) / scale) for begin, end in bars(part, "lit")]
    end_of_word = min(page.STRIP_MS, rhythm.seconds * 1000 or page.STRIP_MS)
    for number, step in enumerate(steps):
        if at < end_of_word and number % 2 == 0:
            assert found.pop(0) == pytest.approx((at, min(at + step, end_of_word)), abs=0.5)
        at += step
    assert found == []


@EACH
def test_every_gesture_that_means_something_is_drawn_and_said(language: Language) -> None:
    wanted = {int(number) for row in gestures.TABLE for number in row} - {0}
    assert {row.meaning for row in fingers.rows()} == {gestures.MEANINGS[number] for number in wanted}
    words = said(language)
    for row in fingers.rows():
        if row.meaning == "help":
            assert language.hero in words
            continue
        assert group(drawn(language), f"gesture-{row.meaning}-{row.when}")
        assert page.fill(language.means[row.meaning]) in words
        assert page.how(language, row) in words


@EACH
def test_the_beacon_understands_every_picture_as_the_card_says(language: Language) -> None:
    """The bars of each picture are read off the page and played to the beacon's own gestures."""
    scale = page.FINGER_MM_PER_S / 1000
    for row in fingers.rows():
        if row.meaning == "help":
            continue
        found = bars(group(drawn(language), f"gesture-{row.meaning}-{row.when}"), "down")
        presses = [
            fingers.Press(round((on - found[0][0]) / scale), round((off - found[0][0]) / scale)) for on, off in found
        ]
        places = {"calm": (fingers.IDLE,), "early": (fingers.EARLY,), "calling": (fingers.EARLY, fingers.LATE)}
        for situation in places[row.when]:
            assert fingers.played(presses, situation) == [row.meaning]


def test_every_gesture_of_a_row_means_that_row() -> None:
    for row in fingers.rows():
        situation = fingers.IDLE if row.when == "calm" else fingers.EARLY
        for gesture in row.gestures:
            assert fingers.played(fingers.presses(gesture), situation) == [row.meaning]


def test_a_sleeping_beacon_understands_what_is_drawn_for_quiet_days() -> None:
    for row in fingers.rows():
        if row.when == "calm":
            presses = fingers.presses(row.gestures[0])
            seen = [one for one in presses if one.up > fingers.blind_ms()]
            if row.meaning == "selftest":  # too short to be seen: "Dark? Tap once more"
                assert not seen
                seen = presses
            assert fingers.played(seen, fingers.WOKEN) == [row.meaning]


def test_a_sleeping_beacon_takes_the_second_button_held_as_long_as_the_card_says() -> None:
    for held, called in ((fingers.second_s(), True), (fingers.blind_ms() / 1000 - 0.1, False)):
        town = towns.town(towns.beacon(**towns.PRESS, second_button=True), towns.RADIO_NODE)
        assert towns.asleep(town)
        town.press(towns.BEACON, hold_s=held, which=1)
        town.run(3)
        assert (town.beacon(towns.BEACON).state()["call"] == "silent") == called, held


@EACH
def test_how_long_the_second_button_is_held_is_told_in_private(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "{second}" in language.means["silent"]
    monkeypatch.setattr(beacons, "BOOT_US", 2_000_000)
    assert " 3 se" in page.fill(language.means["silent"]), "a board that starts slower needs a longer press"


def test_the_numbers_are_the_beacons() -> None:
    assert fingers.second_s() == 1, "more than one: the card's words must say seconds"
    assert (fingers.hold_ms(), fingers.tap_ms(), fingers.early_ms()) == (1500, 600, 30_000)
    assert "1.5 seconds" in said(ENGLISH) and "first 30 s" in said(ENGLISH)


@EACH
def test_the_story_at_the_top_is_a_hold_and_what_the_lamp_says_to_it(language: Language) -> None:
    (held,) = bars(group(drawn(language), "story-finger"), "down")
    lit = bars(group(drawn(language), "story-lamp"), "lit")
    scale = (held[1] - held[0]) / (fingers.hold_ms() + 100)
    begins = [(on - held[0]) / scale for on, _ in lit]
    assert begins[0] == pytest.approx(80, abs=1)
    slow = [at for at in begins if at >= fingers.hold_ms() - 1]
    assert slow[0] == pytest.approx(fingers.hold_ms(), abs=1)
    assert slow[1] - slow[0] == pytest.approx(sum(rhythms.lamp()["sent"].steps), abs=1)


@EACH
def test_what_a_forcer_must_not_read_stands_below_the_cut(language: Language) -> None:
    sheet = page.card(language)
    cut = max(one.points[0][1] for one in sheet.shapes if isinstance(one, sheets.Line) and one.dash)
    hidden = " ".join(one.text for one in sheet.shapes if isinstance(one, Words) and one.y > cut)
    shown = " ".join(one.text for one in sheet.shapes if isinstance(one, Words) and one.y < cut)
    for meaning in page.PRIVATE:
        assert page.fill(language.means[meaning]) in hidden
        assert page.fill(language.means[meaning]) not in shown
    assert "second button" not in shown and "segundo botón" not in shown


def boxes(sheet: Sheet) -> list[tuple[str, float, float, float, float]]:
    """Each line of words with left, right, top, bottom."""
    found = []
    for one in sheet.shapes:
        if isinstance(one, Words):
            wide, high = measure(one.text, one.size, one.bold), one.size * MM_PER_POINT
            left = one.x - {"start": 0.0, "middle": wide / 2, "end": wide}[one.anchor]
            found.append((one.text, left, left + wide, one.y - high * 0.72, one.y + high * 0.18))
    return found


def collisions(sheet: Sheet) -> list[tuple[str, str]]:
    all = boxes(sheet)
    return [
        (a[0], b[0])
        for number, a in enumerate(all)
        for b in all[number + 1 :]
        if min(a[2], b[2]) - max(a[1], b[1]) > 0 and min(a[4], b[4]) - max(a[3], b[3]) > 0
    ]


@EACH
def test_no_words_leave_the_page_or_run_into_others(language: Language) -> None:
    sheet = page.card(language)
    assert collisions(sheet) == []
    for text, left, right, top, bottom in boxes(sheet):
        assert left >= 0 and right <= page.WIDTH and top >= 0 and bottom <= page.HEIGHT, text
    crowded = page.card(language)
    crowded.words(8, 14, "over the title", 20)
    assert collisions(crowded)


def test_both_papers_leave_a_margin_that_printers_need() -> None:
    for wide, high in sheets.PAPERS.values():
        assert wide - page.WIDTH >= 12 and high - page.HEIGHT >= 12


@EACH
def test_the_card_is_one_page_without_anything_from_elsewhere(language: Language) -> None:
    for paper in sheets.PAPERS:
        raw = (page.ROOT / page.FOLDER / f"card-{language.code}-{paper}.pdf").read_bytes()
        assert len(re.findall(rb"/Type /Page\b", raw)) == 1
        assert len(raw) < 60_000
    assert "href" not in xml.tostring(drawn(language), encoding="unicode")


def test_both_languages_say_as_much() -> None:
    for name in ("means", "lamp", "whistle", "colours"):
        assert len({frozenset(getattr(language, name)) for language in LANGUAGES}) == 1
    assert len({len(language.gestures) for language in LANGUAGES}) == 1


def test_the_command_notices_a_stale_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tools.card.__main__.ROOT", tmp_path)
    run = CliRunner().invoke(main, ["--check"])
    assert (run.exit_code, "6 of 6 files stale" in run.output) == (1, True)
    assert CliRunner().invoke(main, []).exit_code == 0
    assert CliRunner().invoke(main, ["--check"]).exit_code == 0
