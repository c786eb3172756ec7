"""The two shares of the air that Meshtastic counts (host only; a node makes its own meters)."""

from meshwire.airtime import Meter


def utilisation() -> Meter:
    """Return a meter of everything heard and sent in the last minute."""
    return Meter(10000, 6)


def transmission() -> Meter:
    """Return a meter of everything sent in the last hour, which regions limit."""
    return Meter(60000, 60)
