"""What a technician has on later days: a site, a beacon that was set up and labelled there, a desk, and the cache.

`FirstDay` does the first day once, by the real commands; `Bench` is a copy of what it left, to go on with. Every word
that a command says or writes is kept, and no key may be among it.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import msgspec
from alertwire.sequence import unpack

from dashboard import store_air
from dashboard.store import Store
from gateway.hearing import Hearing
from gateway.keyring import Keyring
from gateway.reader import TEXT, HeardLine, Reader, Refusal
from tests.hardware.box import Board, Desk
from tests.support import bench, stock
from tests.system.atdesk import ROOT, Technician, command, environment
from whistle.bus.messages import Pulse
from whistle.demo.process import whistle
from whistle.site import files
from whistle.site.site import Site
from whistle.workbench import journal
from whistle.workbench.cache import Cache, New

KEY = "heltec-v3"
AT = ("--lat", "44.95", "--lon", "-93.25")
DOOR = "DOOR-4711"
PULSE = {"millivolts": 4100, "standing": "routine", "hops": 0, "rssi": -90.0}
TOLD = ("*.jsonl", "*.html", "*.svg", "slips/*.json")
OWN_FILES = ("settings", "state0", "state1", "marks", "group", "survey")
OWN_KEYS = ("up", "down", "status", "id")


class Bench:
    """A folder with a site, and a desk in it. `keys`: every key that was there since; `told`: all that was said."""

    def __init__(self, folder: Path, desk: Desk, cache: Path) -> None:
        self.folder, self.desk, self.cache = folder, desk, cache
        self.home = folder / "site"
        self.keys: set[str] = set()
        self.told = ""

    @property
    def site(self) -> Site:
        return Site.open(self.home)

    def do(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """Run `whistle workbench ...` with --json to its end; what it told."""
        return [json.loads(line) for line in self.typed(*words, "--json", code=code).stdout.splitlines()]

    def last(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The last that it told."""
        return self.do(*words, code=code)[-1]

    def refused(self, *words: str, code: int = 1) -> str:
        """The one sentence with which it says no: what is wrong, and what to do."""
        said = self.last(*words, code=code)
        assert said["event"] == "error", said
        sentence: str = said["sentence"]
        assert sentence.endswith(".") and ": " in sentence and "Traceback" not in sentence, sentence
        return sentence

    def typed(self, *words: str, code: int = 0, said: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run it with somebody at the keyboard who says that, or with nobody."""
        self._know_keys()
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if said is None else {"input": said}
        environ = environment(self.cache) | {"WHISTLE_SITE": str(self.home)}
        done = subprocess.run(
            command(self.desk, *words), capture_output=True, text=True, timeout=60, cwd=ROOT, env=environ, **given
        )
        self.told += done.stdout + done.stderr
        self._know_keys()
        assert done.returncode == code, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done

    def check(self, code: int = 0) -> list[dict[str, Any]]:
        """`check` of the board that is plugged in, by somebody who presses what is asked for; what it told."""
        person, answers = Technician(self.desk, []), ["--lamp", "yes", "--whistle", "yes", "--json"]
        at = ["--site", str(self.home), "--slips", str(self.folder / "slips")]
        self._know_keys()
        assert person.work(["check", str(self.desk.path), *at, *answers], self.cache, 60) == code, person.output
        self.told += person.output
        return person.events

    def node(self, name: str) -> int:
        return self.site.find(name).node

    def round(self, pulse: dict[str, Any], *words: str) -> dict[str, Any]:
        """`round` by what the dashboard says that has heard this pulse of Anna, `at` so many seconds from now."""
        bundle, data, state = self.folder / "desk.json", self.folder / "data", self.folder / "state.json"
        files.write(bundle, files.pretty(self.site.dashboard_bundle()))
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        now, store = time.time(), Store(data)
        heard = {"node": self.node("Anna"), "doubt": False, "tamper": False, "mode": "relay", **PULSE, **pulse}
        with store.write() as connection:
            said = msgspec.convert({**heard, "at": now + pulse["at"]}, Pulse)
            store_air.keep_pulse(connection, said, self.site.file.gateways[0].id, now)
        store.close()
        asked = whistle("dashboard", "beacons", "--bundle", str(bundle), "--data", str(data), "--json")
        state.write_bytes(subprocess.run(asked, capture_output=True, timeout=60, check=True).stdout)
        return self.last("round", "--state", str(state), "--out", str(self.folder / "round.html"), *words)

    def days_pass(self, days: int) -> None:
        """What the journal tells of was so long ago."""
        path = self.home / journal.NAME
        events = [{**event, "at": event["at"] - days * 86400} for event in journal.read(path)]
        path.write_text("".join(f"{json.dumps(event)}\n" for event in events))

    def no_key_is_told(self) -> None:
        """Neither on the screen nor in any file of the bench: journal, slips, labels, pages."""
        kept = [path for ending in TOLD for path in (*self.folder.glob(ending), *self.home.glob(ending))]
        read = self.told + "".join(path.read_text() for path in kept)
        assert len(self.keys) >= 7 and not [key for key in self.keys if key in read]
        assert DOOR not in self.told

    def _know_keys(self) -> None:
        if (self.home / "master.key").exists():
            self.keys |= set(bench.keys_of(self.site))


class FirstDay:
    """A board that was flashed (`flashed`: its flash then), provisioned as Anna, checked and labelled."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        with Desk(folder / "desk") as desk:
            made = Bench(folder, desk, cache)
            bench.site_at(folder)
            board = Board(folder / "anna", "f0f5bd000001", bare=True)
            (board.flash / "model").write_text("{}")  # for the radio's stand-in
            desk.plug(board)
            port = str(desk.path)
            made.do("flash", "--port", port, "--board", KEY)
            desk.unplug()
            self.flashed = Path(shutil.copytree(board.flash, folder / "flashed"))
            desk.plug(board)
            place = ["--place", "34th & Cedar", *AT, "--door", DOOR]
            self.node = made.last("provision", "Anna", *place, "--port", port, "--board", KEY)["node"]
            assert made.check()[-1]["passed"]
            made.do("label", "Anna", "--out", str(folder / "anna.svg"))
            made.no_key_is_told()

    def later(self, folder: Path, desk: Desk) -> tuple[Bench, Board]:
        """Another day at this bench, and Anna's board."""
        for name in ("site", "slips"):
            shutil.copytree(self.folder / name, folder / name)
        shutil.copytree(self.cache, folder / "cache")
        board = another(folder / "anna", 1, self.folder / "anna/flash")
        return Bench(folder, desk, folder / "cache"), board

    def another(self, folder: Path, number: int) -> Board:
        """One more board, flashed, and nobody's yet."""
        return another(folder, number, self.flashed)


def another(folder: Path, number: int, flash: Path) -> Board:
    board = Board(folder, f"f0f5bd{number:06x}")
    shutil.copytree(flash, board.flash, dirs_exist_ok=True)
    return board


def release(cache: Path, version: str, **other: bytes) -> None:
    """Into the cache: the program that is there under a newer version, and with other files in it."""
    kept = Cache(cache)
    files = kept.group("program") | {path.replace("__", "/"): data for path, data in other.items()}
    kept.keep(*(New("program", name, version, data, "x") for name, data in files.items()))


def settings(board: Board) -> dict[str, Any]:
    """What the board has now."""
    found: dict[str, Any] = json.loads((board.flash / "settings").read_bytes())
    return found


def ceilings(board: Board) -> tuple[int, int, bytes]:
    """The newest whole record of its numbers: sequence ceiling, packet id ceiling, the open call."""
    files = [board.flash / name for name in ("state0", "state1")]
    records = [unpack(path.read_bytes()) for path in files if path.exists()]
    _, sequence, ids, call = max(record for record in records if record)
    return sequence, ids, call


def called(board: Board, given: dict[str, Any], after: int = 0) -> list[bytes]:
    """The alert lines among what left its antenna, as a stock node with the channel reads them."""
    channel = stock.Channel(given["channel_name"], bytes.fromhex(given["channel_psk"]))
    opened = [stock.opened([channel], frame) for frame in board.sent()[after:]]
    return [data.payload for data in opened if data is not None and data.portnum in stock.TEXTS]


def pressed(board: Board) -> bytes:
    """Hold its button until it calls; the line. While it starts nobody feels it, so it may be held again."""
    given, after, lines = settings(board), len(board.sent()), list[bytes]()

    def calls(seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not lines and time.monotonic() < end:
            time.sleep(0.05)
            lines.extend(called(board, given, after))
        return bool(lines)

    for _ in range(6):
        board.touch(ms=2000)
        if calls(4.0):
            return lines[0]
    raise AssertionError("it does not call")


def judged(site: Site, node: int, line: bytes) -> HeardLine | Refusal:
    """What the site's gateway makes of a line, with a bundle made now."""
    heard = Hearing("tcp://radio", node, 1, TEXT, line, -80, 6.0, 0, time.time())
    found = Reader(Keyring(site.bundle("gateway"))).read(heard)
    assert isinstance(found, HeardLine | Refusal)
    return found
