"""`micropython.*`: the board's own interpreter building and reading a frame, and the heap the whole program needs."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench import heap
from bench.measure import Figure, Figures, interleave
from tools import micropython

ROOT = Path(__file__).parent.parent


class Dose(NamedTuple):
    """How much is measured: turns of each side, and to how many bytes the heap is found."""

    rounds: int = 5
    grain: int = 256


FULL = Dose()


def figures(dose: Dose = FULL) -> Figures:
    """Microseconds a frame in both interpreters of this machine, against hashes and AES alone; then heaps."""
    found = {}
    for architecture, suffix in (("amd64", ""), ("i386", "_32")):
        program = micropython.interpreter(architecture)
        for name, ours, bare in (("frame_build", 0, 2), ("frame_parse", 1, 3)):
            value, reference, ratio = interleave(_field(program, ours), _field(program, bare), dose.rounds)
            found[f"micropython.{name}{suffix}"] = Figure(value, "us", reference, ratio)
    return found | _heap(dose.grain)


def _field(program: Path, which: int) -> Callable[[], float]:
    def run() -> float:
        done = subprocess.run(
            [str(program), "bench/on_board.py"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
        return float(done.stdout.split()[which])

    return run


def _heap(grain: int) -> Figures:
    """The smallest heap that the whole beacon program lives in, in the 32-bit interpreter; beside an empty one's.

    The mode with the most to do, relay, has the plain name.
    """
    beacon, empty = heap.peaks(grain)
    names = {"relay": "heap_peak", "listen": "heap_peak_listen", "press": "heap_peak_press"}
    return {f"micropython.{names[mode]}": Figure(size, "B", empty, size / empty) for mode, size in beacon.items()}
