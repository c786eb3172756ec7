"""Deep sleep between presses and pulses (mode press): what is kept, what wakes, and that nothing is said twice."""

from beacon.program import Program
from world import NODE, Board, Street, settings

SHOWN, COMING, CLEAR = 2, 4, 5
MINUTE = 60000
HOUR = 60 * MINUTE


class Deep(Board):
    """A board with a deep sleep; `kept` is its memory through it, `slept` what it was told when it lay down."""

    deep = True
    wakes = False  # whether a frame ends a deep sleep

    def __init__(self, time, files=None, seed=1):
        super().__init__(time, files, seed)
        self.kept = None
        self.slept = []
        self.listening = []

    def memory(self):
        kept, self.kept = self.kept, None
        return kept

    def hears(self):
        return self.wakes

    def deep_sleep(self, ms, memory, listening):
        assert len(memory) < 2000, len(memory)
        self.slept.append((self.now(), ms))
        self.listening.append(listening)
        self.kept = memory


class Sleeper(Street):
    """A beacon of mode press on a board with a deep sleep; `lives` counts the program's starts."""

    def __init__(self, files=None, seed=1, board=Deep, **changes):
        timing = {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 27000, "window_ms": 3000}
        files = files or {"settings": settings(mode="press", timing=timing, **changes)}
        self.lives = 1
        super().__init__(files, seed, board)

    def wake(self, cause):
        """The board starts anew from its deep sleep."""
        assert self.task.done() and self.board.kept is not None, "it is awake"
        self.board.cause = cause
        self.lives += 1
        self.program = Program(self.board, self.radio)
        self.task = self.time.begin(self.program.run())
        self.run(10)

    def live(self, ms):
        """Let time pass, asleep or awake; its timer wakes it when that is due."""
        end = self.time.now() + ms
        while self.time.now() < end:
            if self.task.done():
                at, rest = self.board.slept[-1]
                self.run(max(0, min(end, at + rest) - self.time.now()))
                if self.time.now() < at + rest:
                    return
                self.wake("timer")
            else:
                self.run(min(100, end - self.time.now()))

    def asleep(self):
        """Let it fall asleep, within two minutes."""
        self.live(100)
        for _ in range(1200):
            if self.task.done():
                return
            self.run(100)
        raise AssertionError("it does not fall asleep")


def ids(street):
    return [header.id for _, header, _ in street.sent(11) + street.sent(67)]


def test_it_sleeps_until_its_pulse_and_goes_on_from_there():
    street = Sleeper()
    street.asleep()
    writes = len(street.board.saves)
    at, rest = street.board.slept[0]
    assert at < 60000 and rest > 600000, "a press beacon pulses every few hours"
    assert street.radio.asleep
    street.live(rest + 1000)
    assert len(street.pulses()) == 1 and not street.task.done()
    street.live(4 * 24 * HOUR)
    pulses = street.pulses()
    assert street.lives > 12 and len(pulses) > 12
    numbers = [one.sequence for one in pulses]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "none passed over, none twice"
    assert len(set(ids(street))) == len(ids(street))
    assert len(street.board.saves) - writes <= 2 + len(ids(street)) // 32, "flash is written rarely"
    awake = sum(1 for name in street.radio.steps if name == "listen")
    assert awake <= street.lives + 1
    street.end()


def test_an_unanswered_pulse_comes_again_over_sleeps_and_an_answered_one_does_not():
    street = Sleeper()
    street.asleep()
    street.live(street.board.slept[-1][1] + 500)
    assert len(street.pulses()) == 1
    street.live(5 * MINUTE)
    copies = len(street.pulses())
    assert 3 <= copies <= 6 and street.lives >= copies
    while street.task.done():
        street.live(1000)
    street.run(300)
    street.slot(8, street.pulses()[-1])
    street.asleep()
    assert street.board.slept[-1][1] > 5 * MINUTE
    street.end()


def test_a_call_is_listened_for_then_polled_over_sleeps_until_it_is_clear():
    street = Sleeper()
    street.press()
    street.run(500)
    street.answer(SHOWN)
    street.answer(COMING)
    street.live(14 * MINUTE)
    assert street.lives == 1, "15 minutes it listens"
    street.asleep()
    before = len(street.pulses())
    assert 3 * MINUTE < street.board.slept[-1][1] < 8 * MINUTE
    street.live(HOUR)
    polls = street.pulses()[before:]
    assert 8 <= len(polls) <= 17, len(polls)
    assert len(street.lines()) == 1, "never the line again, which would ring every phone"
    while street.task.done():
        street.live(1000)
    street.run(300)
    street.slot(CLEAR | 64, street.pulses()[-1])
    assert street.board.words()[-1] == "clear"
    street.asleep()
    street.live(HOUR)
    assert street.program.calling.state == "I"
    street.end()


def test_it_stays_awake_while_a_finger_or_a_word_needs_it():
    street = Sleeper()
    street.asleep()
    street.wake("sleep")
    street.press(100)
    street.run(3000)
    assert not street.task.done() and street.board.words()[-1] == "not-covered"
    street.asleep()
    street.wake("sleep")
    street.board.edge(0, True, street.time.now())
    street.run(1000)
    assert not street.task.done()
    street.board.edge(0, False, street.time.now())
    street.asleep()
    street.end()


def test_nothing_is_lit_while_it_sleeps():
    street = Sleeper()
    street.board.power = (10, 3500)
    lit = 0
    for turn in range(40):
        street.wake("sleep") if street.task.done() else street.run(1)
        street.press(100)
        street.run(7000 + 37 * turn)
        street.asleep()
        lit += street.board.lamps[-1][1]
    assert street.program.caller.low and not lit, "a lamp that was lit stays so: %d of 40 sleeps" % lit
    street.end()


def test_a_button_that_stays_down_means_one_press_only():
    street = Sleeper()
    street.asleep()
    street.wake("sleep")
    down = street.time.now()
    street.board.edge(0, True, down)
    street.run(2000)
    street.answer(COMING)
    street.live(16 * MINUTE)
    street.asleep()
    lines = len(street.lines())
    for _ in range(3):
        street.wake("timer")
        street.board.edge(0, True, down)  # as the port tells of a button that is down at the start
        street.live(20000)
        street.asleep()
    assert len(street.lines()) == lines
    street.board.edge(0, False, street.time.now())
    street.wake("sleep")
    street.press()
    street.run(3000)
    assert len(street.lines()) > lines, "a new press calls again"
    street.end()


def test_memory_serves_one_start_and_a_power_cut_costs_only_numbers():
    street = Sleeper()
    street.live(30 * HOUR)
    used = ids(street)
    files, kept = street.board.files, street.board.kept
    street.end()
    street = Sleeper(files, seed=7)
    street.live(30 * HOUR)
    assert not set(ids(street)) & set(used)
    assert min(one.sequence for one in street.pulses()) > 0x01000000 + len(used)
    assert kept is None or street.program
    street.end()


def test_the_duty_cycle_counts_over_sleeps():
    street = Sleeper(radio_settings={"freq_hz": 869525000, "sf": 11, "bw_hz": 250000, "cr": 5, "preamble": 16,
                                     "power_dbm": 22, "sync": 43, "duty_permille": 100, "busy_looks": 100})  # fmt: skip
    street.press()
    street.run(3000)
    street.answer(COMING)
    used = sum(street.program.node.sending._air)
    assert used > 500000, "microseconds of a line on LONG_FAST"
    street.live(15 * MINUTE)
    street.asleep()
    street.live(street.board.slept[-1][1] + 10)
    assert street.lives == 2 and sum(street.program.node.sending._air) >= used
    street.live(2 * HOUR)
    assert street.lives > 3 and sum(street.program.node.sending._air) < used * 40, "what is an hour old counts no more"
    street.end()


def test_an_open_call_outlives_sleeps_though_flash_takes_nothing():
    street = Sleeper()
    street.asleep()
    street.wake("sleep")
    street.board.full = True
    street.press()
    street.live(25 * MINUTE)
    assert street.lives > 3 and street.program.calling.state in "CW", "nobody has heard it yet"
    assert street.time.now() - street.sent(11)[-1][0] < 2 * MINUTE and street.lines()[-1].doubt
    used = ids(street)
    assert len(set(used)) == len(used)
    numbers = [one.sequence for one in street.lines()]
    assert len(set(numbers)) == 1
    street.end()


def test_a_broken_radio_does_not_keep_it_awake():
    street = Sleeper()
    street.radio.dead = True
    street.press()
    street.run(2000)
    street.live(20 * MINUTE)
    assert street.lives > 1
    assert street.program.caller.calling.state in "CW", "the call stands"
    street.radio.dead = False
    street.live(3 * MINUTE)
    assert street.lines()
    street.end()


def test_memory_of_another_version_is_forgotten():
    street = Sleeper()
    street.asleep()
    program = street.program
    memory = program._reserve.rest(b"[0, 99999999999, [1], [2]]")
    street.board.kept = memory
    street.wake("timer")
    street.press()
    street.run(500)
    assert len(street.lines()) == 1 and NODE == street.program.settings.node
    street.end()


def test_a_recorded_gateway_pulse_is_known_over_sleeps():
    street = Sleeper()
    street.asleep()
    street.live(street.board.slept[-1][1] + 500)
    recorded = street.pen.tick()
    street.radio.give(recorded)
    street.run(100)
    at = street.program.ears.gateway_at
    assert at is not None
    street.asleep()
    street.live(street.board.slept[-1][1] + 500)
    assert street.lives > 2 and not street.radio.asleep
    street.radio.give(recorded)
    street.run(100)
    assert street.program.ears.gateway_at == at and street.program.caller.echo == 0xBEEF, "an old number proves nothing"
    street.end()


def test_at_its_fullest_memory_takes_what_is_kept():
    for mode, least in (("press", 700), ("listen", 1900)):
        fullest(mode, least)


def fullest(mode, least):
    street = Sleeper({"settings": settings(mode=mode)}, board=Waking)
    years = 20 * 365 * 24 * HOUR
    for part in street.program._parts:
        for name in part.KEEPS.split():
            value = getattr(part, name)
            if isinstance(value, bytearray):
                value = bytearray(b"\xff" * len(value))
            elif isinstance(value, list):
                value = [MINUTE * 1000] * len(value)
            else:
                value = years
            setattr(part, name, value)
    street.program._reserve.call = bytes(79)
    kept = []
    street.board.deep_sleep = lambda ms, memory, listening: kept.append(memory)
    street.program._lie_down()
    assert least < len(kept[0]) < 2048 - 13, "%d bytes, and the port's own 13" % len(kept[0])
    street.end()


def test_a_jammed_air_does_not_keep_it_awake():
    """What is not urgent waits for a free air: with a jammer beside it, for ever."""
    long_fast = {"freq_hz": 906875000, "sf": 11, "bw_hz": 250000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43,
                 "duty_permille": 1000, "busy_looks": 100}  # fmt: skip
    street = Sleeper(radio_settings=long_fast)
    street.asleep()
    street.radio.noise = 1 << 40
    street.live(street.board.slept[-1][1] + 1000)
    assert not street.task.done() and street.program.node.queue.used, "its name waits to be told"
    for _ in range(70):
        street.live(10000)
        if street.task.done():
            break
    assert street.task.done(), "awake for twelve minutes"
    street.radio.noise = 0
    street.live(30 * HOUR)
    assert len(street.pulses()) > 3
    street.end()


class Waking(Deep):
    wakes = True


class Listener(Sleeper):
    """A beacon of mode listen, on a board whose radio can end its deep sleep."""

    def __init__(self, board=Waking, **changes):
        super().__init__({"settings": settings(**dict({"mode": "listen"}, **changes))}, board=board)

    def hear(self, frame):
        """Asleep or awake, a frame comes: the radio keeps the one that wakes the board until it is read."""
        if self.task.done():
            assert self.board.listening[-1] and not self.radio.asleep
            self.wake("timer")
        self.radio.give(frame)
        self.run(50)


def test_on_a_quiet_air_a_listening_beacon_sleeps_with_its_radio_on():
    street = Listener()
    street.asleep()
    at, rest = street.board.slept[-1]
    assert at >= 36000 and rest <= 300000 and street.board.listening == [True] and not street.radio.asleep
    street.hear(street.pen.neighbour(0x01000005))
    assert street.board.whistles[-1][1], "the frame that woke it makes it whistle"
    street.run(178000)
    assert not street.task.done(), "it slept while it sounded"
    street.asleep()
    street.end()


def test_every_five_minutes_its_receiver_starts_anew_and_it_sleeps_again_at_once():
    timing = {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 27000, "window_ms": 3000}
    street = Listener(timing=timing)
    street.asleep()
    starts = [name for name in street.radio.steps if name == "listen"]
    street.live(HOUR)
    assert 12 <= street.lives <= 16, street.lives
    assert len([name for name in street.radio.steps if name == "listen"]) - len(starts) == street.lives - 1
    awake = [street.board.slept[i + 1][0] - sum(street.board.slept[i]) for i in range(len(street.board.slept) - 1)]
    assert min(awake) < 4000, awake
    assert len(street.pulses()) < 3
    street.end()


def test_traffic_keeps_a_listening_beacon_in_its_light_sleep():
    street = Listener()
    for _ in range(20):
        street.hear(b"\xff" * 60)  # of another mesh: it wakes the radio as well
        street.run(30000)
    assert not street.task.done()
    street.end()


def test_what_cannot_be_woken_by_a_frame_stays_awake_and_so_does_a_call():
    for changes in ({"board": Deep}, {"second_button": True}, {"mode": "relay"}):
        street = Listener(**changes)
        street.run(10 * MINUTE)
        assert not street.task.done(), changes
        street.end()
    street = Listener()
    street.press()
    street.run(20 * MINUTE)
    assert not street.task.done(), "a call is open"
    street.answer(SHOWN)
    street.slot(CLEAR)
    street.asleep()
    street.end()


def test_a_radio_that_fails_is_started_again_and_not_slept_over():
    street = Listener()
    street.radio.dead = True
    street.press()
    street.run(MINUTE)
    assert street.program.sender.failed
    street.run(5 * MINUTE)
    assert not street.task.done()
    street.end()


def test_a_press_wakes_it_and_calls():
    for kind in (Sleeper, Listener):
        street = kind()
        street.asleep()
        street.run(1000)
        street.wake("sleep")
        street.press()
        street.run(500)
        assert len(street.lines()) == 1
        assert "sent" in street.board.words()
        street.end()


def test_echoes_outlive_a_sleep():
    """A line recorded on another day stays silent, though the beacon has slept since it heard its gateways."""
    street = Listener()
    street.hear(street.pen.tick(echo=0x1111))
    for _ in range(3):
        street.asleep()
        street.live(400000)
    street.asleep()
    street.hear(street.pen.neighbour(0x01000005, echo=0x2222))
    assert not [one for one in street.board.whistles if one[1]]
    street.hear(street.pen.neighbour(0x01000006, echo=0x1111))
    assert street.board.whistles[-1][1]
    street.end()
