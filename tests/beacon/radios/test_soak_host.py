"""The real program with the real radio driver in a board's heap; the chip model lives in another process, by a pipe."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from heap import corpus
from radios import build
from world import RADIO, settings

HERE = Path(__file__).parent
HARDWARE = HERE.parents[1] / "hardware"
HEAP_K = 140  # of the 32-bit interpreter; airsoak.py blocks all but a board's 100 and what the test itself takes
FRAMES = 5_000
LIVE = 91 * 1024  # bytes in use after the start; the aim of 80 KiB is kept by the program without a driver alone
SAME = 256  # bytes by which two moments of rest differ, as in test_heap_host.py

Run = Callable[[int], dict[str, str]]

WIRING = {
    "sx126x": {
        "model": "sx1262", "spi": 1, "sck": 9, "mosi": 10, "miso": 11, "nss": 8, "reset": 12, "busy": 13, "irq": 14,
        "tcxo_mv": 1800, "dio2_switch": True, "max_dbm": 22,
    },
    "sx127x": {
        "model": "sx1276", "spi": 1, "sck": 5, "mosi": 27, "miso": 19, "nss": 18, "reset": 23, "irq": 26, "max_dbm": 20,
    },
}  # fmt: skip


def far_side(folder: Path, driver: Path) -> None:
    """What the model's process runs."""
    build.board(folder, driver)


def near_side(folder: Path, driver: Path, model: str) -> None:
    """What the board's process runs: no model, and of the driver what a board is given."""
    sources = build.firmware() | build.given(driver)
    sources |= {path.name: path for path in (HARDWARE / "far").glob("*.py")}
    sources |= {"airsoak.py": HERE / "airsoak.py", "soak.py": HERE.parent / "heap" / "soak.py"}
    build.fill(folder, sources, short=True)
    (folder / "wiring.json").write_text(json.dumps(WIRING[model]))
    (folder / "settings.json").write_bytes(settings(RADIO))
    corpus.write(str(folder / "frames"), FRAMES, seed=7)


@pytest.fixture(params=sorted(WIRING))
def run(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    driver: Path,
    need: Callable[[str], Path],
    tell: Callable[[str], None],
) -> Run:
    """`run(frames)`: so many frames through the air to a board in 100 KiB; what airsoak.py says, by name."""
    interpreter = need("micropython32")
    far_side(tmp_path / "far", driver)
    near_side(tmp_path / "near", driver, request.param)
    wiring = json.dumps(WIRING[request.param])

    def soak(frames: int) -> dict[str, str]:
        far = subprocess.Popen(
            [str(need("micropython")), "-X", "heapsize=8m", "-m", "farside", request.param, wiring],
            cwd=tmp_path / "far", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        command = [str(interpreter), "-X", f"heapsize={HEAP_K}k", "-m", "airsoak", "frames"]
        near = subprocess.Popen(
            [*command, str(frames), request.param, str(HEAP_K)],
            cwd=tmp_path / "near", stdin=far.stdout, stdout=far.stdin, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert far.stdin and far.stdout
        far.stdin.close()
        far.stdout.close()
        try:
            _, text = near.communicate(timeout=3600)
        finally:
            near.kill()
            far.kill()
            far.wait()
        assert near.returncode == 0, text
        said = dict(line.split(maxsplit=1) for line in text.splitlines())
        live = f"{said['started']} after start, {said['hundred']} after 100, {said['end']} at the end"
        tell(f"{request.param}, {frames} frames through the chip in 100 KiB: bytes live {live}; {said['sent']} sent; "
             f"of them driver {said['driver']}, our radio {said['radio']}")  # fmt: skip
        return said

    return soak


def judge(said: dict[str, str], frames: int) -> None:
    """Nothing grows, the chip was treated well, and the beacon heard and did what it does."""
    assert int(said["started"]) <= LIVE, said
    assert abs(int(said["end"]) - int(said["hundred"])) <= SAME, said
    assert said["resets"] == "0" and said["done"] == "False" and said["judge"] == "[]", said
    assert int(said["calls"]) == len(range(50, 100, 250)) + len(range(50, frames - 100, 250)), said
    assert int(said["heard"]) > frames * 0.8 and int(said["sent"]) > frames / 10, said


def test_three_hundred_frames_through_the_chip(run: Run) -> None:
    judge(run(300), 300)


@pytest.mark.soak
def test_ten_thousand_frames_through_the_chip_leave_no_trace_in_the_heap(run: Run) -> None:
    judge(run(10_000), 10_000)
