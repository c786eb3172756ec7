"""The board's interpreter: real, of the word size asked for, and never a wrong one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import debian, micropython, qemu, system_tools


@pytest.mark.parametrize(("tool", "bits"), [("micropython", 64), ("micropython32", 32)])
def test_it_is_what_it_says(tool: str, bits: int, need: Callable[[str], Path]) -> None:
    assert micropython.word_size(need(tool)) == bits


def test_a_heap_of_100_kib_is_one_of_a_boards(need: Callable[[str], Path]) -> None:
    code = "import gc; gc.collect(); print(gc.mem_free() + gc.mem_alloc())"
    command = [str(need("micropython32")), "-X", "heapsize=100k", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert 97 * 1024 < int(done.stdout) <= 100 * 1024


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("text", ["echo 32", "echo no", "exit 1", "echo 64; exit 1"])
def test_a_program_that_is_none_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROPYTHON", str(script(tmp_path / "fake", text)))
    with pytest.raises(debian.Unavailable, match=r"\$MICROPYTHON is no MicroPython 1\.25 of 64 bits"):
        micropython.interpreter("amd64")


def test_the_named_one_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = script(tmp_path / "fake", "echo 64")
    monkeypatch.setenv("MICROPYTHON", str(fake))
    assert micropython.interpreter("amd64") == fake
    assert micropython.present("amd64") == fake


def test_where_it_cannot_be_had_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setattr(micropython, "CACHE", tmp_path / "cache")
    assert micropython.present("amd64") is None
    with pytest.raises(debian.Unavailable, match=r"install MicroPython 1\.25 and set \$MICROPYTHON"):
        micropython.interpreter("amd64")


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_what_is_missing_is_listed_first_and_last(
    ci: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("MICROPYTHON", "MICROPYTHON32"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))  # no apt, no sudo, nothing
    monkeypatch.setattr(system_tools, "PATH", str(tmp_path))
    monkeypatch.setattr(micropython, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(qemu, "HOME", tmp_path / "cache" / "qemu")
    with pytest.raises(SystemExit) as left:
        system_tools.main()
    lines = capsys.readouterr().out.splitlines()
    everything = (
        "mosquitto, chromium, qemu-system-arm, arm-none-eabi-gcc, make, "
        "MicroPython (64 bits), MicroPython (32 bits), MicroPython (Cortex-M3, emulated)"
    )
    assert lines[0] == f"system tools missing: {everything}"
    assert any("no apt on this machine: install mosquitto chromium" in line for line in lines)
    assert lines[-1].startswith(f"still missing: {everything}")
    assert left.value.code == code
