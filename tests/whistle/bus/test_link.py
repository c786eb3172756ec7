"""The link against real brokers: it comes back from every trouble by itself and says what is wrong."""

import gc
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt import publish as bare

from tests.support import brokers
from tests.support.waiting import until
from whistle.bus.errors import BadUrl, LinkClosed
from whistle.bus.link import Link
from whistle.demo.ports import free_port

TOPIC = "whistle/1/0001020304050607/up/a1a2a3a4a5a6a7a8"


class Ear:
    """A link that remembers all it was told."""

    def __init__(self, url: str, **options) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.ups = 0
        self.downs: list[str] = []
        self.link = Link(
            url, [TOPIC], self._heard, on_up=self._rose, on_down=self.downs.append, **{"keepalive_s": 2, **options}
        )

    def _heard(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, payload))

    def _rose(self) -> None:
        self.ups += 1


@contextmanager
def listening(url: str, **options) -> Iterator[Ear]:
    ear = Ear(url, **options)
    ear.link.start()
    try:
        yield ear
    finally:
        closed_in_time(ear.link)


def closed_in_time(link: Link) -> None:
    """Close the link, and fail instead of hanging when it does not let go."""
    closing = threading.Thread(target=link.close, daemon=True)
    closing.start()
    closing.join(10)
    assert not closing.is_alive(), "close() hangs"


def test_what_is_published_is_heard(broker):
    with listening(broker.url) as ear, Link(broker.url, [], ear._heard) as mouth:
        assert ear.link.wait(10) and mouth.wait(10)
        assert mouth.publish(TOPIC, b"\x00\xff" * 2000)
        until(lambda: ear.messages)
        until(lambda: mouth.counts["acknowledged"] == 1)
    assert ear.messages == [(TOPIC, b"\x00\xff" * 2000)]
    assert mouth.counts["handed_over"] == 1


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_broker_that_was_away_is_found_again_and_subscribed_again(broker, how):
    with listening(broker.url) as ear:
        assert ear.link.wait(10)
        getattr(broker, how)()
        until(lambda: not ear.link.connected)
        assert ear.link.publish(TOPIC, b"lost") is False and ear.link.counts["not_connected"] == 1
        assert "127.0.0.1" in ear.link.trouble
        broker.start()
        until(lambda: ear.ups == 2)
        assert ear.link.trouble is None
        assert ear.link.publish(TOPIC, b"again")
        until(lambda: ear.messages)
    assert ear.messages == [(TOPIC, b"again")]
    assert ear.downs and all(sentence.endswith((".", "?.")) for sentence in ear.downs)


def test_amqtt_as_well(amqtt_broker):
    with listening(amqtt_broker.url) as ear:
        assert ear.link.wait(10)
        assert ear.link.publish(TOPIC, b"one")
        until(lambda: ear.messages == [(TOPIC, b"one")])
        amqtt_broker.kill()
        until(lambda: not ear.link.connected)
        amqtt_broker.start()
        until(lambda: ear.ups == 2)
        assert ear.link.publish(TOPIC, b"two")
        until(lambda: ear.messages == [(TOPIC, b"one"), (TOPIC, b"two")])


def test_a_broker_that_starts_later_is_waited_for(broker):
    broker.kill()
    with listening(broker.url) as ear:
        until(lambda: ear.downs)
        assert "nothing listens there" in ear.downs[0]
        broker.start()
        assert ear.link.wait(15)


class HalfOpen:
    """A relay between client and broker whose cable can be pulled: both sides stay open and nothing passes."""

    def __init__(self, target: int) -> None:
        self.pulled = threading.Event()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.target = target
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.server.close()
        for connection in self.open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other, self.pulled), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket, pulled: threading.Event) -> None:
        try:
            while data := one.recv(65536):
                if not pulled.is_set():
                    other.sendall(data)
        except OSError:
            return


@pytest.fixture
def cable(broker) -> Iterator[HalfOpen]:
    between = HalfOpen(broker.port)
    yield between
    between.close()


def test_a_half_open_connection_is_noticed_and_nothing_of_it_is_sent_later(cable):
    with listening(f"mqtt://127.0.0.1:{cable.port}") as ear:
        assert ear.link.wait(10)
        cable.pulled.set()
        assert ear.link.publish(TOPIC, b"into the void")  # handed over, and that is all that True says
        until(lambda: not ear.link.connected)
        cable.pulled.clear()
        until(lambda: ear.ups == 2)
        assert ear.link.publish(TOPIC, b"said again")
        until(lambda: ear.messages)
    assert ear.messages == [(TOPIC, b"said again")]


def test_what_waits_is_bounded_and_the_owner_is_told(cable, monkeypatch):
    monkeypatch.setattr("whistle.bus.link.WAITING", 50)
    with listening(f"mqtt://127.0.0.1:{cable.port}", keepalive_s=60) as ear:
        assert ear.link.wait(10)
        cable.pulled.set()
        taken = [ear.link.publish(TOPIC, b"x") for _ in range(80)]
        assert taken == [True] * 50 + [False] * 30
        assert ear.link.counts["not_taken"] == 30


def test_closing_a_half_open_link_does_not_hang(cable):
    ear = Ear(f"mqtt://127.0.0.1:{cable.port}", keepalive_s=60)
    ear.link.start()
    assert ear.link.wait(10)
    cable.pulled.set()
    assert ear.link.publish(TOPIC, b"x")
    closed_in_time(ear.link)
    assert ear.downs == []


def test_two_clients_with_one_name_fight_and_neither_falls(broker):
    with listening(broker.url, client_id="whistle-twin") as one, listening(broker.url, client_id="whistle-twin") as two:
        until(lambda: one.ups + two.ups >= 4)
        assert one.downs or two.downs
        two.link.close()
        until(lambda: one.link.connected and one.link.publish(TOPIC, b"still here"))
        until(lambda: (TOPIC, b"still here") in one.messages)


def test_two_links_never_get_the_same_name_by_themselves(broker):
    with listening(broker.url) as one, listening(broker.url) as two:
        assert one.link.wait(10) and two.link.wait(10)
        assert one.link.publish(TOPIC, b"both")
        until(lambda: one.messages and two.messages)
        assert (one.ups, two.ups, one.downs, two.downs) == (1, 1, [], [])


def test_a_closed_link_leaves_no_socket_open(broker):
    """Also while something still knows the link, and without waiting for the collector of cycles."""
    gc.disable()
    try:
        before = len(os.listdir("/proc/self/fd"))
        links = [Link(broker.url, ["whistle/up"], lambda _topic, _payload: None).start() for _ in range(3)]
        assert all(link.wait(10) for link in links)
        assert len(os.listdir("/proc/self/fd")) > before
        for link in links:
            link.close()
            link.close()
        assert len(os.listdir("/proc/self/fd")) == before
    finally:
        gc.enable()


def test_retained_messages_are_not_obeyed(broker):
    bare.single(TOPIC, b"yesterday's", qos=1, retain=True, hostname="127.0.0.1", port=broker.port)
    with listening(broker.url) as ear:
        assert ear.link.wait(10)
        until(lambda: ear.link.counts["retained"] == 1)
        assert ear.link.publish(TOPIC, b"today's")
        until(lambda: ear.messages)
    assert ear.messages == [(TOPIC, b"today's")]


def test_what_a_callback_raises_goes_no_further(broker, caplog):
    heard = []

    def clumsy(_topic: str, payload: bytes) -> None:
        heard.append(payload)
        raise KeyError("clumsy")

    with Link(broker.url, [TOPIC], clumsy, on_up=lambda: 1 // 0) as link:
        assert link.wait(10)
        assert link.publish(TOPIC, b"one") and link.publish(TOPIC, b"two")
        until(lambda: heard == [b"one", b"two"])
        assert link.connected
    assert "clumsy" in caplog.text and "division" in caplog.text


def test_a_closed_link_carries_nothing(broker):
    ear = Ear(broker.url)
    ear.link.start()
    assert ear.link.wait(10)
    ear.link.close()
    ear.link.close()
    assert not ear.link.connected
    with pytest.raises(LinkClosed):
        ear.link.publish(TOPIC, b"x")
    with pytest.raises(LinkClosed):
        ear.link.start()


# Started by root, mosquitto would change to a user who may not read the test's folder; else the line means nothing.
LOCKED = """\
user root
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/rules
"""


@pytest.fixture
def locked(tmp_path: Path, need) -> Iterator[brokers.Broker]:
    """A mosquitto that knows one user, who may write only."""
    brokers.password(tmp_path / "passwords", "me", "p@ss")
    (tmp_path / "rules").write_text("user me\ntopic write whistle/#\n")
    running = brokers.with_mosquitto(need("mosquitto"), tmp_path, LOCKED).start()
    yield running
    running.kill()


@pytest.mark.parametrize("who", ["", "me:wrong@", "other:p%40ss@"])
def test_refused_credentials_are_said_in_a_sentence(locked, who):
    with listening(f"mqtt://{who}127.0.0.1:{locked.port}") as ear:
        until(lambda: ear.downs)
        assert not ear.link.connected
    assert "check the user:password in the broker's address" in ear.downs[0]


def test_the_right_credentials_are_taken(locked):
    with Link(f"mqtt://me:p%40ss@127.0.0.1:{locked.port}", [], lambda _topic, _payload: None) as link:
        assert link.wait(10)


def test_a_subscription_that_is_refused_is_said_in_a_sentence():
    with brokers.Refuser() as refuser, listening(f"mqtt://127.0.0.1:{refuser.port}") as ear:
        until(lambda: ear.downs)
        assert not ear.link.connected
    assert f"does not let us read {TOPIC}" in ear.downs[0]


def test_a_broker_that_never_answers_is_left_and_tried_again():
    with brokers.Refuser(silent=True) as refuser, listening(f"mqtt://127.0.0.1:{refuser.port}") as ear:
        until(lambda: refuser.connections >= 2)
        assert not ear.link.connected


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("mqtt://127.0.0.1:{free}", "nothing listens there"), ("mqtt://no-such-host.invalid", "no machine of that name")],
)
def test_a_broker_out_of_reach_is_said_in_a_sentence(url, sentence):
    with listening(url.format(free=free_port())) as ear:
        until(lambda: ear.downs)
    assert sentence in ear.downs[0]


# paho leaves the socket of a failed handshake to the garbage collector, which warns.
untidy = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)

TLS = """\
user root
listener {port} 127.0.0.1
allow_anonymous true
certfile {folder}/cert.pem
keyfile {folder}/key.pem
"""


@pytest.fixture
def tls(tmp_path: Path, need) -> Iterator[brokers.Broker]:
    """A mosquitto with a certificate of its own."""
    brokers.certificate(tmp_path)
    running = brokers.with_mosquitto(need("mosquitto"), tmp_path, TLS).start()
    yield running
    running.kill()


def test_tls_is_spoken_and_the_certificate_checked(tls, tmp_path):
    with listening(f"mqtts://localhost:{tls.port}?ca={tmp_path / 'cert.pem'}") as ear:
        assert ear.link.wait(10)
        assert ear.link.publish(TOPIC, b"sealed twice")
        until(lambda: ear.messages)


@untidy
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mqtts://localhost:{port}", "its certificate is not trusted"),
        ("mqtts://127.0.0.1:{port}?ca={ca}", "its certificate is not trusted"),  # the certificate names localhost
    ],
)
def test_a_certificate_that_does_not_hold_is_said_in_a_sentence(tls, tmp_path, url, sentence):
    with listening(url.format(port=tls.port, ca=tmp_path / "cert.pem")) as ear:
        until(lambda: ear.downs)
        assert not ear.link.connected
    assert sentence in ear.downs[0]


@untidy
def test_tls_towards_a_plain_broker_is_said_in_a_sentence(broker):
    with listening(f"mqtts://localhost:{broker.port}") as ear:
        until(lambda: ear.downs)
    assert "check port and mqtt:// or mqtts://" in ear.downs[0]


def test_a_ca_file_that_is_none_is_refused_at_once(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    with pytest.raises(BadUrl, match="holds no certificate"):
        Link(f"mqtts://localhost?ca={tmp_path / 'ca.pem'}", [], lambda _topic, _payload: None)
