"""The far side of a pipe: clock, ether and chip model for a board whose own heap they must not share.

    micropython farside.py MODEL WIRING     MODEL is sx126x or sx127x, WIRING the board's radio table as JSON

Each question is 8 bytes: what, a byte, 16 bits, 32 bits; a frame or SPI bytes may follow. Each answer is 12: time in us
and ms (30 bits each), level of the interrupt line, how often it rose, the pin asked for; SPI bytes may follow.
"""

import json
import struct
import sys

from clock import clock
from ether import Ether, Modulation
from machine import bus, line

MASK = (1 << 30) - 1
ANSWER = "<IIBBBB"


class Far:
    """Serves one board until its end of the pipe is closed."""

    def __init__(self, model, wiring):
        self.ether = Ether()
        self.wiring = wiring
        self.chip = __import__(model).Chip(self.ether, wiring, 3000 if "tcxo_mv" in wiring else None)
        self.rises = 0
        line(wiring["irq"]).handler = self._rose
        line(wiring["irq"]).trigger = 1
        self.heard = 0
        done = self.chip.done

        def counted(wave, fine, rssi, snr):
            self.heard += fine
            done(wave, fine, rssi, snr)

        self.chip.done = counted

    def _rose(self, line):
        self.rises += 1

    def serve(self):
        question = bytearray(8)
        while exactly(question):
            what, byte, size, us = struct.unpack("<BBHI", question)
            back = getattr(self, "_" + chr(what))(byte, size, us)
            level = line(self.wiring["irq"]).get()
            pin = line(size).get() if what == 80 else 0
            head = struct.pack(ANSWER, clock.now & MASK, clock.now // 1000 & MASK, level, self.rises & 255, pin, 0)
            sys.stdout.buffer.write(head + back)

    def _T(self, byte, size, us):
        """Time passes."""
        clock.run(us)
        return b""

    def _W(self, byte, size, us):
        """Time passes until the interrupt line rises, or so many microseconds (all ones: for ever)."""
        limit = clock.now + us
        before = self.rises
        while self.rises == before and clock.step(limit):
            pass
        return b""

    def _P(self, byte, size, us):
        """A pin is looked at (2), or set."""
        clock.run(us)
        if byte < 2:
            line(size).set(byte)
        return b""

    def _S(self, byte, size, us):
        """SPI: as many bytes come back."""
        out = bytearray(size)
        exactly(out)
        back = bus(byte).move(bytes(out))
        clock.run(us)
        return back

    def _A(self, byte, size, us):
        """A neighbour's frame goes on the air."""
        frame = bytearray(size)
        exactly(frame)
        settings = self.chip.ear() or self.chip._signal()
        tuned = Modulation(settings.hz, settings.sf, settings.bw, settings.sync, False, settings.preamble, settings.cr)
        self.ether.send("neighbour", bytes(frame), tuned)
        return b""

    def _J(self, byte, size, us):
        """What there is to say: a length and JSON."""
        said = {"judge": self.chip.judge(), "sent": self.chip.sent, "heard": self.heard}
        text = json.dumps(said).encode()
        return struct.pack("<H", len(text)) + text


def exactly(buffer):
    """Fill the buffer from the pipe; False at its end."""
    view = memoryview(buffer)
    at = 0
    while at < len(buffer):
        got = sys.stdin.buffer.readinto(view[at:])
        if not got:
            return False
        at += got
    return True


if __name__ == "__main__":
    Far(sys.argv[1], json.loads(sys.argv[2])).serve()
