"""Boards that show a drive, from BOOTSEL to a label by the real commands: by UF2, then followed to their own USB port.

The drive is a folder that behaves as the RP2040's ROM has it (tests/hardware/plugging.py); it goes with the last block.
"""

from pathlib import Path

import pytest

from tests.hardware import images
from tests.hardware.box import Board, Desk
from tests.support import bench
from tests.system.atdesk import Pressed, Technician, command, is_the_beacon, labels_in, one, ran
from tests.system.conftest import IMAGES
from whistle.site.site import Site
from whistle.workbench import journal, uf2

pytestmark = pytest.mark.system

PICO, UF2 = "pico-waveshare", IMAGES["pico-waveshare"][1]
EMPTY = "soc.volts[26] = 0"


def board(folder: Path, number: int, key: str = PICO, **special: object) -> Board:
    """One with an RP2040, its number in the chip, bare unless it is said otherwise."""
    made = Board(folder / f"board{number}", f"e66164084b7a{number:04x}", chip="rp2040", key=key, **special)  # type: ignore[arg-type]
    (made.flash / "model").write_text("{}")  # for the radio's stand-in
    return made


def test_a_pico_from_its_drive_to_its_label(tmp_path: Path, desk: Desk, cache: Path) -> None:
    home, pico = bench.site_at(tmp_path), board(tmp_path, 1, bare=True)
    desk.plug(pico)
    drive = pico.drive
    assert drive and drive.folder.is_dir() and not desk.lister()
    flashed = ran(command(desk, "flash", "--board", PICO), cache)
    assert images.same(drive.got, UF2) and not drive.folder.exists()
    assert one(flashed, "flashed")["port"] == str(desk.path) and one(flashed, "installed")["slot"] == "a"
    port, at = ["--port", str(desk.path)], ["--site", str(home)]
    place = ["--place", "34th & Cedar", "--lat", "44.95", "--lon", "-93.25"]
    made = one(ran(command(desk, "provision", "Anna", *place, *port, "--board", PICO, *at), cache), "provisioned")
    assert made["board"] == pico.mac and is_the_beacon(pico, Site.open(home), made["node"])
    finger = Pressed(pico)
    finger.start()
    words = ["check", str(desk.path), "--slips", str(tmp_path / "slips"), "--lamp", "yes", "--whistle", "yes"]
    slip = one(ran(command(desk, *words), cache), "slip")
    finger.over.set()
    finger.join()
    assert slip["passed"] and slip["node"] == made["node"]
    sheet = tmp_path / "labels.pdf"
    ran(command(desk, "label", "Anna", "--out", str(sheet), *at), cache)
    assert labels_in(sheet) == 1


@pytest.mark.parametrize(
    ("given", "words", "code"),
    [
        (images.uf2("rp2350"), ["--board", PICO], 34),
        (images.esp("esp32s3", size=60_000), ["--board", PICO], 34),
        (UF2[:-512], ["--board", PICO], 34),
        (UF2, ["--board", "heltec-v3", "--wait", "1"], 20),
    ],
    ids=["another family", "no UF2", "cut off", "another board"],
)
def test_a_drive_is_given_nothing_that_is_not_for_it(
    tmp_path: Path, desk: Desk, cache: Path, given: bytes, words: list[str], code: int
) -> None:
    image, pico = tmp_path / "given.uf2", board(tmp_path, 1, bare=True)
    image.write_bytes(given)
    desk.plug(pico)
    error = one(ran(command(desk, "flash", "--image", str(image), *words), cache, code), "error")
    assert error["sentence"].endswith(".")
    assert pico.drive and [path.name for path in pico.drive.folder.iterdir()] == [uf2.INFO]


def test_a_box_of_them_by_the_line(tmp_path: Path, desk: Desk, cache: Path) -> None:
    """A chip that is its own USB device is gone for a second at its reset: that is no cable that came out."""
    home, key = bench.site_at(tmp_path), "rak11310"
    boxed = [board(tmp_path, 1, key, broken=EMPTY), board(tmp_path, 2, key, bare=True)]
    listed = tmp_path / "list.csv"
    listed.write_text("name,place,lat,lon,mode,board\nAnna,34th & Cedar,44.95,-93.25,press,rak11310\n")
    words = ["batch", str(listed), "--site", str(home), "--out", str(tmp_path / "out"), "--board", key,
             "--slips", str(tmp_path / "slips"), "--lamp", "yes", "--whistle", "yes", "--json"]  # fmt: skip
    technician = Technician(desk, boxed, takes_s=4.0)
    assert technician.work(words, cache, 90.0) == 3, technician.output[-3000:]
    last = technician.events[-1]
    assert [(one["board"], one["step"]) for one in last["failed"]] == [(boxed[0].mac, "check")]
    assert last["labels"] == 1 == labels_in(tmp_path / "out/labels.pdf") and last["remaining"] == []
    assert is_the_beacon(boxed[1], Site.open(home), last["nodes"][0])
    seen = [entry["board"] for entry in journal.read(home / journal.NAME) if entry["event"] == "seen"]
    assert seen == [boxed[0].mac, boxed[1].mac]
