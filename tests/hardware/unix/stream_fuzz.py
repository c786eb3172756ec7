"""Whatever comes over the UART, the radio goes on: micropython stream_fuzz.py UART-PORT; prints what it heard."""

import os
import struct
import sys

from beacon.radios.stream import Radio
from cryptolib import aes
from meshwire.wire import Channel, unseal

NODE = 0x0A1B2C3D
channel = Channel("Cedar", bytes(16), lambda key: aes(key, 1).encrypt)
radio = Radio({"uart": int(sys.argv[1]), "tx": 17, "rx": 18})
heard = []
radio.tune({"channel": channel, "node": NODE})
radio.listen(lambda frame, rssi, snr: heard.append((frame, rssi, snr)))


def framed(message):
    return b"\x94\xc3" + struct.pack(">H", len(message)) + message


def field(number, value):
    return bytes([number << 3 | 2, len(value) & 127 | 128, len(value) >> 7]) + value


about = framed(field(3, b"\x08" + b"\xbd\xd8\xec\xd0\x00")) + framed(
    field(10, b"\x18\x01" + field(2, field(2, bytes(16)) + field(3, b"Cedar")))
)
done = framed(b"\x38\x01")
packet = (
    b"\x0d" + struct.pack("<I", 77) + b"\x15\xff\xff\xff\xff" + field(4, b"\x08\x0b\x12\x05hello\x48\x00")
    + b"\x35\x01\x02\x03\x04" + b"\x45" + struct.pack("<f", -7.25) + b"\x48\x02"
    + b"\x60\x90\xff\xff\xff\xff\xff\xff\xff\xff\x01" + b"\x78\x03" + b"\x98\x01\x05"
)  # fmt: skip
good = framed(field(2, packet))

radio._feed(good)
assert heard == [], "nobody's channel yet"
for at in range(0, len(about + done), 3):
    radio._feed((about + done)[at : at + 3])
assert radio._ready and not radio._down
radio._feed(b"INFO | debug text \x94 and \x94\xc3\xff\xff" + good)
[(frame, rssi, snr)] = heard
head, found, data = unseal([channel], frame)
assert (head.sender, head.to, head.id, head.hop_limit, head.hop_start, head.relay_node) == (
    77, 0xFFFFFFFF, 0x04030201, 2, 3, 5
)  # fmt: skip
assert (data.portnum, data.payload, data.bitfield, rssi, snr) == (11, b"hello", 0, -112, -7.25)

odd = packet.replace(b"\x45" + struct.pack("<f", -7.25), b"\x42\x01!")  # the level as text
radio._feed(framed(field(2, odd)))
assert len(heard) == 1

for number in range(1000):
    message = bytearray(packet if number % 3 else os.urandom(1 + os.urandom(1)[0]))
    for _ in range(number % 4):
        message[os.urandom(1)[0] % len(message)] = os.urandom(1)[0]
    inner = bytes(message[: len(message) - os.urandom(1)[0] % 8 * (number % 5 == 0)])
    radio._feed(framed(inner if number % 2 else field((2, 3, 10, 11)[number % 4], inner)))
    if number % 100 == 0:
        radio._feed(os.urandom(64))
        radio._feed(bytes(600))
radio._feed(bytes(600) + about + done)
heard.clear()
radio._feed(good)
assert len(heard) == 1, "after all that, a whole message is still heard"
sys.stdout.write("went on\n")
