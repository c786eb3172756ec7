"""The emulated board's program: built of what lies here now, and what is missing for it is said."""

import tarfile
from pathlib import Path

import pytest

from tools import debian, qemu


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with a program of today's recipe, a board's folder of its own, and an emulator on the path."""
    board, cache, tools = (tmp_path / name for name in ("board", "cache", "tools"))
    for folder in (board, cache, tools):
        folder.mkdir()
    (board / "board.c").write_text("one")
    emulator = tools / qemu.EMULATOR
    emulator.touch()
    emulator.chmod(0o755)
    for name, value in (("BOARD", board), ("HOME", cache)):
        monkeypatch.setattr(qemu, name, value)
    monkeypatch.setenv("PATH", str(tools))
    (cache / "firmware.elf").touch()
    (cache / "stamp").write_text(qemu.recipe())
    return tmp_path


def test_a_program_of_todays_files_is_taken_as_it_is(home: Path) -> None:
    assert qemu.firmware() == home / "cache" / "firmware.elf"


def test_a_changed_file_is_a_program_to_build_anew(home: Path) -> None:
    (home / "board" / "board.c").write_text("two")
    assert qemu.present() is None


def test_without_the_emulator_there_is_no_board(home: Path) -> None:
    (home / "tools" / qemu.EMULATOR).unlink()
    with pytest.raises(debian.Unavailable, match="qemu-system-arm is not here: install qemu-system-arm"):
        qemu.firmware()


def test_without_a_compiler_it_says_what_to_install(home: Path) -> None:
    (home / "cache" / "stamp").unlink()
    with pytest.raises(debian.Unavailable, match="arm-none-eabi-gcc is not here: install gcc-arm-none-eabi"):
        qemu.firmware()


def test_a_source_that_moved_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(debian.Unavailable, match="its versions have moved on"):
        qemu.unpack(tmp_path, "micropython_1.25.*.orig.tar.*", tmp_path / "out")


def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "one.orig.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "evil", arcname="../outside")
    with pytest.raises(tarfile.OutsideDestinationError):
        qemu.unpack(tmp_path, "one.orig.tar.*", tmp_path / "out")
    assert not (tmp_path / "outside").exists()
