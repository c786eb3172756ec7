"""A technician's run: a box of twenty boards in one loop, three of them bad, by the real command on real serial lines.

The boards are emulated (tests/hardware/box.py); esptool, the prompt, the copying, the probe of the radio, the beacon's
program and the check are the real ones. Without $MICROPYTHON_LIB a stand-in takes the radio driver's place.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alertwire import line

from tests.hardware import emulated, images
from tests.hardware.box import Board, Desk
from tests.support import stock
from tests.support.waiting import until
from tests.whistle.workbench import bench
from whistle.site.site import Site
from whistle.workbench import compiling, journal, labels, sheets
from whistle.workbench.cache import Cache, New

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
IMAGE = images.esp("esp32s3", size=60_000)
STANDIN = emulated.HERE / "standin"
DEAD = "bus(radio['spi']).stuck = 0xFF"
MANY, LIMIT_S = 20, 150.0


def command(desk: Desk, *words: str) -> list[str]:
    """`whistle workbench ...` on a machine with that desk."""
    return [sys.executable, "-m", "tests.hardware.desk", str(desk.ports), "workbench", *words]


def environment(cache: Path) -> dict[str, str]:
    return os.environ | {"WHISTLE_CACHE": str(cache), "PYTHONPATH": f"{ROOT}:{ROOT / 'firmware'}"}


class Technician:
    """Reads the screen of `batch` and does what it asks for; `boards` are what lies in the box, in this order."""

    def __init__(self, desk: Desk, boxed: list[Board]) -> None:
        self.desk, self.boards = desk, list(boxed)
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
            self.desk.unplug()
            if event["event"] == "unplug":
                time.sleep(0.6)  # nobody is quicker
            if self.boards:
                self.desk.plug(self.boards.pop(0))
            else:
                process.send_signal(signal.SIGINT)
        elif event["event"] == "press" and self.desk.board:
            self.desk.board.touch("button2" if "second button" in event["words"] else "button")

    def told(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk") as made:
        yield made


@pytest.fixture
def cache(tmp_path: Path, desk: Desk, need: Callable[[str], Path], tell: Callable[[str], None]) -> Path:
    """Filled by `fetch` without a network: an image from a file, the driver from a checkout, the program compiled."""
    need("micropython")
    folder, image = tmp_path / "cache", tmp_path / "ESP32_GENERIC_S3-v1.25.0.bin"
    image.write_bytes(IMAGE)
    if os.environ.get("MICROPYTHON_LIB"):
        ran(command(desk, "fetch", "--image", str(image), "--for", "heltec-v3"), folder)
        return folder
    tell("twenty boards: without $MICROPYTHON_LIB a stand-in speaks for the radio's driver")
    program = {**compiling.program(), "beacon/radios/sx126x.py": (STANDIN / "radio.py").read_bytes()}
    del program["beacon/radios/sx126x.mpy"]
    Cache(folder).keep(
        New("image", "ESP32_GENERIC_S3", "1.25.0", IMAGE, "x"),
        New("driver", "lora/__init__.mpy", "0", b"M\x06", "x"),
        *(New("program", path, "0.1.0", data, "x") for path, data in program.items()),
    )
    return folder


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


def listed(folder: Path) -> Path:
    path = folder / "list.csv"
    rows = [f"Beacon {n},34th & Cedar,44.95,-93.25,DOOR-{n}" for n in range(MANY)]
    path.write_text("name,place,lat,lon,door\n" + "\n".join(rows) + "\n")
    return path


def keys_in(site: Site) -> list[str]:
    """Every key of the site, hex, and as it would travel to a board."""
    found = bench.keys_of(site)
    assert len(found) > 5 * MANY
    return found


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


def one_sentence(reason: str) -> bool:
    """It ends as a sentence does, once, and says what to do behind a colon or a semicolon."""
    return reason.endswith(".") and reason.count(". ") == 0 and ": " in reason and "Traceback" not in reason


def test_twenty_boards_three_of_them_bad(tmp_path: Path, desk: Desk, cache: Path, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    home, slips = bench.site_at(tmp_path), tmp_path / "slips"
    special: dict[str, dict[str, Any]] = {
        "b4": {"bare": True},
        "b7": {"bare": True, "chip": "esp32"},
        "b9": {"bare": True},
    }
    special |= {"b12": {"broken": DEAD}, "b15": {"cut": 25}}
    boxed = box(tmp_path, 0, MANY, **special)
    words = ["batch", str(listed(tmp_path)), "--site", str(home), "--out", str(tmp_path / "out"), "--board",
             "heltec-v3", "--slips", str(slips), "--lamp", "yes", "--whistle", "yes", "--json"]  # fmt: skip
    first = Technician(desk, boxed)
    assert first.work(words, cache, LIMIT_S) == 3, first.output[-3000:]
    last, took = first.events[-1], time.monotonic() - begun
    assert last["labels"] == 17 == len(first.told("labelled")) == labels_in(tmp_path / "out/labels.pdf")
    reasons = {failure["board"]: (failure["step"], failure["reason"]) for failure in last["failed"]}
    wrong, dead, pulled = (reasons[name] for name in (f"on {desk.path}", boxed[12].mac, boxed[15].mac))
    assert len(reasons) == 3 and all(one_sentence(reason) for _, reason in reasons.values())
    assert wrong[0] == "identify" and "has an ESP32 and" in wrong[1] and "--board" in wrong[1]
    assert dead[0] == "flash" and "radio" in dead[1] and "set this one aside" in dead[1]
    assert pulled[0] == "install" and "went away" in pulled[1] and "plug it in again" in pulled[1]
    assert last["remaining"] == [f"Beacon {n}" for n in (17, 18, 19)]
    assert not boxed[7].written() and 0x10 not in boxed[7].commands, "the wrong chip's flash was touched"
    good = [board for number, board in enumerate(boxed) if number not in (7, 12, 15)]
    site = Site.open(home)
    assert all(is_the_beacon(*pair) for pair in zip(good, [site] * 17, last["nodes"], strict=True))
    assert len(set(last["nodes"])) == 17 and len(list(slips.iterdir())) == 17

    before = len(journal.read(home / journal.NAME))
    written = [board.written() for board in good[:2]]
    second = Technician(desk, [*good[:2], *box(tmp_path, MANY, 3)])
    assert second.work(words, cache, LIMIT_S) == 3, second.output[-3000:]
    end = second.events[-1]
    assert (end["labels"], end["remaining"], labels_in(tmp_path / "out/labels.pdf")) == (20, [], 20)
    assert [event["name"] for event in second.told("known")] == ["Beacon 0", "Beacon 1"]
    assert [board.written() for board in good[:2]] == written, "a finished board was written to"
    new = journal.read(home / journal.NAME)[before:]
    worked = {event["board"] for event in new if event["event"] not in ("batch", "seen")}
    assert worked == {f"f0f5bd{number:06x}" for number in range(MANY, MANY + 3)}
    assert end["nodes"][:17] == last["nodes"] and len(set(end["nodes"])) == 20

    site = Site.open(home)
    kept = [(home / journal.NAME).read_text(), (tmp_path / "out/report.html").read_text()]
    told = "".join([first.output, second.output, *kept, *(slip.read_text() for slip in slips.iterdir())])
    assert not [key for key in keys_in(site) if key in told] and "DOOR" not in told
    whole = time.monotonic() - begun
    tell(f"twenty boards: {took:.0f} s to 17 labels, {whole:.0f} s to 20; {sum(map(esptools, boxed))} runs of esptool")
    for step, reason in reasons.values():
        tell(f"  set aside at {step}: {reason.replace(str(desk.path), '/dev/ttyUSB0')}")
    assert whole < LIMIT_S


def esptools(board: Board) -> int:
    """How often esptool came: each begins with a word to synchronise."""
    return sum(
        one == 0x08 and before != 0x08 for before, one in zip([0, *board.commands], board.commands, strict=False)
    )


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


def test_one_board_from_bare_to_a_press_that_is_believed(
    tmp_path: Path, desk: Desk, cache: Path, tell: Callable[[str], None]
) -> None:
    if not os.environ.get("MICROPYTHON_LIB"):
        pytest.skip("missing micropython-lib: set $MICROPYTHON_LIB to a checkout")
    home = bench.site_at(tmp_path)
    (board,) = box(tmp_path, 1, 1, b1={"bare": True})
    desk.plug(board)
    port, at = str(desk.path), ["--site", str(home)]
    flashed = ran(command(desk, "flash", "--port", port, "--board", "heltec-v3"), cache)
    assert one(flashed, "flashed")["mac"] == board.mac and one(flashed, "installed")["slot"] == "a"
    place = ["--place", "34th & Cedar", "--lat", "44.95", "--lon", "-93.25", "--door", "DOOR-1"]
    named = ["--port", port, "--board", "heltec-v3", *at]
    made = one(ran(command(desk, "provision", "Anna", *place, *named), cache), "provisioned")
    site = Site.open(home)
    assert made["board"] == board.mac and is_the_beacon(board, site, made["node"])
    ran(command(desk, "provision", "Bert", *place, "--beside", *named[:2], "--board", "lilygo-t-beam", *at), cache, 33)
    finger = Pressed(board)
    finger.start()
    checking = ["check", port, "--slips", str(tmp_path / "slips"), "--lamp", "yes", "--whistle", "yes"]
    slip = one(ran(command(desk, *checking), cache), "slip")
    finger.over.set()
    finger.join()
    assert slip["passed"] and slip["node"] == made["node"]
    kept = Cache(cache)
    kept.keep(*(New("program", name, "9.0.0", data, "x") for name, data in kept.group("program").items()))
    updated = one(ran(command(desk, "update", port, "--yes"), cache), "installed")
    assert updated["slot"] == "b" and updated["trial"] and updated["after"].startswith("9.0.0 ")
    sheet = tmp_path / "labels.pdf"
    assert one(ran(command(desk, "label", "Anna", "--out", str(sheet), *at), cache), "labels")["labels"] == 1
    assert labels_in(sheet) == 1
    until(lambda: (board.flash / "slot").read_text() == "b", 40)  # a minute of the beacon's own time without a fault
    board.touch(ms=2000)
    until(lambda: lines_of(board, site, made["node"]), 20)
    text, how = lines_of(board, site, made["node"])[0]
    assert how == line.PLAIN and text.startswith("\aHELP 34th & Cedar #")
    tell(f"one board, bare to believed: {text!r}")


def lines_of(board: Board, site: Site, node: int) -> list[tuple[str, int]]:
    """Alert lines among the frames that left the board's antenna, as a stock node opens them: text, how authentic."""
    settings = site.beacon_settings(node)
    channel = stock.Channel(settings["channel_name"], bytes.fromhex(settings["channel_psk"]))
    found = []
    for frame in board.sent():
        data = stock.opened([channel], frame)
        if data is not None and data.portnum in stock.TEXTS:
            said = line.parse(data.payload)
            assert stock.header(frame).sender == node
            found.append((data.payload.decode(), line.authentic(said, node, bytes.fromhex(settings["up"]))))
    return [one for one in found if one[1]]
