"""Who kills the demo without warning leaves nothing running: its processes notice, and end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from whistle.demo.ports import free_port
from whistle.demo.process import Process

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
PARENT = """
import sys, time
from pathlib import Path
from whistle.demo.process import Process
process = Process("sleeper", sys.argv[2:], Path(sys.argv[1]))
process.start()
print(process.pid, flush=True)
time.sleep(60)
"""
PATIENCE_S = 15.0


def running(pid: int) -> bool:
    """Whether this process runs; one that has ended and waits to be buried does not."""
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return said.strip() != "" and not said.startswith("Z")


def gone(pids: list[int], within_s: float = PATIENCE_S) -> bool:
    end = time.monotonic() + within_s
    while any(map(running, pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def mentioning(folder: Path) -> list[int]:
    """Every process with this folder in its command line."""
    lines = subprocess.run(
        ["ps", "-e", "-ww", "-o", "pid=", "-o", "stat=", "-o", "args="], capture_output=True, text=True
    ).stdout.splitlines()
    rows = [line.split(None, 2) for line in lines]
    return [int(pid) for pid, stat, args in rows if str(folder) in args and not stat.startswith("Z")]


@pytest.mark.parametrize("word", ["end", "kill"])
def test_a_process_whose_starter_is_killed_ends_also_one_that_ignores_being_asked(tmp_path: Path, word: str) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" if word == "kill" else ""
    log = tmp_path / "log"
    argv = [sys.executable, "-c", PARENT, str(log), sys.executable, "-c", f"{deaf}{SLEEPER[2]}"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        while "up" not in log.read_text():
            time.sleep(0.05)
        assert running(child)
        parent.kill()
    assert gone([child]), "the child goes on without the demo"


def test_a_process_that_is_stopped_leaves_nobody_behind(tmp_path: Path) -> None:
    process = Process("sleeper", [*SLEEPER, str(tmp_path)], tmp_path / "log")
    process.start()
    time.sleep(0.5)
    before = mentioning(tmp_path)
    process.stop()
    assert before and gone(before)


def test_a_demo_killed_outright_leaves_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "town"
    words = ["--port", str(free_port()), "--beacons", "3", "--no-first-press", "--folder", str(folder)]
    argv = [sys.executable, "-m", "whistle", "demo", *words]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        try:
            assert demo.stdout is not None
            assert any(line.startswith("└") for line in demo.stdout), "the demo did not come up"
            left = [pid for pid in mentioning(folder) if pid != demo.pid]
            assert len(left) >= 4
        finally:
            demo.kill()
    assert gone(left)


def test_the_next_demo_removes_the_folder_of_one_that_was_killed_outright(tmp_path: Path) -> None:
    alone = {**os.environ, "TMPDIR": str(tmp_path)}
    words = ["--port", str(free_port()), "--beacons", "1", "--no-first-press"]
    argv = [sys.executable, "-m", "whistle", "demo", *words]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=alone) as demo:
        assert demo.stdout is not None and demo.stdout.readline()
        demo.kill()
    [left] = tmp_path.glob("whistle-demo-*")
    assert gone(mentioning(left))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=alone) as after:
        assert after.stdout is not None
        assert str(left) in after.stdout.readline() and not left.exists()
        assert "1. " in after.stdout.readline()  # from here on it hears a signal
        after.terminate()
        after.communicate(timeout=30)
    assert list(tmp_path.glob("whistle-demo-*")) == []
