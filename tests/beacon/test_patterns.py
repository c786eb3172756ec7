"""Lamp and whistle: any two words differ in rhythm, none sounds or looks like the order to leave the building."""

from beacon.patterns import LAMP, WHISTLE, Player

CLEAR = 2  # two durations are told apart by eye and ear when one is at least twice the other
MANY = 5  # nobody counts further than this at a glance

TEMPORAL_3 = (500, 500, 500, 500, 500, 1500)  # "leave the building" (ISO 8201)
TEMPORAL_4 = (100, 100, 100, 100, 100, 100, 100, 5000)  # carbon monoxide


def words(table):
    return [row.split()[0] for row in table.strip().split("\n")]


def rhythm(table, word):
    """On, off, on, off ... in milliseconds."""
    for row in table.strip().split("\n"):
        if row.split()[0] == word:
            return [int(part) * 10 for part in row.split()[3:]]


def alike(one, other):
    """Whether two rhythms could be taken for each other: as many flashes, and each as long, from some beginning."""
    if min(len(one) // 2, MANY) != min(len(other) // 2, MANY):
        return False
    if len(one) != len(other):
        return True
    for turn in range(0, len(other), 2):
        turned = list(other[turn:]) + list(other[:turn])
        ratios = [max(a, b) / min(a, b) for a, b in zip(one, turned)]
        if max(ratios) < CLEAR:
            return True
    return False


def confused(table):
    """The pairs of words of a table that are alike."""
    all = words(table)
    return [(a, b) for a in all for b in all if a < b and alike(rhythm(table, a), rhythm(table, b))]


def test_any_two_words_of_the_lamp_differ_in_rhythm():
    assert confused(LAMP) == []


def test_any_two_words_of_the_whistle_differ_in_rhythm():
    assert confused(WHISTLE) == []


def test_nothing_is_taken_for_the_order_to_leave_the_building():
    for table in (LAMP, WHISTLE):
        for word in words(table):
            assert not alike(rhythm(table, word), TEMPORAL_3), word
            assert not alike(rhythm(table, word), TEMPORAL_4), word


def test_the_measure_itself_finds_what_is_alike():
    assert alike(TEMPORAL_3, (450, 550, 520, 500, 500, 1400))
    assert alike((150, 250, 900, 1500), (900, 1500, 150, 250))
    assert not alike((150, 1350), (1000, 1000))


def test_every_word_the_issue_asks_for_is_there():
    asked = "holding sent heard shown seen coming clear cancelled not-yet failed-radio low-battery"
    for word in asked.split():
        assert word in words(LAMP), word


def test_rhythms_are_whole_and_calm():
    for table in (LAMP, WHISTLE):
        for word in words(table):
            times = rhythm(table, word)
            assert times and len(times) % 2 == 0 and min(times) >= 50, word
            if table is LAMP and word not in ("holding", "failed-radio", "bad-settings"):
                for at in range(0, len(times), 2):
                    assert times[at] + times[at + 1] >= 333, word + " flashes more than three times a second"


def played(word, until, plays=False):
    """The edges of a word from time 0: (ms, on, word)."""
    log = []
    now = [0]
    player = Player(LAMP, lambda on, colour, word: log.append((now[0], on, word)), "dark", plays)
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
    log = played("clear", 100000)
    assert log[-1] == (60000, False, "dark"), log[-1]


def test_a_port_that_plays_hears_of_beginning_and_end_only():
    assert played("clear", 100000, True) == [(0, True, "clear"), (60000, False, "dark")]
    assert played("heard", 100000, True) == [(0, True, "heard")]


def test_the_same_word_again_is_no_beginning():
    log = []
    player = Player(LAMP, lambda on, colour, word: log.append(on), "dark", False)
    player.show("sent", 0)
    player.show("sent", 10)
    assert log == [True]
