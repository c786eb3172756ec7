"""What a readable text may hold."""

from alertwire.text import proper, proper_line

from tests.alertwire.golden import load, raw


def test_every_text_of_the_golden_list():
    vectors = load("texts")
    assert len([v for v in vectors if v["proper"]]) >= 10 and len(vectors) > 50
    for v in vectors:
        assert proper(raw(v["text"])) == v["proper"], v


def test_a_line_begins_with_one_bell():
    assert proper_line(b"\x07HELP")
    assert proper_line(b"\x07" + b"x" * 119)
    for wrong in (b"", b"HELP", b"\x07\x07HELP", b"\x07" + b"x" * 120, b"HELP\x07", b"\x07a~b"):
        assert not proper_line(wrong)


def test_every_byte_alone():
    for byte in range(256):
        assert proper(bytes([byte])) == (0x20 <= byte < 0x7E)
