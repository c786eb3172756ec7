"""A board from its cable to MicroPython: the whole way, with real esptool or with a drive, and every refusal."""

import hashlib
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.hardware import images, probed_board
from tests.hardware.plugging import Bootsel, Plan
from tests.hardware.romloader import RomLoader
from whistle.workbench import boards, errors, identify
from whistle.workbench.cache import Cache, New
from whistle.workbench.esptool import Chip
from whistle.workbench.flashing import Bench, Flashed
from whistle.workbench.ports import Port

EVERY = [boards.load(key) for key in boards.names()]
BY_KEY = {board.key: board for board in EVERY}
S3, ESP32, PICO = images.esp("esp32s3", flash_mb=4), images.esp("esp32", flash_mb=4), images.uf2()
BRIDGE = Port("/dev/ttyUSB0", "10c4:ea60", "0001", "1-3")
NATIVE = Port("/dev/ttyACM0", "303a:1001", "DC:54:75:AA:BB:CC", "1-2")
BACK = Port("/dev/ttyACM3", "303a:4001", "dc5475aabbcc", "1-2")
RUNNING_PICO = Port("/dev/ttyACM5", "2e8a:0005", "e66164084b7a", "1-7")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Loader:
    """Stands for esptool: a chip that is identified, and what was written to it."""

    def __init__(self, chip: str = "esp32s3", flash_mb: int = 8) -> None:
        self.chip = Chip(chip, chip.upper(), flash_mb, "dc5475aabbcc")
        self.written: list[tuple[str, int, str, str]] = []  # port, address, chip, SHA-256 of the image

    def identify(self, port: Port) -> Chip:
        return self.chip

    def write(self, port: Port, image: Path, at: int, chip: str, shown=lambda _percent: None) -> None:
        self.written.append((port.device, at, chip, digest(image.read_bytes())))


@pytest.fixture
def cache(tmp_path) -> Cache:
    cache = Cache(tmp_path / "cache")
    esp = [("ESP32_GENERIC_S3", S3), ("SEEED_XIAO_ESP32S3", S3 + b"xiao"), ("LILYGO_T3_S3", S3 + b"t3s3")]
    new = [
        New("image", name, "1.29.0", data, "x") for name, data in [*esp, ("ESP32_GENERIC", ESP32), ("RPI_PICO", PICO)]
    ]
    cache.keep(*new)
    return cache


class Said(list):
    """What was told: (event, facts)."""

    def __call__(self, event: str, _words: str, **facts) -> None:
        self.append((event, facts))

    def names(self) -> list[str]:
        return [event for event, _ in self]


@pytest.fixture
def bench(cache, tmp_path):
    """bench(plan, loader, keys): a bench with these boards on its table (all if none), and no drive."""

    def made(plan: Plan, loader: Loader | None = None, *keys: str, **more) -> Bench:
        known = [BY_KEY[key] for key in keys] or EVERY
        rest = {"tell": Said(), "roots": (tmp_path / "media",), **more}
        return Bench(cache, known, esptool=loader or Loader(), watching=plan.watching, **rest)

    return made


def test_a_named_board_on_a_cable_is_flashed_and_handed_on(bench):
    handed: list[Flashed] = []
    loader = Loader()
    work = bench(Plan((0, []), (3, [BRIDGE])), loader, "heltec-v3")
    flashed = work.flash(None, handed.append)
    assert handed == [flashed]
    assert (flashed.board.key, flashed.port, flashed.mac) == ("heltec-v3", BRIDGE, "dc5475aabbcc")
    assert (flashed.image, flashed.version) == ("ESP32_GENERIC_S3", "1.29.0")
    assert loader.written == [("/dev/ttyUSB0", 0x0, "esp32s3", digest(S3))]
    assert work.tell.names() == ["waiting", "identified", "writing", "flashed"]


def test_the_chip_tells_boards_behind_one_bridge_apart(bench):
    loader = Loader("esp32", 4)
    assert bench(Plan((0, [BRIDGE])), loader).flash("/dev/ttyUSB0").board.key == "lilygo-t-beam"
    assert loader.written == [("/dev/ttyUSB0", 0x1000, "esp32", digest(ESP32))]


def test_a_named_board_behind_a_bridge_nobody_listed_is_flashed_all_the_same(bench):
    other = BRIDGE._replace(usb="1a86:55d3")
    assert bench(Plan((0, [other])), Loader(), "heltec-v3").flash("/dev/ttyUSB0").port == other
    with pytest.raises(errors.AmbiguousBoard, match="no board we know"):
        bench(Plan((0, [other])), Loader()).flash("/dev/ttyUSB0")


def test_a_board_is_followed_to_its_new_port(bench):
    flashed = bench(Plan((0, [NATIVE]), (1, []), (4, [BACK])), None, "xiao-s3-wio").flash("/dev/ttyACM0")
    assert flashed.port == BACK


@pytest.mark.parametrize(
    ("chip", "keys", "kind"),
    [
        ("esp32", ["heltec-v3"], errors.WrongChip),
        ("esp32s3", ["lilygo-t-beam"], errors.WrongChip),
        ("esp32c3", [], errors.AmbiguousBoard),
        ("esp32s3", [], errors.AmbiguousBoard),  # two boards of one layout, and no probe to tell them apart
    ],
)
def test_the_wrong_chip_is_refused_before_anything_is_written(bench, chip, keys, kind):
    loader = Loader(chip)
    with pytest.raises(kind):
        bench(Plan((0, [BRIDGE])), loader, *keys).flash("/dev/ttyUSB0")
    assert loader.written == []


@pytest.mark.parametrize(
    ("given", "flash_mb", "kind"),
    [
        (ESP32, 8, errors.WrongImage),
        (PICO, 8, errors.WrongImage),
        (b"<html>", 8, errors.WrongImage),
        (images.esp(flash_mb=16), 8, errors.FlashTooSmall),
        (None, 2, errors.FlashTooSmall),
    ],
)
def test_the_wrong_image_is_refused_before_anything_is_written(bench, tmp_path, given, flash_mb, kind):
    path = tmp_path / "given.bin"
    path.write_bytes(given or b"")
    loader = Loader(flash_mb=flash_mb)
    with pytest.raises(kind):
        bench(Plan((0, [BRIDGE])), loader, "heltec-v3", given=path if given else None).flash("/dev/ttyUSB0")
    assert loader.written == []


def test_a_given_image_is_taken_in_place_of_the_caches(bench, tmp_path):
    (tmp_path / "own.bin").write_bytes(S3 + b"own")
    loader = Loader()
    flashed = bench(Plan((0, [BRIDGE])), loader, "heltec-v3", given=tmp_path / "own.bin").flash("/dev/ttyUSB0")
    assert loader.written[0][3] == digest(S3 + b"own") and (flashed.image, flashed.version) == ("own.bin", "given")
    with pytest.raises(errors.NotInCache, match="cannot be read"):
        bench(Plan((0, [BRIDGE])), loader, "heltec-v3", given=tmp_path / "none").flash("/dev/ttyUSB0")


def test_a_spoiled_cache_flashes_nothing(bench, cache):
    cache.path(cache.newest("image", "ESP32_GENERIC_S3")).write_bytes(S3[:-1] + b"!")
    loader = Loader()
    with pytest.raises(errors.WrongHash):
        bench(Plan((0, [BRIDGE])), loader, "heltec-v3").flash("/dev/ttyUSB0")
    assert loader.written == []
    with pytest.raises(errors.NotInCache, match="ESP32_GENERIC_S3 9.9"):
        bench(Plan((0, [BRIDGE])), loader, "heltec-v3", micropython="9.9").flash("/dev/ttyUSB0")


def micropython_probe(micropython: Path, folder: Path, key: str, display: bool):
    """A probe that runs the script on real MicroPython, against the pins of that board."""
    board = BY_KEY[key]
    radio = {name: value for name, value in msgspec.to_builtins(board.wiring.radio).items() if value is not None}
    shown = msgspec.to_builtins(board.wiring.display) if display else None
    (folder / "machine.py").write_text(probed_board.module(radio, shown))

    def probe(_port: Port, script: str) -> str:
        (folder / "script.py").write_text(script)
        command = [str(micropython), str(folder / "script.py")]
        where = os.environ | {"MICROPYPATH": f"{folder}:.frozen"}
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=where).stdout

    return probe


@pytest.mark.parametrize("key", ["heltec-v3", "heltec-wsl-v3"])
def test_boards_of_one_image_are_told_apart_once_micropython_runs(bench, need, tmp_path, key):
    probe = micropython_probe(need("micropython"), tmp_path, key, display=key == "heltec-v3")
    loader = Loader()
    flashed = bench(Plan((0, [BRIDGE])), loader, probe=probe).flash("/dev/ttyUSB0")
    assert flashed.board.key == key and len(loader.written) == 1


def test_a_radio_that_none_of_them_has_is_said_after_the_flash(bench, need, tmp_path):
    probe = micropython_probe(need("micropython"), tmp_path, "xiao-s3-wio", display=False)
    with pytest.raises(errors.AmbiguousBoard, match="no board we know"):
        bench(Plan((0, [BRIDGE])), probe=probe).flash("/dev/ttyUSB0")


def test_boards_of_different_images_are_asked_about_before(bench):
    asked: list[list[str]] = []

    def choose(several):
        asked.append([board.key for board in several])
        return several[-1]

    loader = Loader(flash_mb=8)
    work = bench(Plan((0, [NATIVE])), loader, choose=choose, probe=lambda _port, _script: "")
    flashed = work.flash("/dev/ttyACM0")
    assert asked == [["lilygo-t3-s3", "xiao-s3-wio"]] and flashed.board.key == "xiao-s3-wio"
    assert loader.written[0][3] == digest(S3 + b"xiao")


def test_a_pico_is_copied_to_its_drive_and_found_at_its_port(bench, tmp_path):
    board = Bootsel(tmp_path / "media" / "anna" / "RPI-RP2")
    plan = Plan((0, [BRIDGE]), (0.2, [BRIDGE, RUNNING_PICO]))
    work = bench(plan, None, "pico-waveshare")
    plan.watching.sleep = lambda seconds: (
        board.thread.join(0.05),
        plan.sleep(0.01 if board.thread.is_alive() else 0.3),
    )
    flashed = work.flash(None)
    assert images.same(board.got, PICO)
    assert (flashed.board.key, flashed.port, flashed.mac) == ("pico-waveshare", RUNNING_PICO, "")
    assert work.tell.names() == ["identified", "writing", "flashed"], "what is there is not asked for"


def test_a_pico_that_runs_is_asked_for_its_drive(bench):
    work = bench(Plan((0, [RUNNING_PICO])), None, "pico-waveshare")
    with pytest.raises(errors.NoDrive, match="BOOTSEL"):
        work.flash("/dev/ttyACM5")
    assert work.tell.names() == ["bootsel"]


def test_another_familys_drive_is_not_touched(bench, tmp_path):
    (tmp_path / "media" / "RP2350").mkdir(parents=True)
    (tmp_path / "media" / "RP2350" / "INFO_UF2.TXT").write_text("Board-ID: RP2350\n")
    with pytest.raises(errors.NoPort):
        bench(Plan((0, []))).flash(None)
    assert [path.name for path in (tmp_path / "media" / "RP2350").iterdir()] == ["INFO_UF2.TXT"]


def test_nothing_plugged_in_ends_in_its_time(bench):
    plan = Plan((0, []))
    with pytest.raises(errors.NoPort):
        bench(plan, patience_s=5.0).flash(None)
    assert 5 <= plan.time < 6


@pytest.mark.system
@pytest.mark.parametrize(("chip", "key", "at"), [("esp32s3", "heltec-wsl-v3", 0), ("esp32", "lilygo-t-beam", 0x1000)])
def test_the_whole_way_with_real_esptool(cache, tmp_path, chip, key, at):
    said = Said()
    with RomLoader(chip, flash_mb=4) as loader:
        work = Bench(cache, [BY_KEY[key]], said, roots=(tmp_path,))
        flashed = work.flash(loader.path)
    assert flashed.mac == "dc5475aabbcc" and flashed.port == Port(loader.path, "")
    expected = S3 if chip == "esp32s3" else ESP32
    assert images.same(loader.flash[at : at + len(expected)], expected)
    assert dict(said)["identified"]["flash_mb"] == 4


@pytest.mark.system
def test_real_esptool_never_erases_for_a_wrong_image(cache, tmp_path):
    """It would: it writes an image whose segments it cannot read without a word. So we look first."""
    (tmp_path / "wrong.bin").write_bytes(ESP32)
    with RomLoader("esp32s3", flash_mb=4) as loader, pytest.raises(errors.WrongImage):
        Bench(cache, [BY_KEY["heltec-v3"]], Said(), given=tmp_path / "wrong.bin").flash(loader.path)
    assert loader.erased == 0


def test_the_default_choice_is_to_refuse():
    assert Bench(Cache(), EVERY, Said()).choose is identify.only
