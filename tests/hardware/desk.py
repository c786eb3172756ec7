"""`whistle`, the real command, on a machine whose USB is that of a file: what lies on an emulated desk.

    python -m tests.hardware.desk PORTS.json workbench batch ...

Only what the system tells of its USB is in its place: pyserial's list, where drives are mounted (the folder `media`
beside the file), and what a drive answers that a board took away. Ports are opened, and esptool is run, as ever.
"""

import errno
import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from serial.tools import list_ports

PORTS = Path(sys.argv.pop(1))
MEDIA = PORTS.parent.resolve() / "media"
flushed = os.fsync


def plugged() -> list[SimpleNamespace]:
    """What list_ports.comports would tell; a cable that came out by itself has left a path without anything."""
    found = []
    for port in json.loads(PORTS.read_bytes()):
        vid, pid = (int(part, 16) for part in port["usb"].split(":"))
        about = {"serial_number": port["serial"], "location": port["location"], "product": port["product"]}
        if Path(port["device"]).exists():
            found.append(SimpleNamespace(device=port["device"], vid=vid, pid=pid, **about))
    return found


list_ports.comports = plugged  # type: ignore[assignment]

# isort: split
from tests.hardware.plugging import beside  # noqa: E402  from here on the ports are taken from there
from whistle.cli import main  # noqa: E402
from whistle.workbench import uf2  # noqa: E402


def synced(handle: int) -> None:
    """As the kernel's: back when the drive has it all, and an I/O error when it went away meanwhile."""
    path = Path(os.readlink(f"/proc/self/fd/{handle}"))
    flushed(handle)
    while MEDIA in path.parents and not _looked(beside(path.parent), os.fstat(handle).st_size):
        if not path.exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        time.sleep(0.002)


def _looked(progress: Path, size: int) -> bool:
    try:
        return int(progress.read_text()) >= size
    except OSError:
        return False


uf2.ROOTS = (MEDIA,)  # type: ignore[misc]
os.fsync = synced
main(prog_name="whistle")
