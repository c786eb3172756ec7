"""Make a board this one beacon, or a modem: its settings (the keys) and its wiring, each whole or not at all.

The settings pass from memory to the board's flash; they are never printed, logged, or handed to another program.
"""

import hashlib
import json
from typing import NamedTuple

from whistle.workbench.boards import Board, wiring
from whistle.workbench.device import Device
from whistle.workbench.errors import BadWish, Garbled

SETTINGS = "/settings"
BOARD = "/board"
# What belongs to one beacon and to no other, in the order it goes: what a power cut left half, the keys, the numbers.
OWN = (f"{SETTINGS}.new", "/new", SETTINGS, "/group", "/state0", "/state1", "/marks", "/survey")
NOBODY, UNREADABLE = 0, -1
MODEM = b"modem"  # settings of a board that is a gateway's radio
_NODE = f"""
import json
try:
 with open('/settings') as _f:
  _s = json.load(_f)
 print(json.dumps([_s['node'], _s.get('device_epoch')]))
except OSError:
 print([{NOBODY}, 0])
except (ValueError, KeyError, TypeError, AttributeError):
 print([{UNREADABLE}, 0])
"""


class Provisioned(NamedTuple):
    """What became of it: the node, and whether each file was written (else it was there already)."""

    node: int
    settings: bool
    board: bool


def provision(device: Device, table: Board, settings: bytes) -> Provisioned:
    """Write a board's wiring and its beacon's settings, each unless it is there; run again after any interruption.

    A board that was another beacon loses that one's settings, then its numbers, before it gets the new settings: in
    between it is nobody, and says so by its lamp. Numbers that may be this beacon's own are kept, whatever happened to
    its settings: none may be used twice. Raises the errors of Device; Garbled for bytes that are no settings.
    """
    node = node_of(settings)
    board = wire(device, table)
    if device.sha256(SETTINGS) == hashlib.sha256(settings).hexdigest():
        return Provisioned(node, False, board)
    if node_on(device) not in (node, UNREADABLE):
        forget(device)
    device.write(SETTINGS, settings)
    return Provisioned(node, True, board)


def forget(device: Device) -> None:
    """Nothing of a beacon is on the board any more; its keys go before its numbers."""
    device.remove(*OWN)


def modem(device: Device, table: Board, anyway: bool = False) -> None:
    """Make a board a gateway's radio: its wiring, and settings that name no beacon. What it was is forgotten first.

    BadWish for a board that is a beacon, unless `anyway`; nothing was changed then.
    """
    node = node_on(device)
    if node > NOBODY and not anyway:
        raise BadWish(
            f"The board on {device.port} is the beacon !{node:08x}, whose keys and numbers would go: take another "
            "board, or say --yes."
        )
    wire(device, table)
    if device.sha256(SETTINGS) != hashlib.sha256(MODEM).hexdigest():
        forget(device)
        device.write(SETTINGS, MODEM)


def wire(device: Device, table: Board) -> bool:
    """Write a board's wiring, unless it is there; whether it was written."""
    wires = wiring(table)
    other = device.sha256(BOARD) != hashlib.sha256(wires).hexdigest()
    if other:
        device.write(BOARD, wires)
    return other


def node_on(device: Device) -> int:
    """The node number in the board's settings; NOBODY without settings, UNREADABLE when they make no sense."""
    return _asked(device)[0]


def beacon_on(device: Device) -> tuple[int, int] | None:
    """Node and device epoch of the board's settings; None without settings that make sense."""
    node, epoch = _asked(device)
    return (node, epoch) if node > 0 and epoch > 0 else None


def _asked(device: Device) -> tuple[int, int]:
    found = device.ask(_NODE, doing="when it was asked which beacon it is")
    node, epoch = found if isinstance(found, list) and len(found) == 2 else (UNREADABLE, 0)
    return node if isinstance(node, int) else UNREADABLE, epoch if isinstance(epoch, int) else 0


def node_of(settings: bytes) -> int:
    """The node number in settings; Garbled when they are none."""
    try:
        node = json.loads(settings)["node"]
    except (ValueError, KeyError, TypeError):
        node = None
    if not isinstance(node, int):
        raise Garbled("These are no settings of a beacon: make them anew with `whistle site settings`.") from None
    return node
