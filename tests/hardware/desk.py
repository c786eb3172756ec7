"""`whistle`, the real command, on a machine whose serial ports are those of a file: what lies on an emulated desk.

    python -m tests.hardware.desk PORTS.json workbench batch ...

Only what pyserial tells of the system's USB is in its place; ports are opened, and esptool is run, as ever.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from serial.tools import list_ports

PORTS = Path(sys.argv.pop(1))


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
from whistle.cli import main  # noqa: E402  it takes the ports from there when it is imported

main(prog_name="whistle")
