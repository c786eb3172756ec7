"""The ports of this folder: what a radio says to its keeper, what a source says to the gateway, and the way back."""

from typing import NamedTuple, Protocol

from gateway.hearing import Hearing
from whistle.site.bundles import Radio


class Address(NamedTuple):
    """Where a radio is: `device` for a cable, else `host` and `tcp_port`. `url` names it everywhere.

    `modem`: on the cable is a board of ours as a plain modem; `relays`: whether its node relays for others.
    """

    url: str
    device: str | None = None
    host: str | None = None
    tcp_port: int = 0
    modem: bool = False
    relays: bool = True


class SiteChannel(NamedTuple):
    """What a radio must carry to hear the site: channel name and key; region and preset to compare with.

    `radio` is what a modem is tuned to; None where the bundle does not say.
    """

    name: str
    psk: bytes
    region: str
    preset: str
    radio: Radio | None = None


class About(NamedTuple):
    """A radio as it was found: its node number, the index of the site's channel in it, and what to tell people."""

    node: int
    channel: int
    remark: str | None


class Outgoing(NamedTuple):
    """A packet to put on the air as a broadcast. `ticket` names it when its fate is told; `urgent` goes first there."""

    ticket: int
    port: int
    payload: bytes
    urgent: bool


class Status(NamedTuple):
    """A source as it is now. Times are Unix seconds; `why` says why it is down, or what is odd about it."""

    url: str
    node: int | None
    up: bool
    since: float
    last_packet: float | None
    why: str | None


class Source(Protocol):
    """What the gateway needs of a source: `kept.KeptSource`, where each is described."""

    url: str

    def start(self) -> None: ...
    def stop(self, patience: float) -> None: ...
    def status(self) -> Status: ...
    def ready_in(self, port: int) -> float: ...
    def submit(self, packet: Outgoing) -> bool: ...


class Ear(Protocol):
    """What an open radio calls, from a thread of the library: each must return at once and raise nothing."""

    def alive(self) -> None:
        """Bytes of a whole frame came from the radio, whatever they mean."""

    def heard(self, hearing: Hearing) -> None:
        """A decoded packet came."""

    def foreign(self) -> None:
        """A packet came that the radio itself could not decrypt."""

    def garbled(self) -> None:
        """A frame of the radio's stream was no message."""

    def answered(self) -> None:
        """The radio answered a heartbeat or a packet with the state of its queue."""

    def undone(self, packet: int, why: str) -> None:
        """The radio refused the packet with this id after having taken it."""

    def lost(self, why: str) -> None:
        """The connection is over."""


class Listener(Protocol):
    """What a source calls, from its own threads."""

    def heard(self, source: str, hearing: Hearing) -> None:
        """A packet of somebody else; may take its time (that holds back the radio, and loses nothing)."""

    def fate(self, source: str, ticket: int, sent: bool, why: str) -> None:
        """An Outgoing left for the radio, or did not; a packet told as sent may still be told as refused later."""

    def changed(self) -> None:
        """A source went up or down."""

    def counted(self, what: str) -> None:
        """One of: foreign, garbled, own, reopened, unsent."""
