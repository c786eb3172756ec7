"""What can go wrong in a gateway. Every message is one sentence that says what to do.

GatewayError
 +- LedgerError
 |   +- DataDirectory    the data directory cannot be used, or another gateway holds it
 |   +- NotALedger       the file is damaged, or of a later version
 |   +- NotCommitted     the disk would not take it: nothing was acknowledged, it is tried again
 |   `- Contradiction    what was to be written contradicts what is stored: a mistake of ours, not tried again
 +- SourceError
     +- BadSource        the address of a source cannot be used as it stands
     +- CannotOpen       the radio could not be opened; tried again for ever
     |   `- NoChannel    it was opened, and has no channel of this site
     +- RadioSilent      a call passed its deadline, or nothing came any more: opened again
     `- RadioRefused     the radio or its library would not take a packet
"""


class GatewayError(Exception):
    """Root of everything this package raises on purpose."""


class LedgerError(GatewayError):
    """The ledger cannot do what it must."""


class DataDirectory(LedgerError):
    """The data directory is missing, may not be written, or is in use."""


class NotALedger(LedgerError):
    """What lies in the data directory is no ledger this version can use; it is left as it is."""


class NotCommitted(LedgerError):
    """A transaction did not reach the disk; all of it is undone and may be tried again."""


class Contradiction(LedgerError):
    """A row would break a rule of the ledger; all of the transaction is undone, and trying again would not mend it."""


class SourceError(GatewayError):
    """A source of hearings is not usable, now or at all."""


class BadSource(SourceError):
    """The source's address is wrong; no retry will help."""


class CannotOpen(SourceError):
    """The radio could not be opened this time."""


class NoChannel(CannotOpen):
    """The radio was opened and carries no channel with the site's name and key."""


class RadioSilent(SourceError):
    """The radio did not answer in time; the connection is given up."""


class RadioRefused(SourceError):
    """The radio, or the library in front of it, refused what was to be sent."""
