"""From a hearing to what it is: verified, or refused with the one reason that counts (protocol sections 3 to 8).

Nothing is remembered here, and nothing is believed of a frame before its tag is verified. What does not claim to be
ours (a chat, a position, a stock node's battery) is foreign, not refused.
"""

from typing import Final, NamedTuple

from alertwire import gatewaypulse, judging, line, pulse, receipt
from alertwire.errors import Malformed
from alertwire.gatewaypulse import GatewayPulse
from alertwire.keys import BeaconKeys
from alertwire.line import Line
from alertwire.pulse import Pulse
from alertwire.receipt import Receipt

from gateway.hearing import Hearing
from gateway.keyring import Keyring, Known

TEXT, ALERT, TELEMETRY = 1, 11, 67

_SHORTEST_SEAL: Final = 20  # characters: chat that holds " ~" is not taken for a damaged line
_RECEIPT: Final = b"I"  # how a seal begins whose first byte is 0x21; a line's begins with E
_BEACON, _GATEWAY, _REKEY = 0x31, 0x41, 0x51
_OUR_FIELD: Final = b"\xfa\x07"


class HeardLine(NamedTuple):
    """An authentic alert line. `how` is alertwire.line.PLAIN or DURESS; `group` whether the group tag held."""

    hearing: Hearing
    line: Line
    how: int
    group: bool
    known: Known


class HeardPulse(NamedTuple):
    """An authentic beacon pulse, its status opened."""

    hearing: Hearing
    pulse: Pulse
    known: Known


class HeardGateway(NamedTuple):
    """An authentic frame of another gateway of this site."""

    hearing: Hearing
    said: GatewayPulse | Receipt


class Refusal(NamedTuple):
    """A frame that claims to be ours and is not accepted. `reason` is one of the protocol's five words."""

    hearing: Hearing
    reason: str
    why: str


Reading = HeardLine | HeardPulse | HeardGateway | Refusal | None


class Reader:
    """Reads hearings with the keys of one site. Safe from any thread: `read` changes nothing but the key cache."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def read(self, hearing: Hearing) -> Reading:
        """What this hearing is; None when it is foreign. Never raises, whatever the payload holds."""
        try:
            if hearing.port in (TEXT, ALERT):
                return self._sealed_text(hearing)
            if hearing.port == TELEMETRY:
                return self._telemetry(hearing)
        except Malformed as error:
            return Refusal(hearing, judging.MALFORMED, str(error))
        return None

    def _sealed_text(self, hearing: Hearing) -> Reading:
        start = _seal(hearing.payload)
        if start is None:
            return None
        if hearing.payload[start : start + 1] == _RECEIPT:
            return self._receipt(hearing, receipt.parse(hearing.payload))
        return self._line(hearing, line.parse(hearing.payload))

    def _telemetry(self, hearing: Hearing) -> Reading:
        first = _field_type(hearing.payload)
        if first is None or first == _REKEY:
            return None
        if first == _GATEWAY:
            return self._gateway_pulse(hearing, gatewaypulse.parse(hearing.payload))
        return self._pulse(hearing, pulse.parse(hearing.payload))

    def _line(self, hearing: Hearing, one: Line) -> Reading:
        known = self._keyring.known(hearing.sender)
        if known is None:
            return _unknown(hearing)
        how = line.authentic(one, hearing.sender, self._keys(known, one.sequence).up)
        if not how:
            return Refusal(hearing, judging.TAG, "the device tag of the line does not hold")
        if known.beacon.revoked:
            return _revoked(hearing)
        group = line.group_authentic(one, hearing.sender, self._keyring.group)
        return HeardLine(hearing, one, how, group, known)

    def _pulse(self, hearing: Hearing, one: Pulse) -> Reading:
        known = self._keyring.known(hearing.sender)
        if known is None:
            return _unknown(hearing)
        own = self._keys(known, one.sequence)
        if not pulse.open_status(one, hearing.sender, own.up, own.status):
            return Refusal(hearing, judging.TAG, "the tag of the pulse does not hold")
        return _revoked(hearing) if known.beacon.revoked else HeardPulse(hearing, one, known)

    def _receipt(self, hearing: Hearing, one: Receipt) -> Reading:
        if receipt.group_authentic(one, self._keyring.group):
            return HeardGateway(hearing, one)
        return Refusal(hearing, judging.TAG, "the group tag of the receipt does not hold")

    def _gateway_pulse(self, hearing: Hearing, one: GatewayPulse) -> Reading:
        if gatewaypulse.group_authentic(one, hearing.sender, self._keyring.group):
            return HeardGateway(hearing, one)
        return Refusal(hearing, judging.TAG, "the group tag of the gateway pulse does not hold")

    def _keys(self, known: Known, sequence: int) -> BeaconKeys:
        return self._keyring.keys_for(known, sequence)


def _seal(payload: bytes) -> int | None:
    """Where the seal starts; None when there is nothing that claims to be one."""
    at = payload.rfind(b" ~") + 2
    return at if at >= 2 and len(payload) - at >= _SHORTEST_SEAL and b" " not in payload[at:] else None


def _field_type(payload: bytes) -> int | None:
    """The first byte of our field, where it must stand: after DeviceMetrics; None in other people's telemetry."""
    if len(payload) < 2 or payload[0] != 0x12:
        return None
    at = 2 + payload[1]
    return payload[at + 3] if payload[at : at + 2] == _OUR_FIELD and len(payload) > at + 3 else None


def _unknown(hearing: Hearing) -> Refusal:
    return Refusal(hearing, judging.UNKNOWN_NODE, f"node !{hearing.sender:08x} is not in the roster")


def _revoked(hearing: Hearing) -> Refusal:
    return Refusal(hearing, judging.REVOKED, f"node !{hearing.sender:08x} is revoked, and its tag holds")
