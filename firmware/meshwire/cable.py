"""What a modem board and its host say to each other over a cable: LoRa frames as they are, both ways, and no key.

docs/modem.md has the messages one by one. On the wire each is 0x7E, kind, payload and the CRC-32 of both (big-endian),
0x7E; every byte inside that is below 0x20, or 0x7D or 0x7E, stands as 0x7D and itself XOR 0x20. So a reader that is
lost finds its place at the next 0x7E, and no control character ever travels: what a gateway says cannot stop a board
that is just starting, and a Ctrl-C from a technician is told from all of it. Numbers are big-endian.
"""

import struct
from binascii import crc32

from meshwire import const

if False:  # names for the type checker alone, never imported
    from collections.abc import Callable  # type: ignore[unreachable]

    Take = Callable[[int, bytes], object]

VERSION = 1
# From the host; a console that echoes what it is told gives itself away by one of these.
HELLO, TUNE, SEND, PING = b"H", b"T", b"S", b"P"
# From the board.
HERE, STATE, HEARD, SENT, BUSY, REFUSED, PONG = b"h", b"t", b"f", b"s", b"b", b"r", b"p"
TUNED, FAILED = 1, 2  # bits of a state: it has been tuned, its chip does not answer
UNTUNED, DEAF, ENGAGED, TOO_LONG = 1, 2, 3, 4  # why a frame was refused

TUNING = ("freq_hz", "sf", "bw_hz", "cr", "preamble", "power_dbm", "sync")
TUNING_FORM = ">IBIBBbB"
HERE_FORM = ">BBh"  # version, state, noise floor in dBm (0: not known); the board's name follows
HEARD_FORM = ">hb"  # rssi in dBm, snr in quarters of a dB; the frame follows
TOKEN_FORM = ">H"  # which frame it is about; the frame, or why, follows
PONG_FORM = ">Bh5I"  # state, noise floor; frames heard, sent, found busy, messages dropped, pieces garbled

_FLAG = const(0x7E)
_ESCAPE = const(0x7D)
_MOST = const(272)  # the longest message, with its CRC and a little


def message(kind: bytes, payload: bytes = b"") -> bytes:
    """Return one message as it goes over the wire."""
    raw = kind + payload
    out = bytearray(b"~")
    for byte in raw + struct.pack(">I", crc32(raw) & 0xFFFFFFFF):
        if byte < 32 or byte == _FLAG or byte == _ESCAPE:
            out.append(_ESCAPE)
            byte ^= 32
        out.append(byte)
    out.append(_FLAG)
    return bytes(out)


class Reader:
    """Takes the wire in any pieces and calls `take(kind, payload)` for every whole message (kind: its byte).

    `garbled` counts the pieces between two flags that were none: noise, console text, what lost bytes on its way. Keeps
    at most one message, in fixed memory.
    """

    def __init__(self, take: "Take") -> None:
        self.garbled = 0
        self._take = take
        self._kept = bytearray(_MOST)
        self._used = self._mask = 0

    def feed(self, data: bytes) -> None:
        """Take what came."""
        for byte in data:
            if byte == _FLAG:
                self._end()
            elif byte == _ESCAPE:
                self._mask = 32
            elif self._used < _MOST:
                self._kept[self._used] = byte ^ self._mask
                self._used += 1
                self._mask = 0

    def _end(self) -> None:
        """A flag: what is kept is a message, or nothing."""
        end, broken = self._used - 4, self._mask
        self._used = self._mask = 0
        if (
            end > 0
            and not broken
            and crc32(memoryview(self._kept)[:end]) & 0xFFFFFFFF == struct.unpack_from(">I", self._kept, end)[0]
        ):
            self._take(self._kept[0], bytes(self._kept[1:end]))
        elif end > -4 or broken:
            self.garbled += 1
