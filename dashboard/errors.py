"""What can go wrong in the dashboard. Every message is one sentence that says what to do.

DashboardError
├── DataInUse         another dashboard holds the data directory
├── DataUnusable      the data directory or the store in it cannot be opened
├── PortBusy          the address to listen on is taken or not ours
├── Unwritable        the store takes nothing at this moment; nothing was acknowledged
├── NameTaken         there is a captain of that name already
├── BadName           a name, password or file that cannot be used
└── NoSuchAlert       an answer for an alert that is not there, or is closed
"""


class DashboardError(Exception):
    """Root of everything this package raises on purpose."""


class DataInUse(DashboardError):
    """Another process runs on this data directory."""


class DataUnusable(DashboardError):
    """The data directory cannot be made or read, or its store is of a later version."""


class PortBusy(DashboardError):
    """Nothing can listen on that address."""


class Unwritable(DashboardError):
    """A transaction failed and was rolled back whole; try again when the disk has room."""


class NameTaken(DashboardError):
    """Names of captains are unique, without regard to case."""


class BadName(DashboardError):
    """A name, password or file from the command line that cannot be used."""


class NoSuchAlert(DashboardError):
    """The alert does not exist, or takes no such answer any more."""
