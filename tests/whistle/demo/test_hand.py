"""Words of pages come late, twice or never; a button is down exactly while somebody holds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whistle.demo.asked import Word
from whistle.demo.hand import PAGES, SILENT_S, Hand

CORNER, MILL = 7, 8


class Buttons:
    """The buttons of a town: every edge, and what is down."""

    def __init__(self) -> None:
        self.edges: list[tuple[int, bool]] = []
        self.down: set[int] = set()
        self.now = 0.0
        self.hand = Hand(self.edge, lambda: self.now)

    def edge(self, node: int, down: bool) -> None:
        self.edges.append((node, down))
        (self.down.add if down else self.down.discard)(node)

    def say(self, turn: int, down: bool, page: str = "a", node: int = CORNER) -> None:
        self.hand.take(Word(page=page, turn=turn, node=node, down=down))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.hand.look()


@pytest.fixture
def buttons() -> Buttons:
    return Buttons()


def test_a_press_that_its_release_has_overtaken_is_dropped(buttons: Buttons) -> None:
    buttons.say(2, down=False)
    buttons.say(1, down=True)
    assert buttons.down == set()
    buttons.say(3, down=True)
    assert buttons.down == {CORNER}


def test_a_page_that_falls_silent_while_it_holds_has_let_go(buttons: Buttons) -> None:
    buttons.say(1, down=True)
    buttons.wait(SILENT_S)
    assert buttons.down == {CORNER}
    buttons.wait(0.1)
    assert buttons.edges == [(CORNER, True), (CORNER, False)]


def test_who_says_so_again_and_again_holds_as_long_as_he_likes_and_presses_once(buttons: Buttons) -> None:
    for turn in range(1, 20):
        buttons.say(turn, down=True)
        buttons.wait(1.0)
    assert buttons.edges == [(CORNER, True)]


def test_two_pages_hold_one_button_until_both_have_let_go(buttons: Buttons) -> None:
    buttons.say(1, down=True, page="a")
    buttons.say(1, down=True, page="b")
    buttons.say(2, down=False, page="a")
    assert buttons.down == {CORNER}
    buttons.say(2, down=False, page="b")
    assert buttons.edges == [(CORNER, True), (CORNER, False)]


def test_a_button_that_could_not_be_pressed_is_not_held() -> None:
    def broken(_node: int, _down: bool) -> None:
        raise OSError("no simulator")

    hand = Hand(broken)
    with pytest.raises(OSError, match="no simulator"):
        hand.take(Word(page="a", turn=1, node=CORNER, down=True))
    hand.look()  # nothing is left to let go of


def test_pages_without_end_take_no_room_without_end(buttons: Buttons) -> None:
    for number in range(3 * PAGES):
        buttons.say(1, down=False, page=str(number))
    assert len(buttons.hand._turns) == PAGES


WORDS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([CORNER, MILL]), st.booleans()), max_size=12)


@given(WORDS, st.randoms())
def test_in_whatever_order_words_arrive_the_last_of_each_page_counts_and_silence_ends_all(words, chance) -> None:  # type: ignore[no-untyped-def]
    buttons = Buttons()
    numbered = [Word(page, turn, node, down) for turn, (page, node, down) in enumerate(words, 1)]
    chance.shuffle(numbered)
    for word in numbered:
        buttons.hand.take(word)
    last = {word.page: word for word in sorted(numbered, key=lambda word: word.turn)}
    assert buttons.down == {word.node for word in last.values() if word.down}
    buttons.wait(SILENT_S + 0.1)
    assert buttons.down == set()
