"""Boards that show a drive: found, filled, gone; and every way in which that does not happen."""

import os
from pathlib import Path

import pytest

from tests.hardware import images
from tests.hardware.plugging import RP2, Bootsel
from whistle.workbench import uf2
from whistle.workbench.errors import NoDrive
from whistle.workbench.uf2 import Drive

IMAGE = images.uf2(blocks=1200)


def test_drives_are_found_where_systems_mount_them(tmp_path):
    for where in ("media/anna/RPI-RP2", "Volumes/RPI-RP2", "media/anna/USB-STICK"):
        (tmp_path / where).mkdir(parents=True)
    for where in ("media/anna/RPI-RP2", "Volumes/RPI-RP2"):
        (tmp_path / where / uf2.INFO).write_text(RP2.replace("\n", "\r\n"))
    found = uf2.drives((tmp_path / "media", tmp_path / "Volumes", tmp_path / "none"))
    assert [(drive.path.parent.name, drive.board, drive.chip) for drive in found] == [
        ("anna", "RPI-RP2", "rp2040"),
        ("Volumes", "RPI-RP2", "rp2040"),
    ]


def test_a_board_we_do_not_know_keeps_its_own_name(tmp_path):
    (tmp_path / "NRF").mkdir()
    (tmp_path / "NRF" / uf2.INFO).write_text("Board-ID: nRF52840-x\n")
    assert uf2.drives((tmp_path,))[0].chip == "nRF52840-x"
    (tmp_path / "NRF" / uf2.INFO).write_text("no such line\n")
    assert uf2.drives((tmp_path,))[0].board == ""


def test_an_image_is_copied_whole_and_the_board_goes(tmp_path):
    board = Bootsel(tmp_path / "RPI-RP2")
    percent: list[int] = []
    uf2.copy(IMAGE, uf2.drives((tmp_path,))[0], percent.append)
    board.thread.join(20)
    assert images.same(board.got, IMAGE) and not board.folder.exists()
    assert percent[-1] == 100 and percent == sorted(percent) and len(percent) > 5


def test_a_drive_that_died_while_it_is_mounted_hides_no_other(tmp_path, monkeypatch):
    for name in ("dead", "RPI-RP2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / uf2.INFO).write_text(RP2)

    def unreadable(real):
        def looked(path, *args, **options):
            if "dead" in str(path) and uf2.INFO in str(path):
                raise OSError(5, "Input/output error")
            return real(path, *args, **options)

        return looked

    monkeypatch.setattr(os, "stat", unreadable(os.stat))
    monkeypatch.setattr(os, "lstat", unreadable(os.lstat))
    assert [drive.path.name for drive in uf2.drives((tmp_path,))] == ["RPI-RP2"]


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_board_that_keeps_its_drive_has_refused(tmp_path):
    (tmp_path / "D").mkdir()
    (tmp_path / "D" / uf2.INFO).write_text(RP2)
    clock = Time()
    with pytest.raises(NoDrive, match="did not restart") as refused:
        uf2.copy(IMAGE, Drive(tmp_path / "D", "RPI-RP2"), now=lambda: clock.now, sleep=clock.sleep)
    assert clock.now >= 30 and refused.value.exit_code == 26


@pytest.mark.parametrize(
    ("fails_at", "gone_at", "fine"), [(1, 0, False), (-1, 0, True), (-1, 3, True), (-1, 60, False)]
)
def test_the_last_sync_may_fail_when_the_board_goes_and_no_other(tmp_path, monkeypatch, fails_at, gone_at, fine):
    """The system may show a drive for some seconds that is gone."""
    (tmp_path / "D").mkdir()
    (tmp_path / "D" / uf2.INFO).write_text(RP2)
    pieces = -(-len(IMAGE) // uf2.PIECE)
    count, clock = 0, Time()

    def fsync(_handle: int) -> None:
        nonlocal count
        count += 1
        if count == fails_at % (pieces + 1):
            sleep(0)
            raise OSError(5, "Input/output error")

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now >= gone_at:
            (tmp_path / "D" / uf2.INFO).unlink(missing_ok=True)

    def copied() -> None:
        uf2.copy(IMAGE, Drive(tmp_path / "D", "RPI-RP2"), now=lambda: clock.now, sleep=sleep)

    monkeypatch.setattr(os, "fsync", fsync)
    if fine:
        copied()
        return
    with pytest.raises(NoDrive, match=r"did not take the image \(Input/output error\)"):
        copied()


def test_a_drive_that_cannot_even_be_looked_at_is_gone(tmp_path, monkeypatch):
    drive = Drive(tmp_path / "D", "RPI-RP2")
    drive.path.mkdir()

    def stat(*_args, **_options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", lambda _handle: monkeypatch.setattr(os, "stat", stat))
    uf2.copy(IMAGE[: uf2.PIECE], drive)


def test_a_drive_is_waited_for_and_two_are_one_too_many():
    clock = Time()
    one = Drive(Path("/d"), "RPI-RP2")
    assert uf2.wait_for(lambda: [one] if clock.now > 3 else [], 10, lambda: clock.now, clock.sleep) == one
    with pytest.raises(NoDrive, match="hold the board's BOOTSEL button"):
        uf2.wait_for(list, 10, lambda: clock.now, clock.sleep)
    with pytest.raises(NoDrive, match="2 UF2 drives are mounted"):
        uf2.wait_for(lambda: [one, one], 10, lambda: clock.now, clock.sleep)
