"""A call under any order of presses, answers, waits and resets: it is never forgotten, and the lamp never lies."""

from alertwire.calling import Calling
from alertwire.wire import rank
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

MINUTE = 60000
OPEN = "CWHVSNG"
PEOPLE = {"shown": 2, "seen": 3, "coming": 4}
GESTURES = {
    "open": ("again", "medical", "fire", "watch", "cancel", "duress"),
    "idle": ("help", "silent"),
}


class Life(RuleBasedStateMachine):
    """One beacon. `given` are the answers that any gateway gave to this call."""

    @initialize(seed=st.randoms(use_true_random=False))
    def switch_on(self, seed) -> None:  # type: ignore[no-untyped-def]
        self.random = lambda n: seed.randrange(n)
        self.calling = Calling(2000, 3000, self.random)
        self.now = 10**6
        self.next = 100
        self.frames: list[int] = []  # sequences an answer may name
        self.given: set[int] = set()
        self.pressed_at = 0

    def act(self, meaning: str) -> None:
        before, self.cancelling = self.calling.state, meaning in ("cancel", "duress")
        wanted = self.calling.event(meaning, self.now)
        if meaning in ("help", "silent"):
            assert self.calling.root == 0 and not self.calling.duress and self.calling.opened == self.now
            self.given, self.frames = set(), []
        if before not in OPEN or meaning not in ("help", "silent"):
            self.pressed_at = self.now
        assert wanted == (meaning != "silent")
        if wanted:
            self.next += 1
            self.calling.lined(self.next, self.next.to_bytes(8, "big"), bytes(9))
            self.frames.append(self.next)
            assert self.calling.take(self.now) == "line", "every press is on the air at once"

    @rule(meaning=st.sampled_from(GESTURES["open"]))
    @precondition(lambda self: self.calling.state in OPEN)
    def gesture_on_an_open_call(self, meaning: str) -> None:
        self.act(meaning)
        assert self.calling.state in ("XY" if meaning in ("cancel", "duress") else "C") + "C"
        assert self.calling.cancel == (meaning in ("cancel", "duress"))

    @rule(meaning=st.sampled_from(GESTURES["idle"]))
    @precondition(lambda self: self.calling.state not in OPEN)
    def gesture_when_it_looks_idle(self, meaning: str) -> None:
        self.act(meaning)
        assert self.calling.state == ("C" if meaning == "help" else "Q")

    @rule(byte=st.integers(0, 255), which=st.integers(0, 5))
    @precondition(lambda self: self.frames)
    def an_answer_comes(self, byte: int, which: int) -> None:
        sequence = self.frames[-1 - which % len(self.frames)]
        calling = self.calling
        before, known, state = rank(calling.best), rank(calling.known), calling.state
        newest = sequence == calling.sequence
        self.given.add(byte & 7)
        news = calling.answer(sequence, byte, self.now)
        assert rank(calling.best) >= before and rank(calling.known) >= known, "nothing newer is taken back"
        if news and state not in "SNGQD" and sequence < calling.sequence:
            raise AssertionError("an answer to an older frame ended the calling of a newer line")
        if calling.state in "ID" and state in OPEN:
            assert news and byte & 7 == 5 or rank(byte) < rank(calling.best), "only clear ends an open call"
        if state in "XY" and calling.state != state:
            assert newest, "a cancel is answered as the cancel"

    @rule(
        ms=st.sampled_from((100, 2500, 10000, 45000, 5 * MINUTE, 20 * MINUTE, 3 * 60 * MINUTE)),
        busy=st.integers(0, 100),
    )
    def time_passes(self, ms: int, busy: int) -> None:
        end = self.now + ms
        while (due := self.calling.due()) is not None and due <= end:
            self.now = max(self.now, due)
            what = self.calling.take(self.now, busy)
            if what == "pulse":
                self.pulse()
            assert what or self.calling.due() != due
        self.now = end

    @rule()
    def pulse(self) -> None:
        self.next += 1
        standing, back = self.calling.standing(self.next)
        state = self.calling.state
        assert standing >> 4 == (0 if state in "IX" else 3 if self.calling.duress else 2 if state == "Q" else 1)
        assert self.next - back == (self.calling.root if standing else self.next)
        self.calling.pulsed(self.next, self.next.to_bytes(8, "big"))
        self.frames.append(self.next)

    @rule(off=st.integers(0, 10**7))
    def the_board_resets(self, off: int) -> None:
        before = self.calling
        raw = before.record(self.now)
        assert len(raw) <= 79
        age = (self.now - self.pressed_at) // MINUTE
        self.now = off
        self.pressed_at = off - age * MINUTE
        self.calling = Calling(2000, 3000, self.random)
        self.calling.resume(raw, self.now)
        for name in ("state", "kind", "known", "best", "root", "sequence", "tag", "head"):
            if before.state != "I":
                assert getattr(self.calling, name) == getattr(before, name), name
        assert bool(self.calling.duress) == (before.state != "I" and before.duress)

    @invariant()
    def a_call_that_is_not_answered_keeps_calling(self) -> None:
        due, state = self.calling.due(), self.calling.state
        if state in "CWHVXY":
            assert due is not None and due - self.now <= 75000 * 6, (
                "a minute, a quarter more, six times on a full channel"
            )
        if state in "SNG":
            assert due is not None and due - self.now <= 19 * MINUTE

    @invariant()
    def what_stands_is_on_flash(self) -> None:
        assert (self.calling.record(self.now) == b"") == (self.calling.state == "I")

    @invariant()
    def the_lamp_never_claims_what_nobody_said(self) -> None:
        word = self.calling.lamp(self.now)
        if word in PEOPLE:
            assert PEOPLE[word] in self.given or word == "shown" and 6 in self.given, (word, self.given)
        if word == "heard":
            assert self.given & {1, 2, 3, 4, 6}
        if self.calling.state in "QDI" and word:
            assert word in ("clear", "cancelled")

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.calling.pairs()) <= 4

    def teardown(self) -> None:
        self.frames = []


Life.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
test_any_life = Life.TestCase


class Twins(RuleBasedStateMachine):
    """Two beacons, the same finger and the same answers; one cancels under duress. Nobody there can tell."""

    @initialize()
    def switch_on(self) -> None:
        self.pair = [Calling(2000, 3000, lambda n: n // 2) for _ in range(2)]
        self.now = 10**6
        self.next = 100

    def both(self, first: str, second: str) -> None:
        self.next += 1
        for calling, meaning in zip(self.pair, (first, second), strict=True):
            if calling.event(meaning, self.now):
                calling.lined(self.next, self.next.to_bytes(8, "big"), bytes(9))

    def looks_open(self) -> bool:
        return self.pair[0].state in OPEN

    @rule(meaning=st.sampled_from(("again", "fire")))
    @precondition(looks_open)
    def press(self, meaning: str) -> None:
        self.both(meaning, meaning)

    @rule()
    @precondition(looks_open)
    def cancel(self) -> None:
        self.both("cancel", "duress")

    @rule(meaning=st.sampled_from(("help", "silent")))
    @precondition(lambda self: not self.looks_open())
    def new_call(self, meaning: str) -> None:
        self.both(meaning, meaning)

    @rule(byte=st.sampled_from((1, 9, 2, 0x13, 0x24, 0x35, 0x46, 0x52)))
    def answer_the_newest_line(self, byte: int) -> None:
        for calling in self.pair:
            calling.answer(self.pair[0].sequence, byte, self.now)

    @rule(ms=st.sampled_from((100, 2500, 10000, 45000, 20 * MINUTE, 30 * 60 * MINUTE)))
    def time_passes(self, ms: int) -> None:
        out = []
        for calling in self.pair:
            now, sent = self.now, []
            while (due := calling.due()) is not None and due <= self.now + ms:
                now = max(now, due)
                sent.append((calling.take(now), now))
            out.append(sent)
        assert out[0] == out[1], "the same frames at the same times"
        self.now += ms

    @invariant()
    def the_lamp_is_the_same(self) -> None:
        assert self.pair[0].lamp(self.now) == self.pair[1].lamp(self.now)
        assert self.pair[0].due() == self.pair[1].due()
        assert self.pair[0].listen_until() == self.pair[1].listen_until()
        assert self.looks_open() == (self.pair[1].state in OPEN)


Twins.TestCase.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
test_duress_cannot_be_told_from_a_cancel = Twins.TestCase
