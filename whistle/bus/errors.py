"""What can go wrong on the bus.

BusError
├── Unsendable            we were asked to send what must not be sent
│   ├── TooLarge          the message does not fit 4,096 bytes
│   ├── BadId             a site, gateway or sender id that is not one
│   └── CountEnded        this process has used up its numbers
├── Unreadable            what arrived is refused; `reason` is one word for counting
│   ├── NotOurs           not an envelope of ours at all
│   ├── OtherEpoch        sealed under a bus epoch other than the one expected
│   ├── NotAuthentic      key, topic or a bit is wrong
│   ├── NotCanonical      opened, but not written in the one allowed way
│   ├── UnknownGateway    from or to a gateway we hold no keys for
│   └── UnknownMessage    opened, but it says something this version does not know
└── LinkError             the way to the broker
    ├── BadUrl            the broker's address cannot be used as it stands
    └── LinkClosed        used after close()
"""


class BusError(Exception):
    """Root of everything this package raises on purpose."""


class Unsendable(BusError):
    """The caller asked for something that must not leave this machine."""


class TooLarge(Unsendable):
    """The message is longer than the largest envelope; shorten it (fewer hearings, samples or radios)."""


class BadId(Unsendable):
    """An id is not 8 bytes, or not 16 lower-case hex digits in a topic."""


class CountEnded(Unsendable):
    """2^32 messages were sent by one process; start it again."""


class Unreadable(BusError):
    """What arrived is refused, and nothing of it is believed."""

    reason = "unreadable"


class NotOurs(Unreadable):
    """The bytes or the topic are not of this bus."""

    reason = "not-ours"


class OtherEpoch(Unreadable):
    """Sealed under another bus epoch; the two sides hold bundles of different age."""

    reason = "other-epoch"


class NotAuthentic(Unreadable):
    """The seal does not hold for this key and topic."""

    reason = "not-authentic"


class NotCanonical(Unreadable):
    """The seal holds but length, padding, sender or JSON is not the one allowed form."""

    reason = "not-canonical"


class UnknownGateway(Unreadable):
    """A message from or to a gateway we hold no keys for."""

    reason = "unknown-gateway"


class UnknownMessage(Unreadable):
    """The seal holds but class, version or a field is none this version knows."""

    reason = "unknown-message"


class LinkError(BusError):
    """The way to the broker cannot be used."""


class BadUrl(LinkError):
    """The broker's address, or a file it names, cannot be used; the sentence says what to write."""


class LinkClosed(LinkError):
    """The link was closed by us and carries nothing any more."""
