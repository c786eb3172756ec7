"""The model of the chips' loaders is as strict as they are: spoken to byte by byte, without esptool."""

import os
import select
import struct
import zlib
from collections.abc import Iterator

import pytest

from tests.hardware.romloader import RomLoader

SYNC = b"\x07\x07\x12\x20" + b"\x55" * 32
ATTACH, SIZES = (0x0D, bytes(8)), (0x0B, struct.pack("<IIIIII", 0, 8 << 20, 65536, 4096, 256, 0xFFFF))


class Line:
    """The host's end of a loader's port."""

    def __init__(self, loader: RomLoader) -> None:
        self._port = os.open(loader.path, os.O_RDWR | os.O_NOCTTY)

    def close(self) -> None:
        os.close(self._port)

    def __call__(self, number: int, body: bytes = b"", check: int = 0) -> tuple[int, bytes]:
        """(number, body) of the first answer."""
        packet = struct.pack("<BBHI", 0, number, len(body), check) + body
        escaped = packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        os.write(self._port, b"\xc0" + escaped + b"\xc0")
        got = b""
        while got.count(b"\xc0") < 2:
            assert select.select([self._port], [], [], 10)[0], "no answer"
            got += os.read(self._port, 1)
        answer = got[1:-1].replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
        return answer[1], answer[8:]

    def block(self, number: int, seq: int, data: bytes, wrong: int = 0) -> bytes:
        """What comes back for a block of a download."""
        check = 0xEF ^ wrong
        for byte in data:
            check ^= byte
        return self(number, struct.pack("<IIII", len(data), seq, 0, 0) + data, check)[1]


@pytest.fixture
def loader() -> Iterator[RomLoader]:
    with RomLoader("esp32s3") as loader:
        yield loader


@pytest.fixture
def line(loader: RomLoader) -> Iterator[Line]:
    line = Line(loader)
    yield line
    line.close()


def begin(line: Line, number: int, size: int, blocks: int = 1, at: int = 0) -> bytes:
    return line(number, struct.pack("<IIIII", size, blocks, 0x400, at, 0))[1]


def test_nothing_is_written_or_summed_before_the_flash_is_attached(line: Line) -> None:
    assert begin(line, 0x02, 1024)[:2] == b"\x01\x06"
    assert line(0x13, struct.pack("<IIII", 0, 4096, 0, 0))[1][:2] == b"\x01\x06"
    assert line(*ATTACH)[1] == line(*SIZES)[1] == bytes(4)
    assert begin(line, 0x02, 1024) == bytes(4)


def test_a_block_out_of_turn_damaged_or_too_long_is_refused(line: Line) -> None:
    line(*ATTACH), line(*SIZES), begin(line, 0x02, 1024, 2)
    assert line.block(0x03, 1, bytes(512))[:2] == b"\x01\x06"
    assert line.block(0x03, 0, bytes(512), wrong=1)[:2] == b"\x01\x07"
    assert line.block(0x03, 0, bytes(1025))[:2] == b"\x01\x06"
    assert line.block(0x03, 0, bytes(512)) == bytes(4)
    assert line.block(0x03, 0, bytes(512))[:2] == b"\x01\x06"


def test_what_does_not_inflate_or_is_more_than_was_said_is_refused(loader: RomLoader, line: Line) -> None:
    line(*ATTACH), line(*SIZES), begin(line, 0x10, 4096)
    assert line.block(0x11, 0, b"no deflated bytes")[:2] == b"\x01\x0b"
    begin(line, 0x10, 4096)
    assert line.block(0x11, 0, zlib.compress(bytes(5000)))[:2] == b"\x01\x08"
    assert set(loader.flash) == {0xFF}
    begin(line, 0x10, 4096)
    assert line.block(0x11, 0, zlib.compress(bytes(4096))) == bytes(4)


def test_a_command_with_other_parameters_is_a_bad_message_and_ends_nothing(line: Line) -> None:
    for number in (0x02, 0x04, 0x05, 0x06, 0x09, 0x0A, 0x0B, 0x0D, 0x0F, 0x10, 0x12, 0x13):
        assert line(number, bytes(3))[1][:2] == b"\x01\x05", hex(number)
    assert line(0x08, SYNC)[0] == 0x08


def test_a_stub_that_is_not_whole_does_not_start(loader: RomLoader, line: Line) -> None:
    line(0x05, struct.pack("<IIII", 64, 2, 32, 0x40370000))
    assert line.block(0x07, 0, bytes(32)) == bytes(4)
    assert line(0x06, struct.pack("<II", 0, 0x40370000))[1][:2] == b"\x01\x06"
    assert not loader.stub


def test_told_to_run_what_is_in_flash_it_is_no_loader_any_more(loader: RomLoader, line: Line) -> None:
    line(*ATTACH), line(*SIZES), begin(line, 0x02, 1024)
    assert line(0x04, struct.pack("<I", 1))[1] == bytes(4) and not loader.left
    assert line(0x04, struct.pack("<I", 0))[1] == bytes(4) and loader.left


def test_the_stub_refuses_in_its_own_words(loader: RomLoader, line: Line) -> None:
    loader.stub = True
    assert line.block(0x03, 0, bytes(4))[:2] == b"\xc6\0"
    assert line(0x55)[1] == b"\xff\0"
    assert line(0x0D, bytes(8))[1] == b"\xc0\0"
