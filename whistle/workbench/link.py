"""The raw prompt of a board, by mpremote's own transport, with a deadline on everything it does.

mpremote waits without end for a board that goes on talking, and speaks on standard output when it is not understood;
here every wait ends at one moment set beforehand, and what went wrong is one sentence.
"""

import binascii
import io
import os
import re
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Final

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from whistle.workbench.errors import Garbled, Hung, NoPermission, NoPort, NoPrompt, PortBusy, PortGone, WrongFirmware

COMES_S: Final = 5.0
MOST: Final = 1_000_000  # bytes of one answer
BANNER: Final = b"raw REPL; CTRL-B to exit\r\n"
SERVICE: Final = (
    "hold its button while you switch it on and for five seconds more (the service window), and do this again"
)


# What a chip that is its own USB device is called, which is gone for a moment at its reset; a bridge stays.
_COMES: Final = re.compile(r".*/(ttyACM\d+|cu\.usbmodem.*|serial/by-(id|path)/.*)")
_SEEN: Final = set[str]()  # ports that were there since this program began


class _Late(Exception):
    """The deadline has passed."""


class Link(SerialTransport):  # type: ignore[misc]
    """The prompt on a serial port. Made of a port's name: NoPort, NoPermission, PortBusy when it cannot be opened.

    A port that may be just coming is waited for: a chip that is its own USB device is gone for a moment at its reset,
    and then the system sets who may open it, and may look at it first.
    """

    def __init__(self, port: str) -> None:
        end = time.monotonic() + COMES_S
        while True:
            try:
                self._open(port)
                break
            except (NoPort, NoPermission, PortBusy) as error:
                if time.monotonic() > end or (isinstance(error, NoPort) and not _may_come(port)):
                    raise
            time.sleep(0.1)
        self.serial.write_timeout = 5
        self._until = 0.0
        self._once = self.serial.read
        self.serial.read = self._read

    def _open(self, port: str) -> None:
        if not os.path.exists(port):
            raise NoPort(f"There is no port {port}: plug the board in, with a cable that carries data.")
        if not stat.S_ISCHR(os.stat(port).st_mode):
            raise NoPort(f"{port} is no serial port: `whistle workbench ports` lists them.")
        _SEEN.add(port)
        if not os.access(port, os.R_OK | os.W_OK):
            raise NoPermission(f"You may not open {port}: `sudo usermod -aG dialout $USER`, then log in anew.")
        try:
            super().__init__(port, timeout=0.25)
        except (TransportError, OSError):
            raise PortBusy(f"{port} cannot be opened: close the other program that uses it, and try again.") from None

    def _read(self, size: int = 1) -> bytes:
        """In the place of the port's own: a board that erases its flash says nothing for half a second."""
        data = bytes(self._once(size))
        while len(data) < size and time.monotonic() < self._until:
            data += self._once(size - len(data))
        return data

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float | None = None,
        data_consumer: object = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """Read until `ending` came; the deadline is the link's own, whatever mpremote asks for."""
        data = bytearray()
        while not data.endswith(ending):
            if time.monotonic() > self._until:
                raise _Late
            if len(data) > MOST:
                raise TransportError("too much")
            data += self.serial.read(1)
        return bytes(data)

    def enter(self, seconds: float) -> None:
        """Interrupt whatever runs and come to the prompt.

        The board is not reset and its watchdog goes on; only one that gives no prompt for a third of the time is
        started anew.

        NoPrompt when nothing answers, WrongFirmware when something else than MicroPython does.
        """
        heard, begun = b"", time.monotonic()
        end, started = begun + seconds, False
        with self._fails("while it was asked for its prompt"):
            while not (BANNER in heard and self._agrees()):
                if time.monotonic() > end:
                    raise self._none(heard)
                if not started and time.monotonic() > begun + seconds / 3:
                    self.start()
                    started = True
                self.serial.write(b"\r\x03")
                heard = heard[-4096:] + self._silence(0.1, 0.5)
                self.serial.write(b"\r\x01")
                heard += self._silence(0.15, 1.0)
        self.in_raw_repl = True

    def _agrees(self) -> bool:
        """Whether the prompt says a word we made up: nothing said before is then taken for an answer."""
        word = binascii.hexlify(os.urandom(8))
        self._until = time.monotonic() + 3
        self.serial.write(b"print('" + word + b"')\x04")
        try:
            self.read_until(1, word + b"\r\n\x04\x04")
        except _Late:
            return False
        return True

    def start(self) -> None:
        """Start the board anew by its bridge's reset line, where it has one: what slept is awake for some seconds."""
        with suppress(OSError):
            self.serial.dtr = False  # else the chip would start its loader
            self.serial.rts = True
            time.sleep(0.1)
            self.serial.rts = False

    def _silence(self, quiet: float, most: float) -> bytes:
        """What is said until it is quiet for a while, at most so long."""
        data, last = b"", time.monotonic()
        end = last + most
        while (now := time.monotonic()) < end and (now < last + quiet or BANNER[:9] in data[-40:]):
            if waiting := self.serial.in_waiting:
                data, last = data + self.serial.read(waiting), now
                if data.endswith(BANNER + b">"):
                    break
            time.sleep(0.01)
        return data

    def _none(self, heard: bytes) -> NoPrompt | WrongFirmware:
        if len(heard.strip(b"\0\r\n")) < 4:
            return NoPrompt(f"Nothing answers on {self.device_name}, so the beacon sleeps or hangs: {SERVICE}.")
        if b"Traceback" in heard or b">>>" in heard or b"MPY:" in heard:
            return NoPrompt(f"The program on {self.device_name} cannot be interrupted: {SERVICE}.")
        return WrongFirmware(
            f"What answers on {self.device_name} is not MicroPython's prompt: flash the board first "
            "(`whistle workbench flash`)."
        )

    def command(self, source: str, seconds: float, doing: str) -> tuple[bytes, bytes]:
        """Run source on the board: (what it printed, the trace of what it raised).

        `doing` stands in the sentence of Hung, Garbled and PortGone.
        """
        self._until = time.monotonic() + seconds
        with self._fails(doing), redirect_stdout(io.StringIO()):
            out, trace = self.exec_raw(source)
        assert isinstance(out, bytes) and isinstance(trace, bytes)
        return out, trace

    def begin(self, source: str, doing: str) -> None:
        """Start source on the board and come back at once; `finish` waits for it."""
        self._until = time.monotonic() + 10
        with self._fails(doing), redirect_stdout(io.StringIO()):
            self.exec_raw_no_follow(source)

    def finish(self, seconds: float, doing: str) -> tuple[bytes, bytes]:
        """What a begun source printed and raised."""
        self._until = time.monotonic() + seconds
        with self._fails(doing):
            out, trace = self.follow(None)
        assert isinstance(out, bytes) and isinstance(trace, bytes)
        return out, trace

    def stop(self) -> None:
        """End what runs, leave the prompt and let the program start again, without its hardware: USB stays as it is."""
        with suppress(OSError):
            for _ in range(4):  # one may come while the board cannot be interrupted
                self.serial.write(b"\r\x03")
                if self._silence(0.3, 1.0).rstrip().endswith(b">"):
                    break
        self.leave(b"\r\x02\x04")

    def leave(self, key: bytes) -> None:
        """Leave the prompt with these last keys; the port is closed whatever becomes of them."""
        with suppress(OSError):
            self.serial.write(key)
            self.serial.flush()
        with suppress(OSError):
            self.close()

    def _hung(self, doing: str) -> Hung:
        with suppress(OSError):
            self.serial.write(b"\r\x03")
        return Hung(f"The board on {self.device_name} stopped answering {doing}: {SERVICE}.")

    @contextmanager
    def _fails(self, doing: str) -> Iterator[None]:
        port = self.device_name
        try:
            yield
        except (_Late, serial.SerialTimeoutException):
            raise self._hung(doing) from None
        except (OSError, serial.SerialException):
            raise PortGone(f"The board on {port} went away {doing}: plug it in again, and do this again.") from None
        except (TransportError, struct.error):
            if time.monotonic() >= self._until:
                raise self._hung(doing) from None
            raise Garbled(f"The answer of {port} makes no sense {doing}: try another cable, then flash it.") from None


def _may_come(port: str) -> bool:
    """Whether a port that is not there may be in a moment; another name was misspelt, or its cable is out."""
    return not os.path.exists(port) and (port in _SEEN or _COMES.fullmatch(port) is not None)
