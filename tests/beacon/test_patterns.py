"""Lamp and whistle: any two words differ in rhythm, none sounds or looks like the order to leave the building."""

from beacon.patterns import DARK, LAMP, WHISTLE, Player

CLEAR = 2  # two durations are told apart by eye and ear when one is at least twice the other
MANY = 5  # nobody counts further than this at a glance

TEMPORAL_3 = (500, 500, 500, 500, 500, 1500)  # "leave the building" (ISO 8201)
TEMPORAL_4 = (100, 100, 100, 100, 100, 100, 100, 5000)  # carbon monoxide


def alike(one, other):
    """Whether two rhythms could be taken for each other: as many flashes, and each as long, from some beginning."""
    if min(len(one) // 2, MANY) != min(len(other) // 2, MANY):
        return False
    if len(one) != len(other):
        return True
    for turn in range(0, len(other), 2):
        turned = other[turn:] + other[:turn]
        ratios = [max(a, b) / min(a, b) for a, b in zip(one, turned)]
        if max(ratios) < CLEAR:
            return True
    return False


def test_any_two_words_of_the_lamp_differ_in_rhythm():
    words = list(LAMP)
    for i in range(len(words)):
        for other in words[:i]:
            assert not alike(LAMP[words[i]][2], LAMP[other][2]), words[i] + " looks like " + other


def test_any_two_words_of_the_whistle_differ_in_rhythm():
    words = list(WHISTLE)
    for i in range(len(words)):
        for other in words[:i]:
            assert not alike(WHISTLE[words[i]][2], WHISTLE[other][2]), words[i] + " sounds like " + other


def test_nothing_is_taken_for_the_order_to_leave_the_building():
    for table in (LAMP, WHISTLE):
        for word in table:
            assert not alike(table[word][2], TEMPORAL_3), word
            assert not alike(table[word][2], TEMPORAL_4), word


def test_the_measure_itself_finds_what_is_alike():
    assert alike(TEMPORAL_3, (450, 550, 520, 500, 500, 1400))
    assert alike((150, 250, 900, 1500), (900, 1500, 150, 250))
    assert not alike((150, 1350), (1000, 1000))


def test_every_word_the_issue_asks_for_is_there():
    asked = "holding sent heard shown seen coming clear cancelled not-yet failed-radio low-battery"
    for word in asked.split():
        assert word in LAMP, word


def test_rhythms_are_whole_and_calm():
    for table in (LAMP, WHISTLE):
        for word in table:
            lasts, _, rhythm = table[word]
            assert len(rhythm) % 2 == 0 and min(rhythm) >= 50, word
            if word not in ("holding", "failed-radio", "bad-settings", "not-covered"):
                for at in range(0, len(rhythm), 2):
                    assert rhythm[at] + rhythm[at + 1] >= 250, word + " flashes more than four times a second"


def played(word, until, plays=False):
    """The edges of a word from time 0: (ms, on, word)."""
    log = []
    now = [0]
    player = Player(LAMP, lambda on, colour, word: log.append((now[0], on, word)), DARK, plays)
    player.show(word, 0)
    while player.due() is not None and player.due() <= until:
        now[0] = player.due()
        player.step(now[0])
    return log


def test_a_word_is_lit_at_once_and_keeps_its_rhythm():
    log = played("heard", 3000)
    assert log == [
        (0, True, "heard"), (150, False, "heard"), (400, True, "heard"), (550, False, "heard"),
        (2000, True, "heard"), (2150, False, "heard"), (2400, True, "heard"), (2550, False, "heard"),
    ], log  # fmt: skip


def test_a_word_with_an_end_ends_dark():
    log = played("covered", 100000)
    assert log[-1] == (6000, False, DARK), log[-1]


def test_a_port_that_plays_hears_of_beginning_and_end_only():
    assert played("covered", 100000, True) == [(0, True, "covered"), (6000, False, DARK)]
    assert played("heard", 100000, True) == [(0, True, "heard")]


def test_the_same_word_again_is_no_beginning():
    log = []
    player = Player(LAMP, lambda on, colour, word: log.append(on), DARK, False)
    player.show("sent", 0)
    player.show("sent", 10)
    assert log == [True]
