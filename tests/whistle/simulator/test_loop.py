"""The loop: virtual time is exact and ordered; paced, it keeps beside the wall clock and takes work from others."""

import asyncio
import contextvars
import threading
import time

import pytest

from whistle.simulator.loop import VirtualLoop, lateness


def test_events_come_in_the_order_of_time_then_of_asking():
    loop, seen = VirtualLoop(), []
    for name, at in (("c", 20), ("a", 10), ("b", 10), ("d", 20)):
        loop.at(at, seen.append, name)
    loop.run_until(15)
    assert (seen, loop.now_us) == (["a", "b"], 15)
    loop.run_until(20)
    assert seen == ["a", "b", "c", "d"]


def test_time_never_falls():
    loop, seen = VirtualLoop(), []
    loop.run_until(100)
    loop.at(50, lambda: seen.append(loop.now_us))
    loop.run_until(200)
    assert seen == [100]


def test_tasks_sleep_exactly_and_time_out():
    loop, seen = VirtualLoop(), []

    async def work():
        await asyncio.sleep(3600)
        seen.append(loop.now_us)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(100), 1.5)
        seen.append(loop.now_us)
        await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))
        seen.append(loop.time())

    loop.create_task(work())
    began = time.monotonic()
    loop.run_until(4_000_000_000)
    assert seen == [3_600_000_000, 3_601_500_000, 3603.5]
    assert time.monotonic() - began < 5


def test_a_cancelled_timer_does_not_fire():
    loop, seen = VirtualLoop(), []
    loop.call_later(1, seen.append, 1).cancel()
    loop.call_soon(seen.append, 2).cancel()
    loop.call_later(1, seen.append, 3)
    loop.run_until(2_000_000)
    assert seen == [3]


def test_a_boards_timers_are_late_and_nobody_elses():
    loop, seen = VirtualLoop(), {}

    async def work(name):
        await asyncio.sleep(1)
        seen[name] = loop.now_us

    late = contextvars.copy_context()
    late.run(lateness.set, lambda: 7_000)
    loop.create_task(work("board"), context=late)
    loop.create_task(work("other"))
    loop.run_until(2_000_000)
    assert seen == {"board": 1_007_000, "other": 1_000_000}


def test_a_task_that_dies_unseen_is_heard_of():
    loop = VirtualLoop()
    with pytest.raises(ZeroDivisionError):
        loop.call_exception_handler({"exception": ZeroDivisionError()})


def test_paced_time_is_wall_time_and_the_door_is_open():
    loop, seen = VirtualLoop(), []

    def tick(left):
        seen.append(loop.now_us)
        if left:
            loop.at(loop.now_us + 20_000, tick, left - 1)
        else:
            loop.stop()

    loop.at(0, tick, 10)
    thread = threading.Thread(target=loop.run_paced)
    began = time.monotonic()
    thread.start()
    time.sleep(0.05)
    loop.call_soon_threadsafe(seen.append, "posted")
    thread.join(10)
    assert time.monotonic() - began >= 0.2
    assert [at for at in seen if at != "posted"] == list(range(0, 220_000, 20_000))
    assert "posted" in seen[2:6]


def test_an_idle_paced_loop_wakes_for_posted_work():
    loop = VirtualLoop()
    thread = threading.Thread(target=loop.run_paced)
    thread.start()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    assert not thread.is_alive()
