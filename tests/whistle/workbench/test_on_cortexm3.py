"""The workbench on MicroPython for a Cortex-M3, with a board's own littlefs and a board's own resets."""

import time

import pytest

from tests.support import boxes
from whistle.workbench import boards, compiling
from whistle.workbench.device import Device
from whistle.workbench.installing import install, state
from whistle.workbench.provisioning import provision
from whistle.workbench.slots import release

qemuboard = pytest.importorskip("tests.hardware.qemuboard", reason="missing tests/hardware/qemuboard.py")
pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture
def board(tmp_path, need):
    need("qemu")
    one = qemuboard.Board(tmp_path / "flash")
    one.start()
    yield one
    one.cut()


def grown(board, ran):
    """Wait, over and over at its prompt, until its releases have left so many marks: their names."""
    for _ in range(20):
        time.sleep(1)
        with Device(board.port) as device:
            marks = (device.read("/ran") or b"").decode().split()
            if len(marks) >= ran:
                return marks
            device.reset()
    raise AssertionError(f"only {marks} ran")


def test_install_update_fall_back_and_provision_on_its_own_flash(board, tmp_path):
    old, new = boxes.release(tmp_path, "old"), boxes.release(tmp_path, "new")
    with Device(board.port) as device:
        assert device.identify().mpy == 6
        assert install(device, old).copied == 1
        assert provision(device, boards.load("heltec-v3"), boxes.DATA["settings"]).settings
        device.reset()
    assert grown(board, 1) == ["old"]
    with Device(board.port) as device:
        assert install(device, new).trial
        device.reset()
    assert grown(board, 2)[1] == "new"
    bad = boxes.release(tmp_path, "bad", boxes.DIES)
    with Device(board.port) as device:
        assert state(device)[1] == new.stamp and state(device)[0].before is None, "it has proved itself"
        assert install(device, bad).trial
        device.reset()
    time.sleep(12)  # dying three times takes two seconds each
    with Device(board.port) as device:
        assert (device.read("/ran") or b"").decode().split() == ["old", "new", "bad", "bad", "bad", "new"]
        assert state(device)[1] == new.stamp and state(device)[0].before is None
        assert device.read("/settings") == boxes.DATA["settings"]
        assert install(device, release("real", compiling.program())).copied == 1
    board.cut()
    board.start()
    with Device(board.port) as device:
        assert state(device)[1].startswith("real ") and device.read("/settings") == boxes.DATA["settings"]
