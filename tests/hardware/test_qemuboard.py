"""The emulated board is one: real mpremote finds what a technician would find on a board from the shelf."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from tests.hardware import qemuboard
from tests.support.waiting import until

pytestmark = pytest.mark.system
# What our program needs of a board, asked of the board.
PROBE = """
import asyncio, binascii, cryptolib, gc, hashlib, json, os, struct, sys, time
assert binascii.hexlify(hashlib.sha256(b"").digest())[:8] == b"e3b0c442"
assert binascii.hexlify(cryptolib.aes(bytes(16), 1).encrypt(bytes(16)))[:8] == b"66e94bd4"
async def turn():
    try:
        await asyncio.wait_for_ms(asyncio.Event().wait(), 20)
    except asyncio.TimeoutError:
        pass
before = time.ticks_ms()
asyncio.run(turn())
assert 20 <= time.ticks_diff(time.ticks_ms(), before) < 2000
gc.collect()
print(sys.implementation.version[:2], sys.maxsize, (gc.mem_free() + gc.mem_alloc()) // 1024, os.listdir("/"))
"""
ALIVE = """
import asyncio
async def main():
    with open("/starts", "a") as file:
        file.write("x")
    while True:
        print("alive")
        await asyncio.sleep_ms(50)
asyncio.run(main())
"""

TURNS = 40  # of a start that is over within milliseconds: in one of them a byte comes at the wrong moment


@pytest.fixture(autouse=True)
def emulator(need: Callable[[str], Path]) -> None:
    need("qemu")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[qemuboard.Board]:
    one = qemuboard.Board(tmp_path / "flash")
    one.start()
    yield one
    one.cut()


def remote(port: str, *words: str) -> str:
    """What mpremote prints."""
    command = [sys.executable, "-m", "mpremote", "connect", port, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alive(port: str) -> None:
    """Wait until its program says that it runs: who interrupts a board that still starts, interrupts nothing."""
    with serial.Serial(port, timeout=1) as line:
        until(lambda: b"alive" in line.readline(), 60)


def test_it_has_what_our_program_needs(board: qemuboard.Board) -> None:
    version, word, heap, files = remote(board.port, "exec", PROBE).rsplit(maxsplit=3)
    assert (version, word, files) == ("(1, 25)", "2147483647", "[]")
    assert 185 <= int(heap) <= 192


def test_its_heap_can_be_as_small_as_we_promise_to_need() -> None:
    code = "import gc; gc.collect(); print(gc.mem_free() + gc.mem_alloc())"
    with qemuboard.board(heap_k=100) as port:
        assert 97 * 1024 < int(remote(port, "exec", code)) <= 100 * 1024


def test_a_file_lies_there_whole_and_stays_when_power_goes(board: qemuboard.Board, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(at * at % 251 for at in range(20_000)))
    remote(board.port, "fs", "cp", str(sent), ":kept")
    board.cut()
    board.start()
    told = remote(board.port, "fs", "sha256sum", ":kept")
    assert hashlib.sha256(sent.read_bytes()).hexdigest() in told


def test_its_program_starts_with_it_and_can_be_interrupted(board: qemuboard.Board, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(ALIVE)
    remote(board.port, "fs", "cp", str(tmp_path / "main.py"), ":main.py")
    for _ in range(2):
        board.cut()
        board.start()
        alive(board.port)
    assert remote(board.port, "resume", "fs", "cat", ":starts").strip() == "xx"


def test_a_reset_starts_it_anew_on_the_same_line(board: qemuboard.Board, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(ALIVE)
    remote(board.port, "fs", "cp", str(tmp_path / "main.py"), ":main.py")
    remote(board.port, "resume", "exec", "--no-follow", "import machine; machine.reset()")
    alive(board.port)
    assert remote(board.port, "resume", "fs", "cat", ":starts").strip() == "x"


def test_who_types_while_it_starts_is_heard(tmp_path: Path) -> None:
    for turn in range(TURNS):
        with qemuboard.board(tmp_path / f"flash{turn}") as port, serial.Serial(port, timeout=0.02) as line:
            heard = b""
            for _ in range(250):
                for _ in range(4):
                    line.write(b"\r")
                heard += line.read(64)
                if heard.count(b">>>") > 8:  # what it says by itself, and what it was sent while it started
                    break
            else:
                raise AssertionError(f"start {turn}: deaf after {heard!r}")


def test_it_counts_instructions_alike_each_time(tmp_path: Path) -> None:
    code = (
        "import machine as m\na = m.mem32[0x40000004]\nfor i in range(1000):\n    pass\nprint(a - m.mem32[0x40000004])"
    )
    with qemuboard.board(counted=True) as port:
        counts = [int(remote(port, "exec", code)) for _ in range(3)]
    assert counts[0] > 100_000 and max(counts) - min(counts) < counts[0] / 100


def test_it_ends_by_itself(tmp_path: Path) -> None:
    one = qemuboard.Board(tmp_path / "flash", life_s=1)
    one.start()
    assert one._process is not None
    assert one._process.wait(timeout=10) != 0
    one.cut()
