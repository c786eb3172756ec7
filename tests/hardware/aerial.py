"""Where a program on MicroPython meets the simulated air: its radio's calls come in over TCP, frames go back.

Messages both ways are a u16 length and one letter with what belongs to it: U tuned, L listen, Z asleep, B busy?, T
transmit; F a frame (rssi i16, snr i8 in quarters, bytes), D done, b busy or not.
"""

import socket
import struct
import threading
from contextlib import suppress

from whistle.simulator.propagation import Spot
from whistle.simulator.simulation import Simulation


class Aerial:
    """One place on the air of a simulation, for one program at a time. Make it before the simulation runs."""

    def __init__(self, simulation: Simulation, spot: Spot) -> None:
        self.tuned: tuple[int, ...] | None = None
        self.sent: list[bytes] = []
        self._air, self._loop = simulation.air, simulation.loop
        self.ear = self._air.add(spot, self._deliver)
        self._listening = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._link: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; the program's radio fails."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        if self._link is not None:
            self._link.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            self._link = link
            with suppress(OSError):
                self._attend(link)
            link.close()
            self._loop.call_soon_threadsafe(self._shut)

    def _attend(self, link: socket.socket) -> None:
        kept = b""
        while data := link.recv(4096):
            kept += data
            while len(kept) > 1 and len(kept) >= (end := 2 + struct.unpack(">H", kept[:2])[0]):
                message, kept = kept[2:end], kept[end:]
                self._loop.call_soon_threadsafe(self._do, message[:1], message[1:])

    def _do(self, what: bytes, rest: bytes) -> None:
        """In the simulation's thread."""
        if what == b"U":
            self.tuned = struct.unpack(">IIB", rest)
        elif what == b"L":
            self._listening = True
            self._air.open(self.ear)
        elif what == b"Z":
            self._shut()
        elif what == b"B":
            self._say(b"b" + (b"1" if self._air.busy(self.ear) else b"0"))
        elif what == b"T":
            self.sent.append(rest)
            self._air.transmit(self.ear, rest, self._done)

    def _shut(self) -> None:
        self._listening = False
        self._air.shut(self.ear)

    def _done(self) -> None:
        if self._listening:
            self._air.open(self.ear)
        self._say(b"D")

    def _deliver(self, frame: bytes, rssi: int, snr: float) -> None:
        self._say(b"F" + struct.pack(">hb", rssi, max(-128, min(127, int(snr * 4)))) + frame)

    def _say(self, message: bytes) -> None:
        if self._link is not None:
            try:
                self._link.sendall(struct.pack(">H", len(message)) + message)
            except OSError:
                self._link = None
