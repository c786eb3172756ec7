"""A prompt that agrees as MicroPython's does, and answers whatever it is asked with what a test hands in."""

import os
import pty
import re
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

ASKED = re.compile(rb"\s*print\('([0-9a-f]+)'\)")  # the word by which a link knows the prompt
KEYS = {b"\r\x01": b"raw REPL; CTRL-B to exit\r\n>", b"\x05A\x01": b"R\x00"}

Answer = Callable[[bytes], bytes]


def printed(said: str) -> bytes:
    """As a source that printed this."""
    return b"OK" + said.encode() + b"\r\n\x04\x04>"


@contextmanager
def prompt(answer: Answer) -> Iterator[str]:
    """The port of a board that answers every source so."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    threading.Thread(target=_serve, args=(ours, answer), daemon=True).start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.close(theirs)
        os.close(ours)


def _serve(handle: int, answer: Answer) -> None:
    heard = b""
    with suppress(OSError):  # the test is over
        while True:
            heard += os.read(handle, 4096)
            while said := _next(heard, answer):
                heard = heard[said[0] :]
                os.write(handle, said[1])


def _next(heard: bytes, answer: Answer) -> tuple[int, bytes] | None:
    """How many bytes of what was heard are a key or a source, and what is said to it."""
    for key, said in KEYS.items():
        if heard.startswith(key):
            return len(key), said
    if heard[:1] in (b"\x03", b"\x02") or heard[:2] in (b"\r\x03", b"\r\x02"):
        return 1 + (heard[:1] == b"\r"), b""
    source, end, _ = heard.partition(b"\x04")
    if not end or heard[:1] == b"\x05":
        return None
    word = ASKED.fullmatch(source)
    return len(source) + 1, printed(word[1].decode()) if word else answer(source)
