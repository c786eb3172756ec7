"""A beacon board as a plain LoRa modem on a cable: raw frames over pyserial, the mesh's node on our side (mesh.py).

    opening: HELLO until the board says what it is, TUNE until it is tuned; then one thread reads, and sends what is due

The words are meshwire.cable's (docs/modem.md). Every wait has an end; the modem looks whether the air is free, the node
says when. The keeper (kept.py) opens it again when the cable was pulled or the board fell silent.
"""

import logging
import os
import select
import struct
import termios
import threading
from contextlib import suppress
from typing import Final

import serial
from meshwire import cable
from meshwire.data import Data
from meshwire.header import Header

from gateway.clock import Clock
from gateway.errors import CannotOpen, RadioSilent
from gateway.hearing import Hearing
from gateway.sources import remedies
from gateway.sources.deadline import within
from gateway.sources.mesh import Mesh, Meshes
from gateway.sources.port import About, Address, Ear, Outgoing, SiteChannel

log = logging.getLogger("gateway.source")

BAUD: Final = 115_200
OPEN_S: Final = 5.0
GREET_S: Final = 12.0  # opening the port restarts many boards: MicroPython needs some seconds
AGAIN_S: Final = 0.5
TUNE_S: Final = 5.0
WRITE_S: Final = 2.0
SEND_S: Final = 5.0  # beyond the frame's own time on the air
CLOSE_S: Final = 1.0
LOOK_S: Final = 1.0
CHUNK: Final = 4096
RESTART: Final = b"\x03\x02\x04"  # at a MicroPython console: drop the line, leave raw mode, run main.py again

_FAULTS: Final = (OSError, termios.error)


class Modem:
    """One connection to a modem; after any error it must be closed and made anew."""

    def __init__(self, address: Address, ear: Ear, clock: Clock, meshes: Meshes) -> None:
        self._url, self._device = address.url, address.device
        self._ear, self._clock, self._meshes = ear, clock, meshes
        self._reader = cable.Reader(self._told)
        self._said: dict[bytes, bytes] = {}  # the last payload of each kind
        self._sample = b""  # what came before the modem said who it is
        self._garbled = self._dropped = 0
        self._token = 0
        self._flying: float | None = None  # until when the frame under way must be answered
        self._over = False
        self._wake_in, self._wake_out = os.pipe()
        self._writing = threading.Lock()
        self._port: serial.Serial | None = None
        self._mesh: Mesh | None = None
        self._thread = threading.Thread(target=self._run, name=f"modem {self._url}", daemon=True)

    # what the keeper calls

    def open(self, channel: SiteChannel) -> About:
        """Find the modem and tune it, within 20 s; CannotOpen says what to do."""
        self._mesh = mesh = self._meshes.of(channel)
        try:
            self._port = within(OPEN_S, f"opening {self._url}", self._opened, _FAULTS)
            here = self._greeted()
            self._tuned(mesh)
        except (RadioSilent, *_FAULTS) as error:
            raise CannotOpen(remedies.sentence(self._url, error)) from None
        size = struct.calcsize(cable.HERE_FORM)
        name, noise = here[size:].decode(errors="replace"), struct.unpack_from(cable.HERE_FORM, here)[2]
        log.info("%s is a modem: %s%s", self._url, name or "unnamed", f", noise floor {noise} dBm" if noise else "")
        self._thread.start()
        return About(mesh.node, 0, None)

    def send(self, packet: Outgoing) -> int:
        """Queue a packet as the mesh's node queues its own; its packet id. RadioRefused: not taken."""
        assert self._mesh is not None
        packet_id = self._mesh.say(packet)
        self._wake()
        return packet_id

    def heartbeat(self) -> None:
        """Ask for a sign of life, which comes as `Ear.answered`; RadioSilent when the cable takes nothing."""
        self._write(cable.PING)

    def close(self) -> None:
        """Close within 2 s, whatever the board does. May be called at any time."""
        self._over = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)
        if self._flying is not None and self._mesh is not None:
            self._flying = None
            self._mesh.sent(False)
        if self._port is not None:
            with suppress(RadioSilent, *_FAULTS):
                within(CLOSE_S, "closing", self._port.close, _FAULTS)
        for end in (self._wake_in, self._wake_out):
            with suppress(OSError):
                os.close(end)

    # opening

    def _opened(self) -> serial.Serial:
        return serial.Serial(self._device, BAUD, timeout=0, write_timeout=WRITE_S, exclusive=True)

    def _greeted(self) -> bytes:
        """What the modem says of itself; CannotOpen when something else is there, or nothing."""
        restarted = False
        deadline = self._clock.steady() + GREET_S
        while (here := self._said.get(cable.HERE)) is None and self._clock.steady() < deadline:
            if self._is_console() and not restarted:  # somebody stopped the program, and forgot to start it again
                restarted = True
                self._put(RESTART)
            self._write(cable.HELLO)
            self._read(AGAIN_S, cable.HERE)
        if here is None:
            raise CannotOpen(f"{self._url}: {self._stranger()}")
        version = here[0] if len(here) >= struct.calcsize(cable.HERE_FORM) else 0
        if version != cable.VERSION:
            raise CannotOpen(
                f"{self._url}: the modem speaks version {version}, this gateway {cable.VERSION}: update the older one."
            )
        return here

    def _tuned(self, mesh: Mesh) -> None:
        values = [getattr(mesh.tuning, name) for name in cable.TUNING]
        self._said.pop(cable.STATE, None)
        self._write(cable.TUNE, struct.pack(cable.TUNING_FORM, *values))
        deadline = self._clock.steady() + TUNE_S
        while not (state := self._said.get(cable.STATE)) and (rest := deadline - self._clock.steady()) > 0:
            self._read(rest, cable.STATE)
        if not state:
            raise RadioSilent("the modem did not answer when it was tuned")
        if state[0] != cable.TUNED:
            raise CannotOpen(f"{self._url}: {_DEAF}")

    def _read(self, seconds: float, awaited: bytes) -> None:
        """Take what comes until `awaited` was said, or so many seconds have passed."""
        deadline = self._clock.steady() + seconds
        while awaited not in self._said and (rest := deadline - self._clock.steady()) > 0:
            self._take(rest)
            if self._over:
                raise CannotOpen(f"{self._url} was closed while it was being opened.")

    def _is_console(self) -> bool:
        """A console shows a prompt, or gives back what we say (of it, what can be printed)."""
        return any(mark in self._sample for mark in (cable.message(cable.HELLO)[:2], b">>>", b"raw REPL"))

    def _stranger(self) -> str:
        """Who is there instead of a modem."""
        if self._is_console():
            return "a MicroPython console answers, the modem's program does not run: `whistle workbench modem`."
        if b"\x94\xc3" in self._sample:
            return "a stock Meshtastic radio answers there: write serial:// instead of modem://."
        if self._sample.strip(b"\0\xff"):
            return "what answers there is no modem: `whistle workbench modem` makes a board one, or name another port."
        return "nothing answers there: is it a modem, on a cable that carries data?"

    # the thread

    def _run(self) -> None:
        try:
            while not self._over:
                self._speak()
                self._take(self._patience())
        except (RadioSilent, *_FAULTS) as error:
            self._ear.lost(str(error))

    def _patience(self) -> float:
        assert self._mesh is not None
        return LOOK_S if self._flying is not None else min(self._mesh.due_s(), LOOK_S)

    def _speak(self) -> None:
        """Give the modem what is due; one frame at a time."""
        assert self._mesh is not None
        if self._flying is not None:
            if self._clock.steady() > self._flying:
                raise RadioSilent("the modem did not say what became of a frame")
            return
        frame = self._mesh.frame()
        if frame is not None:
            self._token = (self._token + 1) & 0xFFFF
            self._flying = self._clock.steady() + self._mesh.airtime_s(frame) + SEND_S
            self._write(cable.SEND, struct.pack(cable.TOKEN_FORM, self._token) + frame)

    def _take(self, patience: float) -> None:
        """Read what is there, or comes in that time."""
        port = self._port
        assert port is not None
        ready, _, _ = select.select([port.fileno(), self._wake_in], [], [], patience)
        if self._wake_in in ready:
            os.read(self._wake_in, CHUNK)
        if port.fileno() in ready:
            data = port.read(CHUNK)
            if cable.HERE not in self._said:
                self._sample = (self._sample + data)[-512:]
            self._reader.feed(data)
            for _ in range(self._reader.garbled - self._garbled):
                self._ear.garbled()
            self._garbled = self._reader.garbled

    def _told(self, kind: int, payload: bytes) -> None:
        """The modem has said something."""
        what = bytes([kind])
        self._said[what] = payload
        self._ear.alive()
        if what == cable.HEARD and len(payload) > struct.calcsize(cable.HEARD_FORM):
            self._heard(payload)
        elif what in (cable.SENT, cable.BUSY, cable.REFUSED):
            self._fate(what, payload)
        elif what == cable.STATE and self._thread.is_alive():
            self._judge(payload[:1])
        elif what == cable.PONG and len(payload) == struct.calcsize(cable.PONG_FORM):
            self._ear.answered()
            self._judge(payload[:1])
            self._count(struct.unpack(cable.PONG_FORM, payload)[5])

    def _heard(self, payload: bytes) -> None:
        mesh = self._mesh
        if mesh is None or cable.STATE not in self._said:
            return  # what an earlier host had it tuned to
        rssi, quarters = struct.unpack_from(cable.HEARD_FORM, payload)
        frame = payload[struct.calcsize(cable.HEARD_FORM) :]
        packet = mesh.heard(frame, rssi, quarters / 4)
        if packet is not None:
            one = _hearing(self._url, packet.header, packet.data, rssi, quarters / 4, self._clock.wall())
            self._ear.heard(one._replace(radio=mesh.node))
        elif mesh.foreign(frame):
            self._ear.foreign()

    def _fate(self, what: bytes, payload: bytes) -> None:
        if self._flying is None or payload[:2] != struct.pack(cable.TOKEN_FORM, self._token):
            return
        self._flying = None
        assert self._mesh is not None
        self._mesh.sent(what == cable.SENT)

    def _judge(self, state: bytes) -> None:
        """A modem that is no longer tuned has started anew, or its chip has failed: it must be opened anew."""
        if state != bytes([cable.TUNED]):
            raise RadioSilent(_DEAF if state and state[0] & cable.FAILED else "the modem started anew")

    def _count(self, dropped: int) -> None:
        if dropped > self._dropped:
            log.warning("%s: the cable was too slow for %d messages", self._url, dropped - self._dropped)
        self._dropped = dropped

    # writing

    def _write(self, kind: bytes, payload: bytes = b"") -> None:
        self._put(cable.message(kind, payload))

    def _put(self, data: bytes) -> None:
        assert self._port is not None
        try:
            with self._writing:
                self._port.write(data)
        except _FAULTS as error:
            raise RadioSilent(f"the cable took nothing: {error}") from None

    def _wake(self) -> None:
        with suppress(OSError):
            os.write(self._wake_out, b"!")


_DEAF: Final = "the modem's radio chip does not answer: take the board off its power and put it back."


def _hearing(url: str, head: Header, data: Data, rssi: float, snr: float, now: float) -> Hearing:
    hops = head.hop_start - head.hop_limit if head.hop_start else None
    return Hearing(
        source=url,
        sender=head.sender,
        id=head.id,
        port=data.portnum,
        payload=data.payload,
        rssi=float(rssi),
        snr=snr,
        hops=hops if hops is None or 0 <= hops <= 7 else None,
        at=now,
        relay=head.relay_node or None,
    )
