"""The slip of a check: one JSON file a board and check, kept in a folder; public facts only."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from whistle.site import files
from whistle.site.errors import NotSaved
from whistle.workbench.checking import Step, passed
from whistle.workbench.errors import SlipNotKept


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one board: node number (0 for none), the chip's id, release, when (UTC), and its steps."""

    format: Literal[1] = 1
    node: int
    chip: str
    release: str
    when: str
    passed: bool
    steps: list[Step]


def slip(node: int, chip: str, release: str, steps: list[Step]) -> Slip:
    """The slip of these steps, of now."""
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Slip(node=node, chip=chip, release=release, when=when, passed=passed(steps), steps=steps)


def keep(made: Slip, folder: Path) -> Path:
    """Write a slip into the folder, under node (or chip) and time; SlipNotKept when the disk will not take it."""
    who = f"{made.node:08x}" if made.node > 0 else made.chip or "unknown"
    path = folder / f"{who}-{made.when.replace(':', '')}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.write(path, files.pretty(made))
    except (OSError, NotSaved):
        raise SlipNotKept(f"{path} cannot be written: name another folder with --slips.") from None
    return path
