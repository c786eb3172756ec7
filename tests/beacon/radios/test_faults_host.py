"""Planted faults, in our subclass and in the driver, each in its own copy: what on_*.py says must catch every one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from radios import build

ROOT = Path(__file__).resolve().parents[3]
RUNNER = "tests/micropython/run.py"
OURS = "beacon/radios/sx126x.py"
DRIVER = "lora/sx126x.py"
OURS_7 = "beacon/radios/sx127x.py"
DRIVER_7 = "lora/sx127x.py"

# what is wrong: (file, text, text instead)
FAULTS = {
    "stays on the LDO": (OURS, 'self._raw(b"\\x96\\1")', "pass"),
    "calibrates a part only": (OURS, 'self._raw(b"\\x89\\x7f")', 'self._raw(b"\\x89\\x40")'),
    "calibrates the image for one band only": (OURS, "[2 * row : 2 * row + 2]", "[8:10]"),
    "forgets the patch that calibration clears": (OURS, "self._reg_write(0x8B5, self._reg_read(0x8B5) | 1)", "pass"),
    "loses the gain in sleep": (OURS, 'b"\\x0d\\2\\x9f\\2\\x08\\xac', 'b"\\x0d\\2\\x9f\\0\\x08\\xac'),
    "leaves the IQ bit as it finds it": (OURS, "self._reg_write(0x736, self._reg_read(0x736) | 4)", "pass"),
    "has the quality bit of another bandwidth": (OURS, "!= 500000) << 2", "== 500000) << 2"),
    "gives the oscillator 1 ms": (OURS, 'get("tcxo_mv"), 5000', 'get("tcxo_mv"), 1000'),
    "clears a received frame unread": (OURS, "self._naps = False\n        self._look()", "self._naps = False"),
    "writes into a reception": (OURS, "if self._heard and not self._under_way():", "if self._heard:"),
    "sends what a reception left of the frame": (
        OURS,
        "if flags & (_HEADER | _ENDED):\n            self._put = False",
        "pass",
    ),
    "hands over wrong CRCs": (OURS, "flags & (_RX_DONE | _CRC_ERR) == _RX_DONE", "flags & _RX_DONE"),
    "looks without looking": (OURS, "if flags & _CAD_FOUND:", "if False:"),
    "believes a preamble for ever": (OURS, "<= most // 1000:", ">= 0:"),
    "is deaf after a look": (OURS, "self._home(False)\n                return False", "return False"),
    "wakes the chip too soon": (OURS, "self._sleep = True\n            time.sleep_us(500)", "self._sleep = True"),
    "measures before its receiver has settled": (OURS, "time.sleep_us(1000)  # type", "pass  # type"),
    "does not switch the antenna": (OURS, "self._rxen(1)\n        symbol", "symbol"),
    "looks with the antenna switched off": (OURS, "self._rxen(1)  #", "pass  #"),
    "rests longer than a preamble": (OURS, "self._preamble_len - 10)", "self._preamble_len - 5)"),
    "looks too short to see a header": (OURS, "self._preamble_len + 13)", "self._preamble_len + 1)"),
    "resets the chip that woke it": (OURS, "if woken:", "if False:"),
    "does not wait while BUSY": (OURS, "while self._busy():", "while False:"),
    "reads from the buffer's start": (DRIVER, "_CMD_READ_BUFFER, rx_buffer_ptr,", "_CMD_READ_BUFFER, 0,"),
    "takes SNR for unsigned": (DRIVER, '"xBbx"', '"xBBx"'),
    "takes half a sync word": (DRIVER, "0x0404 +", "0x0004 +"),
    "leaves the clamp open": (DRIVER, "self._reg_read(0x8D8) | 0x1E", "self._reg_read(0x8D8) | 0x02"),
    "never clears its flags": (DRIVER, 'self._cmd(">BH", _CMD_CLR_IRQ_STATUS, clear_bits)', "pass"),
    "has low data rate optimisation always on": (DRIVER, "self._get_ldr_en(),  # Note", "1,  # Note"),
    "swaps payload length and CRC": (OURS, "0, size, 1, 0))", "0, 1, size & 1, 0))"),
    "clears a received frame unread, SX127x": (
        OURS_7,
        "self._set_mode(_STDBY)\n        self._look()",
        "self._set_mode(1)",
    ),
    "sends what a reception left of the frame, SX127x": (
        OURS_7,
        "if flags & (_RX_DONE | _HEADER):\n            self._put = False",
        "pass",
    ),
    "hands over wrong CRCs, SX127x": (OURS_7, "if not flags & _CRC_ERR:", "if True:"),
    "hears what nobody sent, SX127x": (OURS_7, "set(0x31, 0xC3)", "pass"),
    "has the IF of another bandwidth, SX127x": (OURS_7, "set(0x2F, 0x40)", "pass"),
    "keeps the driver's current limit, SX127x": (OURS_7, "set(0x0B, 0x31 if high else 0x2B)", "pass"),
    "has one zero for both bands, SX127x": (OURS_7, "else -164", "else -157"),
    "does not calibrate, SX127x": (OURS_7, "self.calibrate_image()", "pass"),
    "looks without looking, SX127x": (OURS_7, "return bool(flags & _CAD_FOUND)", "return False"),
    "cuts what it receives, SX127x": (OURS_7, "return bool(self._mode == _RX", "return bool(False"),
    "reads from the buffer's start, SX127x": (OURS_7, "self._reg_read(0x10))", "0)"),
    "is not optimised for 500 kHz, SX127x": (DRIVER_7, "self._reg_write(0x3A, 0x64)", "pass"),
    "writes the frame asleep, SX127x": (DRIVER_7, "_OPMODE_MODE_STDBY = const(0x1)", "_OPMODE_MODE_STDBY = const(0x0)"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault: str, driver: Path, need: Callable[[str], Path], tmp_path: Path) -> None:
    board = build.board(tmp_path, driver, FAULTS[fault])
    file = f"tests/beacon/radios/on_{FAULTS[fault][0][-9:]}"
    command = [str(need("micropython")), "-X", "heapsize=32m", RUNNER, str(board), file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode, f"a radio that {fault} passes"
    assert file[-12:-3] in done.stdout + done.stderr, done.stderr
