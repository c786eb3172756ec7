"""A board that runs MicroPython: run something on it, read and write its files. The one way to a running board.

    with Device("/dev/ttyUSB0") as device:
        device.write("/settings", data)

Nothing is half: a file is written under a temporary name, read back, its SHA-256 compared, and renamed over the old
one. Every call ends within its time, and every failure is one sentence of `whistle.workbench.errors` (DeviceError, and
PortError for the way to it). What is written is never printed, and passes through no other program.
"""

import binascii
import hashlib
from types import TracebackType
from typing import Annotated, Any, Final, NamedTuple, Self

import msgspec
from msgspec import Meta

from whistle.workbench.errors import BoardFault, BoardFull, Garbled, NotWritten, WrongFirmware
from whistle.workbench.link import Link

CHUNK: Final = 1024
MPY: Final = 6  # the form of compiled files that mpy-cross 1.25 writes
OLDEST: Final = (1, 25)

_HASH = """
import os, hashlib, binascii, json
def _hash(p):
 h = hashlib.sha256()
 b = bytearray(512)
 with open(p, 'rb') as f:
  while True:
   n = f.readinto(b)
   if not n:
    return binascii.hexlify(h.digest()).decode()
   h.update(memoryview(b)[:n])
def _is(p):
 try:
  return os.stat(p)[0] & 0x4000 or 1
 except OSError:
  return 0
"""
_OPEN = """
import os, binascii
_d = ''
for _p in {path!r}.split('/')[1:-1]:
 _d += '/' + _p
 try:
  os.stat(_d)
 except OSError:
  os.mkdir(_d)
_f = open({new!r}, 'wb')
"""
_CHUNK = "_n = _f.write(binascii.a2b_base64({data!r}))\nprint(_n)"
_RENAME = (
    _HASH
    + """
_f.close()
_h = _hash({new!r})
if _h == {digest!r}:
 os.rename({new!r}, {path!r})
else:
 os.remove({new!r})
print(_h)
"""
)
_UNDO = """
import os
try:
 _f.close()
except (NameError, OSError):
 pass
try:
 os.remove({new!r})
except OSError:
 pass
"""
_READ = """
if _is({path!r}):
 print(_hash({path!r}))
 with open({path!r}, 'rb') as _f:
  while True:
   _b = _f.read(384)
   if not _b:
    break
   print(binascii.b2a_base64(_b).decode().strip())
"""
_TREE = """
def _tree(d):
 for e in os.ilistdir(d or '/'):
  p = d + '/' + e[0]
  if e[1] == 0x4000:
   if e[0][0] != '.':
    _tree(p)
  else:
   print(json.dumps([p, {what}]))
if _is({folder!r}):
 _tree({folder!r}.rstrip('/'))
"""
_WHO = """
import sys, os, json, binascii
_u = b''
try:
 import machine
 _u = machine.unique_id()
except (ImportError, AttributeError):
 pass
_s = os.statvfs('/')
print(json.dumps([sys.implementation.name, list(sys.implementation.version[:3]),
 getattr(sys.implementation, '_mpy', 0) & 255, binascii.hexlify(_u).decode(), _s[0] * _s[3]]))
"""
_CAN_RESET = """
try:
 import machine
 print(json.dumps(hasattr(machine, 'reset')))
except ImportError:
 print('false')
"""


_Chip = Annotated[str, Meta(pattern="^[0-9a-f]{0,64}$")]  # stands in the name of a slip: never a way out of its folder
_Who = tuple[str, tuple[int, int, int], int, _Chip, int]


class Identity(NamedTuple):
    """What answers: MicroPython's version, the form of its compiled files, the chip's unique id in hex ("" where the
    port has none), free bytes of flash.
    """

    version: tuple[int, ...]
    mpy: int
    chip: str
    free: int


class Device:
    """The board on `port`, its program interrupted and its prompt at hand; `seconds`: how long to ask for it.

    Not reset: the program's watchdog, once started, must be fed by a timer of its own (the board's `attended`). Left by
    an error or by Ctrl-C it is told to start its program again: at its prompt a beacon is deaf as long as it has power.
    """

    def __init__(self, port: str, seconds: float = 12.0) -> None:
        self.port = port
        self._link = Link(port)
        entered = False
        try:
            self._link.enter(seconds)
            entered = True
        finally:
            if not entered:
                self._link.leave(b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self._link.stop()

    def close(self) -> None:
        """Leave the board at its prompt, where it neither calls nor relays: `reset` is the end of all work on it."""
        self._link.leave(b"\r\x02")

    def run(self, source: str, seconds: float = 10.0, doing: str = "at its prompt") -> str:
        """What source prints. BoardFull or BoardFault (with the last line of its trace) when it raises."""
        return self._text(*self._link.command(source, seconds, doing), doing)

    def begin(self, source: str, doing: str = "at its prompt") -> None:
        """Start source and come back at once; nothing else may be asked before `finish`."""
        self._link.begin(source, doing)

    def finish(self, seconds: float = 10.0, doing: str = "at its prompt") -> str:
        """What the source that was begun printed; as `run`."""
        return self._text(*self._link.finish(seconds, doing), doing)

    def ask(self, source: str, seconds: float = 10.0, doing: str = "at its prompt", kind: Any = Any) -> Any:
        """The JSON value in the last line that source prints; Garbled when it prints none, or one of another kind."""
        return self._value(self.run(source, seconds, doing), doing, kind)

    def answer(self, seconds: float = 10.0, doing: str = "at its prompt") -> Any:
        """The JSON value of the source that was begun."""
        return self._value(self.finish(seconds, doing), doing)

    def identify(self) -> Identity:
        """Who answers; WrongFirmware when our files cannot run there."""
        name, version, mpy, chip, free = self.ask(_WHO, doing="when it was asked what it is", kind=_Who)
        found = Identity(tuple(version), mpy, chip, free)
        if name != "micropython" or found.version < OLDEST or found.mpy != MPY:
            spoken = ".".join(map(str, version))
            raise WrongFirmware(
                f"The board on {self.port} runs {name} {spoken}: flash MicroPython {'.'.join(map(str, OLDEST))} or "
                "later on it (`whistle workbench flash`)."
            )
        return found

    def write(self, path: str, data: bytes, seconds: float = 10.0) -> None:
        """Make data the file at path (absolute), folders too. Until the very end the old file is whole.

        `seconds` is the time of each step, some hundred bytes. NotWritten when it reads back differently.
        """
        names = {"path": path, "new": f"{path}.new"}
        doing = f"while {path} was written, of which the old state is whole"
        try:
            self.run(_OPEN.format(**names), seconds, doing)
            for at in range(0, len(data), CHUNK):
                part = data[at : at + CHUNK]
                took = self.ask(_CHUNK.format(data=binascii.b2a_base64(part, newline=False)), seconds, doing, int)
                if took != len(part):
                    raise NotWritten(f"The board on {self.port} took only a part of {path}: do this again.")
            digest = hashlib.sha256(data).hexdigest()
            back = self.run(_RENAME.format(**names, digest=digest), seconds, doing).split()
        except (BoardFull, BoardFault, NotWritten):
            self.run(_UNDO.format(**names), seconds, doing)
            raise
        if back != [digest]:
            raise NotWritten(
                f"{path} reads back differently on {self.port}: do this again; the board's flash may be worn."
            )

    def read(self, path: str) -> bytes | None:
        """The file's bytes, their SHA-256 compared; None when there is no such file."""
        doing = f"while {path} was read"
        lines = self.run(_HASH + _READ.format(path=path), 30, doing).split()
        if not lines:
            return None
        try:
            data = b"".join(binascii.a2b_base64(line, strict_mode=True) for line in lines[1:])
        except binascii.Error:
            data = b""
        if hashlib.sha256(data).hexdigest() != lines[0]:
            raise Garbled(f"{path} came garbled from {self.port}: try another cable.")
        return data

    def sha256(self, path: str) -> str | None:
        """The file's SHA-256 in hex, computed on the board; None when there is no such file."""
        source = f"{_HASH}\nprint(json.dumps(_hash({path!r}) if _is({path!r}) else None))"
        found: str | None = self.ask(source, 30, f"while {path} was read back", str | None)
        return found

    def listing(self, folder: str = "/") -> dict[str, int]:
        """Sizes of all files in a folder and below, by absolute path; none where there is no such folder."""
        return dict(self._lines(_TREE.format(folder=folder, what="os.stat(p)[6]"), tuple[str, int]))

    def hashes(self, folder: str = "/") -> dict[str, str]:
        """SHA-256 of all files in a folder and below, by absolute path."""
        return dict(self._lines(_TREE.format(folder=folder, what="_hash(p)"), tuple[str, str]))

    def remove(self, *paths: str) -> None:
        """Remove files, in this order; one that is not there is no fault."""
        for path in paths:
            self.run(f"{_HASH}\nif _is({path!r}):\n os.remove({path!r})", doing=f"while {path} was removed")

    def reset(self) -> None:
        """Start the board anew, as if its power had come: the link is closed."""
        doing = "when it was to start anew"
        hard = self.ask("import json" + _CAN_RESET, doing=doing, kind=bool)
        if hard:
            self._link.begin("import machine\nmachine.reset()", doing)
        self._link.leave(b"" if hard else b"\r\x02\x04")

    def _lines(self, tree: str, kind: Any) -> list[Any]:
        doing = "while its files were listed"
        text = self.run(_HASH + tree, 60, doing)
        return [self._value(line, doing, kind) for line in text.splitlines()]

    def _text(self, out: bytes, trace: bytes, doing: str) -> str:
        if trace:
            said = (trace.decode(errors="replace").strip().splitlines() or ["?"])[-1]
            if "ENOSPC" in said or said == "OSError: 28":
                raise BoardFull(f"The flash of the board on {self.port} is full {doing}: erase it and flash it anew.")
            raise BoardFault(f"The board on {self.port} raised {said!r} {doing}: install its program anew.")
        try:
            return out.decode()
        except UnicodeDecodeError:
            raise self._garbled(doing) from None

    def _value(self, text: str, doing: str, kind: Any = Any) -> Any:
        try:
            return msgspec.json.decode(text.strip().splitlines()[-1], type=kind)
        except (msgspec.MsgspecError, UnicodeError, IndexError, RecursionError):
            raise self._garbled(doing) from None

    def _garbled(self, doing: str) -> Garbled:
        return Garbled(f"The answer of {self.port} makes no sense {doing}: try another cable, then flash it.")
