"""How long a source waits before it opens its radio again; no second of it is really waited."""

import pytest

from gateway.errors import NoChannel, RadioRefused, SourceError
from gateway.sources import address
from gateway.sources.kept import KeptSource
from gateway.sources.port import About, SiteChannel
from tests.support.gateway_parts import FakeClock

CHANNEL = SiteChannel("Cedar", bytes(range(32)), "US", "SHORT_TURBO")
OPENS = None  # in a story: this time the radio opens, and is lost at once
REFUSED, NO_CHANNEL = RadioRefused("nobody is there"), NoChannel("another channel")
Story = list[SourceError | None]


class Radio:
    """Opens as the story says."""

    def __init__(self, story: Story, ear) -> None:
        self.story, self.ear = story, ear

    def open(self, _channel) -> About:
        trouble = self.story.pop(0)
        if trouble is not OPENS:
            raise trouble
        return About(1, 0, None)

    def heartbeat(self) -> None:
        self.ear.lost("gone")

    def close(self) -> None: ...


class Pauses:
    """Stands for the event that ends a source: notes how long was to be waited; set when the story is told."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.taken: list[float] = []

    def is_set(self) -> bool:
        return not self.story

    def wait(self, seconds: float) -> None:
        self.taken.append(seconds)


class Listener:
    def changed(self) -> None: ...

    def counted(self, _what: str) -> None: ...


def pauses(story: Story) -> list[float]:
    """How long it waited after each attempt."""
    told = Pauses(story)
    source = KeptSource(
        address("tcp://fake"), CHANNEL, Listener(), FakeClock(), lambda _address, ear, _clock: Radio(story, ear)
    )
    source._stopping = told
    source._run()
    return told.taken


def assert_about(taken: list[float], wanted: list[float]) -> None:
    """Each pause lies between eight tenths and the whole of what is wanted."""
    assert len(taken) == len(wanted)
    assert all(0.8 * whole <= pause <= whole for pause, whole in zip(taken, wanted, strict=True)), taken


def test_pauses_grow_to_four_seconds_and_stay_there() -> None:
    assert_about(pauses([REFUSED] * 9), [0.5, 1, 2, 4, 4, 4, 4, 4, 4])


def test_they_start_over_once_the_radio_was_open() -> None:
    story = [REFUSED] * 5 + [OPENS] + [REFUSED] * 4 + [OPENS, OPENS, REFUSED]
    assert_about(pauses(story), [0.5, 1, 2, 4, 4, 0.5, 0.5, 1, 2, 4, 0.5, 0.5, 0.5])


def test_a_radio_without_our_channel_is_left_alone_for_ten_seconds() -> None:
    assert_about(pauses([REFUSED, NO_CHANNEL, REFUSED]), [0.5, 10, 2])


def test_they_differ_from_each_other_so_that_sources_do_not_keep_step() -> None:
    shares = [pause / 4 for pause in pauses([REFUSED] * 303)[3:]]
    assert min(shares) < 0.82 and max(shares) > 0.98
    assert 0.88 < sum(shares) / len(shares) < 0.92


@pytest.mark.parametrize("story", [[OPENS], [REFUSED]])
def test_a_source_that_is_told_to_end_opens_nothing_more(story: Story) -> None:
    assert len(pauses(story)) == 1
