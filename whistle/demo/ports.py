"""Ports on loopback: the ones the demo asks for by number, and free ones for what nobody needs to remember."""

import errno
import socket

from whistle.demo.errors import PortBusy

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port on loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def claim(port: int, option: str) -> int:
    """`port` itself when it can be listened on; raises PortBusy, naming the option that picks another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortBusy(_sentence(port, option, error)) from error
    return port


def _sentence(port: int, option: str, error: OSError) -> str:
    if error.errno == errno.EACCES:
        return f"Port {port} may only be used by root: choose one above 1023 with {option} PORT."
    return f"Port {port} is in use (another demo?): stop that program, or choose another port with {option} PORT."
