"""The program as the workbench finds and compiles it, from wherever it is installed."""

import re

import pytest

from tools import board
from whistle.workbench import compiling
from whistle.workbench.errors import BadProgram


def test_the_program_is_whole_and_starts_as_the_sources_do():
    found = compiling.program()
    assert found["main.py"] == (board.FIRMWARE / "main.py").read_bytes()
    assert {"beacon/program.mpy", "alertwire/wire.mpy", "meshwire/node.mpy"} <= set(found)
    assert all(data[:2] == b"M\x06" for name, data in found.items() if name.endswith(".mpy"))
    for module in compiling.hardware(board.FIRMWARE):
        assert module.replace(".", "/") + ".mpy" in found


def test_it_compiles_equally_every_time():
    assert compiling.program() == compiling.program()


def test_neighbours_of_an_installed_program_are_not_taken_along(tmp_path):
    files = {
        "chooser/__init__.py": "def load():\n    from beacon.program import start\n",
        "beacon/__init__.py": "",
        "beacon/program.py": "import lora\nfrom alertwire import wire\n",
        "beacon/trial.py": "",
        "beacon/modem.py": "",
        "beacon/boards/__init__.py": "",
        "beacon/boards/esp32.py": "A = 1\n",
        "alertwire/__init__.py": "",
        "alertwire/wire.py": "",
        "meshwire/__init__.py": "",
        "lora/__init__.py": "",  # somebody else's package beside ours
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = compiling.program(tmp_path)
    assert "lora/__init__.mpy" not in found
    assert {"alertwire/wire.mpy", "beacon/boards/__init__.mpy", "beacon/boards/esp32.mpy"} <= set(found)


def test_a_program_that_is_not_there_or_does_not_compile_is_said(tmp_path, monkeypatch):
    (tmp_path / "chooser").mkdir()
    (tmp_path / "chooser/__init__.py").write_text("match x:\n    case 1:\n        pass\n")
    with pytest.raises(BadProgram, match=r"install Whistle again\.$") as refused:
        compiling.program(tmp_path)
    assert "SyntaxError" in refused.value.message or "could not compile" in refused.value.message
    monkeypatch.setattr(compiling, "PACKAGES", ("alertwire", "no_such_package"))
    with pytest.raises(BadProgram, match="not installed"):
        compiling.home()


def test_what_the_firmware_imports_by_a_call_is_in_the_program():
    """Such a name is seen by no search for imports: without it a beacon would die when it is needed first."""
    sources = "".join(path.read_text() for path in board.FIRMWARE.rglob("*.py"))
    called = set(re.findall(r'__import__\("([a-z_.]+)"', sources)) - {
        "beacon.",
        "beacon.hostloop",
        "u",
    }  # CPython's alone
    called |= {f"beacon.{name}" for name in re.findall(r'_hardware\("([a-z_]+)"\)', sources)}
    there = {path.removesuffix(".mpy").replace("/", ".") for path in compiling.program()}
    assert {"beacon.trial", "beacon.modem"} <= called <= there
