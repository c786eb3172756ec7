"""What tests at an emulated desk share: the desk, and a cache filled without a network."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hardware import emulated, images
from tests.hardware.box import Desk
from tests.system.atdesk import command, ran
from whistle.workbench import boards, compiling
from whistle.workbench.cache import Cache, New

IMAGES = {
    "heltec-v3": ("ESP32_GENERIC_S3-v1.25.0.bin", images.esp("esp32s3", size=60_000)),
    "pico-waveshare": ("RPI_PICO-v1.25.0.uf2", images.uf2()),
}
STANDIN = emulated.HERE / "standin"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk") as made:
        yield made


@pytest.fixture(scope="session")
def fetched(tmp_path_factory: pytest.TempPathFactory, need: Callable[[str], Path]) -> Path:
    """Filled by `fetch` without a network: images from files, the driver from a checkout, the program compiled."""
    need("micropython")
    home = tmp_path_factory.mktemp("fetched")
    folder, lib = home / "cache", os.environ.get("MICROPYTHON_LIB")
    for board, (name, data) in IMAGES.items():
        (home / name).write_bytes(data)
        if lib:
            ran(command(Desk(home / board), "fetch", "--image", str(home / name), "--for", board), folder)
        else:
            Cache(folder).keep(New("image", boards.load(board).image, "1.25.0", data, "x"))
    if not lib:
        program = {**compiling.program(), "beacon/radios/sx126x.py": (STANDIN / "radio.py").read_bytes()}
        del program["beacon/radios/sx126x.mpy"]
        Cache(folder).keep(
            New("driver", "lora/__init__.mpy", "0", b"M\x06", "x"),
            *(New("program", path, "0.1.0", data, "x") for path, data in program.items()),
        )
    return folder


@pytest.fixture
def cache(fetched: Path, tmp_path: Path, tell: Callable[[str], None]) -> Path:
    """A copy of what was fetched, for one test."""
    if not os.environ.get("MICROPYTHON_LIB"):
        tell("without $MICROPYTHON_LIB a stand-in speaks for the radio's driver")
    return Path(shutil.copytree(fetched, tmp_path / "cache"))
