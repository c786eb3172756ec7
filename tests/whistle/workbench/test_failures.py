"""What esptool and the system say, and what a technician is told: every row of the table once, and all exit codes."""

import ast
import re
from pathlib import Path

import pytest

from whistle.workbench import errors, failures
from whistle.workbench.errors import WorkbenchError
from whistle.workbench.ports import Port

BRIDGE = Port("/dev/ttyUSB0", "10c4:ea60")
NATIVE = Port("/dev/ttyACM0", "303a:1001")
BUSY = "Could not open /dev/ttyUSB0, the port is busy or doesn't exist.\n"
CONNECT = "Connecting......\nERROR: A fatal error occurred: Failed to connect to Espressif device: "

# (what esptool 5.6 printed, what it is, a piece of the sentence)
SAID = [
    (BUSY + "([Errno 13] could not open port /dev/ttyUSB0: [Errno 13] Permission denied: '/dev/ttyUSB0')",
     errors.NoPermission, "usermod -aG dialout"),
    (BUSY + "([Errno 11] Could not exclusively lock port /dev/ttyUSB0: [Errno 11] Resource temporarily unavailable)",
     errors.PortBusy, "close it"),
    (BUSY + "([Errno 16] could not open port /dev/ttyUSB0: [Errno 16] Device or resource busy: '/dev/ttyUSB0')",
     errors.PortBusy, "another program"),
    (BUSY + "(could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5))",
     errors.PortBusy, "another program"),
    (BUSY + "([Errno 2] could not open port /dev/ttyUSB0: [Errno 2] No such file or directory: '/dev/ttyUSB0')",
     errors.PortGone, "is gone"),
    ("A serial exception error occurred: device reports readiness to read but returned no data (device disconnected "
     "or multiple access on port?)", errors.PortGone, "check cable and plug"),
    ("A fatal error occurred: This chip is ESP32, not ESP32-S3. Wrong chip argument?",
     errors.WrongChip, "has an ESP32, and an ESP32-S3 was expected"),
    ("A fatal error occurred: 'x.bin' is not an ESP32-S3 image. Use --force to flash anyway.",
     errors.WrongImage, "nothing was erased"),
    ("A fatal error occurred: 'x.bin' requires chip revision v3.0 or higher (this chip is revision v1.1). Use --force",
     errors.WrongImage, "chip revision v3.0 or higher"),
    ("A fatal error occurred: File 'x.bin' (length 1200024) at offset 0x00000000 will not fit in 1048576 bytes of "
     "flash. Change the flash_size argument or flashing address.", errors.FlashTooSmall, "the 1048576 bytes"),
    ("A fatal error occurred: MD5 of file does not match data in flash!", errors.NotVerified, "reads back differently"),
    ("A fatal error occurred: Write failed, the written flash region is empty.", errors.NotVerified, "--slow"),
    ("WARNING: Failed to communicate with the flash chip, read/write operations will fail.",
     errors.NotVerified, "unplug everything"),
    (CONNECT + "Download mode successfully detected, but getting no sync reply: The serial TX path seems to be down.",
     errors.NoAnswer, "RX and TX"),
    (CONNECT + "Wrong boot mode detected (0x13)! The chip needs to be in download mode.",
     errors.WrongBootMode, "hold BOOT"),
    (CONNECT + "Invalid head of packet (0x45): Possible serial noise or corruption.",
     errors.WrongBootMode, "runs its program"),
    (CONNECT + "Guru Meditation Error detected (IllegalInstruction).", errors.WrongBootMode, "runs its program"),
    (CONNECT + "No serial data received.", errors.NoAnswer, "sleeps"),
    ("A fatal error occurred: No more data to read from the serial port. This can have many causes",
     errors.LineNoise, "shorter cable"),
    ("A fatal error occurred: Serial data stream stopped: Possible serial noise or corruption.",
     errors.LineNoise, "in the middle"),
    ("A fatal error occurred: Failed to write compressed data to flash after seq 3 (result was 01070000: Invalid CRC)",
     errors.LineNoise, "--slow"),
    ("A fatal error occurred: Failed to set baud rate 460800. The driver may not support this rate.",
     errors.LineNoise, "does not take this speed"),
    ("A fatal error occurred: The moon is full.", errors.EsptoolFailed, "(A fatal error occurred: The moon is full)"),
    ("", errors.EsptoolFailed, "esptool gave up"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("output", "kind", "piece"), SAID, ids=[f"{n}-{kind.__name__}" for n, (_, kind, _) in enumerate(SAID)]
)
def test_esptools_words_become_one_sentence_with_a_remedy(output, kind, piece):
    told = failures.of_esptool("esptool v5.6.0\nSerial port /dev/ttyUSB0:\n" + output, BRIDGE)
    assert type(told) is kind
    assert piece in told.message and "\n" not in told.message and told.message.endswith(".")
    assert "{" not in told.message


def test_every_row_of_the_table_is_met_by_a_case():
    texts = ["esptool v5.6.0\n" + output for output, _, _ in SAID]
    first = [
        next((n for n, known in enumerate(failures.KNOWN) if re.search(known.pattern, text, re.S)), -1)
        for text in texts
    ]
    assert set(range(len(failures.KNOWN))) <= set(first)


def test_the_ordinary_words_of_a_good_run_are_none_of_them():
    good = (
        "esptool v5.6.0\nConnected to ESP32-S3 on /dev/ttyACM0:\nUploading stub flasher...\nConfiguring flash size...\n"
        "Compressed 300024 bytes to 150483...\nWriting at 0x00004ff9 10.9%\nVerifying written data...\n"
        "Hash of data verified."
    )
    assert not [known for known in failures.KNOWN if re.search(known.pattern, good, re.S)]


@pytest.mark.parametrize(
    "text", ["No serial data received.", "Wrong boot mode detected (0x8)!", "Invalid head of packet (0x45):"]
)
def test_a_chip_with_its_own_usb_needs_its_buttons(text):
    told = failures.of_esptool(CONNECT + text, NATIVE)
    assert type(told) is errors.NativeUsbStuck and "hold BOOT" in told.message and "another port" in told.message


def every(kind: type[WorkbenchError]) -> list[type[WorkbenchError]]:
    return [kind, *[under for one in kind.__subclasses__() for under in every(one)]]


def test_each_failure_has_its_own_exit_code_and_the_tree_shows_it():
    """The drawing at the top of errors.py is what the page of exit codes is written from."""
    drawn = dict(re.findall(r"(\w+) (\d+) ", errors.__doc__ or ""))
    kinds = {kind.__name__: kind for kind in every(WorkbenchError)}
    codes = [kind.exit_code for kind in kinds.values() if kind.exit_code != 1]
    for name, code in drawn.items():
        assert kinds[name].exit_code == int(code), name
    leaves = {
        name: kind.exit_code for name, kind in kinds.items() if "exit_code" in vars(kind) and name != "WorkbenchError"
    }
    assert set(leaves) <= set(drawn)
    assert len(set(leaves.values())) == len(leaves) and 2 not in codes  # 2 is click's: a wrong option


def test_the_page_tells_every_exit_code():
    page = (Path(__file__).parents[3] / "docs" / "flashing.md").read_text()
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.M)}
    ours = {kind.exit_code for kind in every(WorkbenchError) if 9 <= kind.exit_code < 40}
    assert ours <= told, sorted(ours - told)


def test_no_sentence_is_written_twice():
    tree = ast.parse(Path(failures.__file__).read_text())
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    long = [text for text in texts if len(text) > 40]
    assert len(long) == len(set(long))
