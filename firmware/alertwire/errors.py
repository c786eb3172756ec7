"""What can go wrong, and whose fault it is.

AlertwireError
 +- Malformed     they sent something that is not whole, or is not ours
 +- Unbuildable   we were asked to build what must not exist
"""


class AlertwireError(Exception):
    """Root of this package's errors; never raised itself."""


class Malformed(AlertwireError):
    """Bytes from the air that no honest sender makes; drop them, count them, go on."""


class Unbuildable(AlertwireError):
    """A frame that would break the protocol was asked for; the message says what to change."""
