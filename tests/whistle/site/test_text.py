"""Names and places: what is taken can always be sent and read; what would deceive or not fit gets one sentence."""

import unicodedata

import pytest
from alertwire import wire
from alertwire.text import proper_line
from hypothesis import given
from hypothesis import strategies as st

from whistle.site import text
from whistle.site.errors import BadInput

HIDDEN = [
    "\x00",
    "\x07",
    "\n",
    "\t",
    "\x7f",
    "\x85",
    "\xad",
    "\u200b",
    "\u200d",
    "\u200f",
    "\u202e",
    "\u2066",
    "\ufeff",
]
HIDDEN += [
    "\u2028",
    "\u00a0",
    "\u3000",
    "\u034f",
    "\u115f",
    "\u3164",
    "\u2800",
    "\ufe0f",
    "\ue000",
    "\U000e0001",
    "\U000e0100",
]


@pytest.mark.parametrize("odd", HIDDEN, ids=lambda char: f"U+{ord(char):04X}")
def test_hidden_characters_are_refused_by_number(odd):
    for check in (lambda value: text.clean(value, "name"), text.place, text.word, text.channel_name):
        with pytest.raises(BadInput, match=f"U\\+{ord(odd):04X}"):
            check(f"a{odd}b")


@pytest.mark.parametrize("mark", ["~", "://"])
def test_marks_with_a_meaning_on_the_air_are_refused(mark):
    for check in (lambda value: text.clean(value, "name"), text.place, text.word):
        with pytest.raises(BadInput, match="leave it out"):
            check(f"a{mark}b")


@given(st.text(max_size=80), st.text(max_size=30), st.integers(0, (1 << 32) - 1))
def test_a_place_and_word_that_are_taken_make_a_line_the_air_takes(place, word, sequence):
    try:
        place, word = text.place(place), text.word(word)
    except BadInput:
        return
    line = wire.compose(word, place, sequence)
    assert proper_line(line)
    assert len(line) <= 120 - 28


@given(st.text(max_size=80))
def test_what_is_taken_is_composed_trimmed_and_taken_again_unchanged(value):
    try:
        taken = text.clean(value, "name")
    except BadInput:
        return
    assert taken == unicodedata.normalize("NFC", taken) == taken.strip(" ") != ""
    assert text.clean(taken, "name") == taken


@pytest.mark.parametrize("name", ["34th & Cedar", "Řeka 7", "中央公園", "شارع ١", "Café #2", "O'Neill", "5 – 7"])
def test_places_of_many_languages_are_taken(name):
    assert text.place(f"  {name} ") == name


@pytest.mark.parametrize(
    ("check", "value", "sentence"),
    [
        (text.place, "", "The public place is empty"),
        (text.place, "   ", "The public place is empty"),
        (text.place, "é" * 31, "takes 62 bytes, at most 60 fit"),
        (text.place, "x" * 61, "has 61 characters, at most 60"),
        (text.word, "x" * 21, "has 21 characters, at most 20"),
        (text.word, "SOS #1", "holds '#'"),
        (text.channel_name, "123456789012", "has 12 characters, at most 11"),
        (text.channel_name, "ééééé é", "takes 13 bytes, at most 11 fit"),
        (text.channel_name, "default", "choose another"),
        (lambda value: text.clean(value, "name"), "x" * 41, "has 41 characters, at most 40"),
        (lambda value: text.note(value, "note"), "x" * 201, "has 201 characters, at most 200"),
        (text.kinds, ["help", "flood"], "'flood' is no kind"),
        (text.kinds, [], "No kind was given"),
    ],
)
def test_each_refusal_is_one_sentence(check, value, sentence):
    with pytest.raises(BadInput) as caught:
        check(value)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_kinds_come_in_the_protocols_order_each_once():
    assert text.kinds(["fire", "help", "fire"]) == ["help", "fire"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("Anna", "ANNA", True), ("Anna", "Ａnna", True), ("Straße", "STRASSE", True), ("Anna", "Anne", False)],
)
def test_names_people_would_confuse_are_the_same(one, other, alike):
    assert text.same(one, other) is alike


@pytest.mark.parametrize(
    ("public", "short"), [("34th & Cedar", "34CE"), ("Hall", "HA"), ("1st Ave", "1AV"), ("The Old Mill", "THOL")]
)
def test_short_names_can_be_read(public, short):
    assert text.short_name(public, 0x0A1B2C3D, set()) == short


@given(st.text(max_size=20), st.integers(4, 0xFFFFFFFE), st.sets(st.text("ABCDEF0123456789", max_size=4)))
def test_a_short_name_is_at_most_four_ascii_characters(public, node, taken):
    short = text.short_name(public, node, taken)
    assert 2 <= len(short) <= 4 and short.isascii() and short.isalnum()
    assert short not in taken or short == f"{node & 0xFFFF:04x}"


@given(st.text(max_size=40), st.integers(0, 30))
def test_trimming_cuts_no_character(value, size):
    cut = text.trimmed(value, size)
    assert len(cut.encode()) <= size and value.startswith(cut)


@pytest.mark.parametrize(
    ("name", "channel"),
    [("Cedar Street", "Cedar"), ("Cedar", "Cedar"), ("Longfellowville", "Longfellowv"), ("é" * 9, "é" * 5)],
)
def test_a_channel_is_named_after_the_site(name, channel):
    assert text.channel_from(name) == channel
