"""A gateway's answers under any order of lines, pulses, words of people and waits: the promises of section 9 hold."""

from alertwire import answering
from alertwire.answering import Answering, Reply
from alertwire.wire import rank
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

GAP = 2000
BEACONS = st.integers(1, 12)


class Site(RuleBasedStateMachine):
    """Twelve beacons, each with one alert `of`; the model remembers what was said and when."""

    @initialize()
    def start(self) -> None:
        self.one = Answering(text_gap=GAP)
        self.now = 0
        self.newest: dict[int, tuple[int, bool]] = {}  # node: (sequence, cancel) of its newest line
        self.next = 100
        self.told: dict[int, int] = {}  # node: when it last had a text
        self.texts: dict[int, int] = {}  # node: texts about its newest line
        self.text_at = -GAP
        self.waiting: dict[int, int] = {}  # node: since when its unanswered newest line waits
        self.best: dict[int, int] = {}
        self.shown: dict[int, int] = {}
        self.cleared: set[int] = set()
        self.opened: dict[int, int] = {}  # node: the line that opened its alert again
        self.pulses: dict[int, int] = {}

    def hear(self, node: int, sequence: int, cancel: bool) -> None:
        self.one.line(node, node, sequence, bytes([node] * 8), cancel, self.now)

    @rule(node=BEACONS, cancel=st.booleans())
    def a_new_line(self, node: int, cancel: bool) -> None:
        self.next += 1
        cancel = cancel and node in self.newest
        over = self.newest.get(node, (0, False))[1] or self.best.get(node, 1) & 7 == 5
        if over and not cancel:
            self.opened[node] = self.next
            self.best.pop(node, None)
        self.newest[node] = (self.next, cancel)
        self.texts[node] = 0
        self.cleared.discard(node)
        self.waiting.setdefault(node, self.now)
        self.hear(node, self.next, cancel)

    @rule(node=BEACONS)
    @precondition(lambda self: self.newest)
    def a_repeat(self, node: int) -> None:
        if node in self.newest:
            self.hear(node, *self.newest[node])

    @rule(node=BEACONS, standing=st.integers(0, 3), last=st.integers(0, 7))
    def a_pulse(self, node: int, standing: int, last: int) -> None:
        self.next += 1
        self.pulses[node] = self.next
        self.one.pulse(node, self.next, b"%08d" % self.next, standing, node, last, self.now)

    @rule(node=BEACONS, byte=st.sampled_from((2, 0x13, 0x14, 0x24, 0x35, 0x46, 0x57 & 0xF6)), old=st.booleans())
    @precondition(lambda self: self.newest)
    def a_word(self, node: int, byte: int, old: bool) -> None:
        if node not in self.newest:
            return
        sequence = node if old else self.newest[node][0]
        news = self.one.answer(node, node, sequence, byte, self.now)
        unknown = byte & 7 == 5 and not self.newest[node][1]  # a clear that knows of no press after the line it names
        if old and (unknown or node in self.opened):
            assert not news
            return
        fresh = not old and self.shown.get(node) != self.newest[node][0]
        if not old:
            self.shown[node] = self.newest[node][0]
        if fresh or rank(byte) > rank(self.best.get(node, 1)):
            self.told.pop(node, None)  # news does not wait for the five seconds
        if rank(byte) >= rank(self.best.get(node, 1)):
            assert news
            self.best[node] = byte
        if self.best.get(node, 1) & 7 == 5 and self.shown.get(node) == self.newest[node][0]:
            self.cleared.add(node)

    def check(self, reply: Reply) -> None:
        sequence, cancel = self.newest[reply.node]
        assert reply.sequence == sequence, "the newest line is answered"
        assert reply.byte & 7 not in (0, 5, 7), "a text never says clear"
        if self.shown.get(reply.node) == sequence:
            assert reply.byte & 0xF7 == self.best[reply.node]
        else:
            assert reply.byte & 7 == 1, "not shown to anybody: heard"
        assert self.now - self.told.get(reply.node, -answering.EVERY) >= answering.EVERY
        if cancel:
            assert self.texts[reply.node] == 0, "one text to a cancel"
        assert reply.node not in self.cleared

    @rule(cut_off=st.booleans(), share=st.sampled_from((0.0, 0.5, 0.75, 0.99, 1.0)))
    def the_radio_is_free(self, cut_off: bool, share: float) -> None:
        due = self.one.due()
        replies = self.one.receipt(self.now, cut_off, share)
        assert len(replies) <= 8
        assert not replies or self.now - self.text_at >= GAP and share < 1
        if due is not None and due <= self.now and share < 0.75:
            assert replies
        first = [self.texts[reply.node] == 0 for reply in replies]
        assert first == sorted(first, reverse=True), "first answers go first"
        assert share < 0.75 or all(first)
        if len(replies) == 8 and not all(first):
            free = [
                node for node in self.waiting if self.now - self.told.get(node, -answering.EVERY) >= answering.EVERY
            ]
            assert all(node in [reply.node for reply in replies] for node in free)
        for reply in replies:
            self.check(reply)
            assert bool(reply.byte & 8) == (cut_off and reply.byte & 0xF7 <= 2)
            self.told[reply.node] = self.now
            self.texts[reply.node] += 1
            self.waiting.pop(reply.node, None)
        self.text_at = self.now if replies else self.text_at

    @rule(cut_off=st.booleans())
    def a_gateway_pulse(self, cut_off: bool) -> None:
        replies = self.one.slots(self.now, cut_off)
        assert len(replies) <= 6
        said = [(reply.node, reply.sequence) for reply in replies]
        assert len(set(said)) == len(said), "nobody is answered twice in one pulse"
        for reply in replies:
            if reply.byte & 7 == 0:
                assert reply.sequence == self.pulses[reply.node] and reply.byte == (8 if cut_off else 0)
            if reply.byte & 7 == 5:
                assert self.best[reply.node] & 7 == 5

    @rule(ms=st.sampled_from((1, 400, 2000, 5000, 20000, 700000)))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.one._calls) <= answering.MOST and len(self.one._pulses) <= answering.MOST

    @invariant()
    def a_waiting_first_answer_has_a_time(self) -> None:
        for node in self.waiting:
            if node not in self.cleared:
                due = self.one.due()
                assert due is not None and due - self.now <= answering.EVERY


Site.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_any_site = Site.TestCase
