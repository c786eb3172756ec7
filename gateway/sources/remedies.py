"""Why a radio could not be opened, as one sentence that says what to do."""

import errno
import socket
import termios
from typing import Final

_DEVICE: Final = "there is no such device: is the radio plugged in?"
_PERMISSION: Final = "no permission: add this user to the group dialout (sudo usermod -aG dialout $USER)."
_REMEDIES: Final = (
    (FileNotFoundError, _DEVICE),
    (PermissionError, _PERMISSION),
    (ConnectionRefusedError, "nothing answers there: is the radio on, with its network switched on?"),
    (socket.gaierror, "the host name is not known: check it, or write its address."),
    (termios.error, "this is no serial port: name the one the radio is plugged in to."),
)
# What pyserial says with its own class and the system's number.
_NUMBERS: Final = {errno.ENOENT: _DEVICE, errno.ENODEV: _DEVICE, errno.ENXIO: _DEVICE, errno.EACCES: _PERMISSION}


def sentence(url: str, error: BaseException) -> str:
    """What to tell people about this error at this source."""
    if "lock" in str(error) or "busy" in str(error).lower():
        return f"{url}: another program is using the port: close it (only one can talk to a radio)."
    for kind, remedy in _REMEDIES:
        if isinstance(error, kind):
            return f"{url}: {remedy}"
    number = getattr(error, "errno", None)
    if number in _NUMBERS:
        return f"{url}: {_NUMBERS[number]}"
    if "Permission denied" in str(error):
        return f"{url}: {_PERMISSION}"
    return f"{url} could not be opened: {error}."
