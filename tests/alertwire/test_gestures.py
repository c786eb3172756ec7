"""The gesture table, and the times that make a press a tap or a hold."""

from alertwire.gestures import Gestures

HINTS = ("holding", "released")


class Finger:
    """Presses a button and writes down what it meant, hints apart. Calls `timeout` when due, as a board does."""

    def __init__(self, opened=None, **power):
        self.gestures = Gestures(**power)
        self.gestures.opened = opened
        self.now = 100000
        self.meant = []
        self.hints = []

    def wait(self, ms):
        end = self.now + ms
        while True:
            due = self.gestures.due()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.say(self.gestures.timeout(self.now))
        self.now = end

    def say(self, meaning):
        if meaning:
            (self.hints if meaning in HINTS else self.meant).append((meaning, self.now))

    def press(self, ms, pause=200):
        self.say(self.gestures.edge(True, self.now))
        self.wait(ms)
        self.say(self.gestures.edge(False, self.now))
        self.wait(pause)

    def taps(self, count, pause=200):
        for _ in range(count):
            self.press(150, pause)

    def words(self):
        self.wait(10000)
        return [meaning for meaning, _ in self.meant]


def after_taps(count, held=0, **power):
    finger = Finger(**power)
    finger.taps(count)
    if held:
        finger.press(held)
    return finger.words()


def test_a_hold_calls_for_help_while_the_button_is_still_down():
    finger = Finger()
    finger.press(4000)
    assert finger.meant == [("help", 101500)]
    assert finger.hints == [("holding", 100000)]
    assert finger.words() == ["help"], "once a press"


def test_a_press_too_short_is_no_hold():
    finger = Finger()
    finger.press(1499)
    assert finger.words() == []
    assert [hint for hint, _ in finger.hints] == ["holding", "released"]


def test_taps_when_idle():
    assert after_taps(1) == ["selftest"]
    assert [after_taps(count) for count in (2, 3, 4)] == [[], [], []]
    assert after_taps(5) == ["silent"]
    assert after_taps(4, held=3000) == ["silent"], "the last one held"
    assert [after_taps(count) for count in (6, 7, 12, 40)] == [["silent"]] * 4, "fear does not count"


def test_taps_after_a_wake_are_partly_unseen():
    assert [after_taps(count, woken=True) for count in (1, 2)] == [["selftest"], []]
    assert [after_taps(count, woken=True) for count in (3, 4, 5, 6, 10)] == [["silent"]] * 5
    finger = Finger(woken=True)
    finger.taps(3)
    finger.wait(5000)
    finger.taps(3)
    assert finger.words() == ["silent"], "only the first run after the wake"


def test_taps_within_thirty_seconds_of_opening():
    for count, word in ((1, None), (2, "medical"), (3, "fire"), (4, "watch"), (5, "cancel"), (6, "again")):
        assert after_taps(count, opened=99000) == ([word] if word else []), count
    assert after_taps(4, held=700, opened=99000) == ["duress"]
    assert after_taps(4, held=4000, opened=99000) == ["duress"], "once, however long it is held"


def test_taps_later():
    assert [after_taps(count, opened=60000) for count in (1, 2, 3, 4)] == [[]] * 4
    assert after_taps(5, opened=60000) == ["cancel"]
    assert after_taps(4, held=700, opened=60000) == ["duress"]


def test_more_than_five_taps_on_an_open_call_press_again_and_never_cancel():
    for opened in (99000, 60000):
        assert [after_taps(count, opened=opened) for count in (6, 7, 10, 40)] == [["again"]] * 4
        assert after_taps(6, held=700, opened=opened) == ["again"], "a slow one at the end takes nothing back"
        assert after_taps(6, held=1600, opened=opened) == ["again"], "once"
    assert after_taps(6, held=700) == ["silent"] and after_taps(5, held=700, woken=True) == ["silent"]
    assert after_taps(6, held=1600) == ["help"], "who holds calls aloud"


def test_a_hold_on_an_open_call_presses_again():
    assert after_taps(0, held=1600, opened=99000) == ["again"]
    assert after_taps(0, held=1600, opened=1000) == ["again"]
    assert after_taps(2, held=1600, opened=99000) == ["again"], "taps before a hold do not spoil it"
    assert after_taps(2, held=1600) == ["help"]


def test_taps_must_be_quick():
    finger = Finger(opened=99000)
    finger.taps(2, pause=700)
    finger.taps(3)
    assert finger.words() == ["fire"], "a pause ends the run"
    finger = Finger(opened=99000)
    finger.taps(4)
    finger.press(599)
    assert finger.words() == ["cancel"]
    finger = Finger(opened=99000)
    finger.taps(2)
    finger.press(800)
    finger.taps(2)
    assert finger.words() == ["medical"], "a press that is neither tap nor hold ends it as well"


def test_five_taps_light_the_lamp_once():
    finger = Finger()
    finger.taps(5)
    finger.wait(1000)
    assert [hint for hint, _ in finger.hints].count("holding") == 1
    finger = Finger(opened=99000)
    finger.taps(2)
    finger.press(1600)
    assert finger.hints[-1][0] == "holding", "a later press that becomes a hold lights it after all"


def test_time_asleep_counts_towards_the_hold():
    gestures = Gestures(woken=True)
    assert gestures.edge(True, 1000) == "holding"
    assert gestures.due() == 2500
    assert gestures.timeout(9000) == "help"
    assert gestures.edge(False, 9100) is None


def test_a_late_timer_changes_nothing():
    gestures = Gestures()
    gestures.edge(True, 0)
    assert gestures.edge(False, 1700) == "help", "the release came before anybody called timeout"
    gestures = Gestures()
    gestures.opened = 0
    for at in (0, 300, 600):
        gestures.edge(True, at)
        gestures.edge(False, at + 100)
    assert gestures.edge(True, 5000) == "fire"
    assert gestures.due() == 6500


def test_power_on_and_the_service_window():
    finger = Finger(power_on=True)
    finger.press(6000)
    assert finger.meant == [("service", 105000)]
    finger = Finger(power_on=True)
    finger.press(3000)
    assert finger.words() == ["help"], "not long enough for service: somebody calls for help"
    finger = Finger(power_on=True)
    finger.press(900)
    finger.press(6000)
    assert finger.words() == ["help"], "only the first press after power-on"
    finger = Finger(power_on=False)
    finger.press(6000)
    assert finger.words() == ["help"]


def test_holds_alone_never_cancel():
    for opened in (None, 99000, 1000):
        for held in (10, 300, 599, 600, 900, 1499, 1500, 2000, 6000):
            finger = Finger(opened=opened)
            for _ in range(7):
                finger.press(held, pause=700)
            assert not set(finger.words()) & {"cancel", "duress"}, (opened, held)


def test_a_button_that_sticks_calls_once():
    finger = Finger()
    finger.press(3600000)
    assert finger.words() == ["help"]
