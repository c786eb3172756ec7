"""Requests and answers between the demo's own processes: one JSON object a line over loopback TCP."""

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any

from whistle.demo.errors import DemoError, Refused

LOOPBACK = "127.0.0.1"
LONGEST = 65536  # a request is a few words; a longer line is not from us
Answerer = Callable[[dict[str, Any]], dict[str, Any]]


def serve(port: int, answer: Answerer) -> socketserver.ThreadingTCPServer:
    """Answer each request line with `answer`'s object, or {"error": sentence} for a DemoError; in its own thread."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # who asked may be gone at any time
                while line := self.rfile.readline(LONGEST):
                    self.wfile.write(json.dumps(_reply(answer, line)).encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server((LOOPBACK, port), Handler)
    threading.Thread(target=server.serve_forever, name="supervisor", daemon=True).start()
    return server


def _reply(answer: Answerer, line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise Refused("A request is one JSON object a line.")
        return answer(request)
    except ValueError:
        return {"error": "A request is one JSON object a line."}
    except DemoError as error:
        return {"error": str(error)}


def ask(port: int, request: dict[str, Any], seconds: float = 10.0) -> dict[str, Any]:
    """One request, one answer; raises Refused with the other side's sentence, OSError when nobody answers."""
    with socket.create_connection((LOOPBACK, port), timeout=seconds) as link, link.makefile("rwb") as lines:
        lines.write(json.dumps(request).encode() + b"\n")
        lines.flush()
        answer: dict[str, Any] = json.loads(lines.readline() or b'{"error": "The demo has stopped."}')
    if "error" in answer:
        raise Refused(answer["error"])
    return answer
