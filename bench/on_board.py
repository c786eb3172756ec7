# mypy: ignore-errors
# Runs on MicroPython: how long one alert's frame takes to build and to read and verify, beside its bare cryptography.
# Prints four numbers, microseconds a frame: build, parse, reference of build, reference of parse.
import hashlib
import sys
import time

sys.path[:] = ["", "firmware", ".frozen"]

from alertwire import wire  # noqa: E402
from cryptolib import aes  # type: ignore[import-not-found]  # noqa: E402
from meshwire import frame as frames  # noqa: E402
from meshwire.channel import Channel  # noqa: E402
from meshwire.data import Data  # noqa: E402
from meshwire.header import Header  # noqa: E402

ROUNDS = 200
NODE, SEQUENCE = 0x0A1B2C3D, 0x01000412
UP, GROUP, KEY = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
TEXT = wire.compose("HELP", "34th & Cedar", SEQUENCE)


def ecb(key):
    return aes(key, 1).encrypt


CHANNEL = Channel("Cedar", KEY, ecb)
ENCRYPT = ecb(KEY)


def build():
    payload = wire.build_line(NODE, UP, GROUP, 1, TEXT, SEQUENCE)
    header = Header(0xFFFFFFFF, NODE, 77, 3, 3, False, False, 0, 0, 0x3D)
    return frames.seal(CHANNEL, header, Data(11, payload, bitfield=0))


FRAME = build()


def parse():
    header, _, data = frames.unseal([CHANNEL], FRAME)
    assert wire.Line(data.payload).group_authentic(header.sender, GROUP)


def hmacs(count, size=60):
    for _ in range(count):
        inner = hashlib.sha256(bytes(64))
        inner.update(bytes(size))
        outer = hashlib.sha256(bytes(64))
        outer.update(inner.digest())
        outer.digest()


def bare_build():
    hmacs(2)
    ENCRYPT(bytes(80))


def bare_parse():
    hmacs(1)
    ENCRYPT(bytes(80))


def cost(work):
    work()
    begun = time.ticks_us()
    for _ in range(ROUNDS):
        work()
    return time.ticks_diff(time.ticks_us(), begun) / ROUNDS


print(cost(build), cost(parse), cost(bare_build), cost(bare_parse))  # noqa: T201
