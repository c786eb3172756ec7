"""One process of the demo: started, waited for, killed or stopped, always by its own pid.

It ends with who started it, also when that is killed outright: `tied` says how.
"""

import functools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from whistle.demo.errors import NotReady

TIED = [sys.executable, "-I", "-S", str(Path(__file__).with_name("tied.py"))]
STOP_SECONDS = 5.0
POLL_SECONDS = 0.02


def whistle(*words: str) -> list[str]:
    """The command line that runs `whistle` with this very interpreter."""
    return [sys.executable, "-m", "whistle", *words]


@functools.cache
def lifeline() -> int:
    """The reading end of a pipe that nobody writes into, and that breaks when this process is gone."""
    reading, _writing = os.pipe()  # the writing end stays open here, and nobody inherits it
    return reading


def last_line(path: Path) -> str:
    """The last line somebody wrote into a log, or a word that there is none."""
    lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
    return lines[-1] if lines else "it said nothing"


class Process:
    """A named child process whose output goes to a log; starting it again appends to that log."""

    def __init__(self, name: str, argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.argv = list(argv)
        self.log = log
        self._env = {**os.environ, **(env or {})}
        self._child: subprocess.Popen[bytes] | None = None
        self.wanted = False

    @property
    def died(self) -> bool:
        """Whether it has ended although nobody asked it to."""
        return self.wanted and not self.alive

    @property
    def alive(self) -> bool:
        """Whether the process is running now."""
        return self._child is not None and self._child.poll() is None

    @property
    def code(self) -> int | None:
        """What it ended with, negative for a signal; None while it runs or before it ever did."""
        return None if self._child is None else self._child.poll()

    @property
    def pid(self) -> int | None:
        """The process id while it runs, else None."""
        return self._child.pid if self._child is not None and self.alive else None

    def start(self) -> None:
        """Start it unless it runs; it gets a process group of its own, so that our Ctrl-C reaches us alone."""
        if self.alive:
            return
        self.wanted = True
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [*TIED, *self.argv],
                env=self._env,
                stdin=lifeline(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL: what a power cut is to a program."""
        self.wanted = False
        if self._child is not None and self.alive:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """SIGTERM, and SIGKILL for one that does not go within `seconds`."""
        self.wanted = False
        if self._child is None or not self.alive:
            return
        self._child.terminate()
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait_port(self, port: int, seconds: float) -> None:
        """Return once 127.0.0.1:port answers; raises NotReady when the process dies or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.alive:
                raise NotReady(f"The {self.name} stopped while starting: {last_line(self.log)} (whole log: {self.log})")
            if answers(port):
                return
            time.sleep(POLL_SECONDS)
        raise NotReady(f"The {self.name} did not answer on port {port} within {seconds:.0f} s; its log is {self.log}")


def answers(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False
