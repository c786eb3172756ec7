"""An envelope opens with its own key on its own topic, unaltered, written in the one allowed way, or not at all."""

import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.whistle.bus import samples
from whistle.bus import envelope, errors, messages, topics

UP = topics.up(samples.SITE, samples.GATEWAY)
DOWN = topics.down(samples.SITE, samples.GATEWAY)


def sealed(message: messages.Message = samples.ALERT, number: int = 7) -> bytes:
    return envelope.seal(samples.KEY, 1, samples.SENDER, number, UP, message)


def by_hand(plain: bytes, topic: str = UP, sender: bytes = samples.SENDER) -> bytes:
    """What the envelope module must never write: any plaintext, sealed correctly with cryptography alone."""
    head = struct.pack(">BB8sQ16s", 0xB1, 1, sender, 7, bytes(16))
    return head + AESSIV(samples.KEY).encrypt(plain, [topic.encode(), head])


def plain_of(body: bytes, room: int = 1024) -> bytes:
    return (len(body).to_bytes(2, "big") + body).ljust(room, b"\0")


@pytest.mark.parametrize("message", samples.UP, ids=messages.class_of)
def test_what_a_gateway_says_comes_out_as_it_went_in(message):
    opened = envelope.unseal(samples.KEY, UP, sealed(message), epoch=1)
    assert opened == envelope.Envelope(1, samples.SENDER, 7, message)


@pytest.mark.parametrize("message", samples.DOWN, ids=messages.class_of)
def test_what_a_dashboard_says_comes_out_as_it_went_in(message):
    payload = envelope.seal(samples.KEY, 2, samples.STORE, 9, DOWN, message)
    assert envelope.unseal(samples.KEY, DOWN, payload) == envelope.Envelope(2, samples.STORE, 9, message)


@given(samples.alerts, st.integers(0, (1 << 64) - 1), st.integers(0, 255))
def test_any_alert_comes_out_as_it_went_in(alert, number, epoch):
    payload = envelope.seal(samples.KEY, epoch, samples.SENDER, number, UP, alert)
    assert len(payload) in envelope.SEALED_LENGTHS
    assert envelope.unseal(samples.KEY, UP, payload, epoch) == envelope.Envelope(epoch, samples.SENDER, number, alert)


def test_the_outside_is_laid_out_as_the_protocol_says():
    payload = sealed(number=0x0102030405060708)
    assert payload[:2] == b"\xb1\x01"
    assert payload[2:10] == samples.SENDER
    assert payload[10:18] == bytes([1, 2, 3, 4, 5, 6, 7, 8])
    plain = AESSIV(samples.KEY).decrypt(payload[34:], [UP.encode(), payload[:34]])
    length = int.from_bytes(plain[:2], "big")
    assert plain[2 : 2 + length].startswith(b'{"class":"alert","v":1,')
    assert plain[2 + length :] == bytes(1024 - 2 - length)


def test_two_lengths_only_and_the_same_message_never_looks_the_same():
    small, large = sealed(samples.SHORT), sealed(samples.LONG)
    assert (len(small), len(large)) == (34 + 16 + 1024, 34 + 16 + 4096)
    assert sealed() != sealed()
    assert envelope.digest(small) != envelope.digest(large)


def test_every_flipped_bit_is_refused_and_the_genuine_copy_still_opens():
    payload = sealed()
    for bit in range(len(payload) * 8):
        altered = bytearray(payload)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(errors.Unreadable):
            envelope.unseal(samples.KEY, UP, bytes(altered))
    assert envelope.unseal(samples.KEY, UP, payload).message == samples.ALERT


@given(st.data())
def test_every_flipped_bit_of_a_long_message_is_refused(data):
    payload = bytearray(sealed(samples.LONG))
    bit = data.draw(st.integers(0, len(payload) * 8 - 1))
    payload[bit // 8] ^= 1 << bit % 8
    with pytest.raises(errors.Unreadable):
        envelope.unseal(samples.KEY, UP, bytes(payload))


@given(
    st.binary(min_size=8, max_size=8).map(bytes.hex),
    st.binary(min_size=8, max_size=8).map(bytes.hex),
    st.sampled_from([topics.up, topics.down]),
)
def test_on_any_other_topic_it_does_not_open(site, gateway, where):
    topic = where(site, gateway)
    assume(topic != UP)
    with pytest.raises(errors.NotAuthentic):
        envelope.unseal(samples.KEY, topic, sealed())


@given(st.binary(min_size=64, max_size=64))
def test_with_any_other_key_it_does_not_open(key):
    assume(key != samples.KEY)
    with pytest.raises(errors.NotAuthentic):
        envelope.unseal(key, UP, sealed())


@given(st.binary(max_size=5000))
def test_any_bytes_are_refused_by_name(payload):
    with pytest.raises(errors.Unreadable):
        envelope.unseal(samples.KEY, UP, payload)


@given(st.integers(0, 1023).map(lambda at: at), st.integers(1, 255))
def test_padding_that_is_not_zero_is_refused(at, value):
    plain = bytearray(plain_of(envelope._encoder.encode(samples.UP[4])))
    length = int.from_bytes(plain[:2], "big")
    plain[2 + length + at % (1022 - length)] = value
    with pytest.raises(errors.NotCanonical):
        envelope.unseal(samples.KEY, UP, by_hand(bytes(plain)))


BODY = envelope._encoder.encode(samples.UP[4])


@pytest.mark.parametrize(
    ("plain", "error"),
    [
        (plain_of(BODY), None),
        (plain_of(BODY, 4096), errors.NotCanonical),  # a small message in the large size
        (plain_of(BODY + b" "), None),
        (plain_of(BODY + b"{}"), errors.NotCanonical),
        (plain_of(b""), errors.NotCanonical),
        (plain_of(b"\xff"), errors.NotCanonical),
        (plain_of(b"[" * 1000), errors.UnknownMessage),
        ((0xFFFF).to_bytes(2, "big") + bytes(1022), errors.NotCanonical),
        ((1023).to_bytes(2, "big") + b" " * 1022, errors.NotCanonical),
        (plain_of(b"null"), errors.UnknownMessage),
        (plain_of(b'{"v":1}'), errors.UnknownMessage),
        (plain_of(b'{"class":"siren","v":1}'), errors.UnknownMessage),
        (plain_of(BODY.replace(b'"v":1', b'"v":2')), errors.UnknownMessage),
        (plain_of(BODY.replace(b'"replay"', b'"boredom"')), errors.UnknownMessage),
        (plain_of(BODY.replace(b'"at":1.0', b'"at":1e400')), errors.UnknownMessage),
        (plain_of(BODY.replace(b'"v":1', b'"later":true,"v":1')), None),
        (plain_of(envelope._encoder.encode(samples.WATCH)), errors.UnknownMessage),  # said by dashboards only
    ],
)
def test_what_opens_is_still_read_strictly(plain, error):
    if error is None:
        assert envelope.unseal(samples.KEY, UP, by_hand(plain)).message == samples.UP[4]
    else:
        with pytest.raises(error):
            envelope.unseal(samples.KEY, UP, by_hand(plain))


def test_a_gateway_speaks_under_its_own_id_only():
    with pytest.raises(errors.NotCanonical):
        envelope.unseal(samples.KEY, UP, by_hand(plain_of(BODY), sender=samples.STORE))
    with pytest.raises(errors.BadId):
        envelope.seal(samples.KEY, 1, samples.STORE, 7, UP, samples.ALERT)
    with pytest.raises(errors.BadId):
        envelope.seal(samples.KEY, 1, b"short", 7, DOWN, samples.WATCH)


def test_another_epoch_is_named_before_anything_is_opened():
    with pytest.raises(errors.OtherEpoch, match="epoch 1, ours is 2"):
        envelope.unseal(bytes(64), UP, sealed(), epoch=2)


def test_each_direction_carries_its_own_classes():
    for message in samples.DOWN:
        with pytest.raises(errors.NotOurs):
            envelope.seal(samples.KEY, 1, samples.SENDER, 7, UP, message)
    for message in samples.UP:
        with pytest.raises(errors.NotOurs):
            envelope.seal(samples.KEY, 1, samples.SENDER, 7, DOWN, message)


def test_many_threads_may_seal_and_open_at_once():
    def work(number: int) -> bool:
        return envelope.unseal(samples.KEY, UP, sealed(samples.LONG, number)).number == number

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(2000)))


def test_what_is_too_large_is_refused_by_name_with_its_size():
    head = {"row": 1, "hearings": [samples.HEARING] * 16, "text": "\x01" * 233}
    with pytest.raises(errors.TooLarge, match="4094"):
        sealed(samples.altered(samples.ALERT, **head, kind="help", tag="0" * 3000))


def test_an_alert_with_everything_at_its_longest_still_fits():
    hearing = messages.Hearing(source="é" * 40, at=1764000000.123456, rssi=-97.123456, snr=-20.123456, hops=7)
    longest = samples.altered(samples.ALERT, text="é" * 116, hearings=[hearing] * messages.MAX_HEARINGS)
    assert envelope.unseal(samples.KEY, UP, sealed(longest)).message == longest


def test_a_topic_of_something_else_is_not_ours():
    for topic in ("whistle/1/x/up/y", UP + "/", "whistle/2" + UP[9:], "", UP.upper(), UP.replace("/up/", "/in/")):
        with pytest.raises(errors.NotOurs):
            envelope.unseal(samples.KEY, topic, sealed())
