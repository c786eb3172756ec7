"""Files stay whole: on a full disk, under kill -9, and with several commands at once nothing is lost."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.support import sites
from whistle.site import errors, files
from whistle.site.site import Site

ADDER = """
import sys
from whistle.site.site import Site
site = Site.open(sys.argv[1])
for number in range(int(sys.argv[3])):
    beacon = site.add_beacon(f"{sys.argv[2]} {number}", "34th & Cedar", 44.0, -93.0)
    sys.stdout.write(f"{beacon.node}\\n")
    sys.stdout.flush()
"""


def adder(site: Site, name: str, count: int) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", ADDER, str(site.directory), name, str(count)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: writing fails in the middle, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_files_whole(tmp_path):
    site = sites.made(tmp_path)
    before = sites.snapshot(site.directory)
    for size in range(0, len(before["roster.json"]), 97):
        with disk_of(size), pytest.raises(errors.NotSaved, match="nothing was changed"):
            site.add_beacon("One more", "34th & Cedar", 44.0, -93.0)
    for size in range(0, len(before["site.json"]), 97):
        with disk_of(size), pytest.raises(errors.NotSaved):
            site.add_gateway("One more")
    assert sites.snapshot(site.directory) == before
    site.add_beacon("One more", "34th & Cedar", 44.0, -93.0)
    assert [place.name for place in Site.open(site.directory).roster.places][-1] == "One more"


def test_a_full_disk_while_a_site_is_made_leaves_nothing(tmp_path):
    for size in (0, 10, 64, 65, 100, 400, 900):
        with disk_of(size), pytest.raises(errors.NotSaved):
            sites.made(tmp_path, beacons=0)
        assert set(sites.snapshot(tmp_path / "site")) <= {".lock"}
    assert sites.made(tmp_path, beacons=0).roster.version == 1


def test_settings_on_a_full_disk_are_not_half_a_file(tmp_path):
    site = sites.made(tmp_path, beacons=1)
    out = tmp_path / "settings.json"
    with disk_of(len((site.directory / "site.json").read_bytes()) + 60), pytest.raises(errors.NotSaved):
        site.hand_out_settings(site.roster.beacons[0].node, out)
    assert not out.exists()


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_no_beacon_that_was_told(tmp_path):
    site = sites.made(tmp_path, beacons=0)
    told: set[int] = set()
    for round_ in range(8):
        process = adder(site, f"Round {round_}", 10_000)
        told.add(int(process.stdout.readline()))
        time.sleep(0.05 + 0.037 * round_)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        told |= {int(line) for line in out.splitlines(keepends=True) if line.endswith("\n")}
        held = {beacon.node for beacon in Site.open(site.directory).roster.beacons}
        assert told <= held
    assert len(told) > 20
    Site.open(site.directory).add_gateway("After all that")
    assert set(sites.snapshot(site.directory)) == {".lock", "master.key", "roster.json", "site.json"}


def test_commands_at_once_lose_nothing(tmp_path):
    site = sites.made(tmp_path, beacons=0)
    for process in [adder(site, f"Hand {number}", 12) for number in range(4)]:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0 and len(out.splitlines()) == 12
    after = Site.open(site.directory)
    assert after.roster.version == 1 + 4 * 12
    assert len({beacon.node for beacon in after.roster.beacons}) == 48
    assert len({place.name for place in after.roster.places}) == 48


def test_a_site_somebody_else_holds_is_waited_for_and_then_said(tmp_path, monkeypatch):
    site = sites.made(tmp_path, beacons=0)
    monkeypatch.setattr("whistle.site.files._LOCK_PATIENCE_S", 0.1)
    with files.lock(site.directory), pytest.raises(errors.Busy, match="wait for it, then try again"):
        site.add_gateway("hall")
    site.add_gateway("hall")


def test_everything_is_readable_by_its_owner_only_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        site = sites.made(tmp_path)
        files.write(tmp_path / "bundle", b"x")
        site.hand_out_settings(site.roster.beacons[0].node, tmp_path / "settings")
    finally:
        os.umask(before)
    for path in [*site.directory.iterdir(), tmp_path / "bundle", tmp_path / "settings"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(site.directory.stat().st_mode) == 0o700


def test_a_file_is_synced_before_it_takes_the_name(tmp_path, monkeypatch):
    order: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), real_fsync(handle))[1])
    monkeypatch.setattr(os, "replace", lambda old, new: (order.append("replace"), real_replace(old, new))[1])
    files.write(tmp_path / "x", b"1")
    assert order == ["fsync", "replace", "fsync"]


def test_an_error_in_the_last_step_leaves_no_litter(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(b"old")

    def broken(_old: str, _new: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", broken)
    for name, replace in (("x", True), ("y", False)):
        with pytest.raises(errors.NotSaved, match="Input/output error"):
            files.write(tmp_path / name, b"new", replace)
    assert sites.snapshot(tmp_path) == {"x": b"old"}


def test_a_stick_knows_no_hard_links_and_may_not_sync_directories(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(handle)

    monkeypatch.delattr(os, "link")
    monkeypatch.setattr(os, "fsync", fsync)
    files.write(tmp_path / "x", b"1", replace=False)
    with pytest.raises(errors.AlreadyThere):
        files.write(tmp_path / "x", b"2", replace=False)
    assert sites.snapshot(tmp_path) == {"x": b"1"}


def test_what_must_be_new_is_never_written_over(tmp_path):
    files.write(tmp_path / "x", b"1", replace=False)
    with pytest.raises(errors.AlreadyThere, match="left as it is"):
        files.write(tmp_path / "x", b"2", replace=False)
    assert sites.snapshot(tmp_path) == {"x": b"1"}
    with pytest.raises(errors.NotSaved, match="No such file or directory"):
        files.write(tmp_path / "none" / "x", b"1")


def test_a_file_that_is_not_what_it_should_be_is_named(tmp_path):
    decoder = msgspec.json.Decoder(dict[str, int])
    for content in (b"", b"{", b"[]", b'{"a":"b"}', b"\xff\xfe", b"[" * 100_000, b" " * (files.LARGEST + 1)):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(errors.Damaged, match="x (is|cannot)"):
            files.read(tmp_path / "x", decoder, "a roster")
    with pytest.raises(errors.Damaged, match="cannot be read"):
        files.read(tmp_path, decoder, "a roster")


@pytest.mark.parametrize(
    ("number", "piece"),
    [
        (errno.ENOSPC, "make room there"),
        (errno.EROFS, "write protection"),
        (errno.EACCES, "another user's"),
        (errno.ENOENT, "plug in the stick"),
        (errno.EIO, "stick"),
        (errno.ELOOP, ": "),
    ],
)
def test_what_a_disk_says_comes_with_its_remedy_in_one_sentence(tmp_path, monkeypatch, number, piece):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    for name in ("_write_beside", "take"):
        monkeypatch.setattr(files, name, refuse)
    monkeypatch.setattr(os, "open", refuse)
    for work in (
        lambda: files.write(tmp_path / "x", b""),
        lambda: files.read(tmp_path / "x", msgspec.json.Decoder(int), "a number"),
        lambda: files.lock(tmp_path).__enter__(),
    ):
        with pytest.raises((errors.SiteError, FileNotFoundError)) as caught:
            work()
        if not isinstance(caught.value, FileNotFoundError):
            said = str(caught.value)
            assert piece in said and said.endswith(".") and said.count(". ") == 0, said


def test_canonical_json_is_sorted_tight_and_utf_8():
    assert files.canonical({"b": [1.5, None], "a": "ä"}) == '{"a":"ä","b":[1.5,null]}'.encode()


HALF = """
import os, sys, time
from pathlib import Path
from whistle.site import files
def hanging(handle):
    print("half", flush=True)
    time.sleep(60)
os.fsync = hanging
files.write(Path(sys.argv[1]), b"KEY" * 999)
"""


def half(path: Path) -> subprocess.Popen[bytes]:
    """Somebody who writes that file, and is in the middle of it."""
    process = subprocess.Popen([sys.executable, "-c", HALF, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"half\n"
    return process


def test_what_a_killed_writer_left_on_a_stick_goes_with_the_next_who_writes_there(tmp_path):
    foreign = {".notes.unfinished", ".x.12345678.unfinished.txt", "a.abcdefgh.unfinished", ".other.ABCDEFGH.unfinished"}
    for name in foreign:
        (tmp_path / name).write_text("somebody's")
    (tmp_path / ".folder.abcdefgh.unfinished").mkdir()
    os.mkfifo(tmp_path / ".pipe.abcdefgh.unfinished")
    killed, alive = half(tmp_path / "gateway.json"), half(tmp_path / "dashboard.json")
    try:
        killed.kill()
        killed.communicate()
        assert len(list(tmp_path.glob(".gateway.json.*.unfinished"))) == 1
        files.write(tmp_path / "another.json", b"{}")
        assert not list(tmp_path.glob(".gateway.json.*"))
        assert len(list(tmp_path.glob(".dashboard.json.*.unfinished"))) == 1, "its writer lives"
        assert foreign <= {one.name for one in tmp_path.iterdir()}
    finally:
        alive.kill()
        alive.communicate()
    with files.lock(tmp_path):
        assert not list(tmp_path.glob(".dashboard.json.*"))


def test_a_file_is_nobodys_litter_until_it_has_its_name(tmp_path, monkeypatch):
    real = os.replace

    def replaced_beside_another_writer(old: str, new: Path) -> None:
        files.write(tmp_path / "other", b"2") if new.name == "x" else None
        real(old, new)

    monkeypatch.setattr(os, "replace", replaced_beside_another_writer)
    files.write(tmp_path / "x", b"1")
    assert sites.snapshot(tmp_path) == {"x": b"1", "other": b"2"}
