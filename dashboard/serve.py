"""Runs a dashboard: one process, waitress in front of Flask, stopped by SIGTERM within two seconds."""

import fcntl
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import waitress  # type: ignore[import-untyped]
from flask import Flask

from dashboard import create_app
from dashboard.errors import DataInUse, DataUnusable, PortBusy
from dashboard.parts import Dashboard
from dashboard.settings import Settings
from whistle.site import files

SWITCH_S: Final = 0.0005  # the thread that writes hands over to a stream at once, not after Python's usual 5 ms
CONNECTIONS: Final = 500  # waitress's own limit of 100 makes it hang with a hundred pages open


def run(settings: Settings, sock: socket.socket, mount: Callable[[Flask], None] = lambda _app: None) -> None:
    """Serve on a listening socket until SIGTERM or Ctrl-C; the caller holds the data directory (`held`).

    `mount` may put further blueprints on the application before it runs.
    """
    logging.getLogger("waitress").setLevel(logging.WARNING)  # a browser that leaves is no news
    app = create_app(settings)
    mount(app)
    whistle: Dashboard = app.extensions["whistle"]
    server = serve(app, sock, settings.threads)

    def leave(_number: int, _frame: FrameType | None) -> None:
        whistle.live.stop()  # open streams would hold the server's threads
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    sys.setswitchinterval(SWITCH_S)
    whistle.start()
    try:
        server.run()
    finally:
        _in_time(whistle)


def serve(app: Flask, sock: socket.socket, threads: int) -> "waitress.server.BaseWSGIServer":
    """A waitress server for `app` on a listening socket: `run()` it, `close()` it."""
    # lookahead: only then does waitress notice that a browser with an open stream has gone
    return waitress.create_server(
        app,
        sockets=[sock],
        threads=threads,
        connection_limit=CONNECTIONS,
        channel_request_lookahead=1,
        clear_untrusted_proxy_headers=True,
        ident=None,
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or PortBusy with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise PortBusy(
            f"Cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}): another program may have "
            "it; take another with --listen HOST:PORT."
        ) from None
    return sock


@contextmanager
def held(data: Path) -> Iterator[None]:
    """The data directory, made if need be, for this process alone; DataInUse or DataUnusable."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.private(data / "lock")
        handle = (data / "lock").open("a")
    except OSError as error:
        raise DataUnusable(
            f"The data directory {data} cannot be used ({error.strerror}): check who may write there, "
            "or give another --data."
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DataInUse(f"Another dashboard runs on {data}: stop it, or give another --data.") from None
        yield


def _in_time(whistle: Dashboard) -> None:
    """Stop the parts; if a thread will not end, the process does: nothing is lost, it is all in the store."""
    last = threading.Timer(1.5, lambda: os._exit(0))
    last.daemon = True
    last.start()
    whistle.stop()
