"""From what went wrong (esptool's words, an error of the system) to the sentence a technician needs. Pure, by table.

The patterns are esptool 5.6's own messages; what stands in none of them is handed on as EsptoolFailed with esptool's
last line, so that nothing is hidden.
"""

import re
from typing import Final, NamedTuple

from whistle.workbench import errors
from whistle.workbench.errors import EsptoolFailed, WorkbenchError
from whistle.workbench.ports import ESPRESSIF, Port

BUTTONS: Final = "hold BOOT, press and release RST, let go of BOOT, and try again"
FOR_THE_PORT: Final = (
    "add yourself to the group that owns it (`sudo usermod -aG dialout $USER`, on some systems uucp), "
    "then log out and in again"
)


class Known(NamedTuple):
    """A pattern of esptool's output, what it is, and the sentence; {port} is the port, {0} what the pattern caught."""

    pattern: str
    kind: type[WorkbenchError]
    sentence: str


# The first that fits counts: what is certain stands before what is likely.
KNOWN: Final = (
    Known(r"Permission denied|Errno 13", errors.NoPermission, f"{{port}} may not be opened: {FOR_THE_PORT}."),
    Known(
        r"Could not exclusively lock|Errno 11\b|Errno 16|Device or resource busy|Access is denied",
        errors.PortBusy,
        "{port} is used by another program: close it (a serial monitor, Thonny, a gateway) and try again.",
    ),
    Known(
        r"No such file or directory|FileNotFoundError|Errno 2\b|Errno 5\b|Errno 6\b|Errno 19\b|device disconnected|"
        r"device reports readiness|Input/output error",
        errors.PortGone,
        "{port} is gone: check cable and plug, plug the board in again, and start this command once more.",
    ),
    Known(
        r"This chip is (\S+), not (\S+?)\. Wrong chip",
        errors.WrongChip,
        "The board has an {0}, and an {1} was expected: choose the right board with --board.",
    ),
    Known(
        r"is not an (\S+) image|Unexpected chip id in image|does not contain an (\S+) image",
        errors.WrongImage,
        "The image is for another chip than this board's; nothing was erased: name the right board or image.",
    ),
    Known(
        r"requires chip revision ([^(\n]+)",
        errors.WrongImage,
        "The image needs chip revision {0}and this chip is another: fetch an image for this one.",
    ),
    Known(
        r"will not fit in (\d+) bytes of flash",
        errors.FlashTooSmall,
        "The image does not fit the {0} bytes of this board's flash: fetch the image of a smaller variant.",
    ),
    Known(
        r"MD5 of file does not match|Verification failed|written flash region is empty",
        errors.NotVerified,
        "What was written reads back differently: try once more with --slow; if it happens again, the flash is worn "
        "out and the board is scrap.",
    ),
    Known(
        r"Failed to communicate with the flash chip|Unable to verify flash chip connection",
        errors.NotVerified,
        "The chip cannot reach its flash: unplug everything from the board's pins and try again.",
    ),
    Known(
        r"serial TX path seems to be down",
        errors.NoAnswer,
        "The board hears nothing although it is ready: unplug whatever hangs on its RX and TX pins, or take another "
        "cable.",
    ),
    Known(
        r"Wrong boot mode detected|Failed to connect.*(?:Invalid head of packet|Invalid SLIP|Guru Meditation)",
        errors.WrongBootMode,
        f"The board on {{port}} runs its program instead of its loader: {BUTTONS}.",
    ),
    Known(
        r"Failed to connect|No serial data received",
        errors.NoAnswer,
        f"Nobody answers on {{port}}: the board sleeps, or cannot be reset over this cable: {BUTTONS}.",
    ),
    Known(
        r"No more data to read|Serial data stream stopped|Packet content transfer stopped|Invalid head of packet|"
        r"Invalid SLIP|Response doesn't match|chip stopped responding|Guru Meditation|Failed to (?:write|enter|leave)",
        errors.LineNoise,
        "The board on {port} stopped answering in the middle: take a shorter cable, no hub, and try again with --slow.",
    ),
    Known(
        r"Failed to set baud rate",
        errors.LineNoise,
        "The driver of {port} does not take this speed: try again with --slow.",
    ),
)


def of_esptool(output: str, port: Port) -> WorkbenchError:
    """What esptool's output means for a technician; a board with its own USB gets its own remedy."""
    for known in KNOWN:
        found = re.search(known.pattern, output, re.S)
        if found:
            return _native(known, port) or _told(known, found, port)
    last = _last_line(output)
    return EsptoolFailed(f"esptool gave up ({last}): try again with --slow; if it stays so, run esptool by hand.")


def _native(known: Known, port: Port) -> WorkbenchError | None:
    # A chip that is its own USB device and does not let itself be reset cannot be helped by another cable.
    if known.kind in (errors.NoAnswer, errors.WrongBootMode) and port.usb.startswith(ESPRESSIF):
        return errors.NativeUsbStuck(
            f"The chip on {port.device} is its own USB device and does not enter its loader: {BUTTONS} "
            "(it may come back under another port)."
        )
    return None


def _told(known: Known, found: re.Match[str], port: Port) -> WorkbenchError:
    return known.kind(known.sentence.format(*found.groups(), port=port.device))


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    fatal = [line for line in lines if "error" in line.lower()]
    return (fatal or lines or ["it said nothing"])[-1].rstrip(".")[:200]
