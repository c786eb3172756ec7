"""HMAC against RFC 4231, HKDF against RFC 5869, and the labels."""

from binascii import hexlify, unhexlify

from alertwire import keys, mac

# Key, data, tag (test case 5 of the RFC truncates to 128 bits).
RFC4231 = (
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    (b"\xaa" * 131, b"This is a test using a larger than block-size key and a larger than block-size data. The key"
     b" needs to be hashed before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
)  # fmt: skip

# Material, salt, info, length, PRK, OKM.
RFC5869 = (
    ("0b" * 22, "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", 42,
     "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
    (hexlify(bytes(range(0x50))).decode(), hexlify(bytes(range(0x60, 0xB0))).decode(),
     hexlify(bytes(range(0xB0, 0x100))).decode(), 82,
     "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b836"
     "7793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"),
    ("0b" * 22, "", "", 42, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
)  # fmt: skip


def test_hmac_is_that_of_rfc_4231():
    for key, data, expected in RFC4231:
        made = hexlify(mac.hmac_sha256(key, data)).decode()
        assert made[: len(expected)] == expected
        assert mac.hmac_sha256(key, data[:3], data[3:], b"") == mac.hmac_sha256(key, data)


def test_hkdf_is_that_of_rfc_5869():
    for material, salt, info, length, prk, okm in RFC5869:
        made = keys.extract(unhexlify(salt), unhexlify(material))
        assert hexlify(made).decode() == prk
        assert hexlify(keys.expand(made, unhexlify(info), length)).decode() == okm


def test_a_tag_is_the_beginning_of_the_hmac():
    whole = mac.hmac_sha256(b"k" * 32, b"ab")
    assert mac.tag(b"k" * 32, 8, b"a", b"b") == whole[:8]
    assert mac.tag(b"k" * 32, 32, b"ab") == whole


def test_same_sees_every_difference():
    assert mac.same(b"", b"")
    assert mac.same(b"abcd", b"abcd")
    assert not mac.same(b"abcd", b"abc")
    assert not mac.same(b"abc", b"abcd")
    for i in range(32):
        other = bytearray(b"abcd")
        other[i // 8] ^= 1 << i % 8
        assert not mac.same(b"abcd", bytes(other))


def test_labels_have_sixteen_bytes_and_differ():
    names = (
        b"line-g",
        b"line-d",
        b"line-x",
        b"rcpt-d",
        b"rcpt-g",
        b"pulse-d",
        b"pulse-s",
        b"slot-d",
        b"tick-g",
        b"packet",
    )
    assert mac.label(b"line-g") == b"WHISTLE1line-g\0\0"
    assert {len(mac.label(name)) for name in names} == {16}
    assert len({mac.label(name) for name in names}) == len(names)
