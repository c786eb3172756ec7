"""At an emulated desk with boards on it (tests/hardware/box.py): the real commands, and the hands that work with them.

The fixtures `desk` and `cache` are in conftest.py.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

from tests.hardware.box import Board, Desk
from whistle.site.site import Site
from whistle.workbench import labels, sheets

ROOT = Path(__file__).resolve().parents[2]


def command(desk: Desk, *words: str) -> list[str]:
    """`whistle workbench ...` on a machine with that desk."""
    return [sys.executable, "-m", "tests.hardware.desk", str(desk.ports), "workbench", *words]


def environment(cache: Path) -> dict[str, str]:
    return os.environ | {"WHISTLE_CACHE": str(cache), "PYTHONPATH": f"{ROOT}:{ROOT / 'firmware'}"}


class Technician:
    """Reads the screen of `batch` and does what it asks for; `boards` are what lies in the box, in this order.

    `takes_s`: how long until the cable is out; nobody is quicker than that.
    """

    def __init__(self, desk: Desk, boxed: list[Board], takes_s: float = 0.6) -> None:
        self.desk, self.boards, self.takes_s = desk, list(boxed), takes_s
        self.events: list[dict[str, Any]] = []
        self.output = ""

    def work(self, words: list[str], cache: Path, limit_s: float) -> int:
        """Until the command ends; its exit code."""
        with subprocess.Popen(
            command(self.desk, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=ROOT, env=environment(cache),
        ) as process:  # fmt: skip
            assert process.stdout
            timer = threading.Timer(limit_s, process.kill)
            timer.start()
            for told in process.stdout:
                self.output += told
                self.events.append(json.loads(told))
                self._obey(self.events[-1], process)
            timer.cancel()
            return process.wait(20)

    def _obey(self, event: dict[str, Any], process: "subprocess.Popen[str]") -> None:
        if event["event"] in ("waiting", "unplug"):
            if event["event"] == "unplug":
                time.sleep(self.takes_s / 2)
            self.desk.unplug()
            if event["event"] == "unplug":
                time.sleep(self.takes_s / 2)
            if self.boards:
                self.desk.plug(self.boards.pop(0))
            else:
                process.send_signal(signal.SIGINT)
        elif event["event"] == "press" and self.desk.board:
            self.desk.board.touch("button2" if "second button" in event["words"] else "button")

    def told(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]


def ran(words: list[str], cache: Path, code: int = 0) -> list[dict[str, Any]]:
    """Run a command with --json to its end; what it told."""
    done = subprocess.run(
        [*words, "--json"], capture_output=True, text=True, timeout=120, cwd=ROOT, env=environment(cache)
    )
    assert done.returncode == code, (words, done.stdout[-2000:], done.stderr[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def box(folder: Path, first: int, count: int, **bad: dict[str, Any]) -> list[Board]:
    """So many boards with MACs in a row; `bad` says by place what is special about one ("b7")."""
    made = []
    for number in range(first, first + count):
        board = Board(folder / f"board{number}", f"f0f5bd{number:06x}", **bad.get(f"b{number}", {}))
        (board.flash / "model").write_text("{}")  # for the radio's stand-in
        made.append(board)
    return made


def labels_in(pdf: Path, sheet: str = "a4-3x8") -> int:
    """How many places of the sheet have something printed on them: bars of a QR code, by where they begin."""
    form, places = sheets.SHEETS[sheet], set()
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf.read_bytes(), re.S):
        try:
            drawn = zlib.decompress(stream)
        except zlib.error:
            continue
        for x, y in re.findall(rb"([\d.]+) ([\d.]+) [\d.-]+ [\d.-]+ re", drawn):
            down, right = form.paper[1] - float(y) * labels.MM_PER_PT, float(x) * labels.MM_PER_PT
            places.add((int((right - form.left) / form.step[0]), int((down - form.top) / form.step[1])))
    return len(places)


def is_the_beacon(board: Board, site: Site, node: int) -> bool:
    """Whether the board has exactly the settings that the roster and the master key give this beacon."""
    return bool(json.loads((board.flash / "settings").read_bytes()) == site.beacon_settings(node))


def one(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return [event for event in events if event["event"] == name][-1]


class Pressed(threading.Thread):
    """Someone who holds a finger on the button again and again while a command asks for it."""

    def __init__(self, board: Board) -> None:
        super().__init__(daemon=True)
        self.board, self.over = board, threading.Event()

    def run(self) -> None:
        which = "button"
        while not self.over.wait(0.1):
            self.board.touch(which)
            which = "button2" if which == "button" else "button"
