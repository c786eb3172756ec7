"""The cable between the dashboard and the broker really carries, really breaks and really mends."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from whistle.demo.cable import Cable
from whistle.demo.ports import free_port


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(100):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture
def target() -> Iterator[int]:
    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def cable(target: int) -> Iterator[tuple[Cable, int]]:
    port = free_port()
    made = Cable(port, target)
    yield made, port
    made.close()


def say(link: socket.socket, words: bytes) -> bytes:
    link.sendall(words)
    return link.recv(100)


def test_a_plugged_cable_carries_both_ways(cable: tuple[Cable, int]) -> None:
    _, port = cable
    with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        assert say(link, b"hello") == b"hello"


def test_cutting_breaks_what_is_open_and_refuses_what_comes(cable: tuple[Cable, int]) -> None:
    made, port = cable
    with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        assert say(link, b"hello") == b"hello"
        made.cut()
        assert link.recv(100) == b""
    with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        assert link.recv(100) == b""
    assert not made.plugged


def test_plugging_in_again_carries_again(cable: tuple[Cable, int]) -> None:
    made, port = cable
    made.cut()
    made.plug()
    with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        assert say(link, b"back") == b"back"


def test_nobody_behind_the_cable_closes_the_caller_at_once() -> None:
    port = free_port()
    made = Cable(port, free_port())
    with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        assert link.recv(100) == b""
    made.close()
