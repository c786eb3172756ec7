"""A board that is not there: MicroPython behind a pseudo-terminal, which real mpremote takes for a board.

    with emulated.board(folder) as port:
        Device(port) ...

The folder is its flash and outlives it. `tests/hardware/prompt.py` runs inside, on the unix build, whose own prompt
knows no Ctrl-A; everything else (the language, its files, its modules, our firmware) is MicroPython's own. Modules in
the folders `models` stand for the hardware.
"""

import json
import os
import pty
import select
import signal
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools import micropython

HERE = Path(__file__).parent
PROMPT = HERE / "prompt.py"
RESET, SOFT_RAW, SOFT, DARK = 64, 65, 66, 67


class Emulated:
    """One board on its cable. `port` is where to find it, `trace` every flash operation so far ("open settings.new").

    cut: power goes just before that flash operation, for ever (`torn`: in the middle, if it is a write), and with
    `pulled` the port goes too. room: bytes of flash left. worn: a bit of everything written is lost. garbage: said
    instead of every answer; `garble` begins with it later. at_prompt: main.py is not run by the first start. away:
    called between a reset of the chip and its next start.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cut: int = 0,
        torn: bool = False,
        pulled: bool = True,
        room: int | None = None,
        worn: bool = False,
        at_prompt: bool = False,
        garbage: bytes = b"",
        models: tuple[Path, ...] = (),
        architecture: str = "amd64",
        away: Callable[[], None] = lambda: None,
    ) -> None:
        found = micropython.present(architecture)
        assert found, "no MicroPython: ask need('micropython') first"
        # Ctrl-C is a signal here: whoever started the tests in the background left it ignored for all of them.
        self._command = ["env", "--default-signal=INT", str(found), "-X", "heapsize=8m", str(PROMPT)]
        self._start = {"folder": str(folder.resolve()), "cut": cut, "torn": torn, "room": room, "worn": worn}
        self._start["models"] = [str(path.resolve()) for path in models]
        self._garbage = garbage
        self._away = away
        self._pulled = pulled
        self.trace: list[str] = []
        self.starts = 0
        self._end = False
        self._interrupted = 0.0
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._in, self._out, self._told = os.pipe(), os.pipe(), os.pipe()
        self._process = self._started(raw=at_prompt)
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._pump, self._live, self._listen)]
        for thread in self._threads:
            thread.start()

    def _started(self, raw: bool) -> "subprocess.Popen[bytes]":
        self.starts += 1
        self._raw = raw
        start = json.dumps({**self._start, "raw": raw, "done": len(self.trace)})
        # not as an argument: MicroPython makes a name of each, and a name ends at 255 bytes
        ends = {"stdin": self._in[0], "stdout": self._out[1], "stderr": self._told[1]}
        return subprocess.Popen(self._command, **ends, close_fds=True, env={**os.environ, "EMULATED": start})  # type: ignore[call-overload]

    def _live(self) -> None:
        """Start the board again after every reset, until its power goes."""
        while not self._end:
            code = self._process.wait()
            time.sleep(0.02)  # the last operations are told before they are counted on
            if code == RESET and not self._end:
                self._away()
            if self._end or code == DARK:
                break
            # Ctrl-C before the interpreter is up, or twice at once, ends it: it starts as it was to start
            self._process = self._started(raw=code == SOFT_RAW or self._raw and code in (1, -signal.SIGINT))
        if self._pulled and not self._end:
            self.pull()

    def _listen(self) -> None:
        """Take down the flash operations."""
        with open(self._told[0], errors="replace", closefd=False) as told:
            for line in told:
                if line.startswith("op "):
                    self.trace.append(line.split(" ", 2)[2].strip())
                elif line.startswith("end"):
                    return

    def _pump(self) -> None:
        """Carry bytes between cable and board; Ctrl-C becomes an interrupt, as in a board's receive interrupt."""
        poll = select.poll()
        for end in (self._master, self._out[0]):
            poll.register(end, select.POLLIN)
        while not self._end:
            for end, _ in poll.poll(200):
                with suppress(OSError):
                    data = os.read(end, 4096)
                    if end == self._master:
                        self._typed(data)
                    else:
                        self._say(self._garbage or data.replace(b"\n", b"\r\n"))

    def _typed(self, data: bytes) -> None:
        while data:
            plain, stop, data = data.partition(b"\x03")
            os.write(self._in[1], plain)
            if stop and time.monotonic() > self._interrupted + 0.5:
                time.sleep(0.02)  # what was typed before it is read before it
                self._interrupted = time.monotonic()
                self._process.send_signal(signal.SIGINT)
                time.sleep(0.02)

    def _say(self, data: bytes) -> None:
        """To whoever listens; like a wire, it keeps nothing for somebody who does not."""
        while data and select.select([], [self._master], [], 2)[1]:
            data = data[os.write(self._master, data[:512]) :]

    def garble(self, said: bytes) -> None:
        """From now on it says this instead of every answer."""
        self._garbage = said

    def freeze(self, seconds: float) -> None:
        """It does nothing for a while, as a board that erases its flash."""
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def reset(self) -> None:
        """Its reset line is pulled: it starts anew."""
        self._process.kill()

    def pull(self) -> None:
        """Take the cable out: the board is dark and the port is gone."""
        self._end = True
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        os.write(self._told[1], b"\nend\n")
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(5)
        self._process.kill()  # one that was started again in the meantime
        self._process.wait()
        for end in (self._master, self._slave, *self._in, *self._out, *self._told):
            with suppress(OSError):
                os.close(end)

    def gone(self) -> bool:
        """Whether its power went, or its cable."""
        return self._end

    def close(self) -> None:
        """The end of the test: nothing of the board stays."""
        if not self._end:
            self.pull()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def powered(folder: Path, **options: object) -> Iterator[Emulated]:
    """An emulated board with its powers over faults; options as of Emulated."""
    board = Emulated(folder, **options)  # type: ignore[arg-type]
    try:
        yield board
    finally:
        board.close()


@contextmanager
def board(folder: Path) -> Iterator[str]:
    """The port of a board whose flash is that folder."""
    with powered(folder) as made:
        yield made.port
