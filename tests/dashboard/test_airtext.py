"""Text of strangers on a page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import airtext

TAGS = re.compile(r"<bdi class=\"air\">|</bdi>|<span class=\"(odd|unseen)\"( title=\"U\+[0-9A-F]{4,6}\")?>|</span>")


@given(st.text(max_size=300))
def test_no_text_makes_markup_of_its_own(text: str) -> None:
    bare = TAGS.sub("", str(airtext.air(text)))
    assert not set("<>\"'") & set(bare)
    assert all(re.match(r"(amp|lt|gt|#34|#39);", part) for part in bare.split("&")[1:])


@given(st.text(max_size=300))
def test_what_is_left_is_visible_and_short(text: str) -> None:
    plain = airtext.plain(text)
    assert len(plain) <= airtext.LONGEST + 1
    assert all(char.isprintable() for char in plain)


@pytest.mark.parametrize(
    "char",
    ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\x00", "\x1b", "\x7f", "\u2028", "\u00a0", "\ue000", "\ud800"],
)
def test_odd_characters_become_boxes_that_name_them(char: str) -> None:
    assert f'title="U+{ord(char):04X}"' in airtext.air(f"HELP{char}34th")
    assert airtext.plain(f"a{char}b") == f"a{airtext.BOX}b"


def test_piles_of_marks_are_cut() -> None:
    assert airtext.plain("e\u0301") == "e\u0301"
    assert airtext.plain("e" + "\u0301" * 9).count("\u0301") == 2


def test_other_scripts_are_left_alone() -> None:
    for text in ("Улица 5", "شارع ٥", "東通り 5丁目", "Caalaa, Ñandú & Söhne", "Nyob zoo ➜ ok"):
        assert airtext.plain(text) == text
