"""Header, Data, channel and frame: bytes fixed by the protocol, on both interpreters."""

from meshwire import BROADCAST, data, frame, header
from meshwire.channel import Channel, channel_hash, expand_key
from meshwire.errors import Malformed, TooLarge


def toy_aes(key):
    """Stands in for AES where only the plumbing is tested: each block XORed with the key, every byte plus one."""

    def encrypt(blocks):
        return bytes([(byte ^ key[at % 16]) + 1 & 255 for at, byte in enumerate(blocks)])

    return encrypt


def refused(error, call, *arguments):
    try:
        call(*arguments)
    except error:
        return True
    return False


def test_header_bytes():
    head = header.Header(BROADCAST, 0x0A1B2C3D, 0x01020304, 3, 3, False, False, 8, 0, 0x3D)
    assert header.pack(head) == b"\xff\xff\xff\xff\x3d\x2c\x1b\x0a\x04\x03\x02\x01\x63\x08\x00\x3d"
    head.want_ack = True
    assert header.pack(head)[12] == 0x6B
    head.via_mqtt = True
    assert header.pack(head)[12] == 0x7B


def test_header_round_trip():
    for flags in range(256):
        raw = b"\x01\x00\x00\x80\x02\x00\x00\xc0\xfe\xff\xff\xff" + bytes((flags, 7, 8, 9))
        head = header.unpack(raw)
        assert (head.to, head.sender, head.id) == (0x80000001, 0xC0000002, 0xFFFFFFFE)
        assert (head.channel, head.next_hop, head.relay_node) == (7, 8, 9)
        assert header.pack(head) == raw


def test_header_refuses_what_is_not_a_frame():
    for size in (0, 15, 256, 300):
        assert refused(Malformed, header.unpack, bytes(size)), size
    header.unpack(bytes(16))
    header.unpack(bytes(255))


def test_last_byte():
    assert header.last_byte(0x12345678) == 0x78
    assert header.last_byte(0x12345600) == 0xFF


def test_smallest_text():
    assert data.encode(data.Data(1, b"hi", bitfield=0)) == b"\x08\x01\x12\x02hi\x48\x00"
    assert data.encode(data.Data(256, b"", bitfield=1)) == b"\x08\x80\x02\x48\x01"
    assert data.encode(data.Data(0, b"")) == b""


def test_data_every_field():
    full = data.Data(67, b"x" * 130, True, 1, 2, 0xFFFFFFFF, 4, 5, 300)
    raw = data.encode(full)
    assert raw[:5] == b"\x08\x43\x12\x82\x01"
    assert raw[135:] == (
        b"\x18\x01\x25\x01\0\0\0\x2d\x02\0\0\0\x35\xff\xff\xff\xff\x3d\x04\0\0\0\x45\x05\0\0\0\x48\xac\x02"
    )
    back = data.decode(raw)
    for name in (
        "portnum",
        "payload",
        "want_response",
        "dest",
        "source",
        "request_id",
        "reply_id",
        "emoji",
        "bitfield",
    ):
        assert getattr(back, name) == getattr(full, name), name


def test_data_takes_unknown_and_repeated_fields():
    raw = b"\x48\x00\x12\x01a\x08\x05\x7a\x02zz\x71" + bytes(8) + b"\x7d" + bytes(4) + b"\x08\x01\x12\x01b\x78\xff\x01"
    found = data.decode(raw)
    assert (found.portnum, found.payload, found.bitfield) == (1, b"b", 0)
    assert data.decode(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").portnum == 0xFFFFFFFF
    assert data.decode(b"\x48\x80\x80\x80\x80\x10").bitfield == 0, "33 bits are cut to 32"
    assert data.decode(b"").portnum == 0
    assert (
        data.decode(b"\x0a\x01a\x10\x05\x08\x01").payload == b""
    )  # known numbers of another wire type are unknown fields


def test_data_refuses():
    for raw in (
        b"\x08",
        b"\x08\x80",
        b"\x12\x05abcd",
        b"\x35\x01\x02\x03",
        b"\x71\x00",
        b"\x0b\x0c",
        b"\x0e",
        b"\x0f",
        b"\x00\x00",
        b"\x02\x00",
        b"\x08" + b"\x80" * 10 + b"\x00",
        b"\x88\x80\x80\x80\x80\x00\x01",
        b"\x88\x80\x80\x80\x10\x01",
        b"\x12\xff\xff\xff\xff\x0f",
        b"\x12\xea\x01" + bytes(234),
    ):
        assert refused(Malformed, data.decode, raw), raw
    assert data.decode(b"\x12\xe9\x01" + bytes(233)).payload == bytes(233)


def test_expand_key():
    assert expand_key(b"\x01").hex() == "d4f1bb3a20290759f0bcffabcf4e6901"
    assert expand_key(b"\x0a").hex() == "d4f1bb3a20290759f0bcffabcf4e690a"
    assert expand_key(b"\x00") == b"" == expand_key(b"")
    assert expand_key(b"\xff").hex() == "d4f1bb3a20290759f0bcffabcf4e69ff"
    assert expand_key(b"", b"k" * 16) == b"k" * 16
    for size in range(2, 33):
        key = expand_key(b"\x07" * size)
        assert len(key) == (16 if size <= 16 else 32)
        assert key == b"\x07" * size + bytes(len(key) - size)
    assert refused(Malformed, expand_key, bytes(33))


def test_channel_hashes():
    key = expand_key(b"\x01")
    for name, value in (
        ("LongFast", 0x08),
        ("LongSlow", 0x0F),
        ("LongMod", 0x6E),
        ("LongTurbo", 0x76),
        ("ShortSlow", 0x77),
        ("LiteFast", 0x16),
        ("NarrowFast", 0x15),
        ("TinyFast", 0x08),
        ("Custom", 0x31),
        ("admin", 0x6D),
        ("MediumFast", 0x1F),
        ("MediumSlow", 0x18),
        ("MediumTurbo", 0x61),
        ("ShortFast", 0x70),
        ("ShortTurbo", 0x0E),
        ("LiteSlow", 0x11),
        ("NarrowSlow", 0x12),
        ("TinySlow", 0x0F),
        ("VeryLongSlow", 0x37),
        ("", 0x02),
    ):
        assert channel_hash(name, key) == value, name
    assert channel_hash("LongFast", b"") == 0x08 ^ 0x02


def test_counter_blocks():
    seen = []

    def aes(key):
        def encrypt(blocks):
            seen.append(blocks)
            return bytes(len(blocks))

        return encrypt

    channel = Channel("x", bytes(16), aes)
    assert channel.crypt(0x04030201, 0x08070605, b"a" * 33) == b"a" * 33
    for block in range(3):
        assert seen[0][16 * block : 16 * block + 16] == b"\1\2\3\4\0\0\0\0\5\6\7\x08\0\0\0" + bytes((block,))
    assert len(seen[0]) == 48
    assert channel.crypt(0xFFFFFFFF, 0xFFFFFFFE, bytes(239)) == bytes(239)
    assert seen[1][-16:] == b"\xff\xff\xff\xff\0\0\0\0\xfe\xff\xff\xff\0\0\0\x0e"
    assert channel.crypt(1, 2, b"") == b""


def test_seal_and_unseal():
    cedar = Channel("Cedar", b"k" * 16, toy_aes)
    other = Channel("Other", b"o" * 16, toy_aes)
    message = data.Data(11, b"\x07HELP", bitfield=0)
    sealed = frame.seal(cedar, header.Header(BROADCAST, 7, 9), message)
    assert sealed[13] == cedar.hash and len(sealed) == 16 + 11
    head, channel, found = frame.unseal((other, cedar), sealed)
    assert (head.sender, channel, found.payload) == (7, cedar, b"\x07HELP")
    assert frame.unseal((other,), sealed)[1:] == (None, None)
    assert refused(Malformed, frame.unseal, (cedar,), sealed[:15])


def test_channels_that_share_a_hash_are_tried_in_turn():
    first = Channel("ab", b"a" * 16, toy_aes)
    second = Channel("ba", b"a" * 16, lambda key: toy_aes(b"b" * 16))
    assert first.hash == second.hash
    sealed = frame.seal(second, header.Header(BROADCAST, 7, 9), data.Data(1, b"hello"))
    assert frame.unseal((first, second), sealed)[1] is second


def test_a_message_without_port_is_not_read():
    plain = Channel("open", b"", toy_aes)
    sealed = frame.seal(plain, header.Header(BROADCAST, 7, 9), data.Data(0, b"hello"))
    assert frame.unseal((plain,), sealed)[1:] == (None, None)


def test_a_frame_that_is_too_long():
    plain = Channel("open", b"", toy_aes)
    long = data.Data(1, bytes(233), request_id=1, bitfield=0)
    for message in (long, data.Data(1, bytes(234)), data.Data(1, bytes(300))):
        assert refused(TooLarge, frame.seal, plain, header.Header(BROADCAST, 7, 9), message)
    assert len(frame.seal(plain, header.Header(BROADCAST, 7, 9), data.Data(1, bytes(233)))) == 254
    assert len(frame.seal(plain, header.Header(BROADCAST, 7, 9), data.Data(1, bytes(232), bitfield=0))) == 255
