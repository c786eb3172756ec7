"""The mesh behind a modem: the node that a stock radio has inside runs here, on frames that a cable carries.

It speaks and relays as a stock node in the role CLIENT does. It outlives its connections: what it has heard, its queue
and its share of the hour's air are the same when the cable was plugged in again.
"""

import secrets
import threading
from pathlib import Path
from typing import Final

from meshwire import plan, presets, regions
from meshwire.channel import Channel, expand_key
from meshwire.data import Data
from meshwire.errors import MeshwireError
from meshwire.node import Node, Packet
from meshwire.nodeinfo import user

from gateway.clock import Clock
from gateway.errors import CannotOpen, RadioRefused
from gateway.sources.identity import Identity
from gateway.sources.port import Outgoing, SiteChannel
from whistle.aes import ecb
from whistle.site.bundles import Radio

HISTORY: Final = 500
BOARD_DBM: Final = 22  # the most an SX1262 can send
_HIGH: Final = 100


class Mesh:
    """One node of the mesh. Every method may be called from any thread; CannotOpen for a site without radio numbers."""

    def __init__(self, identity: Identity, channel: SiteChannel, relays: bool, clock: Clock) -> None:
        self.tuning = tuning(channel)
        self._clock = clock
        self._lock = threading.Lock()
        preset = plan.find_preset(channel.preset)
        name = presets.effective_name(channel.name, preset)
        self._channel = Channel(name, expand_key(channel.psk), ecb)
        tail = f"{identity.node & 0xFFFF:04x}"
        self._node = Node(
            identity.node,
            [self._channel],
            preset.modem(plan.find_region(channel.region).wide),
            secrets.randbelow,
            identity.next_id,
            _untold,
            user(identity.node, f"Gateway {tail}", tail) + _role(relays),
            relays=relays,
            opaque=relays,
            duty_permille=self.tuning.duty_permille,
            now_ms=self._now(),
            history=HISTORY,
        )

    @property
    def node(self) -> int:
        """The number it speaks under."""
        return self._node.number

    def heard(self, frame: bytes, rssi: int, snr: float) -> Packet | None:
        """A frame from the air: the message in it, when it is new, readable and for all or for us."""
        with self._lock:
            return self._node.heard(frame, self._now(), rssi, snr)

    def foreign(self, frame: bytes) -> bool:
        """Whether it is of another channel, by its header."""
        return len(frame) < 16 or frame[13] != self._channel.hash

    def say(self, packet: Outgoing) -> int:
        """Queue a broadcast; its packet id. RadioRefused: the queue is full, or the hour's share of the air used up."""
        data = Data(packet.port, packet.payload)
        with self._lock:
            try:
                return self._node.send(data, self._now(), priority=_HIGH if packet.urgent else 0)
            except MeshwireError as error:
                raise RadioRefused(f"the modem's node refused it: {error}") from None

    def due_s(self) -> float:
        """Seconds until `frame` may give something; 0.0: now; infinite: nothing waits."""
        with self._lock:
            due = self._node.due()
        return float("inf") if due is None else max(due - self._now(), 0) / 1000

    def frame(self) -> bytes | None:
        """The frame to send now, if the air is free; it must be answered by `sent`."""
        with self._lock:
            return self._node.transmit(self._now())

    def sent(self, ok: bool) -> None:
        """It has left, or has not (the air was busy, the cable broke) and waits anew."""
        with self._lock:
            self._node.sent(self._now(), ok)

    def airtime_s(self, frame: bytes) -> float:
        """Seconds that a frame keeps the air busy."""
        return self._node.modem.airtime_us(len(frame)) / 1e6

    def _now(self) -> int:
        return int(self._clock.steady() * 1000)


class Meshes:
    """Gives a source its mesh at its first opening and the same one ever after.

    `folder` is the gateway's own; `fresh`: it was put back from a copy, so that no number in it may be used again.
    """

    def __init__(self, folder: Path, url: str, relays: bool, clock: Clock, fresh: bool = False) -> None:
        self._made: Mesh | None = None
        self._folder, self._url, self._relays, self._clock, self._fresh = folder, url, relays, clock, fresh

    def of(self, channel: SiteChannel) -> Mesh:
        """The mesh of this source on the site's channel."""
        if self._made is None:
            self._made = Mesh(Identity(self._folder, self._url, self._fresh), channel, self._relays, self._clock)
        return self._made


def tuning(channel: SiteChannel) -> Radio:
    """The numbers a modem is tuned to: the bundle's own, or (an old bundle) worked out from region, preset and name."""
    if channel.radio is not None:
        return channel.radio
    try:
        region, preset = plan.find_region(channel.region), plan.find_preset(channel.preset)
    except MeshwireError as error:
        raise CannotOpen(f"The modem cannot be tuned: {error}.") from None
    modem = preset.modem(region.wide)
    slot = regions.choose_slot(region, modem.bw_hz, presets.effective_name(channel.name, preset))
    return Radio(
        freq_hz=regions.frequency(region, modem.bw_hz, slot),
        sf=modem.sf,
        bw_hz=modem.bw_hz,
        cr=modem.cr,
        preamble=modem.preamble,
        power_dbm=min(region.dbm, BOARD_DBM),
        duty_permille=region.duty_permille,
    )


def _role(relays: bool) -> bytes:
    """The end of a User: no chat can be had with it; it is mute where it does not relay."""
    return b"\x48\x01" if relays else b"\x38\x01\x48\x01"


def _untold(kind: int, packet: int, error: int) -> None:
    """What the mesh says of our packets drives nothing: a beacon's pulse says what it has heard."""
