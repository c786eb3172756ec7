"""A line a neighbour can read, followed by a seal a machine can trust: ``text ~base64url`` (sections 3 and 4)."""

import binascii

from .errors import Malformed

LONGEST_TEXT = 120  # bytes; a line with position then takes 158 of Meshtastic's 233
LONGEST = 180  # bytes of a whole sealed text: eight receipts and 42 bytes of text

# Code points a text may not hold, first and last of each band: C0, DEL and C1, soft hyphen, grapheme joiner, Arabic
# letter mark, Hangul fillers, Mongolian separator, zero-width and bidi marks, line separators and bidi embeddings, word
# joiner and isolates, Hangul filler, surrogates, byte order mark, interlinear marks, tags, beyond Unicode; and `~`.
_BARRED = (
    0x00, 0x1F, 0x7E, 0x9F, 0xAD, 0xAD, 0x034F, 0x034F, 0x061C, 0x061C, 0x115F, 0x1160, 0x180B, 0x180F, 0x200B, 0x200F,
    0x2028, 0x202E, 0x2060, 0x206F, 0x3164, 0x3164, 0xD800, 0xDFFF, 0xFEFF, 0xFEFF, 0xFFA0, 0xFFA0, 0xFFF9, 0xFFFB,
    0xE0000, 0xE0FFF, 0x110000, 0x1FFFFF,
)  # fmt: skip


def _barred(point: int) -> bool:
    if 0x20 <= point < 0x7E:
        return False
    for i in range(0, len(_BARRED), 2):
        if _BARRED[i] <= point <= _BARRED[i + 1]:
            return True
    return False


def proper(text: bytes) -> bool:
    """Whether a text is UTF-8 in shortest form, at most 120 bytes, with nothing that hides, turns or links."""
    if len(text) > LONGEST_TEXT or b"://" in text:
        return False
    try:
        points = text.decode()
    except (UnicodeError, ValueError):
        return False
    size = 0
    for character in points:
        point = ord(character)
        if _barred(point):
            return False
        size += 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4
    return size == len(text)


def encode(raw: bytes) -> bytes:
    """base64url; `raw` is a whole number of three bytes in every frame of ours, so there is never padding."""
    return binascii.b2a_base64(raw)[:-1].replace(b"+", b"-").replace(b"/", b"_")


def decode(characters: bytes) -> bytes:
    """The bytes of a seal. Malformed unless encoding again gives the same characters."""
    try:
        raw = binascii.a2b_base64(characters.replace(b"-", b"+").replace(b"_", b"/"))
    except ValueError:
        raise Malformed("seal is not base64")
    if encode(raw) != characters:
        raise Malformed("seal is not in its one form")
    return raw


def join(text: bytes, raw: bytes) -> bytes:
    """The payload: text, blank, tilde, seal."""
    return text + b" ~" + encode(raw)


def split(payload: bytes) -> "tuple[bytes, bytes]":
    """(text, sealed bytes) of a payload. Malformed when it is too long or carries no seal; the text is not looked at."""
    at = payload.rfind(b" ~")
    if at < 0 or len(payload) > LONGEST:
        raise Malformed("no seal")
    return payload[:at], decode(payload[at + 2 :])
