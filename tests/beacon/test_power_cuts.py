"""The power fails at every single thing the program asks of its board and radio, from the press until it is shown.

The points are counted from the trace of one whole run, then there is one run for each. After each the same flash
starts again: no sequence and no packet id was ever used before, and a call of which a frame had left still stands.
"""

import sys

from alertwire import line, pulse
from beacon.program import Program
from beacon.settings import read
from world import Board, Radio, Street, settings

HEARD, SHOWN = 1, 2
TIMING = {"slot_ms": 8, "g0_ms": 2000, "pulse_mean_s": 27000, "window_ms": 3000}


class PowerCut(Exception):
    """The board goes dark."""


class Fuse:
    """Counts the calls of both ports; blows at call number `at`, before it does anything or just after. 0: never."""

    def __init__(self, at=0, after=False):
        self.at = at
        self.after = after
        self.calls = []
        self.blown = False

    def take(self, name, do):
        """Do it, and give what it gives."""
        if self.blown:
            raise PowerCut
        self.calls.append(name)
        if len(self.calls) != self.at:
            return do()
        self.blown = True
        if self.after:
            do()
        raise PowerCut


def fused(port, *names):
    """A class like `port` whose methods of these names first ask the fuse."""

    def wrap(name):
        plain = getattr(port, name)

        def asked(self, *given):
            return FUSE[0].take(name, lambda: plain(self, *given))

        return asked

    class Fused(port):
        pass

    for name in names:
        setattr(Fused, name, wrap(name))
    return Fused


FUSE = [Fuse()]
FusedBoard = fused(
    Board,
    *"random load save memory button lamp whistle battery wire tamper place say collect spin feed reset".split(),
)  # fmt: skip
FusedRadio = fused(Radio, "tune", "listen", "load", "busy", "sleep")


class CutRadio(FusedRadio):
    """Its sending takes a while: cut before, the frame never leaves; cut after, it has left and nobody knows."""

    async def send(self):
        fuse = FUSE[0]
        mine = len(fuse.calls) + 1 == fuse.at and fuse.after
        if mine:
            fuse.calls.append("send")
        else:
            fuse.take("send", bool)
        await super().send()
        if mine:
            fuse.blown = True
            raise PowerCut


def board_of(deep):
    class Cut(FusedBoard):
        kept = None
        plays = True  # words, not every edge of their rhythm

        def memory(self):
            kept = FUSE[0].take("memory", lambda: Cut.kept)
            Cut.kept = None
            return kept

        def deep_sleep(self, ms, memory, listening):
            FUSE[0].take("deep_sleep", lambda: setattr(Cut, "kept", memory))

    Cut.deep = deep
    return Cut


class Cuttable(Street):
    """A street whose power may fail while it starts; `over` then, and nothing of it is left open."""

    def __init__(self, files, seed, board):
        self.over = False
        board.cause = "power"
        try:
            super().__init__(files, seed, board, CutRadio)
        except PowerCut:
            self.over = True
            self.time.close()

    def wake(self):
        """The board's timer ends its deep sleep."""
        self.board.cause = "timer"
        self.program = Program(self.board, self.radio)
        self.task = self.time.begin(self.program.run())
        self.run(60000)


def life(street, answers):
    """From the press to shown, and on until the frames have left; cut anywhere."""
    try:
        street.press()
        street.run(1500)
        for answer in answers:
            street.answer(answer)
            street.run(1500)
        street.run(30000)
        if street.board.deep and not FUSE[0].blown:
            street.run(16 * 60000)
            assert street.task.done(), "it does not sleep"
            street.wake()
    except (PowerCut, IndexError):  # the cut line is the newest there is
        pass


def dark(street):
    """Take a dead board away: what of it had left the antenna, and its files."""
    sent = street.sent(11) + street.sent(67) + street.sent(4)
    lines = street.lines()
    if street.task.done():
        try:
            street.task.exception()
        except AttributeError:
            pass  # MicroPython's tasks do not know it
    street.task.cancel()
    try:
        street.run(1)
    except PowerCut:
        pass
    street.time.close()
    return sent, lines, street.board.files


def cut_at(point, board, after=False):
    """(calls made, what was sent in all lives) of a run cut at that call and gone on with by the same flash."""
    FUSE[0] = fuse = Fuse(point, after)
    files = {"settings": settings(mode="press" if board.deep else "relay", timing=TIMING)}
    street = Cuttable(files, 5, board)
    sent, lines = [], []
    if not street.over and not fuse.blown:
        life(street, (HEARD, SHOWN))
    if not street.over:
        sent, lines, files = dark(street)
    made = len(fuse.calls)
    assert not point or made == point, (made, point)
    if point:
        board.kept = None  # the power was gone
        FUSE[0] = Fuse()
        again = Cuttable(files, 1000 + point, board)
        again.run(100)
        if lines:
            assert again.program.calling.state != "I", (point, "a call of which a frame had left was lost")
            again.run(70000)
        later, _, files = dark(again)
        unused(sent, later, point)
        read(files["settings"])
    return made, sent


def unused(before, now, point):
    """No packet id twice, and no sequence twice but by a copy of the very same line."""
    ids = [header.id for _, header, _ in before + now]
    assert len(ids) == len(set(ids)), (point, "a packet id was used twice")
    payloads = [payload for _, header, payload in before + now]
    said = {payload for payload in payloads if payload[:1] == b"\x07"}
    numbers = [line.parse(payload).sequence for payload in said]
    numbers += [pulse.parse(payload).sequence for payload in payloads if b"\xfa\x07\x14" in payload]
    assert len(numbers) == len(set(numbers)), (point, "a sequence was used twice")


def every(board):
    whole, sent = cut_at(0, board)
    assert len(sent) >= 2 and whole > 50
    for point in range(1, whole + 1):
        cut_at(point, board)
        cut_at(point, board, True)
    return whole


def say(what, points):
    sys.stdout.write("%s: %d port calls, cut before and after each of %d\n" % (what, points, points))


def test_power_cut_at_every_call_of_a_board_that_stays_awake():
    whole = every(board_of(False))
    say("press to shown", whole)


def test_power_cut_at_every_call_of_a_board_that_sleeps():
    whole = every(board_of(True))
    say("press to shown, and a deep sleep", whole)
