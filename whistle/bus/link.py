"""One connection to one broker, kept up for ever on a thread of its own.

Nothing is kept for later: what was handed over and not acknowledged when the connection breaks is dropped, because
the gateway's ledger and the dashboard's store send again whatever is not settled. After every `on_up` the owner
says again what it still has to say. Retained messages are never obeyed: they are counted and dropped.
"""

import logging
import secrets
import socket
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from whistle.bus import address
from whistle.bus.errors import BadUrl, LinkClosed

KEEPALIVE_S: Final = 10  # a dead or half-open connection is noticed within twice this
RECONNECT_S: Final = (1, 8)
CONNECT_TIMEOUT_S: Final = 5.0
WAITING: Final = 1000  # messages handed over and not acknowledged; 4 MiB at the most


def _is_news(record: logging.LogRecord) -> bool:
    # Of paho's complaints only our own callbacks' errors are news; what happens to the socket we say in a sentence.
    return record.levelno <= logging.DEBUG or str(record.msg).startswith("Caught exception")


_log = logging.getLogger(__name__)
_paho_log = logging.getLogger(f"{__name__}.paho")
_paho_log.addFilter(_is_news)

# MQTT 5 reason codes, into which paho translates the five of MQTT 3.1.1.
_REFUSALS: Final = {
    132: "it does not speak MQTT 3.1.1: use another broker",
    133: "it does not accept our client name: allow names that begin with whistle-",
    134: "user or password are wrong: check the user:password in the broker's address",
    135: "this user may not connect: check the user:password in the broker's address, and the broker's rules",
    136: "it is not available at the moment; trying on",
}


class Link:
    """A connection to `broker` (see `address.parse`) that subscribes to `topics` and comes back by itself.

    `on_message(topic, payload)`, `on_up()` (subscribed, from now on all is heard) and `on_down(sentence)` are called
    on the link's own thread: hand over to a queue and return. What they raise is logged and goes no further.
    """

    def __init__(
        self,
        broker: str,
        topics: Sequence[str],
        on_message: Callable[[str, bytes], None],
        *,
        on_up: Callable[[], None] = lambda: None,
        on_down: Callable[[str], None] = lambda _sentence: None,
        client_id: str | None = None,
        keepalive_s: int = KEEPALIVE_S,
    ) -> None:
        self.address = address.parse(broker)
        self.counts: Counter[str] = Counter()
        self.trouble: str | None = "not yet connected"
        self._topics = list(topics)
        self._heard, self._up, self._down = on_message, on_up, on_down
        self._ready = threading.Event()
        self._closed = False
        self._keepalive_s = keepalive_s
        made = _client(self.address, client_id or f"whistle-{secrets.token_hex(8)}")
        self._client: mqtt.Client | None = made
        self._attach(made)

    def start(self) -> "Link":
        """Begin to connect, and return at once; a broker that is not there yet is tried again and again."""
        client = self._open()
        client.connect_async(self.address.host, self.address.port, self._keepalive_s)
        client.loop_start()
        return self

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and our subscriptions, as far as we know by now."""
        return self._ready.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until connected, at most so long; whether it is."""
        return self._ready.wait(timeout_s)

    def publish(self, topic: str, payload: bytes, qos: int = 1) -> bool:
        """Whether the message was handed over. False when not connected or when too much waits: say it again later.

        True promises nothing but an attempt: not that the broker has it, still less that anybody does.
        """
        client = self._open()
        if not self.connected:
            self.counts["not_connected"] += 1
            return False
        info = client.publish(topic, payload, qos)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.counts["not_taken"] += 1
            return False
        self.counts["handed_over"] += 1
        return True

    def close(self) -> None:
        """Leave the broker and end the thread; callable twice, and from any thread."""
        self._closed = True
        self._ready.clear()
        client = self._client
        if client is None:
            return
        client.drop_out_messages()
        client.disconnect()
        client.loop_stop()
        # paho closes the sockets it wakes its thread by when nobody knows the client any more: we, and it us, forget.
        self._client = None
        self._detach(client)

    def __enter__(self) -> "Link":
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _open(self) -> mqtt.Client:
        client = self._client
        if self._closed or client is None:
            raise LinkClosed("This link was closed: make a new one.")
        return client

    def _attach(self, client: mqtt.Client) -> None:
        client.on_socket_open = _without_delay
        client.on_connect = self._connected
        client.on_connect_fail = self._unreachable
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        client.on_publish = self._acknowledged

    @staticmethod
    def _detach(client: mqtt.Client) -> None:
        client.on_connect = client.on_connect_fail = client.on_subscribe = None
        client.on_disconnect = client.on_message = client.on_publish = None

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _props: Any) -> None:
        if reason.is_failure:
            why = _REFUSALS.get(reason.value, f"its word for it: {reason}")
            self._report(f"The broker at {self.address} refused us: {why}.")
            return
        client.drop_out_messages()
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._rise()

    def _subscribed(self, _client: mqtt.Client, _data: Any, _mid: int, reasons: list[Any], _props: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            topics = ", ".join(self._topics)
            self._report(f"The broker at {self.address} does not let us read {topics}: give this user the right to.")
        else:
            self._rise()

    def _rise(self) -> None:
        self.trouble = None
        self._ready.set()
        self._up()

    def _disconnected(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _props: Any) -> None:
        was_up = self._ready.is_set()
        self._ready.clear()
        if self._closed:
            return
        if was_up or self.trouble is None:
            _log.info("disconnected: %s", reason)  # MQTT 3.1.1 gives no reason a person could use
            self._report(f"The connection to the broker at {self.address} was lost; connecting again.")

    def _unreachable(self, _client: mqtt.Client, _data: Any) -> None:
        # paho calls this inside its except clause and hands over nothing: the exception is the one being handled.
        self._report(_why_unreachable(self.address, sys.exc_info()[1]))

    def _report(self, sentence: str) -> None:
        if sentence != self.trouble:
            self.trouble = sentence
            _log.warning("%s", sentence)
            self._down(sentence)

    def _received(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if message.retain:
            self.counts["retained"] += 1
            return
        self.counts["received"] += 1
        self._heard(message.topic, bytes(message.payload))

    def _acknowledged(self, _client: mqtt.Client, _data: Any, _mid: int, _reason: Any, _props: Any) -> None:
        self.counts["acknowledged"] += 1


def _client(where: address.Address, client_id: str) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True, protocol=mqtt.MQTTv311)
    client.suppress_exceptions = True  # a callback's error is logged; it must never end the network thread
    client.enable_logger(_paho_log)
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.reconnect_delay_set(*RECONNECT_S)
    client.max_queued_messages_set(WAITING)
    if where.user is not None:
        client.username_pw_set(where.user, where.password)
    if where.tls:
        _use_tls(client, where)
    return client


def _use_tls(client: mqtt.Client, where: address.Address) -> None:
    try:
        client.tls_set(ca_certs=None if where.ca is None else str(where.ca))
    except (OSError, ValueError):
        raise BadUrl(f"The ca file {where.ca} holds no certificate: a file in PEM form is wanted.") from None


def _without_delay(_client: mqtt.Client, _data: Any, connection: Any) -> None:
    # Nagle's algorithm would hold a second small message back until the first is acknowledged: up to 40 ms.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _why_unreachable(where: address.Address, error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"its certificate is not trusted ({error.verify_message}): name its authority with ?ca=FILE"
    elif isinstance(error, ssl.SSLError):
        why = "it does not speak TLS on this port: check port and mqtt:// or mqtts://"
    elif isinstance(error, socket.gaierror):
        why = "no machine of that name is known: check the host's name"
    elif isinstance(error, ConnectionRefusedError):
        why = "nothing listens there: is the broker running, and is the port right?"
    elif isinstance(error, TimeoutError):
        why = "it does not answer: is the machine on, and the cable in?"
    elif isinstance(error, ConnectionError) and where.tls:
        why = "it broke off when TLS began: check port and mqtt:// or mqtts://"
    else:
        why = f"{error}"
    return f"The broker at {where} cannot be reached: {why}{'' if why.endswith('?') else '.'}"
