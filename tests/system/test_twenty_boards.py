"""A technician's run: a box of twenty boards in one loop, three of them bad, by the real command on real serial lines.

The boards are emulated (tests/hardware/box.py); esptool, the prompt, the copying, the probe of the radio, the beacon's
program and the check are the real ones. Without $MICROPYTHON_LIB a stand-in takes the radio driver's place.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alertwire import line

from tests.hardware.box import Board, Desk
from tests.support import bench, stock
from tests.support.waiting import until
from tests.system.atdesk import Pressed, Technician, box, command, is_the_beacon, labels_in, one, ran
from whistle.site.site import Site
from whistle.workbench import journal
from whistle.workbench.cache import Cache, New

pytestmark = pytest.mark.system

DEAD = "bus(radio['spi']).stuck = 0xFF"
MANY, LIMIT_S = 20, 150.0


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
