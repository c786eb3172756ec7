"""Reads golden vectors, and what tests of both interpreters need. The working directory is the repository's root."""

import json
from binascii import unhexlify

from alertwire.errors import Malformed

NODE = 0x0A1B2C3D


def load(name):
    """The vectors of one file, hex strings as they are."""
    with open("tests/vectors/alert-%s.json" % name) as file:
        return json.load(file)["vectors"]


def raw(value):
    """Bytes of a hex string."""
    return unhexlify(value)


def refuses(read, payload):
    """Whether a reader says Malformed."""
    try:
        read(payload)
    except Malformed:
        return True
    return False


def raises(error, call, *arguments, **named):
    """Whether a call raises that error."""
    try:
        call(*arguments, **named)
    except error:
        return True
    return False


def middle(n):
    """A random number that is none: the middle, so that a gap has its nominal length."""
    return n // 2
