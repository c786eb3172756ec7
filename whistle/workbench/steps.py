"""The hands of the bench: what must be done to a board, one protocol a step. Who does it stands elsewhere.

The line (`batch`), `provision`, `move` and `replace` know boards through these alone. A step that cannot be done raises
BoardFailed, or another WorkbenchError, with one sentence; OSError counts as a board that went away. Every step may be
done a second time.
"""

from typing import Protocol

import msgspec

from whistle.workbench.boards import Board


class Device(msgspec.Struct, frozen=True):
    """A board on a port, now. `usb` is the serial number USB tells: many boards share one, so it names no board."""

    port: str
    usb: str = ""


class Identity(msgspec.Struct, frozen=True):
    """Which board this is, for ever: `id` its MAC address or chip serial, `board` the key of its table."""

    id: str
    board: str


class Finding(msgspec.Struct, frozen=True):
    """One thing that was checked. `passed` None: it could not be looked at, and `words` says why."""

    name: str
    passed: bool | None
    words: str = ""


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """What `check` found; kept in the journal. `software`: the version the board says it runs, None if it does not."""

    findings: list[Finding]
    software: str | None = None

    @property
    def passed(self) -> bool:
        """Nothing failed."""
        return all(finding.passed is not False for finding in self.findings)


class Waits(Protocol):
    """Sees boards come."""

    def wait(self, last: Device | None) -> Device | None:
        """The next board that is plugged in. `last` has to be unplugged first; None: the technician wants no more."""


class Identifies(Protocol):
    """Tells which board it is before anything on it is changed."""

    def identify(self, device: Device) -> Identity:
        """Chip and table, by asking the chip itself."""


class Flashes(Protocol):
    """Puts MicroPython on a board."""

    def flash(self, device: Device, table: Board) -> Device:
        """MicroPython is on it and was read back; the board, perhaps on another port."""


class Installs(Protocol):
    """Puts our program on a board."""

    def install(self, device: Device, table: Board) -> str:
        """Our files are on it and were read back; the version's name."""


class Provisions(Protocol):
    """Brings a board its settings."""

    def provision(self, device: Device, table: Board, settings: bytes) -> None:
        """Exactly these bytes are the board's settings now: written beside, read back, hashed, renamed. Never shown."""

    def wire(self, device: Device, table: Board) -> None:
        """Its wiring is the table's now, whatever becomes of its settings."""

    def held(self, device: Device, table: Board) -> str | None:
        """SHA-256 (hex) of the settings file the board has now; None when it has none. Changes nothing."""

    def who(self, device: Device) -> tuple[int, int] | None:
        """(node, device epoch) of the settings the board has; None when it has none that make sense."""

    def forget(self, device: Device) -> None:
        """Nothing of a beacon is on the board any more, neither keys nor numbers."""

    def start(self, device: Device) -> None:
        """Its program starts anew, with what it was given: whatever was asked of a board has left it at its prompt."""


class Checks(Protocol):
    """Tries a finished board."""

    def check(self, device: Device, table: Board) -> Slip:
        """Press, lamp, radio, noise, bench frame, battery: what was found. A failed finding is no exception."""


class Steps(Waits, Identifies, Flashes, Installs, Provisions, Checks, Protocol):
    """All hands of the line."""
