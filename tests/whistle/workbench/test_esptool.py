"""Real esptool against the model of the chips' loaders: what it reads, what it writes, and how it fails."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hardware import images
from tests.hardware.romloader import Faults, RomLoader
from whistle.workbench import errors, esptool
from whistle.workbench.esptool import Chip, Esptool
from whistle.workbench.ports import Port

pytestmark = pytest.mark.system

S3 = images.esp("esp32s3")
ESP32 = images.esp("esp32", flash_mb=4)


@pytest.mark.parametrize(
    ("chip", "flash_mb", "words"),
    [("esp32", 4, "ESP32-D0WD-V3 (revision v3.0)"), ("esp32s3", 8, "ESP32-S3 (QFN56) (revision v0.2)")],
)
def test_a_chip_is_identified_without_a_byte_written(chip, flash_mb, words):
    with RomLoader(chip, flash_mb=flash_mb) as loader:
        assert Esptool().identify(Port(loader.path, "")) == Chip(chip, words, flash_mb, "dc5475aabbcc")
    assert not set(loader.seen) & {0x02, 0x03, 0x05, 0x07, 0x10, 0x11}  # nothing erased, written, or loaded to RAM
    assert loader.erased == loader.written == 0


@pytest.mark.parametrize(("chip", "image", "at"), [("esp32", ESP32, 0x1000), ("esp32s3", S3, 0)])
@pytest.mark.parametrize("slow", [False, True], ids=["stub", "rom"])
def test_an_image_is_written_and_verified(tmp_path, chip, image, at, slow):
    (tmp_path / "image.bin").write_bytes(image)
    percent: list[int] = []
    with RomLoader(chip) as loader:
        Esptool(slow=slow).write(Port(loader.path, ""), tmp_path / "image.bin", at, chip, percent.append)
    assert images.same(loader.flash[at : at + len(image)], image)
    assert set(loader.flash[:at]) <= {0xFF} and set(loader.flash[at + len(image) :]) == {0xFF}
    assert loader.stub is not slow and 0x13 in loader.seen
    assert percent[-1] == 100 and percent == sorted(percent)


def test_both_ends_of_one_session_are_the_same_chip(tmp_path):
    """Identify, then write, on one port: the loader is left as it was, and found again."""
    (tmp_path / "image.bin").write_bytes(S3)
    with RomLoader("esp32s3") as loader:
        Esptool().identify(Port(loader.path, ""))
        Esptool().write(Port(loader.path, ""), tmp_path / "image.bin", 0, "esp32s3")
    assert loader.flash.startswith(S3)


@pytest.mark.parametrize(
    ("faults", "slow", "kind"),
    [
        (Faults(flip_at=70_000), False, errors.NotVerified),
        (Faults(flip_at=70_000), True, errors.NotVerified),
        (Faults(dead_after=3), False, errors.LineNoise),
        (Faults(dead_after=3), True, errors.LineNoise),
        (Faults(garbage_after=3), False, errors.LineNoise),
        (Faults(closed_after=3), True, errors.PortGone),
    ],
    ids=["bit flip", "bit flip, slow", "dead line", "dead line, slow", "garbage", "port gone"],
)
def test_what_breaks_while_writing_is_known(tmp_path, faults, slow, kind):
    (tmp_path / "image.bin").write_bytes(S3)
    with RomLoader("esp32s3", faults=faults) as loader, pytest.raises(errors.WorkbenchError) as refused:
        Esptool(slow=slow).write(Port(loader.path, ""), tmp_path / "image.bin", 0, "esp32s3")
    assert type(refused.value) is kind, refused.value.message
    assert loader.erased > 0


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(deaf=True), errors.NoAnswer),
        (Faults(noise=True), errors.WrongBootMode),
        (Faults(boot_log=b"rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n"), errors.WrongBootMode),
    ],
    ids=["asleep", "noise", "runs its program"],
)
def test_what_does_not_answer_as_a_loader_is_known(faults, kind):
    with RomLoader("esp32s3", faults=faults) as loader, pytest.raises(errors.WorkbenchError) as refused:
        Esptool(attempts=1).identify(Port(loader.path, ""))
    assert type(refused.value) is kind, refused.value.message


def test_a_chip_that_is_another_is_refused_before_it_is_erased(tmp_path):
    (tmp_path / "image.bin").write_bytes(ESP32)
    with RomLoader("esp32s3") as loader, pytest.raises(errors.WrongChip, match="has an ESP32-S3, and an ESP32 was"):
        Esptool().write(Port(loader.path, ""), tmp_path / "image.bin", 0x1000, "esp32")
    assert loader.erased == 0


def test_an_image_beyond_the_flash_is_refused_before_it_is_erased(tmp_path):
    (tmp_path / "image.bin").write_bytes(images.esp(size=1_200_000, flash_mb=1))
    with RomLoader("esp32s3", flash_mb=1) as loader, pytest.raises(errors.FlashTooSmall, match="1048576 bytes"):
        Esptool().write(Port(loader.path, ""), tmp_path / "image.bin", 0, "esp32s3")
    assert loader.erased == 0


def test_a_port_that_somebody_has_is_busy():
    line, slave = pty.openpty()
    try:
        fcntl.flock(slave, fcntl.LOCK_EX)
        with pytest.raises(errors.PortBusy, match="another program"):
            Esptool().identify(Port(os.ttyname(slave), ""))
    finally:
        os.close(slave)
        os.close(line)


def test_a_port_that_is_not_there_is_gone(tmp_path):
    with pytest.raises(errors.PortGone):
        Esptool().identify(Port(str(tmp_path / "ttyUSB0"), ""))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not open a port")
def test_a_port_that_is_closed_to_us_says_which_group(tmp_path):
    line, slave = pty.openpty()
    os.chmod(os.ttyname(slave), 0o600)
    script = "import os, esptool, esptool.targets; os.setuid(65534); esptool._main()"
    command = [sys.executable, "-c", script, "--port", os.ttyname(slave), "flash-id"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    os.close(slave)
    os.close(line)
    told = esptool.failures.of_esptool(done.stdout + done.stderr, Port("/dev/ttyUSB0", ""))
    assert type(told) is errors.NoPermission, done.stderr


def test_settings_from_outside_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ESPTOOL_PORT", "/dev/null")
    monkeypatch.setenv("ESPTOOL_CHIP", "esp8266")
    monkeypatch.setenv("ESPTOOL_CFGFILE", str(tmp_path / "esptool.cfg"))
    (tmp_path / "esptool.cfg").write_text("[esptool]\nconnect_attempts = 0\ncustom_reset_sequence = nonsense\n")
    monkeypatch.chdir(tmp_path)
    with RomLoader("esp32") as loader:
        assert Esptool().identify(Port(loader.path, "")).chip == "esp32"


def test_a_program_that_hangs_is_ended_in_its_time():
    started = time.monotonic()
    code, said = esptool.run([sys.executable, "-c", "import time; print('on'); time.sleep(60)"], 1.0, lambda _: None)
    assert code == -signal.SIGKILL and said == "on\n" and time.monotonic() - started < 20


PARENT = """
import sys
from whistle.workbench import esptool
esptool.run(esptool.module("http.server", "0", "--bind", "127.0.0.1"), 60, lambda percent: None)
"""


def test_kill_9_takes_esptool_along_so_that_the_port_is_free():
    parent = subprocess.Popen([sys.executable, "-c", PARENT])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    said = Path("/proc") / awaited(lambda: children.read_text().strip()) / "cmdline"
    awaited(lambda: b"http.server" in said.read_bytes())
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    awaited(lambda: not said.exists() or not said.read_bytes())  # gone, or dead and not yet fetched


def awaited(look):
    end = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_ctrl_c_ends_esptool_too(tmp_path):
    def interrupted(_percent: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "image.bin").write_bytes(S3)
    with RomLoader("esp32s3") as loader:
        with pytest.raises(KeyboardInterrupt):
            Esptool().write(Port(loader.path, ""), tmp_path / "image.bin", 0, "esp32s3", interrupted)
        handle = os.open(loader.path, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody holds the port any more
        os.close(handle)


@pytest.mark.parametrize("missing", ["Chip type", "MAC", "ESP32-S3 on"])
def test_an_identity_that_is_not_whole_is_none(missing):
    said = "Connected to ESP32-S3 on /dev/x:\nChip type:   ESP32-S3 (QFN56)\nMAC:         dc:54:75:aa:bb:cc\n"
    assert esptool.identity(said) == Chip("esp32s3", "ESP32-S3 (QFN56)", 0, "dc5475aabbcc")
    with pytest.raises(errors.EsptoolFailed):
        esptool.identity(said.replace(missing, "?"))
