"""Put a release on a board: beside the one that runs, verified, then switched to by one rename.

Whatever happens on the way, the board starts the old release or the new one, and the beacon's keys, numbers, place and
open call are not touched. What is there already is not copied again, so an interrupted run is simply run again.
"""

from collections.abc import Callable
from typing import NamedTuple

from alertwire.sequence import unpack

from whistle.workbench.device import Device
from whistle.workbench.errors import BoardFull, CallOpen, NotWritten
from whistle.workbench.slots import STARTER, Release, Slots, slots, version

Tell = Callable[[str, int, int], None]


class Installed(NamedTuple):
    """What became of it: stamps before ("" for none) and after, the slot, how many files were copied and how many were
    there already; `trial` when the release still has to prove itself.
    """

    before: str
    after: str
    slot: str
    copied: int
    kept: int
    trial: bool


def untold(path: str, at: int, of: int) -> None:
    """Tells nobody."""


def open_call(device: Device) -> bool:
    """Whether an alert of this beacon stands open, by the newest whole flash record."""
    records = [record for record in map(unpack, map(device.read, ("/state0", "/state1"))) if record]
    return bool(records and max(records)[3])


def install(device: Device, wanted: Release, anyway: bool = False, tell: Tell = untold) -> Installed:
    """Bring the board to a release, from an empty flash or from another release; `tell(path, number, of)` at each file.

    On an empty flash it runs at once, else it goes on trial beside the old one. CallOpen while an alert stands open,
    unless `anyway`; BoardFull, NotWritten and every fault of the link leave what ran before.
    """
    found, before = state(device)
    if found and _holds(device, found.current, wanted):
        return _as_it_is(device, found, before, wanted)
    if not anyway and open_call(device):
        raise CallOpen(
            f"An alert of the beacon on {device.port} stands open: wait until it is closed, or say --yes; after the "
            "restart the beacon goes on calling."
        )
    if found and found.before:  # what is on trial is about to be overwritten
        found = Slots(found.good)
        device.write("/slot", found.good.encode())
        if _holds(device, found.good, wanted):
            return _as_it_is(device, found, before, wanted)
    target = found.spare if found else "a"
    copied, kept = fill(device, target, wanted, tell)
    kept += _starter(device, wanted)
    device.write("/slot", f"{target} {found.good} 0".encode() if found else target.encode())
    return Installed(before, wanted.stamp, target, copied, kept, found is not None)


def fill(device: Device, slot: str, wanted: Release, tell: Tell = untold) -> tuple[int, int]:
    """Make a slot that does not run hold exactly a release: (files copied, files that were there).

    Its `version` goes first and comes last, when everything was read back.
    """
    have, want = device.hashes(f"/{slot}"), _absolute(slot, wanted)
    if have == want:
        return 0, len(want)
    mark = f"/{slot}/version"
    missing = [path for path in want if have.get(path) != want[path] and path != mark]
    device.remove(mark, *sorted(path for path in have if path not in want))
    files = {f"/{slot}/{path}": data for path, data in wanted.files.items()}
    _room(device, sum(len(files[path]) for path in missing))
    for at, path in enumerate(missing, 1):
        tell(path, at, len(missing))
        device.write(path, files[path])
    device.write(mark, wanted.mark)
    if device.hashes(f"/{slot}") != want:
        raise NotWritten(f"The files of {wanted.stamp} read back differently on {device.port}: do this again.")
    return len(missing), len(want) - len(missing)


def _as_it_is(device: Device, found: Slots, before: str, wanted: Release) -> Installed:
    kept = len(wanted.hashes()) + _starter(device, wanted)
    return Installed(before, wanted.stamp, found.current, 0, kept, found.before is not None)


def _holds(device: Device, slot: str, wanted: Release) -> bool:
    return device.hashes(f"/{slot}") == _absolute(slot, wanted)


def _absolute(slot: str, wanted: Release) -> dict[str, str]:
    return {f"/{slot}/{path}": digest for path, digest in wanted.hashes().items()}


def _starter(device: Device, wanted: Release) -> int:
    """Put down what starts a release, where it is another: how many were there already."""
    kept = 0
    for path in STARTER:
        if device.read(f"/{path}") == wanted.starter[path]:
            kept += 1
        else:
            device.write(f"/{path}", wanted.starter[path])
    return kept


def _room(device: Device, size: int) -> None:
    """BoardFull before anything is written that would not fit."""
    free = device.identify().free
    if size > free:
        raise BoardFull(
            f"The new files need {size} bytes and the board on {device.port} has {free}: erase it and flash it anew."
        )


def state(device: Device) -> tuple[Slots | None, str]:
    """What runs on the board, and its stamp."""
    found = slots(device)
    return found, version(device, found.current) if found else ""
