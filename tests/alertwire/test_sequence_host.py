"""Power cut at any store, before, in the middle or after it: no number is ever used twice, no open call is lost."""

import random
from collections import Counter
from collections.abc import Callable

from alertwire.sequence import PacketIds, Reserve, unpack
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

EPOCH = 9
KEY = b"k" * 32


class PowerCut(Exception):
    """The board is dark; what was in RAM is gone."""


class Flash:
    def __init__(self) -> None:
        self.copies: list[bytes | None] = [None, None]
        self.fate = "fine"
        self.torn_at = 0

    def load(self, copy: int) -> bytes | None:
        return self.copies[copy]

    def store(self, copy: int, raw: bytes) -> None:
        assert len(raw) < 100
        if self.fate == "refused":
            raise OSError(28)
        if self.fate == "before":
            raise PowerCut
        self.copies[copy] = raw[: self.torn_at % len(raw)] if self.fate == "torn" else raw
        if self.fate in ("torn", "after"):
            raise PowerCut


class Cuts(RuleBasedStateMachine):
    """A beacon that is switched off at the worst moments, with a flash that otherwise works."""

    @initialize()
    def first_start(self) -> None:
        self.flash = Flash()
        self.used: list[int] = []
        self.ids: list[int] = []
        self.call = b""
        self.start()

    def start(self) -> None:
        self.flash.fate = "fine"
        self.reserve = Reserve(EPOCH, self.flash.load, self.flash.store, lambda n: 0)
        self.packets = PacketIds(KEY, self.reserve.take_id)
        assert self.reserve.call in (self.call, self.tried if hasattr(self, "tried") else self.call)
        self.call = self.reserve.call

    def survive(self, act: Callable[[], None]) -> None:
        try:
            act()
        except PowerCut:
            self.start()

    @rule(fate=st.sampled_from(("fine", "fine", "before", "torn", "after")), torn_at=st.integers(0, 99))
    def the_next_store(self, fate: str, torn_at: int) -> None:
        self.flash.fate, self.flash.torn_at = fate, torn_at

    @rule(count=st.integers(1, 70), pulses=st.booleans())
    def take_numbers(self, count: int, pulses: bool) -> None:
        def act() -> None:
            for _ in range(count):
                number = self.reserve.take_pulse() if pulses else self.reserve.take()
                assert number is not None
                self.used.append(number)

        self.survive(act)

    @rule(count=st.integers(1, 70))
    def take_ids(self, count: int) -> None:
        self.survive(lambda: self.ids.extend(self.packets.next() for _ in range(count)))

    @rule(call=st.binary(max_size=79))
    def keep_a_call(self, call: bytes) -> None:
        self.tried = call

        def act() -> None:
            assert self.reserve.keep(call)
            self.call = call

        self.survive(act)

    @rule()
    def switched_off(self) -> None:
        self.start()

    @invariant()
    def no_number_twice(self) -> None:
        assert self.used == sorted(set(self.used)) and len(set(self.ids)) == len(self.ids)
        assert all(number >> 24 == EPOCH for number in self.used) and 0 not in self.ids

    @invariant()
    def a_kept_call_is_there(self) -> None:
        assert self.reserve.call == self.call
        # In doubt only after the very first write of all was cut: there never was a whole record.
        assert not self.reserve.doubt or not any(unpack(raw) for raw in self.flash.copies)


Cuts.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_power_cuts = Cuts.TestCase


def test_two_lives_of_a_flash_put_back_meet_once_in_a_thousand_times() -> None:
    chance = random.Random(5)
    flash = Flash()
    lives = [Reserve(EPOCH, flash.load, lambda copy, raw: None, chance.randrange).take() for _ in range(2000)]
    pairs = Counter(lives)
    meetings = sum(count * (count - 1) for count in pairs.values()) / (2000 * 1999)
    assert 0.9 / 1024 < meetings < 1.1 / 1024, meetings


def test_thirty_thousand_starts_that_say_something_leave_numbers_for_as_many_again() -> None:
    """Twenty years of a beacon that starts anew for every pulse; two starts in three only repeat a line."""
    chance = random.Random(5)
    flash = Flash()
    for start in range(100_000):
        reserve = Reserve(EPOCH, flash.load, flash.store, chance.randrange)
        reserve.take_id()
        if start % 3 == 0:
            last = reserve.take_pulse()
    assert last is not None and last - (EPOCH << 24) < 0.75 * (1 << 24), last


class Worn(RuleBasedStateMachine):
    """A flash that also refuses writes: every press gets a number, and numbers not in doubt are never used twice."""

    @initialize(seed=st.randoms(use_true_random=False))
    def first_start(self, seed) -> None:  # type: ignore[no-untyped-def]
        self.random = lambda n: seed.randrange(n)
        self.flash = Flash()
        self.sure: list[int] = []
        self.start()

    @rule()
    def start(self) -> None:
        fate, self.flash.fate = self.flash.fate, "fine"
        self.reserve = Reserve(EPOCH, self.flash.load, self.flash.store, self.random)
        self.flash.fate = fate if fate in ("fine", "refused") else "fine"
        self.in_this_start: list[int] = []

    @rule(fate=st.sampled_from(("fine", "refused", "torn")))
    def the_flash(self, fate: str) -> None:
        self.flash.fate = fate

    @rule(count=st.integers(1, 150))
    def press(self, count: int) -> None:
        for _ in range(count):
            try:
                number = self.reserve.take()
            except PowerCut:
                self.start()
                continue
            assert number >> 24 == EPOCH
            self.in_this_start.append(number)

    @invariant()
    def rising_within_one_start(self) -> None:
        assert self.in_this_start == sorted(set(self.in_this_start))

    @invariant()
    def doubt_is_said_exactly_when_the_last_write_failed(self) -> None:
        if self.flash.fate == "fine" and self.reserve.keep(b""):
            assert not self.reserve.doubt
        elif self.flash.fate == "refused":
            assert not self.reserve.keep(b"") and self.reserve.doubt


Worn.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
test_worn_flash = Worn.TestCase
