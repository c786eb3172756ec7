"""Broker addresses: what is understood, and one clear sentence, never with the password, for what is not."""

import pytest

from whistle.bus import address
from whistle.bus.errors import BadUrl


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("mqtt://broker", ("mqtt", "broker", 1883, None, None, None)),
        ("mqtt://127.0.0.1:1884/", ("mqtt", "127.0.0.1", 1884, None, None, None)),
        (" mqtts://broker.lan ", ("mqtts", "broker.lan", 8883, None, None, None)),
        ("mqtt://me:p%40ss%3Aword@broker:1", ("mqtt", "broker", 1, "me", "p@ss:word", None)),
        ("mqtt://me@broker", ("mqtt", "broker", 1883, "me", None, None)),
        ("mqtt://[::1]:1885", ("mqtt", "::1", 1885, None, None, None)),
    ],
)
def test_an_address_is_taken_apart(url, wanted):
    assert tuple(address.parse(url)) == wanted


def test_a_ca_file_is_named_in_the_address(tmp_path):
    ca = tmp_path / "ca.pem"
    ca.write_text("-")
    assert address.parse(f"mqtts://broker?ca={ca}").ca == ca


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "does not begin with mqtt:// or mqtts://: write it like mqtt://"),
        ("broker", "does not begin with mqtt:// or mqtts://: write it like mqtt://"),
        ("broker:1883", "begins with 'broker'"),
        ("http://me:hunter2@broker", "begins with 'http'"),
        ("mqtt://", "no usable host and port"),
        ("mqtt://me:hunter2@", "no usable host and port"),
        ("mqtt://broker:0", "no usable host and port"),
        ("mqtt://broker:99999", "no usable host and port"),
        ("mqtt://broker:hunter2", "no usable host and port"),
        ("mqtt://[::1", "no usable host and port"),
        (f"mqtt://{'a' * 64}.lan", "no usable host and port"),
        ("mqtt://broker/topic", "something after the host"),
        ("mqtt://broker?tls=no", "an option other than ca"),
        ("mqtt://broker?ca=/x", "begin it with mqtts://"),
        ("mqtts://broker?ca=/no/such/file", "/no/such/file is not there"),
    ],
)
def test_an_address_that_cannot_be_used_gets_one_sentence(url, sentence):
    with pytest.raises(BadUrl) as caught:
        address.parse(url)
    assert sentence in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_address_shows_no_password_anywhere():
    where = address.parse("mqtt://me:hunter2@[::1]:1885")
    assert f"{where} {where!r} {where!s}" == "mqtt://[::1]:1885 " * 2 + "mqtt://[::1]:1885"
