"""The modem program against a scripted radio and a scripted host: what a gateway may rely on, and what it is told."""

import asyncio
import struct

from beacon.loop import Alarm
from beacon.modem import Modem
from meshwire import cable
from virtual import Time, sleep
from world import Board, Radio

TUNING = struct.pack(cable.TUNING_FORM, 926750000, 7, 500000, 5, 16, 22, 43)
TUNED = (cable.STATE, bytes([cable.TUNED]))


class Line:
    """A cable whose other end is the test: `said` is what the modem wrote, read; `hold` stops the host's reading."""

    def __init__(self):
        self.said = []
        self.held = False
        self._in = []
        self._alarm, self._free = Alarm(), Alarm()
        self._reader = cable.Reader(lambda kind, payload: self.said.append((bytes([kind]), payload)))

    def give(self, data):
        self._in.append(data)
        self._alarm.ring()

    async def read(self):
        while not self._in:
            await self._alarm.wait(None)
        return self._in.pop(0)

    async def write(self, data):
        while self.held:
            await self._free.wait(None)
        self._reader.feed(data)

    def hold(self, held):
        self.held = held
        self._free.ring()


class Watched(Board):
    watchdog_ms = 8000


class Wide(Radio):
    """A radio that knows its noise floor, refuses to be tuned while it listens, and cannot be tuned while `dead`."""

    failed = False
    crowd = 0  # how often more the air is busy

    def __init__(self, time):
        Radio.__init__(self, time)
        del self.noise

    def busy(self):
        self._alive("busy")
        self.crowd -= 1
        return self.crowd >= 0

    def _alive(self, step):
        self.failed = self.failed or self.dead
        Radio._alive(self, step)

    def tune(self, radio):
        self._alive("tune")
        assert self.heard is None or self.asleep or self.failed, "tuned while receiving"
        self.failed = False
        self.tuned = radio

    def noise(self):
        return -112


class Desk:
    """A host at the cable of one modem."""

    def __init__(self, tuned=True, board=Board, radio=Wide):
        self.time = Time()
        self.board = board(self.time, {})
        self.radio = radio(self.time)
        self.line = Line()
        self.modem = Modem(self.board, self.radio, self.line, b"heltec-v3 sx1262")
        self.task = self.time.begin(self.modem.run())
        self.time.run(10)
        if tuned:
            self.say(cable.TUNE, TUNING)
            assert self.said() == [TUNED]

    def say(self, kind, payload=b"", ms=10):
        self.line.give(cable.message(kind, payload))
        self.time.run(ms)

    def said(self):
        """What the modem has said since last asked."""
        out, self.line.said = self.line.said, []
        return out

    def end(self):
        self.task.cancel()
        self.time.run(1)
        self.time.close()


def test_it_says_what_it_is():
    desk = Desk(tuned=False)
    desk.say(cable.HELLO)
    [(kind, payload)] = desk.said()
    assert kind == cable.HERE
    assert struct.unpack_from(cable.HERE_FORM, payload, 0) == (1, 0, 0)
    assert payload[struct.calcsize(cable.HERE_FORM) :] == b"heltec-v3 sx1262"
    desk.say(cable.TUNE, TUNING)
    desk.say(cable.HELLO)
    assert struct.unpack_from(cable.HERE_FORM, desk.said()[-1][1], 0) == (1, cable.TUNED, -112)
    desk.end()


def test_it_is_tuned_by_the_host_alone_and_may_be_tuned_again():
    desk = Desk(tuned=False)
    desk.time.run(5000)
    assert desk.radio.tuned is None and desk.radio.heard is None
    desk.say(cable.TUNE, TUNING)
    assert desk.radio.tuned == {"freq_hz": 926750000, "sf": 7, "bw_hz": 500000, "cr": 5, "preamble": 16,
                                "power_dbm": 22, "sync": 43}  # fmt: skip
    desk.say(cable.TUNE, struct.pack(cable.TUNING_FORM, 869525000, 11, 250000, 5, 16, -3, 43))
    assert (desk.radio.tuned["freq_hz"], desk.radio.tuned["power_dbm"]) == (869525000, -3)
    assert desk.said() == [TUNED, TUNED] and not desk.radio.asleep
    desk.end()


def test_frames_go_both_ways():
    desk = Desk()
    desk.radio.give(b"\x7e\x03" * 100, -117, -12.25)
    desk.time.run(10)
    [(kind, payload)] = desk.said()
    assert kind == cable.HEARD and struct.unpack_from(cable.HEARD_FORM, payload, 0) == (-117, -49)
    assert payload[3:] == b"\x7e\x03" * 100
    desk.say(cable.SEND, b"\x00\x01" + b"frame", 100)
    assert desk.said() == [(cable.SENT, b"\x00\x01")] and [frame for _, frame in desk.radio.sent] == [b"frame"]
    desk.end()


def test_sent_is_told_after_the_last_bit():
    desk = Desk()
    desk.say(cable.SEND, b"\x00\x01" + b"frame", 30)
    assert desk.said() == []
    desk.time.run(20)
    assert desk.said() == [(cable.SENT, b"\x00\x01")]
    desk.end()


def test_a_busy_air_is_told_and_nothing_sent():
    desk = Desk()
    desk.radio.crowd = 1
    desk.say(cable.SEND, b"\x00\x02" + b"frame", 100)
    assert desk.said() == [(cable.BUSY, b"\x00\x02")] and desk.radio.sent == []
    desk.say(cable.SEND, b"\x00\x03" + b"frame", 100)
    assert desk.said() == [(cable.SENT, b"\x00\x03")]
    desk.end()


def test_what_cannot_be_sent_is_refused_with_its_reason():
    desk = Desk(tuned=False)
    desk.say(cable.SEND, b"\x00\x01" + b"early")
    assert desk.said() == [(cable.REFUSED, b"\x00\x01" + bytes([cable.UNTUNED]))]
    desk.say(cable.TUNE, TUNING)
    desk.line.give(cable.message(cable.SEND, b"\x00\x02" + b"first") + cable.message(cable.SEND, b"\x00\x03" + b"more"))
    desk.time.run(100)
    desk.say(cable.SEND, b"\x00\x04" + bytes(256))
    assert desk.said() == [
        TUNED,
        (cable.REFUSED, b"\x00\x03" + bytes([cable.ENGAGED])),
        (cable.SENT, b"\x00\x02"),
        (cable.REFUSED, b"\x00\x04" + bytes([cable.TOO_LONG])),
    ]
    desk.end()


def test_a_frame_heard_while_sending_is_told_first():
    desk = Desk()
    desk.radio.unread.append(b"unread")
    desk.say(cable.SEND, b"\x00\x01" + b"frame", 100)
    assert [kind for kind, _ in desk.said()] == [cable.HEARD, cable.SENT]
    desk.end()


def test_a_chip_that_fails_is_told_brought_up_and_told_again():
    desk = Desk()
    desk.radio.dead = True
    desk.say(cable.SEND, b"\x00\x01" + b"frame")
    said = desk.said()
    assert said == [(cable.STATE, bytes([cable.FAILED])), (cable.REFUSED, b"\x00\x01" + bytes([cable.DEAF]))]
    desk.time.run(3000)
    assert desk.said() == [], "the same news is no news"
    desk.say(cable.SEND, b"\x00\x02" + b"frame")
    assert desk.said() == [(cable.REFUSED, b"\x00\x02" + bytes([cable.DEAF]))]
    desk.radio.dead = False
    desk.time.run(1100)
    assert desk.said() == [TUNED]
    desk.say(cable.SEND, b"\x00\x03" + b"frame", 100)
    assert desk.said() == [(cable.SENT, b"\x00\x03")] and desk.board.resets == []
    desk.end()


def test_tuning_a_dead_chip_is_answered_each_time():
    desk = Desk(tuned=False)
    desk.radio.dead = True
    for _ in range(2):
        desk.say(cable.TUNE, TUNING)
        assert desk.said() == [(cable.STATE, bytes([cable.FAILED]))]
    desk.end()


def test_a_host_that_does_not_read_loses_frames_not_answers():
    desk = Desk()
    desk.line.hold(True)
    desk.time.run(10)
    for number in range(30):
        desk.radio.give(bytes([number]) * 20)
    desk.say(cable.SEND, b"\x00\x01" + b"frame", 100)
    desk.say(cable.PING)
    desk.line.hold(False)
    desk.time.run(10)
    kinds = [kind for kind, _ in desk.said()]
    assert kinds.count(cable.HEARD) in (12, 13) and kinds[-2:] == [cable.SENT, cable.PONG]
    desk.say(cable.PING)
    _, _, heard, sent, busy, dropped, garbled = struct.unpack(cable.PONG_FORM, desk.said()[-1][1])
    assert (heard, sent, busy, garbled) == (30, 1, 0, 0) and dropped == 30 - kinds.count(cable.HEARD)
    desk.end()


def test_garbage_and_strange_words_are_survived_and_counted():
    desk = Desk()
    desk.line.give(b"AT+GMR\r\n\x94\xc3\x00\x05" + bytes(range(256)) + b"~")
    for kind, payload in ((b"X", b"?"), (cable.SEND, b"\x01"), (cable.TUNE, b"short"), (cable.HEARD, bytes(20))):
        desk.say(kind, payload)
    desk.say(cable.PING)
    [(kind, payload)] = desk.said()
    assert kind == cable.PONG and struct.unpack(cable.PONG_FORM, payload)[-1] >= 1
    desk.end()


def test_ctrl_c_never_stops_it_while_a_host_is_there():
    desk = Desk()
    desk.line.give(b"\r\x03\x03")
    desk.time.run(29000)
    desk.line.give(b"\x03")
    desk.time.run(10)
    assert not desk.task.done() and desk.board.services == 0
    desk.time.run(2000)
    desk.line.give(b"\r\x03")
    desk.time.run(10)
    assert desk.task.done() and desk.board.services == 1 and desk.board.resets == []
    desk.time.close()


def test_a_technician_gets_the_console_of_a_modem_nobody_uses():
    desk = Desk(tuned=False)
    desk.line.give(b"\x03")
    desk.time.run(10)
    assert desk.task.done() and desk.board.services == 1
    desk.time.close()


def test_the_watchdog_is_fed_and_a_task_that_dies_resets_the_board():
    class Failing(Wide):
        def give(self, frame, rssi=-80, snr=6.0):
            self.heard(frame, None, snr)

        async def run(self, alive):
            while True:
                await sleep(alive() or 1000)
                if self.unread:
                    self.give(self.unread.pop(0))

    desk = Desk(board=Watched, radio=Failing)
    desk.time.run(60000)
    assert len(desk.board.fed) >= 20 and desk.board.resets == []
    desk.radio.unread.append(b"frame")
    desk.time.run(3000)
    assert desk.board.resets == ["a task died"]
    try:
        desk.end()
    except (TypeError, struct.error, asyncio.CancelledError):
        pass


def test_a_new_release_has_passed_when_host_and_radio_have_answered_for_a_minute():
    desk = Desk()
    desk.time.run(50000)
    desk.say(cable.PING)
    assert desk.board.wells == 0
    desk.time.run(10000)
    assert desk.board.wells == 0, "nobody spoke"
    desk.say(cable.PING)
    desk.say(cable.PING)
    assert desk.board.wells == 1
    desk.end()
    desk = Desk(tuned=False)
    desk.radio.dead = True
    desk.say(cable.TUNE, TUNING)
    desk.time.run(70000)
    desk.say(cable.PING)
    assert desk.board.wells == 0
    desk.end()


def test_a_task_that_hangs_leaves_the_watchdog_hungry():
    class Hanging(Wide):
        async def send(self):
            await Alarm().wait(None)

    desk = Desk(board=Watched, radio=Hanging)
    desk.say(cable.SEND, b"\x00\x01" + b"frame", 10000)
    fed = len(desk.board.fed)
    desk.time.run(60000)
    assert len(desk.board.fed) <= fed + 1
    desk.end()
