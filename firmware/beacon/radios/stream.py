"""A stock Meshtastic node on a UART (its serial module in PROTO mode) as the radio of a board that cannot drive one.

Such a node takes and gives messages in the clear, under its own number: frames are opened and sealed here with the
site's channel, and the beacon's number must be the node's. It relays, acknowledges and tells its name by itself, so of
the program's frames only its own lines, receipts and pulses go out. What a host hands it too soon is dropped without a
word: a text within 2 s, an alert or a telemetry within 10 s; so an alert goes as a text where that is sooner, which its
seal allows. `tune` needs two members more than other radios: `channel` (meshwire's) and `node`.
"""

import asyncio
import struct
import time

from machine import UART
from meshwire import const
from meshwire.wire import Header, expand_key, pack

from beacon.loop import Alarm

if False:  # names for the type checker alone, never imported
    from typing import Any  # type: ignore[unreachable]

    from meshwire.wire import Channel

    from beacon.ports import Alive, Heard

ticks_ms, ticks_diff = time.ticks_ms, time.ticks_diff  # type: ignore[attr-defined]
_BAUD = const(115200)
_MOST = const(512)  # bytes of a message
_TEXT = const(1)
_ALERT = const(11)
_GREET_MS = const(10000)
_ANSWER_MS = const(2000)
_BEAT_MS = const(60000)
_SPACING = {1: 2100, 11: 10300, 67: 10300}  # ms by port, with a little for clocks that differ


class Radio:
    """`wiring` has `uart`, `tx`, `rx`. OSError while no node answers there that has our number and channel."""

    def __init__(self, wiring: "dict[str, Any]", woken: bool = False) -> None:
        self._uart = UART(wiring["uart"], _BAUD, tx=wiring["tx"], rx=wiring["rx"], rxbuf=1024)
        self._kept = bytearray(_MOST + 4)
        self._used = 0
        self._heard: "Heard | None" = None
        self._frame = b""
        self._last: "dict[int, int | None]" = {}  # when something went out, by port
        self._since: "int | None" = None  # when the node was asked who it is
        self._ready = self._down = False
        self._number = self._index = self._free = -1
        self._status: "dict[int, Any]" = {}
        self._alarm = Alarm()

    # The port

    def tune(self, radio: "dict[str, Any]") -> None:
        """The node's own settings hold for the air; here it is asked who it is, unless that is known."""
        self._channel: "Channel" = radio["channel"]
        self._node: int = radio["node"]
        if not self._ready and self._since is None:
            self._greet()

    def listen(self, heard: "Heard") -> None:
        """Hand over what comes from now on; what a node without an answer is to blame for was told before."""
        self._heard = heard
        if self._down:
            raise OSError("the radio on the UART does not answer as the site's")

    def sleep(self) -> None:
        """Hand nothing over; the node itself sleeps by its own settings."""
        self._heard = None

    def load(self, frame: bytes) -> None:
        """Keep the frame; open it already, for its port."""
        self._frame = frame
        id, sender = struct.unpack("<I", frame[8:12])[0], self._node
        self._plain = self._channel.crypt(id, sender, frame[16:])
        own = frame[4:8] == struct.pack("<I", sender) and self._plain[0] == 8 and self._plain[1] in _SPACING
        self._port = self._plain[1] if own else 0

    def busy(self) -> bool:
        """The node looks itself whether the air is free; busy is what it would not take now."""
        return self._rest() > 0

    async def send(self) -> None:
        """Hand the loaded frame to the node; returns when it has queued it."""
        while self._rest():
            await Alarm().wait(self._rest())
        if not self._port:
            return
        port, to, id = self._choice(), self._frame[:4], self._frame[8:12]
        data = b"\x08" + bytes([port]) + self._plain[2:]
        size = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
        packet = b"\x15" + to + b"\x18" + bytes([self._index]) + b"\x22" + size + data + b"\x35" + id
        packet += b"\x48" + bytes([self._frame[12] & 7])
        if self._port == _ALERT:
            packet += b"\x58\x6e"
        self._last[port] = ticks_ms()
        self._say(b"\x0a" + bytes([len(packet) & 127 | 128, len(packet) >> 7]) + packet)
        await self._answered(struct.unpack("<I", id)[0])

    async def run(self, alive: "Alive") -> None:
        """Read for ever, and keep the session alive."""
        stream: "Any" = asyncio.StreamReader(self._uart)
        came = beat = ticks_ms()
        while True:
            most = min(alive() or _BEAT_MS, _ANSWER_MS)
            try:
                self._feed(await asyncio.wait_for_ms(stream.read(256), most) or b"")  # type: ignore[attr-defined]
                came = ticks_ms()
            except asyncio.TimeoutError:
                pass
            self._late()
            if ticks_diff(ticks_ms(), beat) > _BEAT_MS:
                beat = ticks_ms()
                self._say(b"\x3a\x00")
                if self._ready and ticks_diff(beat, came) > 2 * _BEAT_MS:
                    self._greet()

    # To the node

    def _say(self, message: bytes) -> None:
        self._uart.write(b"\x94\xc3" + struct.pack(">H", len(message)) + message)

    def _greet(self) -> None:
        """Wake it and ask for its settings: number 69420 spares us its list of nodes."""
        self._ready = False
        self._number = self._index = -1
        self._since = ticks_ms()
        self._uart.write(b"\xc3" * 32)
        self._say(b"\x18\xac\x9e\x04")

    def _late(self) -> None:
        """A node that has not said who it is in time is asked again, and is down meanwhile."""
        if self._since is not None and ticks_diff(ticks_ms(), self._since) > _GREET_MS:
            self._down = True
            self._greet()

    def _rest(self) -> int:
        """For how many ms the node would not take the loaded frame; OSError while it is down."""
        self._late()
        if self._down:
            raise OSError("the radio on the UART does not answer as the site's")
        if not self._ready or not self._free:
            return 100
        return self._wait(self._choice())

    def _choice(self) -> int:
        """The port to use: an alert's own, or that of texts if it is free sooner."""
        if self._port == _ALERT and self._wait(_TEXT) < self._wait(_ALERT):
            return _TEXT
        return self._port

    def _wait(self, port: int) -> int:
        last, spacing = self._last.get(port), _SPACING.get(port, 0)
        rest = 0 if last is None else spacing - ticks_diff(ticks_ms(), last)
        if 0 < rest <= spacing:
            return rest
        self._last[port] = None  # before the clock comes round
        return 0

    async def _answered(self, id: int) -> None:
        """Wait for the node's word on it. A packet it has met before it drops without one: then any word will do."""
        for beat in (False, True):
            if beat:
                self._say(b"\x3a\x00")
            self._status = {}
            end = ticks_ms()
            while ticks_diff(ticks_ms(), end) < _ANSWER_MS:
                await self._alarm.wait(_ANSWER_MS - ticks_diff(ticks_ms(), end))
                if self._status and (beat or self._status.get(4, 0) == id):
                    if self._status.get(1, 0):
                        raise OSError("the radio on the UART has refused a frame")
                    return
        self._down = True
        self._greet()
        raise OSError("the radio on the UART does not answer")

    # From the node

    def _feed(self, data: bytes) -> None:
        """Take bytes in any pieces; what is outside a message is the node's debug text."""
        kept = self._kept
        for byte in data:
            used = self._used
            kept[used] = byte
            if used == 0 and byte != 0x94 or used == 1 and byte != 0xC3 or used == 3 and (kept[2] << 8 | byte) > _MOST:
                self._used = byte == 0x94
                continue
            self._used = used + 1
            if used > 2 and used + 1 == 4 + (kept[2] << 8 | kept[3]):
                self._used = 0
                heard, got = self._heard, None
                try:
                    got = self._take(_fields(kept[4 : used + 1]))
                except (IndexError, KeyError, TypeError, AttributeError, ValueError, OverflowError):
                    pass  # half a message, or one of another shape: the next is whole
                if got and heard:
                    heard(*got)

    def _take(self, said: "dict[int, Any]") -> "tuple[bytes, int, float] | None":
        """One FromRadio, by what is in it; what is to be handed to heard, if anything."""
        if 2 in said:
            return self._packet(_fields(said[2]))
        if 3 in said:
            self._number = _fields(said[3])[1]
        elif 10 in said:
            self._look(_fields(said[10]))
        elif 7 in said:
            self._ready = self._number == self._node and self._index >= 0
            self._down = not self._ready
            if self._ready:
                self._since = None
        elif 11 in said:
            self._status = _fields(said[11])
            self._free = self._status.get(2, 0)
            self._alarm.ring()
        elif 8 in said:
            self._greet()
        return None

    def _look(self, channel: "dict[int, Any]") -> None:
        """One of the node's channels: is it the site's?"""
        settings = _fields(channel.get(2, b""))
        if channel.get(3, 0) and settings.get(3, b"") == self._channel.name.encode():
            if expand_key(settings.get(2, b"")) == self._channel.key:
                self._index = channel.get(1, 0)

    def _packet(self, packet: "dict[int, Any]") -> "tuple[bytes, int, float] | None":
        """A message of somebody on our channel becomes the frame that it was on the air."""
        sender, data, id = packet[1], packet[4], packet[6]
        if sender == self._node or packet.get(3, 0) != self._index or len(data) > 239:
            return None
        to, hops, start = packet.get(2, 0), packet.get(9, 0), packet.get(15, 0)
        flags = packet.get(10, 0) > 0, packet.get(14, 0) > 0
        head = pack(Header(to, sender, id, hops, start, *flags, self._channel.hash, 0, packet.get(19, 0) & 255))
        rssi = packet.get(12, 0) & 0xFFFFFFFF
        snr = struct.unpack("<f", packet.get(8, 0).to_bytes(4, "little"))[0]
        return head + self._channel.crypt(id, sender, data), rssi - (rssi >> 31 << 32), snr


def _fields(raw: "bytes | bytearray") -> "dict[int, Any]":
    """Every field of a protobuf message by its number, the last of repeated ones: numbers, or bytes. IndexError."""
    out: "dict[int, Any]" = {}
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        kind = tag & 7
        value: "int | bytes" = 0
        if kind == 0:
            value, at = _varint(raw, at)
        else:
            size, start = (8, at) if kind == 1 else (4, at) if kind == 5 else _varint(raw, at)
            at = start + size
            if at > len(raw) or kind not in (1, 2, 5):
                raise IndexError
            value = bytes(raw[start:at])
            if kind != 2:
                value = int.from_bytes(value, "little")
        out[tag >> 3] = value
    return out


def _varint(raw: "bytes | bytearray", at: int) -> "tuple[int, int]":
    """The number at `at`, and where it ends."""
    value = shift = 0
    while shift < 70:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise IndexError
