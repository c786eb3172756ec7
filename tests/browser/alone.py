"""Run a command where there is no network but its own loopback: `python alone.py COMMAND ...` (Linux).

What runs in there can reach nothing else, whatever it tries: a page that needs the internet fails, it is not forgiven.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

NEW_USER, NEW_NET = 0x10000000, 0x40000000  # sched.h
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 0x1  # sockios.h, if.h


def leave_the_network() -> None:
    """Move this process to a network of its own, with loopback up. Root or not; OSError where the kernel forbids it."""
    user, group = os.getuid(), os.getgid()
    _unshare(NEW_NET if user == 0 else NEW_USER | NEW_NET)
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _raise_loopback()


def _unshare(what: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(what) != 0:
        raise OSError(ctypes.get_errno(), "this kernel gives no network namespace")


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = struct.pack("16sh", b"lo", 0)
        _, flags = struct.unpack("16sh", fcntl.ioctl(any_socket, GET_FLAGS, name))
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh", b"lo", flags | UP))


def joining(pid: int) -> list[str]:
    """The words before a command that run it in the network of process `pid`."""
    user = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]
    return ["nsenter", "--target", str(pid), "--net", *user]


if __name__ == "__main__":
    leave_the_network()
    os.execvp(sys.argv[1], sys.argv[1:])
