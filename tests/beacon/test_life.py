"""Start, self-test, service window, watchdog, and what happens when a part of the program dies."""

from beacon.program import serve
from virtual import Time, sleep
from world import GATEWAY, Board, Pen, Radio, Street, settings


class Watched(Board):
    watchdog_ms = 8000


class Served(Radio):
    """A radio with a task of its own, which may stop reporting; the time spent in it does not."""

    hangs = False

    def __init__(self, time):
        Radio.__init__(self, time)
        self.run = self.serve

    async def serve(self, alive):
        while not self.hangs:
            await sleep(alive())
        await sleep(1000000000)


def ended(street, ms=60000):
    """Let time pass; a program that died by itself is taken note of (its task raises what killed it)."""
    street.run(ms)
    done = street.task.done()
    if done and hasattr(street.task, "exception"):
        assert isinstance(street.task.exception(), ValueError)
    return done


def broken():
    raise ValueError("planted")


def test_a_task_that_dies_resets_the_board():
    for part in ("caller", "ears", "face"):
        street = Street()
        assert not ended(street, 1000) and street.board.resets == []
        getattr(street.program, part).step = lambda now: broken()
        street.board.edge(1, False, street.time.now())  # wakes the task
        assert ended(street, 100), part
        assert street.board.resets == ["a task died"], part
        street.time.close()


def test_a_sending_task_that_dies_resets_the_board():
    street = Street()
    street.radio.busy = broken
    street.press()
    assert ended(street)
    assert street.board.resets == ["a task died"]
    street.time.close()


def test_a_radio_task_that_dies_resets_the_board():
    class Dying(Served):
        async def serve(self, alive):
            await sleep(5000)
            broken()

    street = Street(radio=Dying)
    assert ended(street)
    assert street.board.resets == ["a task died"]
    street.time.close()


def test_no_power_is_no_reset():
    street = Street()
    street.end()
    assert street.board.resets == []


def test_the_watchdog_is_fed_while_every_task_reports():
    street = Street(board=Watched)
    street.run(3600000)
    fed = street.board.fed
    gaps = [fed[i + 1] - fed[i] for i in range(len(fed) - 1)]
    assert fed and max(gaps) <= 4000, max(gaps)
    street.end()


def test_a_task_that_hangs_starves_the_watchdog():
    class Stuck(Radio):
        async def send(self):
            await sleep(10000000)

    street = Street(board=Watched, radio=Stuck)
    street.run(5000)
    assert street.board.fed
    street.press()
    street.run(10000)
    count = len(street.board.fed)
    street.run(60000)
    assert len(street.board.fed) == count, "fed though the sending task hangs"
    street.end()


def test_a_radio_task_that_hangs_starves_the_watchdog():
    street = Street(board=Watched, radio=Served)
    street.run(60000)
    fed = len(street.board.fed)
    assert fed >= 14
    street.radio.hangs = True
    street.run(60000)
    assert len(street.board.fed) <= fed + 2, "fed though the radio's task hangs"
    street.end()


def test_the_watchdog_is_not_fed_before_every_task_has_reported():
    class Slow(Served):
        async def serve(self, alive):
            await sleep(30000)
            await Served.serve(self, alive)

    street = Street(board=Watched, radio=Slow)
    street.run(29000)
    assert street.board.fed == []
    street.run(10000)
    assert street.board.fed
    street.end()


class Late(Board):
    """A board that has been up for so long that its milliseconds have more than 30, 31 or 32 bits."""

    up = 0

    def now(self):
        return self.time.now() + self.up


def test_nothing_changes_when_milliseconds_outgrow_a_word():
    """A board extends its clock, which wraps after 12.4 days: the program must take times of any size."""
    for bits in (30, 31, 32, 40):
        Late.up = (1 << bits) - 100000
        street = Street(board=Late)
        street.run(98000)
        street.board.edge(0, True, street.board.now())
        street.run(1600)
        street.board.edge(0, False, street.board.now())
        street.run(20000)
        assert len(street.lines()) > 4, bits
        street.answer(2)
        assert street.board.words()[-1] == "shown"
        street.radio.give(street.pen.neighbour(0x01000050))
        street.run(2000000)
        assert street.pulses()[-1].standing == 1 and street.board.resets == [], bits
        files = street.end()
        street = Street(files)
        assert street.program.calling.state == "S"
        street.end()


def test_without_a_watchdog_nothing_wakes_for_it():
    street = Street(board=Board)
    street.run(100000)
    assert street.board.fed == []
    street.end()


def test_a_gateway_pulse_that_was_recorded_proves_no_gateway():
    street = Street()
    street.run(60000)
    old = street.pen.tick(echo=0x1111)
    recorded = street.pen.read(old)[1].payload
    street.radio.give(old)
    street.radio.give(street.pen.tick(echo=0x2222))
    for _ in range(12):
        street.run(60000)
        street.radio.give(street.pen.frame(67, recorded))
    street.taps(1)
    street.run(5000)
    assert "not-covered" in street.board.words() and "covered" not in street.board.words()
    street.press()
    street.run(500)
    assert street.lines()[-1].echo == 0x2222
    street.end()


def test_a_gateway_whose_numbers_fell_back_is_heard_again_once_it_answers():
    street = Street()
    street.radio.give(street.pen.tick(echo=0x1111, number=0xFFFFFFFF))  # a clock far ahead, or a captured beacon's
    street.run(11 * 60000)
    street.radio.give(street.pen.tick(echo=0x2222))
    assert street.program.caller.echo == 0x1111
    street.run(3 * 390000)
    one = street.pulses()[-1]
    street.radio.give(street.pen.tick([(one.sequence, one.tag, 0)], echo=0x3333))
    assert street.program.caller.echo == 0x3333
    street.run(60000)
    street.radio.give(street.pen.tick(echo=0x4444))
    assert street.program.caller.echo == 0x4444 and street.program.ears.gateway_at == street.time.now()
    street.end()


def test_no_pulse_of_a_gateway_is_forgotten_for_that_of_another():
    street, pen = Street(), Pen()
    gateways = [GATEWAY + at for at in range(16)]
    recorded = [pen.read(pen.tick(sender=one))[1].payload for one in gateways]
    for _ in range(2):
        for one in gateways:
            street.radio.give(pen.tick(sender=one))
            street.run(1000)
    at = street.program.ears.gateway_at
    for one in range(16):
        street.radio.give(pen.frame(67, recorded[one], gateways[one]))
        street.run(1000)
    assert street.program.ears.gateway_at == at
    street.end()


def test_a_self_test_says_covered_or_not_and_battery_low():
    street = Street()
    street.run(3600000)  # for an hour a survey follows
    street.taps(1)
    street.run(8000)
    street.radio.give(street.pen.tick())
    street.taps(1)
    street.run(8000)
    street.run(20 * 60000)
    street.taps(1)
    street.run(8000)
    assert [word for word in street.board.words() if word not in ("dark", "holding")] == [
        "not-covered", "covered", "not-covered",
    ], street.board.words()  # fmt: skip
    street.board.power = (10, 3300)
    street.taps(1)
    street.run(100)
    assert street.board.words()[-1] == "low-battery"
    assert street.lines() == []
    street.end()


def test_service_only_when_switched_on_by_hand_and_with_no_open_call():
    class Restarted(Board):
        cause = "reset"

    street = Street()
    street.press(5500)
    assert street.board.services == 1 and street.lines() == []
    street.end()
    street = Street(board=Restarted)
    street.press(5500)
    street.run(1000)
    assert street.board.services == 0 and street.lines()
    files = street.end()
    street = Street(files)
    street.press(5500)
    street.run(1000)
    assert street.board.services == 0
    street.end()


def test_bad_settings_give_one_message_and_a_steady_light_and_do_not_brick():
    time = Time()
    board, radio = Board(time, {"settings": settings(up="00")}), Radio(time)
    task = time.begin(serve(board, radio))
    time.run(10000)
    assert board.said == ["'up' is missing or wrong: provision this beacon again"], board.said
    assert board.lamps == [(0, True, "bad-settings")]
    assert radio.sent == [] and board.resets == [] and len(board.fed) >= 9
    task.cancel()
    time.run(1)
    time.close()


def test_equal_seeds_give_equal_runs():
    runs = []
    for seed in (5, 5, 6):
        street = Street(seed=seed)
        street.press()
        street.run(900000)
        runs.append(street.radio.sent)
        street.end()
    assert runs[0] == runs[1] != runs[2]


def test_it_sleeps_between_what_is_due():
    """No polling: a quiet hour costs a handful of wakes."""
    street, wakes = Street(), []
    step = street.program.face.step
    street.program.face.step = lambda now: (wakes.append(now), step(now))
    street.run(3600000)
    assert len(wakes) < 20 + 2 * len(street.radio.sent), len(wakes)
    street.end()
