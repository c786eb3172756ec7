"""The stream's framing: whole messages out of any pieces, and garbage never held, never raised, never mistaken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whistle.simulator.errors import BadRequest
from whistle.simulator.stream import HEAD, LARGEST, Decoder, frame

messages = st.lists(st.binary(max_size=LARGEST), max_size=5)
quiet = st.binary(max_size=40).map(lambda noise: noise.replace(b"\x94", b""))


@given(messages, quiet, st.integers(1, 600))
def test_messages_come_out_whole_whatever_the_pieces(sent, noise, piece):
    stream = b"".join(noise + frame(message) for message in sent)
    decoder, got = Decoder(), []
    for at in range(0, len(stream), piece):
        got += decoder.feed(stream[at : at + piece])
    assert got == sent
    assert decoder.skipped == len(noise) * len(sent)


@given(st.lists(st.binary(max_size=2000), max_size=8))
def test_garbage_is_bounded(pieces):
    decoder = Decoder()
    for piece in pieces:
        for message in decoder.feed(piece):
            assert len(message) <= LARGEST
        assert decoder.kept < HEAD + LARGEST


def test_a_length_over_512_is_no_frame_and_the_next_one_is_found():
    decoder = Decoder()
    assert decoder.feed(b"\x94\xc3\x02\x01" + frame(b"good")) == [b"good"]


def test_a_half_frame_waits_and_a_start_in_debug_text_is_passed():
    decoder = Decoder()
    assert decoder.feed(b"\x94 \x94\x94" + frame(b"whole")[1:5]) == []
    assert decoder.feed(frame(b"whole")[5:]) == [b"whole"]


def test_wake_up_bytes_are_skipped():
    decoder = Decoder()
    assert decoder.feed(b"\xc3" * 32 + frame(b"")) == [b""]
    assert decoder.skipped == 32


def test_nothing_over_512_bytes_is_framed():
    assert len(frame(bytes(512))) == 516
    with pytest.raises(BadRequest):
        frame(bytes(513))
