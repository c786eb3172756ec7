"""The unmodified `meshtastic` library against a stock radio: opening, hearing, sending, and every way to fail."""

import fcntl
import inspect
import logging
import os
import pty
import socket
import sys
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from meshtastic.protobuf import mesh_pb2
from meshtastic.serial_interface import SerialInterface
from meshtastic.tcp_interface import TCPInterface

from gateway.clock import Clock
from gateway.errors import BadSource, RadioRefused, RadioSilent
from gateway.hearing import Hearing
from gateway.sources import address, addresses, deadline, kept, kept_sources
from gateway.sources import radio as radio_file
from gateway.sources.kept import KeptSource
from gateway.sources.port import About, Outgoing, SiteChannel
from tests.support.radios import NODE, StockRadio
from tests.support.waiting import until

PSK = bytes(range(32))
CHANNEL = SiteChannel("Cedar", PSK, "US", "SHORT_TURBO")


class Listener:
    def __init__(self) -> None:
        self.hearings: list[Hearing] = []
        self.fates: list[tuple[int, bool, str]] = []
        self.counts: list[str] = []
        self.changes = 0

    def heard(self, source: str, hearing: Hearing) -> None:
        self.hearings.append(hearing)

    def fate(self, source: str, ticket: int, sent: bool, why: str) -> None:
        self.fates.append((ticket, sent, why))

    def changed(self) -> None:
        self.changes += 1

    def counted(self, what: str) -> None:
        self.counts.append(what)


@pytest.fixture
def stock() -> Iterator[StockRadio]:
    running = StockRadio("Cedar", PSK)
    yield running
    running.close()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def keep(listener: Listener, tmp_path: Path) -> Iterator:
    started: list[KeptSource] = []

    def begin(url: str, channel: SiteChannel = CHANNEL) -> KeptSource:
        [source] = kept_sources(addresses([url]), channel, listener, Clock(), tmp_path)
        started.append(source)
        source.start()
        return source

    yield begin
    for source in started:
        source.stop(3.0)


def up(source: KeptSource) -> bool:
    return source.status().up


def test_opens_and_hears_what_the_radio_decoded(stock: StockRadio, listener: Listener, keep) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    assert source.status().node == NODE
    stock.hear(0x1234, 11, b"\x07HELP", packet_id=77, rssi=-101, hops=2)
    until(lambda: listener.hearings)
    [one] = listener.hearings
    assert one[:9] == (stock.url, 0x1234, 77, 11, b"\x07HELP", -101.0, 6.25, 2, one.at)
    assert (one.relay, one.radio) == (None, NODE)
    assert abs(one.at - time.time()) < 5
    assert source.status().last_packet == one.at


def test_sends_on_the_sites_channel_with_the_asked_priority(stock: StockRadio, listener: Listener, keep) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    assert source.submit(Outgoing(5, 1, b"text", urgent=True)) and source.submit(Outgoing(6, 67, b"tick", urgent=False))
    until(lambda: len(stock.sent) == 2)
    assert stock.sent == [(1, b"text", 1, 100), (67, b"tick", 1, 64)]
    until(lambda: len(listener.fates) == 2)
    assert listener.fates == [(5, True, ""), (6, True, "")]
    assert 0 <= source.ready_in(1) <= 2.1 and source.ready_in(1) < source.ready_in(67) <= 10.3
    assert source.ready_in(3) == 0


def test_own_packets_heard_again_are_ignored(stock: StockRadio, listener: Listener, keep) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    stock.hear(NODE, 11, b"own")
    stock.hear(5, 11, b"other")
    until(lambda: listener.hearings)
    assert [one.payload for one in listener.hearings] == [b"other"] and "own" in listener.counts


@pytest.mark.parametrize("by_status", [False, True])
def test_a_rate_limited_text_is_told_as_not_sent(stock: StockRadio, listener: Listener, keep, by_status) -> None:
    stock.refuses_by_status = by_status
    source = keep(stock.url)
    until(lambda: up(source))
    source.submit(Outgoing(1, 1, b"first", urgent=True))
    source.submit(Outgoing(2, 1, b"second", urgent=True))
    until(lambda: (2, False, "RATE_LIMIT_EXCEEDED") in listener.fates)
    assert (1, True, "") in listener.fates and [one[1] for one in stock.sent] == [b"first"]
    time.sleep(2.1)
    source.submit(Outgoing(3, 1, b"third", urgent=True))
    until(lambda: len(stock.sent) == 2)
    assert stock.refused == [1], "the library must not send the refused text again by itself"


def test_a_refusal_quicker_than_the_call_that_sent_is_not_lost(listener) -> None:
    class Quick:
        def __init__(self, _address, ear, _clock) -> None:
            self.ear = ear

        def open(self, _channel) -> About:
            return About(NODE, 1, None)

        def send(self, _packet) -> int:
            self.ear.undone(4711, "RATE_LIMIT_EXCEEDED")
            return 4711

        def heartbeat(self) -> None: ...

        def close(self) -> None: ...

    source = KeptSource(address("tcp://quick"), CHANNEL, listener, Clock(), Quick)
    source.start()
    until(lambda: up(source))
    source.submit(Outgoing(8, 1, b"text", urgent=True))
    until(lambda: listener.fates)
    assert listener.fates == [(8, False, "RATE_LIMIT_EXCEEDED")]
    source.stop(3)


def test_a_full_radio_is_not_waited_for(stock: StockRadio, listener: Listener, keep) -> None:
    source = keep(stock.url)
    stock.free = 0
    until(lambda: up(source) and stock.heartbeats)
    time.sleep(0.2)
    source.submit(Outgoing(1, 1, b"text", urgent=True))
    until(lambda: listener.fates)
    assert listener.fates == [(1, False, "the radio's queue is full")] and up(source)


def test_a_send_the_library_never_ends_gives_the_connection_up(stock, listener, keep, monkeypatch) -> None:
    monkeypatch.setattr(radio_file, "CALL_S", 0.3)
    monkeypatch.setattr(radio_file._Tcp, "_queueHasFreeSpace", lambda self: self.queueStatus is None)
    source = keep(stock.url)
    until(lambda: up(source) and stock.heartbeats)
    time.sleep(0.2)
    before = threading.active_count()
    source.submit(Outgoing(1, 1, b"text", urgent=True))
    until(lambda: stock.connections >= 2)
    assert [fate[:2] for fate in listener.fates] == [(1, False)]
    until(lambda: threading.active_count() <= before + 1, 5)


def test_a_library_that_exits_is_a_refusal(stock, listener, keep, monkeypatch) -> None:
    def exits(self, *args, **more) -> None:
        raise SystemExit(1)

    monkeypatch.setattr(radio_file._Tcp, "sendData", exits)
    source = keep(stock.url)
    until(lambda: up(source))
    source.submit(Outgoing(1, 1, b"text", urgent=True))
    until(lambda: listener.fates)
    assert listener.fates[0][:2] == (1, False) and "end the process" in listener.fates[0][2]
    assert up(source) and source._thread.is_alive()


def test_a_lost_connection_is_opened_again_within_five_seconds(stock, listener, keep) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    for number in range(2, 5):
        began = time.monotonic()
        stock.drop()
        stock.until_connected(number)
        assert time.monotonic() - began < 5
    until(lambda: up(source))
    stock.hear(5, 11, b"after")
    until(lambda: listener.hearings)


def test_a_radio_that_starts_anew_is_opened_again(stock, listener, keep) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    stock.tell(mesh_pb2.FromRadio(rebooted=True))
    stock.until_connected(2)


def test_half_open_is_noticed_by_silence(stock, listener, keep, monkeypatch) -> None:
    monkeypatch.setattr(kept, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(kept, "SILENCE_S", 0.6)
    source = keep(stock.url)
    until(lambda: stock.heartbeats >= 2)
    stock.mute = True
    until(lambda: not up(source), 3)
    assert "nothing came" in str(source.status().why)
    stock.mute = False
    stock.until_connected(2)


def test_old_firmware_that_answers_no_heartbeat_is_left_alone(stock, listener, keep, monkeypatch) -> None:
    monkeypatch.setattr(kept, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(kept, "SILENCE_S", 0.3)
    stock.answers_heartbeats = False
    source = keep(stock.url)
    until(lambda: stock.heartbeats >= 10)
    assert up(source) and stock.connections == 1


def test_garbage_and_broken_messages_are_counted_and_survived(stock, listener, keep) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    stock.raw(b"debug text\r\n\x94\xc3\xff\xff" + bytes(range(256)) * 3)
    stock.raw(b"\x94\xc3\x00\x05\xff\xff\xff\xff\xff")
    stock.raw(b"\x94\xc3\x00\x03\x12\x7f\x01")
    bad_telemetry = b"\x12\xff\xff"
    stock.hear(5, 67, bad_telemetry)
    stock.hear(5, 1, b"\xff\xfe not UTF-8")
    until(lambda: len(listener.hearings) == 2)
    assert [one.payload for one in listener.hearings] == [bad_telemetry, b"\xff\xfe not UTF-8"]
    assert listener.counts.count("garbled") >= 2 and up(source) and stock.connections == 1


def test_undecoded_packets_are_foreign(stock, listener, keep) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    packet = mesh_pb2.MeshPacket(to=1, id=2, encrypted=b"secret")
    stock.tell(mesh_pb2.FromRadio(packet=packet))
    until(lambda: "foreign" in listener.counts)


def test_strangers_do_not_grow_the_librarys_memory(stock, listener) -> None:
    made: list[radio_file.Radio] = []

    def maker(*all_of_it) -> radio_file.Radio:
        made.append(radio_file.Radio(*all_of_it))
        return made[-1]

    source = KeptSource(address(stock.url), CHANNEL, listener, Clock(), maker)
    source.start()
    until(lambda: up(source))
    for node in range(100, 400):
        stock.hear(node, 67, b"\x12\x02\x08\x50")
        stock.hear(node, 3, b"")
    until(lambda: len(listener.hearings) == 600)
    assert len(made[0]._inner.nodesByNum) <= 1
    source.stop(3)


def test_every_overridden_name_is_the_librarys() -> None:
    """An upgrade that renames one of them must be noticed here, not on a roof."""
    for ours, theirs in ((radio_file._Tapped, TCPInterface), (radio_file._Tapped, SerialInterface)):
        names = [name for name in vars(ours) if name.startswith("_") and inspect.isfunction(vars(ours)[name])]
        known = [name for name in names if name not in ("_take", "_packet", "_routing", "_queue", "_waiting")]
        assert known and all(callable(getattr(theirs, name, None)) for name in known)
    assert callable(TCPInterface.myConnect) and callable(TCPInterface._reconnect)


def test_the_librarys_chatter_stays_off_our_output(stock, listener, keep, capfd, caplog) -> None:
    source = keep(stock.url)
    until(lambda: up(source))
    with caplog.at_level(logging.DEBUG, logger="gateway.library"):
        deadline.within(5, "chatter", lambda: sys.stdout.write("from the library"), ())
    sys.stdout.write("from us")
    out, _err = capfd.readouterr()
    assert "from us" in out and "from the library" not in out
    assert "from the library" in caplog.text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("serial:///dev/whistle-no-such-port", "no such device"),
        ("tcp://127.0.0.1:1", "nothing answers"),
        ("tcp://no-such-host.invalid", "host name"),
    ],
)
def test_one_sentence_with_a_remedy(url: str, says: str, listener, keep) -> None:
    source = keep(url)
    until(lambda: source.status().why != "not opened yet", 20)
    why = str(source.status().why)
    assert says in why and url in why and "\n" not in why and not up(source)


def test_a_port_somebody_else_holds(listener, keep) -> None:
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    fcntl.flock(slave, fcntl.LOCK_EX)
    source = keep(f"serial://{path}")
    until(lambda: source.status().why != "not opened yet")
    assert "another program is using the port" in str(source.status().why)
    os.close(slave)
    os.close(master)


def test_a_serial_radio_is_heard_through_a_terminal(listener, keep) -> None:
    """The same radio behind a pseudo-terminal: bytes are carried both ways as on a cable."""
    stock = StockRadio("Cedar", PSK)
    master, slave = pty.openpty()
    wire = socket.create_connection(("127.0.0.1", stock.port))

    def carry_in() -> None:
        while data := wire.recv(4096):
            os.write(master, data)

    def carry_out() -> None:
        while True:
            try:
                wire.sendall(os.read(master, 4096))
            except OSError:
                return

    for work in (carry_in, carry_out):
        threading.Thread(target=work, daemon=True).start()
    tty.setraw(slave)
    source = keep(f"serial://{os.ttyname(slave)}")
    until(lambda: up(source))
    stock.hear(9, 11, b"\x07over the cable")
    until(lambda: listener.hearings)
    source.submit(Outgoing(1, 1, b"back", urgent=True))
    until(lambda: stock.sent)
    source.stop(3)
    wire.shutdown(socket.SHUT_RDWR)
    wire.close()
    os.close(slave)
    os.close(master)
    stock.close()


def test_a_radio_without_our_channel_is_named(listener, keep) -> None:
    other = StockRadio("Cedar", bytes(32))
    source = keep(other.url)
    until(lambda: source.status().why != "not opened yet")
    assert "no channel 'Cedar' with the site's key" in str(source.status().why) and not up(source)
    other.close()


def test_a_radio_on_another_preset_is_remarked_and_used(stock, listener, keep) -> None:
    source = keep(stock.url, SiteChannel("Cedar", PSK, "EU_868", "LONG_FAST"))
    until(lambda: up(source))
    assert "US SHORT_TURBO, the site to EU_868 LONG_FAST" in str(source.status().why)


def test_a_stranger_that_is_no_radio_is_survived(listener, keep) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    source = keep(f"tcp://127.0.0.1:{server.getsockname()[1]}")
    link, _ = server.accept()
    link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)
    link.close()
    until(lambda: source.status().why != "not opened yet")
    assert not up(source) and source._thread.is_alive()
    server.close()


def test_stopping_is_quick_even_while_opening(listener, tmp_path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    where = addresses([f"tcp://127.0.0.1:{server.getsockname()[1]}"])
    [source] = kept_sources(where, CHANNEL, listener, Clock(), tmp_path)
    source.start()
    link, _ = server.accept()
    began = time.monotonic()
    source.stop(0.5)
    assert time.monotonic() - began < 1
    link.close()
    server.close()
    source.stop(5.0)


@pytest.mark.parametrize(
    "url", ["", "tcp://", "serial://ttyUSB0", "http://x", "tcp://h:99999", "tcp://h/path", "/dev/x"]
)
def test_a_wrong_address_says_what_to_write(url: str) -> None:
    with pytest.raises(BadSource, match="write tcp://HOST"):
        address(url)


def test_the_same_radio_twice_is_refused() -> None:
    with pytest.raises(BadSource, match="twice"):
        addresses(["tcp://h", "tcp://h:4403"])


def test_within_gives_values_faults_and_an_end() -> None:
    assert deadline.within(1, "x", lambda: 5, ()) == 5
    with pytest.raises(RadioSilent, match="longer than 0.05 s"):
        deadline.within(0.05, "x", lambda: time.sleep(1), ())
    with pytest.raises(RadioRefused, match="end the process"):
        deadline.within(1, "x", lambda: (_ for _ in ()).throw(SystemExit(3)), (SystemExit,))
    with pytest.raises(OSError, match="no"):
        deadline.within(1, "x", lambda: (_ for _ in ()).throw(OSError("no")), (OSError,))
