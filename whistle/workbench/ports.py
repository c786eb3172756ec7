"""Serial ports: which there are, which boards they may be, and how one board is followed when it comes back renamed.

A USB id tells a family, never a board: half of all boards sit behind the same two bridges. A board with its own USB
leaves the bus at every reset and comes back with another id; it is known again by its serial number (on an ESP32-S3 its
MAC, spelled in two ways), else by the socket it is plugged into.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from serial.tools import list_ports

from whistle.workbench.boards import Board
from whistle.workbench.errors import DriverMissing, ManyPorts, NoPort, PortGone

USB_DEVICES: Final = Path("/sys/bus/usb/devices")
EVERY_S: Final = 0.25
PATIENCE_S: Final = 15.0
SETTLED_S: Final = 2.0
AWAY_S: Final = 3.0
CHIP_DIGITS: Final = (12, 16)  # of a chip's own number: an ESP32-S3's MAC, an RP2040's flash

# Bridges whose driver is not everywhere, by USB id: what the driver is called.
DRIVERS: Final = {
    "10c4:ea60": "CP210x",
    "1a86:55d4": "CH9102",
    "1a86:55d3": "CH343",
    "1a86:7523": "CH340",
    "0403:6001": "FTDI",
}
ESPRESSIF: Final = "303a:"


class Port(NamedTuple):
    """A serial port with a USB device behind it: path, id as in a board's table, serial number, socket, words."""

    device: str
    usb: str
    serial: str = ""
    location: str = ""
    product: str = ""

    @property
    def mark(self) -> str:
        """The serial number in one spelling: an ESP32-S3's loader writes colons, MicroPython none."""
        return self.serial.replace(":", "").lower()

    def same(self, other: "Port") -> bool:
        """Whether both are one board, before and after it came back."""
        if len(self.mark) == len(other.mark) and len(self.mark) in CHIP_DIGITS:
            return self.mark == other.mark
        if self.location or other.location:
            return self.location == other.location
        return self.mark == other.mark if self.mark or other.mark else self.device == other.device


Lister = Callable[[], list[Port]]


def listed(comports: Callable[[], Iterable[Any]] = list_ports.comports) -> list[Port]:
    """All serial ports with a USB device behind them, by path."""
    found = [
        Port(one.device, f"{one.vid:04x}:{one.pid:04x}", one.serial_number or "", one.location or "", one.product or "")
        for one in comports()
        if one.vid is not None
    ]
    return sorted(found)


def usb_ids(devices: Path = USB_DEVICES) -> list[str]:
    """The ids of everything on USB, ports or not; empty where the system does not tell."""
    found = []
    for vendor in devices.glob("*/idVendor"):
        try:
            found.append(f"{vendor.read_text().strip()}:{(vendor.parent / 'idProduct').read_text().strip()}")
        except OSError:  # unplugged in this moment
            continue
    return sorted(found)


def matching(usb: str, boards: Iterable[Board]) -> list[Board]:
    """The boards that may show this USB id."""
    return [board for board in boards if usb in board.usb]


def named(device: str, lister: Lister = listed) -> Port:
    """The port of that path; a path without a USB device behind it (a bridge of the system, a test) is one too."""
    return next((port for port in lister() if port.device == device), Port(device, ""))


class Watching:
    """Waits for boards. Lister, USB ids, clock and sleep are handed in, so that a test needs none of them."""

    def __init__(
        self,
        lister: Lister = listed,
        usb: Callable[[], list[str]] = usb_ids,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.lister = lister
        self.usb = usb
        self.now = now
        self.sleep = sleep

    def first(self, boards: list[Board], patience_s: float = PATIENCE_S) -> Port:
        """The one port that may be one of these boards, waited for.

        ManyPorts when there are several; NoPort or DriverMissing with the likeliest reason when none comes.
        """
        found = self._until(lambda: [port for port in self.lister() if matching(port.usb, boards)], patience_s)
        if not found:
            raise missing(self.usb(), self.lister(), boards)
        if len(found) > 1:
            names = ", ".join(port.device for port in found)
            raise ManyPorts(f"Several boards are plugged in ({names}): name one with --port, or unplug the others.")
        return found[0]

    def new(self, before: Iterable[Port], boards: list[Board], patience_s: float = PATIENCE_S) -> Port:
        """The next port that was not there before and may be one of these boards; raises as `first`."""
        old = {port.device for port in before}
        found = self._until(
            lambda: [port for port in self.lister() if port.device not in old and matching(port.usb, boards)],
            patience_s,
        )
        if not found:
            raise missing(self.usb(), self.lister(), boards)
        return found[0]

    def again(self, port: Port, patience_s: float = PATIENCE_S) -> Port:
        """The same board after a reset, under whatever path and id it came back; PortGone when it did not.

        A chip that is its own USB device is still seen for a moment after its reset, so it must have stayed a while.
        """
        if not port.usb:
            return port
        stay_s = 0.0 if port.usb in DRIVERS else SETTLED_S
        deadline = self.now() + patience_s
        seen, since = None, self.now()
        while True:
            found = next((one for one in self.lister() if one.same(port)), None)
            if found != seen:
                seen, since = found, self.now()
            if seen and self.now() - since >= stay_s:
                return seen
            if self.now() >= deadline:
                raise _gone(port, patience_s)
            self.sleep(EVERY_S)

    def gone(self, port: Port) -> None:
        """Wait until that board's cable is out.

        A chip that is its own USB device also goes at its reset, so it must have stayed away for a while.
        """
        away_s = 0.0 if port.usb in DRIVERS else AWAY_S
        left = self.now()
        while True:
            if any(one.same(port) for one in self.lister()):
                left = self.now() + EVERY_S
            elif self.now() >= left + away_s:
                return
            self.sleep(EVERY_S)

    def _until(self, look: Callable[[], list[Port]], patience_s: float) -> list[Port]:
        deadline = self.now() + patience_s
        while not (found := look()) and self.now() < deadline:
            self.sleep(EVERY_S)
        return found


def _gone(port: Port, patience_s: float) -> PortGone:
    return PortGone(
        f"The board on {port.device} went away and did not come back in {patience_s:.0f} s: "
        "unplug it, plug it in again, and start this command once more."
    )


def missing(usb: list[str], listed: list[Port], boards: list[Board]) -> NoPort | DriverMissing:
    """Why no board came, from what is on USB and which ports there are."""
    known = {one for board in boards for one in board.usb}
    with_port = {port.usb for port in listed}
    without = [one for one in usb if one in known and one not in with_port]
    if without:
        driver = DRIVERS.get(without[0])
        which = f"the {driver} driver" if driver else "its driver"
        return DriverMissing(
            f"A board is on USB ({without[0]}), but it has no serial port: install {which}, then plug it in again."
        )
    return NoPort(
        "No board came: many cables only charge, so take another cable first, then another socket, "
        "and press the board's reset button."
    )
