"""What can go wrong when everything runs on one machine.

DemoError
├── PortBusy       a port the demo needs is in use
├── NotReady       a process did not come up in time, or died while it did
├── Refused        somebody asked the supervisor for a thing it does not do
└── Unclear        a browser sent what is no request of the demo's page
"""


class DemoError(Exception):
    """Root of the demo's errors; its text is one sentence with a remedy."""


class PortBusy(DemoError):
    """A port the demo needs is in use."""


class NotReady(DemoError):
    """A process did not come up in time, or died while it did."""


class Refused(DemoError):
    """Somebody asked the supervisor for a thing it does not do."""


class Unclear(DemoError):
    """A browser sent what is no request of the demo's page."""
