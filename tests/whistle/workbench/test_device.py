"""The link to a board, over real pseudo-terminals: files whole or not at all, every failure one sentence, in time."""

import hashlib
import threading
import time

import pytest

from tests.hardware import emulated
from tests.support import boxes
from tests.support.waiting import until
from whistle.workbench import device as devices
from whistle.workbench import errors, link
from whistle.workbench.device import Device
from whistle.workbench.link import Link

OLD, NEW = b"old bytes " * 30, bytes(range(256)) * 10


@pytest.fixture
def flash(tmp_path, need):
    need("micropython")
    (tmp_path / "flash").mkdir()
    return tmp_path / "flash"


def sentence(caught) -> str:
    text = caught.value.format_message()
    assert text.endswith(".") and "Traceback" not in text and "\n" not in text
    assert ": " in text, "no remedy"
    return text


def test_files_are_written_read_hashed_listed_and_removed(flash):
    with emulated.board(flash) as port, Device(port) as board:
        board.write("/deep/er/file", NEW)
        assert (flash / "deep/er/file").read_bytes() == NEW == board.read("/deep/er/file")
        assert board.sha256("/deep/er/file") == hashlib.sha256(NEW).hexdigest()
        board.write("/deep/er/file", b"")
        assert board.read("/deep/er/file") == b"" and board.listing() == {"/deep/er/file": 0}
        assert board.hashes("/deep") == {"/deep/er/file": hashlib.sha256(b"").hexdigest()}
        assert (board.read("/none"), board.sha256("/none"), board.listing("/none"), board.hashes("/none")) == (
            None,
            None,
            {},
            {},
        )
        board.remove("/none", "/deep/er/file")
        assert board.listing() == {}


def test_it_says_what_it_is_and_what_it_raises(flash):
    with emulated.board(flash) as port, Device(port) as board:
        found = board.identify()
        assert found.version >= (1, 25) and found.mpy == 6 and found.free > 1000
        assert board.run("print('é')").strip() == "é"
        with pytest.raises(errors.BoardFault, match="KeyError: nothing") as caught:
            board.run("{}['nothing']")
        sentence(caught)
        with pytest.raises(errors.Garbled):
            board.ask("print('no json')")
        assert board.ask("import json\nprint(json.dumps([1, None]))") == [1, None], "still usable"


def test_a_program_that_loops_is_interrupted_and_goes_on_after_a_reset(flash):
    (flash / "main.py").write_text("import time\nopen('n', 'a').write('x')\nwhile True:\n time.sleep_ms(1)\n")
    with emulated.powered(flash) as board:
        until(lambda: board.trace.count("write /n") == 1)
        with Device(board.port) as device:
            assert device.read("/n") == b"x"
            device.reset()
        until(lambda: board.trace.count("write /n") == 2)
        with Device(board.port) as device:
            assert device.read("/n") == b"xx"


def test_a_program_that_cannot_be_interrupted_points_to_the_service_window(flash):
    stubborn = "while True:\n try:\n  while True: pass\n except KeyboardInterrupt:\n  print('MPY: no')\n"
    (flash / "main.py").write_text(stubborn)
    with emulated.board(flash) as port, pytest.raises(errors.NoPrompt, match="button") as caught:
        Device(port, seconds=2)
    sentence(caught)


def test_a_board_that_sleeps_is_started_by_its_reset_line(flash, monkeypatch):
    asleep = "if 'slept' in os.listdir():\n os.remove('slept')\n while True:\n  try:\n   time.sleep(9)\n"
    (flash / "main.py").write_text(f"import os, time\n{asleep}  except KeyboardInterrupt:\n   pass\n")
    (flash / "slept").write_text("")
    with emulated.powered(flash) as board:
        until(lambda: "remove /slept" in board.trace)
        monkeypatch.setattr(Link, "start", lambda link: board.reset())
        with Device(board.port, seconds=9) as device:
            assert device.run("print(1)").strip() == "1" and board.starts > 1  # one more when Ctrl-C met it too early


def test_a_silent_board_is_given_up_in_time(flash):
    with emulated.powered(flash, garbage=b"\0") as board:
        begun = time.monotonic()
        with pytest.raises(errors.NoPrompt, match="sleeps or hangs") as caught:
            Device(board.port, seconds=1)
        assert time.monotonic() < begun + 6
    sentence(caught)


@pytest.mark.parametrize("said", [b"ets Jul 29 2019 rst:0x1 invalid header: 0xffffffff\n", bytes(range(128, 256))])
def test_something_else_than_micropython_is_told_apart(flash, said):
    with emulated.powered(flash, garbage=said) as board, pytest.raises(errors.WrongFirmware, match="flash") as caught:
        Device(board.port, seconds=1)
    sentence(caught)


def test_another_python_or_an_old_one_is_refused(flash, monkeypatch):
    with emulated.board(flash) as port, Device(port) as board:
        for answer in (["circuitpython", [9, 1, 0], 6], ["micropython", [1, 19, 1], 6], ["micropython", [2, 0, 0], 7]):
            monkeypatch.setattr(devices, "_WHO", f"import json\nprint(json.dumps({[*answer, '', 0]!r}))")
            with pytest.raises(errors.WrongFirmware, match=answer[0]) as caught:
                board.identify()
            sentence(caught)


def test_a_hang_ends_at_its_deadline_and_garbage_is_named(flash):
    with emulated.powered(flash) as board, Device(board.port) as device:
        begun = time.monotonic()
        with pytest.raises(errors.Hung) as caught:
            device.run("while True: pass", seconds=1)
        assert time.monotonic() < begun + 3
        sentence(caught)
        talkative = "import sys\nwhile True: sys.stdout.write('talk ' * 20)"
        begun = time.monotonic()
        with pytest.raises((errors.Hung, errors.Garbled)):
            device.run(talkative, seconds=1)
        assert time.monotonic() < begun + 8
    with emulated.powered(flash) as board, Device(board.port) as device:
        board.garble(b"\x80\x81\x04\xff>")
        with pytest.raises((errors.Garbled, errors.Hung)) as caught:
            device.write("/x", NEW, seconds=1)
        sentence(caught)


def test_a_board_that_is_busy_with_its_flash_is_waited_for(flash, monkeypatch):
    with emulated.powered(flash) as board, Device(board.port) as device:
        real, stalls = device._link.serial.write, []

        def write(data):
            if data == b"\x05A\x01" and len(stalls) < 3:  # mpremote asks, and reads two bytes
                stalls.append(threading.Thread(target=board.freeze, args=(0.7,)))
                stalls[-1].start()
                time.sleep(0.05)
            return real(data)

        monkeypatch.setattr(device._link.serial, "write", write)
        device.write("/file", NEW)
        assert device.read("/file") == NEW and len(stalls) == 3
        for stall in stalls:
            stall.join()


def test_ports_that_are_not_there_or_taken_or_closed(flash, tmp_path, monkeypatch):
    monkeypatch.setattr(link, "COMES_S", 0.3)
    with pytest.raises(errors.NoPort) as caught:
        Device(str(tmp_path / "none"))
    sentence(caught)
    with emulated.board(flash) as port, Device(port), pytest.raises(errors.PortBusy) as caught:
        Device(port)
    sentence(caught)


def test_a_name_that_is_no_port_is_told_at_once(flash, tmp_path):
    (tmp_path / "list.csv").write_text("name,place")
    begun = time.monotonic()
    for name in ("nosuch", "ttyUSB7", "list.csv", "."):
        with pytest.raises(errors.NoPort, match=f"{tmp_path}/{name}|{tmp_path}"):
            Device(str(tmp_path / name))
    assert time.monotonic() - begun < 1


def test_a_port_of_any_name_is_waited_for_once_it_was_there(flash, tmp_path):
    path = tmp_path / "the bench"
    with emulated.board(flash) as port:
        path.symlink_to(port)
        with Device(str(path)):
            path.unlink()
        coming = threading.Timer(0.5, path.symlink_to, [port])
        coming.start()
        with Device(str(path)) as device:
            assert device.identify().mpy == 6


def test_a_port_that_is_about_to_come_or_to_be_let_go_is_waited_for(flash, tmp_path):
    """A chip that is its own USB device is gone for a moment at its reset; then the system itself looks at it first."""
    path = tmp_path / "ttyACM0"
    with emulated.board(flash) as port:
        coming = threading.Timer(0.5, path.symlink_to, [port])
        coming.start()
        with Device(str(path)) as device:
            leaving = threading.Timer(0.5, device.close)
            leaving.start()
            with Device(port) as other:
                assert other.identify().mpy == 6


@pytest.mark.slow
@pytest.mark.parametrize("torn", [False, True])
def test_a_cable_pulled_at_any_flash_operation_leaves_the_old_file_or_the_new(flash, torn, tell):
    def write(cut):
        (flash / "file").write_bytes(OLD)
        with emulated.powered(flash, cut=cut, torn=torn) as board, Device(board.port) as device:
            device.write("/file", NEW)
            return list(board.trace)

    trace = write(0)
    assert trace[-1] == "rename /file.new /file" and len(trace) >= 6
    made = 0
    for cut in range(1, len(trace) + 1):
        with pytest.raises(errors.PortGone) as caught:
            write(cut)
        made += 1
        sentence(caught)
        assert (flash / "file").read_bytes() == OLD
    assert write(0) == trace and (flash / "file").read_bytes() == NEW, "what was left behind is in nobody's way"
    assert {path.name for path in flash.iterdir()} == {"file"}
    tell(f"write: {len(trace)} flash operations, cut at each{' in the middle' if torn else ''}: {made}")
    assert made == len(trace)


def test_a_full_flash_keeps_the_old_file(flash):
    (flash / "file").write_bytes(OLD)
    with emulated.powered(flash, room=1500) as board, Device(board.port) as device:
        with pytest.raises(errors.BoardFull) as caught:
            device.write("/file", NEW)
        sentence(caught)
        assert device.read("/file") == OLD and device.listing() == {"/file": len(OLD)}
        device.write("/file", b"fits")
        assert device.read("/file") == b"fits"


def test_flash_that_reads_back_differently_keeps_the_old_file(flash):
    (flash / "file").write_bytes(OLD)
    with emulated.powered(flash, worn=True) as board, Device(board.port) as device:
        with pytest.raises(errors.NotWritten) as caught:
            device.write("/file", NEW)
        sentence(caught)
        assert device.read("/file") == OLD and device.listing() == {"/file": len(OLD)}


@pytest.mark.parametrize("busy", [False, True])
def test_a_board_that_is_left_by_an_error_or_ctrl_c_runs_its_program_again(flash, tmp_path, busy):
    boxes.placed(flash, boxes.release(tmp_path, "one"), "a")
    with emulated.powered(flash) as board:
        until(lambda: "close /ran" in board.trace, 20)
        with pytest.raises(KeyboardInterrupt), Device(board.port) as device:
            if busy:
                device.begin("import time\nwhile True:\n time.sleep(1)")
            raise KeyboardInterrupt
        until(lambda: board.trace.count("close /ran") == 2, 20)
