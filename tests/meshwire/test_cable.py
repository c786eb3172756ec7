"""The words between a modem board and its host: whole messages come through, everything else costs itself alone."""

from meshwire import cable


def read(wire, step=1000):
    """(messages, garbled) of a wire taken in pieces of `step` bytes."""
    taken = []
    reader = cable.Reader(lambda kind, payload: taken.append((bytes([kind]), payload)))
    for at in range(0, len(wire), step):
        reader.feed(wire[at : at + step])
    return taken, reader.garbled


def test_every_byte_comes_through_in_any_pieces():
    longest = b"\x12\x34" + bytes(range(255))
    wire = cable.message(cable.SEND, longest) + cable.message(cable.PING)
    for step in (1, 2, 7, 1000):
        assert read(wire, step) == ([(cable.SEND, longest), (cable.PING, b"")], 0)


def test_no_control_character_ever_travels():
    for first in range(0, 256, 16):
        wire = cable.message(cable.HEARD, bytes([(first + i) & 255 for i in range(16)]) * 15)
        assert min(wire) >= 32, wire
        assert wire.count(b"~") == 2 and wire[:1] == wire[-1:] == b"~"


def test_the_bytes_of_a_message_are_what_the_page_says():
    assert cable.message(cable.PING) == b"~P" + crc_of(b"P") + b"~"
    assert cable.message(b"s", b"\x01\x7e") == b"~s}!}^" + crc_of(b"s\x01\x7e") + b"~"


def crc_of(raw):
    """The CRC-32 bit by bit, escaped: nothing of what is tested."""
    crc = 0xFFFFFFFF
    for byte in raw:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    out = b""
    for byte in crc.to_bytes(4, "big"):
        out += bytes([0x7D, byte ^ 32]) if byte < 32 or byte in (0x7D, 0x7E) else bytes([byte])
    return out


def test_garbage_costs_itself_alone():
    good = cable.message(cable.SENT, b"\x00\x07")
    for noise in (b"boot: 1.25\r\n>>> ", bytes(range(256)) * 3, b"}", b"}}}", good[:-3], good[2:]):
        taken, garbled = read(noise + b"~" + good)
        assert taken[-1] == (cable.SENT, b"\x00\x07") and garbled >= 1, noise
    assert read(good[:-1] + b"}~" + good) == ([(cable.SENT, b"\x00\x07")], 1), "cut within an escape"
    assert read(b"~~~~" + good)[1] == 0, "flags in a row are no fault"


def test_a_changed_byte_is_never_a_message():
    good = cable.message(cable.HEARD, b"\xff\xb0\x18" + bytes(range(40, 90)))
    for at in range(1, len(good) - 1):
        for bit in range(8):
            wrong = bytearray(good)
            wrong[at] ^= 1 << bit
            taken, _ = read(bytes(wrong))
            assert taken == [], (at, bit)


def test_a_wire_without_flags_fills_nothing():
    taken, garbled = read(bytes(100) * 100 + b"~" + cable.message(cable.PING))
    assert taken == [(cable.PING, b"")] and garbled == 1


def test_every_piece_too_short_is_garbled_and_none_crashes():
    for size in range(1, 8):
        assert read(b"~" + b"A" * size + b"~") == ([], 1)
