"""A board's ports: one unread frame overwritten by the next, deaf times, flash rolled back, buttons held."""

import asyncio
import contextvars

import pytest

from whistle.simulator import draws
from whistle.simulator.board import Buttons
from whistle.simulator.boardradio import DEAF_AFTER_US, HANDLING_US, READ_LATE_US, BoardRadio
from whistle.simulator.flash import Flash
from whistle.simulator.propagation import Spot

AIRTIME_US = 25_152


@pytest.fixture
def radio(kit):
    """A board's radio at the origin, listening; what it hands over is in `heard` as (microseconds, frame)."""
    radio = BoardRadio(kit.air, Spot(1, 0.0, 0.0), draws.stream(1, "read", 1))
    radio.attach(contextvars.copy_context())
    radio.heard = []
    radio.listen(lambda frame, rssi, snr: radio.heard.append((kit.loop.now_us, frame)))
    return radio


def test_a_frame_is_read_up_to_ten_milliseconds_after_its_last_bit(kit, radio):
    sender = kit.probe(2, 200)
    for number in range(200):
        sender.send(number * 100_000, bytes(43) + bytes([number]))
    kit.run(20)
    late = [at - number * 100_000 - AIRTIME_US for number, (at, _) in enumerate(radio.heard)]
    assert len(late) == 200
    assert 0 <= min(late) < 1_000 and READ_LATE_US - 1_000 < max(late) <= READ_LATE_US


def test_an_unread_frame_is_overwritten_by_the_next(kit, radio):
    sender = kit.probe(2, 200)
    for number in range(3):
        sender.send(number * 30_000, bytes(43) + bytes([number]))
    kit.loop.at(20_000, setattr, radio, "free_at", 75_000)  # the processor is busy over the end of the second
    kit.run(1)
    assert [frame[-1] for _, frame in radio.heard] == [1, 2]
    assert kit.air.counts.overwritten == 1


def test_a_busy_processor_hands_frames_over_one_after_the_other(kit, radio):
    kit.probe(2, 200).send(0, bytes(44))
    kit.run(1)
    assert radio.free_at == radio.heard[0][0] + HANDLING_US


def test_loading_and_sending_hand_over_the_unread_frame_first(kit, radio):
    kit.probe(2, 200).send(0, bytes(44))
    kit.loop.run_until(AIRTIME_US)
    assert radio.heard == []
    radio.load(b"mine")
    assert [frame for _, frame in radio.heard] == [bytes(44)]


def test_sending_ends_with_the_radio_receiving_again(kit, radio):
    listener, seen = kit.probe(2, 200), []

    async def send():
        radio.load(bytes(44))
        await radio.send()
        seen.append((kit.loop.now_us, radio.ear.open))

    kit.loop.create_task(send())
    kit.loop.run_until(AIRTIME_US + 1)
    assert not radio.ear.open
    kit.run(1)
    assert listener.frames == [bytes(44)]
    assert seen == [(AIRTIME_US + DEAF_AFTER_US, True)]


def test_a_sleeping_radio_hears_nothing_and_sleeps_on_after_sending(kit, radio):
    radio.sleep()
    kit.probe(2, 200).send(0, bytes(44))

    async def send():
        await asyncio.sleep(0.1)
        radio.load(bytes(44))
        await radio.send()

    task = kit.loop.create_task(send())
    kit.run(1)
    assert task.done() and radio.heard == [] and not radio.ear.open


def test_a_board_that_loses_its_power_forgets_the_unread_frame(kit, radio):
    kit.probe(2, 200).send(0, bytes(44))
    kit.loop.run_until(AIRTIME_US)
    radio.detach()
    kit.run(1)
    assert radio.heard == []


def test_a_radio_that_does_not_answer_says_so(radio):
    radio.broken = True
    with pytest.raises(OSError, match="does not answer"):
        radio.load(b"x")


@pytest.mark.parametrize("folder", [True, False])
def test_flash_is_kept_rolled_back_and_cloned(tmp_path, folder):
    flash = Flash(tmp_path / "one" if folder else None)
    flash.save("state0", b"old")
    assert not flash.roll_back()
    flash.keep()
    flash.save("state0", b"new")
    flash.save("state1", b"more")
    copy = Flash(tmp_path / "two" if folder else None)
    copy.copy_from(flash)
    assert (copy.load("state0"), copy.load("state1")) == (b"new", b"more")
    assert flash.roll_back()
    assert (flash.load("state0"), flash.load("state1")) == (b"old", None)
    if folder:
        assert Flash(tmp_path / "one").load("state0") == b"old"
        assert sorted(file.name for file in (tmp_path / "one").iterdir()) == ["state0"]


def test_a_worn_flash_raises_and_keeps_what_it_has():
    flash = Flash()
    flash.save("a", b"1")
    flash.writable = False
    with pytest.raises(OSError, match="worn"):
        flash.save("a", b"2")
    assert flash.load("a") == b"1"


def test_a_finger_stays_on_the_button_through_a_restart():
    buttons, edges = Buttons(), []
    buttons.press(0, True, 100)
    buttons.attach(lambda which, down, at: edges.append((which, down, at)))
    buttons.press(0, True, 150)
    buttons.press(0, False, 200)
    buttons.press(0, False, 250)
    assert edges == [(0, True, 100), (0, False, 200)]
