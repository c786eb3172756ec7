"""Boards of MicroPython's unix build as processes of their own, and the cable that a host plugs in to."""

import json
import os
import pty
import select
import socket
import subprocess
import threading
import tty
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIX = Path(__file__).parent / "unix"


class Cable:
    """A serial port at `path` and the file descriptor of what is behind it; bytes are carried both ways.

    `pull` takes the plug out (whoever has the port open notices), `plug` puts it in again, under the same path.
    """

    def __init__(self, path: Path, behind: socket.socket) -> None:
        self.path = path
        self.carried = bytearray()  # everything that came from behind
        self._behind = behind
        self._master = self._slave = -1
        self._stop_in, self._stop_out = os.pipe()
        self._thread: threading.Thread | None = None
        self.plug()

    def plug(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def pull(self) -> None:
        os.write(self._stop_out, b"!")
        assert self._thread is not None
        self._thread.join(5)
        os.read(self._stop_in, 1)
        self.path.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
        self._thread = None

    def join(self, behind: socket.socket) -> None:
        """Put something else behind the port, which whoever has it open does not see."""
        os.write(self._stop_out, b"!")
        assert self._thread is not None
        self._thread.join(5)
        os.read(self._stop_in, 1)
        self._behind = behind
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def say(self, data: bytes) -> None:
        """To the board, from nowhere: noise on the line, or a technician."""
        self._behind.sendall(data)

    def close(self) -> None:
        if self._thread is not None:
            self.pull()
        self._behind.close()
        for end in (self._stop_in, self._stop_out):
            os.close(end)

    def _carry(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._behind, self._stop_in], [], [])
            if self._stop_in in ready:
                return
            with suppress(OSError):
                if self._master in ready:
                    self._behind.sendall(os.read(self._master, 4096))
                if self._behind in ready:
                    data = self._behind.recv(4096)
                    if not data:
                        return
                    self.carried += data
                    os.write(self._master, data)


class Process:
    """A program on the board's interpreter; its stdin and stdout are `cable_end`, its button and lamp `said`."""

    def __init__(self, interpreter: Path, script: str, folder: Path, *arguments: str, heap: str = "200k") -> None:
        self.said: list[dict] = []
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.cable_end, theirs = socket.socketpair()
        command = [str(interpreter), "-X", f"heapsize={heap}", str(UNIX / script), str(folder)]
        command += [str(self._server.getsockname()[1]), *arguments]
        path = f"{ROOT / 'firmware'}:{UNIX}:.frozen"
        self._errors = (folder.parent / f"{folder.name}.errors").open("wb")
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=self._errors, env={**os.environ, "MICROPYPATH": path}
        )
        theirs.close()
        self._server.settimeout(20)
        self._link, _ = self._server.accept()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def errors(self) -> str:
        return (self.folder.parent / f"{self.folder.name}.errors").read_text()

    @property
    def lamp(self) -> str:
        """The word the lamp shows."""
        words = [one["pattern"] for one in list(self.said) if one["tell"] == "lamp" and one["on"]]
        return words[-1] if words else "dark"

    def press(self, which: int, down: bool) -> None:
        self._link.sendall(b"%d %s\n" % (which, b"down" if down else b"up"))

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._errors.close()
        with suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._link.close()
        self._server.close()
        with suppress(OSError):
            self.cable_end.close()

    def _listen(self) -> None:
        with suppress(OSError), self._link.makefile("rb") as lines:
            for line in lines:
                self.said.append(json.loads(line))
