"""From the node's queue to the air: the order of one sending, windows of a beacon that sleeps, a radio that fails."""

from beacon.loop import Alarm
from meshwire.wire import Data
from world import RADIO, Board, Radio, Street


class Early(Board):
    """A board whose timers are late by as much as a board's may be: it wakes 12 ms early and spins."""

    early_ms = 12

    def __init__(self, time, files, seed):
        Board.__init__(self, time, files, seed)
        self.steps = []

    def collect(self):
        self.steps.append(("collect", self.now()))

    def spin(self, until_ms):
        self.steps.append(("spin", self.now(), until_ms))


def test_the_order_of_one_sending():
    street = Street(board=Early)
    street.radio.steps = steps = street.board.steps
    street.press()
    street.run(500)
    names = [step if isinstance(step, str) else step[0] for step in steps]
    at = names.index("load")
    assert names[at - 1 : at + 4] == ["collect", "load", "spin", "busy", "send"], names
    _, now, slot = steps[at + 1]
    assert 0 < slot - now <= 12, "it spins the last 12 ms"
    sent = street.radio.sent[0][0]
    assert sent - 40 >= slot - 12
    street.end()


def test_a_busy_air_is_waited_for():
    street = Street()
    street.radio.noise = 5
    street.press()
    street.run(1000)
    assert street.radio.steps.count("busy") == 6 and len(street.radio.sent) == 1
    street.end()


def test_a_frame_received_but_unread_is_never_lost():
    street = Street()
    street.press()
    street.run(1000)
    line = street.lines()[-1]
    street.radio.unread.append(street.pen.receipt(0x0A1B2C3D, line.sequence, line.tag, 4))
    street.run(5000)
    assert street.radio.unread == [] and street.board.words()[-1] == "coming"
    street.end()


class Hasty(Radio):
    """A radio in whose send buffer a frame lies when another arrives that makes it needless."""

    def busy(self):
        if self.unread:
            self._read()
        return Radio.busy(self)


def test_a_relay_outdone_at_the_last_moment_stays_unsent():
    street = Street(radio=Hasty)
    frame = street.pen.frame(1, b"dinner at six", 0x12345678)
    street.radio.give(frame)
    again = bytearray(frame)
    again[12] -= 1
    street.radio.unread.append(bytes(again))
    street.run(3000)
    assert street.radio.sent == [] and "load" in street.radio.steps
    street.end()


def test_an_alert_goes_before_what_waits():
    street = Street()
    street.radio.noise = 1000000
    for sender in range(12):
        street.radio.give(street.pen.frame(1, b"chatter", 0x22000000 + sender))
    street.press()
    street.radio.noise = 0
    street.run(400)
    assert street.sent(11), "nothing of ours was sent"
    assert street.radio.sent[0][1][4:8] == b"\x3d\x2c\x1b\x0a", "the alert must be the first"
    street.end()


def call(street, silent):
    """A press, or a silent alert; a test of what keeps both off the air."""
    if silent:
        street.taps(5)
    else:
        street.press()


def called(street):
    """Whether it went out."""
    return street.lines() or [one for one in street.pulses() if one.standing]


def test_a_flood_of_forged_lines_keeps_no_press_waiting():
    """Anybody with the channel's key can make what looks like an alert, and go on making it."""
    for silent in (False, True):
        street = Street()
        street.radio.noise = 400
        for sender in range(40):
            street.radio.give(street.pen.neighbour(0x01000001, node=0x22000000 + sender, group=bytes(32)))
        call(street, silent)
        street.radio.noise = 0
        for sender in range(40, 90):
            street.radio.give(street.pen.neighbour(0x01000001, node=0x22000000 + sender, group=bytes(32)))
            street.run(100)
        assert called(street), "forged lines had all the places"
        street.end()


def test_an_air_that_is_never_free_does_not_silence_a_press():
    """Somebody jams beside the beacon: what listens before it talks would wait for ever; the gateway may hear it."""
    for silent in (False, True):
        street = Street()
        street.radio.noise = 1000000000
        street.radio.give(street.pen.frame(1, b"chatter", 0x22000000))
        call(street, silent)
        street.run(10000)
        assert called(street)
        assert {frame[4:8] for _, frame in street.radio.sent} == {b"\x3d\x2c\x1b\x0a"}, "others' frames wait"
        assert street.radio.steps.count("busy") > 100 * len(street.radio.sent)
        street.end()


def test_where_the_law_demands_a_free_air_a_press_waits_for_it():
    street = Street(radio_settings=RADIO | {"busy_looks": 0})
    street.radio.noise = 1000000000
    call(street, False)
    street.run(10000)
    assert street.radio.steps.count("busy") > 300 and not street.radio.sent
    street.radio.noise = 0
    street.run(1000)
    assert called(street)
    street.end()


def test_a_new_line_takes_the_place_of_a_copy_that_still_waits():
    street = Street()
    street.press()
    street.run(500)
    street.radio.noise = 1000000
    street.run(2500)
    street.taps(3)
    street.radio.noise = 0
    start = street.time.now()
    street.run(400)
    assert [one.kind for one in street.lines(start)] == [2], "the line of before was still on its way"
    street.end()


def test_a_line_that_still_waits_when_the_answer_comes_stays_unsent():
    street = Street()
    street.press()
    street.run(500)
    street.radio.noise = 1000000
    street.run(2500)
    assert street.program.node.queue.used
    street.answer(2)
    street.radio.noise = 0
    start = street.time.now()
    street.run(3000)
    assert street.lines(start) == [] and street.board.words()[-1] == "shown"
    street.end()


class Hurried(Radio):
    """A radio at which, between loading and sending, something more urgent turns up."""

    urgent = None

    def busy(self):
        if self.urgent:
            self.urgent()
            self.urgent = None
        return Radio.busy(self)


def test_what_is_sent_is_what_the_node_gave():
    street = Street(radio=Hurried)
    node = street.program.node
    node.random = lambda n: 0  # what is ours is due at once
    street.radio.urgent = lambda: node.send(Data(11, b"\x07FIRE ~x"), street.time.now())
    street.radio.give(street.pen.frame(1, b"chatter", 0x22000000))
    street.run(3000)
    assert [frame[4:8] for _, frame in street.radio.sent] == [b"\x3d\x2c\x1b\x0a", b"\x00\x00\x00\x22"]
    street.end()


class Fragile(Radio):
    """A radio that fails in the middle of sending."""

    failures = 2

    async def send(self):
        if self.failures:
            self.failures -= 1
            raise OSError(5)
        await Radio.send(self)


def test_a_frame_whose_sending_failed_is_sent_again():
    street = Street(radio=Fragile)
    street.press()
    street.run(5000)
    assert street.lines() and "failed-radio" in street.board.words() and street.board.words()[-1] == "sent"
    street.end()


def test_a_dead_radio_is_shown_and_what_waits_goes_out_when_it_is_back():
    street = Street()
    street.radio.dead = True
    street.press()
    street.run(20000)
    assert street.board.words()[-1] == "failed-radio" and street.radio.sent == []
    street.radio.dead = False
    street.run(5000)
    assert street.lines() and street.board.words()[-1] == "sent"
    street.answer(1)
    assert street.board.words()[-1] == "heard"
    assert street.board.resets == []
    street.end()


class Born(Radio):
    """A radio that does not answer from the start."""

    def __init__(self, time):
        Radio.__init__(self, time)
        self.dead = True


def test_a_radio_dead_at_the_start_is_tried_again():
    street = Street(radio=Born)
    street.run(5000)
    assert street.board.words() == ["failed-radio"]
    street.radio.dead = False
    street.run(2000)
    assert street.radio.tuned["sf"] == 7 and street.board.words() == ["failed-radio", "dark"]
    street.end()


def test_a_beacon_tells_its_name_and_answers_who_asks():
    street = Street()
    street.run(60000)
    ((_, header, payload),) = street.sent(4)
    assert b"34th & Cedar" in payload and header.to == 0xFFFFFFFF
    street.end()


def windows(street, ms):
    """Let time pass in steps of 100 ms; the times at which the radio listened."""
    awake = []
    for _ in range(ms // 100):
        street.run(100)
        if not street.radio.asleep:
            awake.append(street.time.now())
    return awake


def test_a_beacon_on_the_press_mode_sleeps_between_its_windows():
    street = Street(mode="press", timing={"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 600, "window_ms": 3000})
    street.run(60000)
    street.radio.sent.clear()
    awake = windows(street, 3600000)
    pulses = [at for at, _, _ in street.sent(67)]
    assert len(pulses) > 5
    for at in pulses:
        assert at + 1000 in awake or [now for now in awake if 0 <= now - at <= 3000], "no window after a pulse"
    assert len(awake) * 100 <= len(pulses) * 3600, "it listens longer than a window after each"
    street.end()


def test_after_a_press_it_listens_for_15_minutes_and_then_in_windows_of_polls():
    street = Street(mode="press", timing={"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 27000, "window_ms": 3000})
    street.run(60000)
    street.press()
    start = street.time.now()
    street.run(1000)
    street.answer(2)
    assert len(windows(street, 14 * 60000)) == 14 * 600, "listening has a gap"
    street.run(60000)
    awake = windows(street, 60 * 60000)
    polls = [at for at, _, _ in street.sent(67, start + 15 * 60000)]
    assert 10 <= len(polls) <= 16, len(polls)
    assert len(polls) * 25 <= len(awake) <= len(polls) * 36, (len(awake), len(polls))
    for at in polls[:-1]:
        assert [now for now in awake if 2000 < now - at <= 3000], "the window after a poll is too short"
    street.end()


def test_within_a_limited_share_of_the_air_a_quarter_is_for_what_is_our_own():
    tuning = {"freq_hz": 869525000, "sf": 11, "bw_hz": 250000, "cr": 5, "preamble": 16, "power_dbm": 22, "sync": 43,
              "duty_permille": 10, "busy_looks": 100}  # fmt: skip
    timing = {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 172800, "window_ms": 3000}
    street = Street(radio=Radio, radio_settings=tuning, timing=timing)
    for sender in range(400):
        street.radio.give(street.pen.frame(1, b"a long story, told by many neighbours", 0x22000000 + sender))
        street.run(5000)
    modem = street.program.node.modem
    spent = sum([modem.airtime_us(len(frame)) for _, frame in street.radio.sent])
    assert 25200000 <= spent < 26200000, spent  # seven thousandths of an hour, and one frame
    street.press()
    street.run(4000)
    assert street.lines(), "the alert found no air left"
    street.answer(2)
    street.slot(5 | 1 << 4)
    street.taps(5)
    street.run(4000)
    assert [one for one in street.pulses() if one.standing == 2], "the silent alert found no air left"
    street.end()


def test_an_alarm_may_be_set_for_longer_than_a_boards_ticks_reach():
    street, ends = Street(), []

    async def sleeper():
        try:
            await Alarm().wait(1 << 31)
        except OverflowError:
            ends.append("too long")

    task = street.time.begin(sleeper())
    street.run(1000)
    task.cancel()
    street.run(1)
    assert ends == []
    street.end()


def test_an_alarm_keeps_a_ring_and_ends_a_wait():
    street, log = Street(), []
    alarm = Alarm()

    async def sleeper():
        for ms in (1000, 1000, None, 0):
            await alarm.wait(ms)
            log.append(street.time.now())

    street.time.begin(sleeper())
    start = street.time.now()
    street.run(1500)
    alarm.ring()
    street.run(100)
    street.run(5000)
    alarm.ring()
    street.run(1)
    assert [at - start for at in log] == [1000, 1500, 6600, 6600], [at - start for at in log]
    street.end()
