"""A model of the ROM loader of an ESP32 and an ESP32-S3 on a serial line: what real esptool talks to in the tests.

It speaks the chips' serial protocol (SLIP frames; Espressif's "Serial Protocol" of the ROM loaders): sync, registers,
security information, SPI attach and parameters, flash and compressed flash, MD5 of a region, RAM download. What is
loaded to RAM and started counts as esptool's stub: from then on it answers as the stub does. The flash is real in what
matters: nothing can be written before it is attached, a write only clears bits, an erase sets whole sectors, and beyond
its end there is nothing. It is strict: a command that the real chip would refuse gets the error byte.

Not modelled: time, the modem lines (a pty has none; esptool says so and goes on), the boot from reset.
"""

import hashlib
import os
import pty
import select
import struct
import tempfile
import threading
import tty
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

SECTOR = 4096
ROM_SYNC = 0x20120707  # any value but 0, which is the stub's
BAD_MESSAGE, FAILED, BAD_CRC, INFLATE, TOO_LONG, UNKNOWN = range(6)
# What the ROM and the stub say of them: the status and the code after it.
SAID = {
    BAD_MESSAGE: (b"\x01\x05", b"\xc0\0"), FAILED: (b"\x01\x06", b"\xc6\0"), BAD_CRC: (b"\x01\x07", b"\xc1\0"),
    INFLATE: (b"\x01\x0b", b"\xc7\0"), TOO_LONG: (b"\x01\x08", b"\xc9\0"), UNKNOWN: (b"\x01\x05", b"\xff\0"),
}  # fmt: skip
USR = 1 << 18  # of the SPI controller: start the command


class Refused(Exception):
    """The chip answers a command with an error byte."""


@dataclass
class Chip:
    """What differs between the chips: addresses of registers, and what of the protocol they know."""

    name: str
    magic: int
    chip_id: int | None  # only newer ones tell it
    spi: int
    usr: int  # offsets of SPI_USR, USR2, W0 from there
    usr2: int
    w0: int
    fuses: Callable[[bytes], dict[int, int]]
    begin_words: int  # parameters of FLASH_BEGIN


def esp32_fuses(mac: bytes) -> dict[int, int]:
    """An ESP32-D0WD-V3: MAC in words 1 and 2 of the fuses, package and revision in words 3 and 5."""
    base = 0x3FF5A000
    word3 = 1 << 9 | 1 << 15
    return {
        base + 4: int.from_bytes(mac[2:], "big"),
        base + 8: int.from_bytes(mac[:2], "big"),
        base + 12: word3,
        base + 20: 1 << 20,
        0x3FF6607C: 1 << 31,
        0x3FF40014: 40_000_000 // 115200,  # clock divider of the serial line: a 40 MHz crystal
    }


def esp32s3_fuses(mac: bytes) -> dict[int, int]:
    """An ESP32-S3 (QFN56) revision 0.2 with 8 MB inside."""
    base = 0x60007000
    return {
        base + 0x44: int.from_bytes(mac[2:], "big"),
        base + 0x48: int.from_bytes(mac[:2], "big"),
        base + 0x50: 2 << 18 | 1 << 27,
        0x60000014: 40_000_000 // 115200,
    }


CHIPS = {
    "esp32": Chip("ESP32", 0x00F01D83, None, 0x3FF42000, 0x1C, 0x24, 0x80, esp32_fuses, 4),
    "esp32s3": Chip("ESP32-S3", 0x00000009, 9, 0x60002000, 0x18, 0x20, 0x58, esp32s3_fuses, 5),
}


@dataclass
class Faults:
    """What goes wrong; blocks are counted over everything written to flash."""

    flip_at: int | None = None  # a bit of the byte at this address of the flash never takes
    dead_after: int | None = None  # blocks after which nobody answers any more
    closed_after: int | None = None  # blocks after which the port is gone
    garbage_after: int | None = None  # blocks after which only noise comes
    deaf: bool = False  # never answers at all
    noise: bool = False  # answers everything with noise
    boot_log: bytes = b""  # printed instead of any answer: the chip runs its program


@dataclass
class Loading:
    """A download under way: `at` is where the next byte goes, `end` where the last may."""

    kind: str
    size: int
    at: int
    blocks: int
    block: int
    end: int = 0
    seq: int = 0
    inflate: "zlib._Decompress | None" = None


@dataclass
class RomLoader:
    """A chip in its loader on a pty; `path` is its port. Use as a context; `flash` is what it holds in the end."""

    chip: str = "esp32s3"
    mac: bytes = bytes.fromhex("dc5475aabbcc")
    flash_mb: int = 8
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.of = CHIPS[self.chip]
        self.flash = bytearray(b"\xff" * (self.flash_mb << 20))
        self.erased = 0
        self.written = 0  # blocks
        self.seen: list[int] = []  # every command's number
        self.registers = self.of.fuses(self.mac) | {0x40001000: self.of.magic}
        self.attached = self.sized = self.stub = self.starting = False
        self.left = False  # it runs what is in flash, and is no loader any more
        self.load: Loading | None = None
        self.ram: dict[int, bytearray] = {}
        self._commands: dict[int, Callable[[bytes], bytes]] = {
            0x02: self._flash_begin,
            0x03: self._flash_data,
            0x04: self._end,
            0x05: self._ram_begin,
            0x06: self._ram_end,
            0x07: self._ram_data,
            0x09: self._write_register,
            0x0B: self._parameters,
            0x0D: self._attach,
            0x0F: self._baud,
            0x10: self._flash_begin_small,
            0x11: self._flash_data_small,
            0x12: self._end,
            0x13: self._md5,
        }
        if self.of.chip_id is not None:
            self._commands[0x14] = self._security

    def __enter__(self) -> "RomLoader":
        self.line, self._slave = pty.openpty()
        tty.setraw(self._slave)
        # A name of its own: the system gives the number of a closed pty to the next who asks.
        self._folder = tempfile.TemporaryDirectory()
        self.path = f"{self._folder.name}/ttyACM0"
        os.symlink(os.ttyname(self._slave), self.path)
        self._ending, self._end_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        os.write(self._end_write, b"x")
        self._thread.join(10)
        assert not self._thread.is_alive(), "the model does not end"
        self._close_line()
        os.close(self._ending)
        os.close(self._end_write)
        self._folder.cleanup()

    def _close_line(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        for handle in (self._slave, self.line):
            with suppress(OSError):
                os.close(handle)

    # the line

    def _serve(self) -> None:
        frame: bytearray | None = None
        while True:
            ready, _, _ = select.select([self.line, self._ending], [], [], 30)
            if self._ending in ready or not ready:
                return
            try:
                got = os.read(self.line, 65536)
            except OSError:
                return
            for byte in got:
                if byte != 0xC0:
                    if frame is not None:
                        frame.append(byte)
                elif frame:
                    self._frame(bytes(frame))
                    frame = None
                    if self._gone():
                        return
                else:
                    frame = bytearray()

    def _gone(self) -> bool:
        if self.faults.closed_after is None or self.written < self.faults.closed_after:
            return False
        self._close_line()
        return True

    def _frame(self, escaped: bytes) -> None:
        packet = escaped.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
        if len(packet) < 8 or packet[0] != 0:
            return
        _, number, size, check = struct.unpack("<BBHI", packet[:8])
        body = packet[8:]
        if self._quiet(number):
            return
        if len(body) != size:
            self._answer(number, self._refusal(BAD_MESSAGE))
            return
        self.seen.append(number)
        self._command(number, body, check)

    def _quiet(self, number: int) -> bool:
        """Whether a fault keeps the chip from answering; noise goes out in its place."""
        faults = self.faults
        past = [limit is not None and self.written >= limit for limit in (faults.dead_after, faults.garbage_after)]
        if faults.noise or past[1]:
            self._out(bytes((number * 7 + step * 29) & 0x7F for step in range(40)))
        if faults.boot_log and number == 0x08:
            self._out(faults.boot_log)
        return self.left or faults.deaf or faults.noise or bool(faults.boot_log) or any(past)

    def _command(self, number: int, body: bytes, check: int) -> None:
        if number == 0x08:
            self._sync(body)
        elif number == 0x0A:
            if len(body) != 4:
                self._answer(number, self._refusal(BAD_MESSAGE))
                return
            value = self.registers.get(struct.unpack("<I", body)[0], 0)
            self._answer(number, self._status(), value)
        elif number not in self._commands:
            for _ in range(1 if self.stub else 8):  # the ROM says it eight times
                self._answer(number if self.stub else 0xFF, self._refusal(UNKNOWN))
        else:
            self._do(number, body, check)

    def _do(self, number: int, body: bytes, check: int) -> None:
        try:
            if number in (0x03, 0x07, 0x11):
                self._checked(body, check)
            answer = self._commands[number](body)
        except struct.error:  # too few parameters, or too many
            self._answer(number, self._refusal(BAD_MESSAGE))
        except Refused as refused:
            self._answer(number, self._refusal(refused.args[0]))
        else:
            self._answer(number, answer + self._status())
            if self.starting:
                self.starting, self.stub = False, True
                self._out(b"\xc0OHAI\xc0")

    @staticmethod
    def _checked(body: bytes, check: int) -> None:
        value = 0xEF
        for byte in body[16:]:
            value ^= byte
        if len(body) < 16 or struct.unpack("<I", body[:4])[0] != len(body) - 16:
            raise Refused(BAD_MESSAGE)
        if value != check:
            raise Refused(BAD_CRC)

    def _sync(self, body: bytes) -> None:
        if body != b"\x07\x07\x12\x20" + b"\x55" * 32:
            return
        for _ in range(8):
            self._answer(0x08, self._status(), 0 if self.stub else ROM_SYNC)

    def _status(self, said: bytes = b"\0\0") -> bytes:
        return said + (b"" if self.stub else b"\0\0")

    def _refusal(self, what: int) -> bytes:
        return self._status(SAID[what][self.stub])

    def _answer(self, number: int, body: bytes, value: int = 0) -> None:
        packet = struct.pack("<BBHI", 1, number, len(body), value) + body
        self._out(b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0")

    def _out(self, data: bytes) -> None:
        with suppress(OSError):
            os.write(self.line, data)

    # registers, and the flash chip behind the SPI controller

    def _write_register(self, body: bytes) -> bytes:
        if len(body) % 16:
            raise Refused(BAD_MESSAGE)
        for at in range(0, len(body), 16):
            address, value, mask, _ = struct.unpack("<IIII", body[at : at + 16])
            self.registers[address] = self.registers.get(address, 0) & ~mask | value & mask
            if address == self.of.spi and value & USR:
                self._spi()
        return b""

    def _spi(self) -> None:
        base = self.of.spi
        self.registers[base] &= ~USR
        command = self.registers.get(base + self.of.usr2, 0) & 0xFF
        size = {1: 0x14, 2: 0x15, 4: 0x16, 8: 0x17, 16: 0x18}[self.flash_mb]
        answers = {0x9F: size << 16 | 0x40 << 8 | 0xEF, 0x5A: 0x50444653}
        self.registers[base + self.of.w0] = answers.get(command, 0) if self.attached or self.stub else 0xFFFFFF

    def _attach(self, body: bytes) -> bytes:
        if len(body) != (4 if self.stub else 8):
            raise Refused(BAD_MESSAGE)
        self.attached = True
        return b""

    def _parameters(self, body: bytes) -> bytes:
        _, total, block, sector, page, _ = struct.unpack("<IIIIII", body)
        if (block, sector, page) != (65536, SECTOR, 256) or not (self.attached or self.stub):
            raise Refused(FAILED)
        self.sized = total <= len(self.flash)
        return b""

    def _baud(self, body: bytes) -> bytes:
        new, _old = struct.unpack("<II", body)
        if not 9600 <= new <= 2_000_000:
            raise Refused(FAILED)
        return b""

    def _security(self, body: bytes) -> bytes:
        assert self.of.chip_id is not None
        return struct.pack("<IB7sII", 0, 0, bytes(7), self.of.chip_id, 0)

    # the flash

    def _begin(self, kind: str, body: bytes) -> bytes:
        words = 5 if self.stub else self.of.begin_words
        if len(body) != 4 * words:
            raise Refused(BAD_MESSAGE)
        size, blocks, block, at = struct.unpack("<IIII", body[:16])
        if not size and not blocks:
            return b""
        if not (self.attached or self.stub) or not self.sized:
            raise Refused(FAILED)
        if at + size > len(self.flash) or at % SECTOR:
            raise Refused(TOO_LONG)
        self._erase(at, size)
        inflate = zlib.decompressobj() if kind == "small" else None
        self.load = Loading(kind, size, at, blocks, block, at + size, inflate=inflate)
        return b""

    def _flash_begin(self, body: bytes) -> bytes:
        return self._begin("plain", body)

    def _flash_begin_small(self, body: bytes) -> bytes:
        return self._begin("small", body)

    def _erase(self, at: int, size: int) -> None:
        end = (at + size + SECTOR - 1) // SECTOR * SECTOR
        self.flash[at:end] = b"\xff" * (end - at)
        self.erased += end - at

    def _block(self, body: bytes, kind: str) -> bytes:
        _, seq, _, _ = struct.unpack("<IIII", body[:16])
        load = self.load
        if load is None or load.kind != kind or seq != load.seq or seq >= load.blocks or len(body) - 16 > load.block:
            raise Refused(FAILED)
        load.seq += 1
        self.written += 1
        data = body[16:]
        if load.inflate is not None:
            try:
                data = load.inflate.decompress(data)
            except zlib.error as error:
                raise Refused(INFLATE) from error
            if load.at + len(data) > load.end:
                raise Refused(TOO_LONG)
        self._program(load, data)
        return b""

    def _flash_data(self, body: bytes) -> bytes:
        return self._block(body, "plain")

    def _flash_data_small(self, body: bytes) -> bytes:
        return self._block(body, "small")

    def _program(self, load: Loading, data: bytes) -> None:
        if load.at + len(data) > len(self.flash):
            raise Refused(TOO_LONG)
        old = self.flash[load.at : load.at + len(data)]
        new = bytearray((int.from_bytes(old) & int.from_bytes(data)).to_bytes(len(data)))
        flip = self.faults.flip_at
        if flip is not None and load.at <= flip < load.at + len(data):
            new[flip - load.at] ^= 0x10
        self.flash[load.at : load.at + len(data)] = new
        load.at += len(data)

    def _end(self, body: bytes) -> bytes:
        (stay,) = struct.unpack("<I", body)
        self.load = None
        self.left = not stay
        return b""

    def _md5(self, body: bytes) -> bytes:
        at, size, _, _ = struct.unpack("<IIII", body)
        if at + size > len(self.flash) or not (self.attached or self.stub):
            raise Refused(FAILED)
        digest = hashlib.md5(self.flash[at : at + size])
        return digest.digest() if self.stub else digest.hexdigest().encode()

    # RAM: where esptool puts its stub

    def _ram_begin(self, body: bytes) -> bytes:
        size, blocks, block, at = struct.unpack("<IIII", body)
        self.ram[at] = bytearray()
        self.load = Loading("ram", size, at, blocks, block)
        return b""

    def _ram_data(self, body: bytes) -> bytes:
        _, seq, _, _ = struct.unpack("<IIII", body[:16])
        load = self.load
        if load is None or load.kind != "ram" or seq != load.seq:
            raise Refused(FAILED)
        load.seq += 1
        self.ram[load.at] += body[16:]
        if len(self.ram[load.at]) > load.size:
            raise Refused(TOO_LONG)
        return b""

    def _ram_end(self, body: bytes) -> bytes:
        stay, entry = struct.unpack("<II", body)
        if self.load is not None and self.load.seq != self.load.blocks:
            raise Refused(FAILED)
        self.load = None
        if stay:
            return b""
        if not any(at <= entry < at + len(data) for at, data in self.ram.items()):
            raise Refused(FAILED)
        self.starting = True
        return b""
