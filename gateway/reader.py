"""From a hearing to what it is: verified, or refused with the one reason that counts (protocol sections 3 to 8).

Nothing is remembered here, and nothing is believed of a frame before its tag is verified. What does not claim to be
ours (a chat, a position, a stock node's battery) is foreign, not refused.
"""

from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Callable
from typing import Final, NamedTuple

from alertwire import gatewaypulse, judging, kinds, line, pulse, receipt
from alertwire.errors import Malformed
from alertwire.gatewaypulse import GatewayPulse
from alertwire.keys import BeaconKeys
from alertwire.line import Line
from alertwire.pulse import Pulse
from alertwire.receipt import Receipt

from gateway.hearing import Hearing
from gateway.keyring import Keyring, Known

TEXT, ALERT, TELEMETRY = 1, 11, 67
NEWEST: Final = 1  # the newest version of frames that this program reads

_SHORTEST_SEAL: Final = 20  # characters: chat that holds " ~" is not taken for a damaged line
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_OUR_FIELD: Final = b"\xfa\x07"


class HeardLine(NamedTuple):
    """An authentic alert line. `how` is alertwire.line.PLAIN or DURESS; `group` whether the group tag held, under the
    key of `epoch`."""

    hearing: Hearing
    line: Line
    how: int
    group: bool
    known: Known
    epoch: int


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
    """A frame that claims to be ours and is not accepted. `reason` is one of the protocol's six words; `kind`: what a
    revoked beacon calls for, when this was a press of it."""

    hearing: Hearing
    reason: str
    why: str
    kind: int | None = None


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
        first = _sealed_type(hearing.payload)
        return None if first is None else self._by_version(hearing, first, _SEALED)

    def _telemetry(self, hearing: Hearing) -> Reading:
        first = _field_type(hearing.payload)
        return None if first is None else self._by_version(hearing, first, _FIELDS)

    def _by_version(self, hearing: Hearing, first: int, readers: "_Readers") -> Reading:
        """By type (high nibble) and version (low nibble). A later version is no damage: this gateway is too old."""
        if first in readers:
            return readers[first](self, hearing)
        kind, version = first >> 4, first & 15
        if version > NEWEST and any(kind == known >> 4 for known in readers):
            return Refusal(hearing, judging.NEWER, f"a frame of version {version}; this gateway knows up to {NEWEST}")
        raise Malformed("of no type that is known here")

    def _line_1(self, hearing: Hearing) -> Reading:
        return self._line(hearing, line.parse(hearing.payload))

    def _receipt_1(self, hearing: Hearing) -> Reading:
        return self._receipt(hearing, receipt.parse(hearing.payload))

    def _pulse_1(self, hearing: Hearing) -> Reading:
        return self._pulse(hearing, pulse.parse(hearing.payload))

    def _gateway_pulse_1(self, hearing: Hearing) -> Reading:
        return self._gateway_pulse(hearing, gatewaypulse.parse(hearing.payload))

    def _rekey_1(self, _hearing: Hearing) -> Reading:
        """A new key that another gateway gives a beacon: no business of ours."""
        return None

    def _line(self, hearing: Hearing, one: Line) -> Reading:
        known = self._keyring.known(hearing.sender)
        if known is None:
            return _unknown(hearing)
        how = line.authentic(one, hearing.sender, self._keys(known, one.sequence).up)
        if not how:
            return Refusal(hearing, judging.TAG, "the device tag of the line does not hold")
        if known.beacon.revoked:
            return _revoked(hearing, None if one.cancel else one.kind)
        key = self._keyring.group_of(one.group_epoch)
        group = key is not None and line.group_authentic(one, hearing.sender, key)
        return HeardLine(hearing, one, how, group, known, self._keyring.whole(one.group_epoch))

    def _pulse(self, hearing: Hearing, one: Pulse) -> Reading:
        known = self._keyring.known(hearing.sender)
        if known is None:
            return _unknown(hearing)
        own = self._keys(known, one.sequence)
        if not pulse.open_status(one, hearing.sender, own.up, own.status):
            return Refusal(hearing, judging.TAG, "the tag of the pulse does not hold")
        if known.beacon.revoked:
            return _revoked(hearing, None if one.standing == kinds.ROUTINE else one.kind)
        return HeardPulse(hearing, one, known)

    def _receipt(self, hearing: Hearing, one: Receipt) -> Reading:
        key = self._keyring.group_of(one.group_epoch)
        if key is not None and receipt.group_authentic(one, key):
            return HeardGateway(hearing, one)
        return Refusal(hearing, judging.TAG, "the group tag of the receipt does not hold")

    def _gateway_pulse(self, hearing: Hearing, one: GatewayPulse) -> Reading:
        key = self._keyring.group_of(one.group_epoch)
        if key is not None and gatewaypulse.group_authentic(one, hearing.sender, key):
            return HeardGateway(hearing, one)
        return Refusal(hearing, judging.TAG, "the group tag of the gateway pulse does not hold")

    def _keys(self, known: Known, sequence: int) -> BeaconKeys:
        return self._keyring.keys_for(known, sequence)


_Readers = dict[int, Callable[[Reader, Hearing], Reading]]

# By type and version of a frame. A version stays readable here for two more after it: beacons are updated by hand, and
# their frames of that version are kept in tests/alertwire/frozen.
_SEALED: Final[_Readers] = {0x11: Reader._line_1, 0x21: Reader._receipt_1}
_FIELDS: Final[_Readers] = {0x31: Reader._pulse_1, 0x41: Reader._gateway_pulse_1, 0x51: Reader._rekey_1}


def _sealed_type(payload: bytes) -> int | None:
    """The first byte behind the seal's mark; None when there is nothing that claims to be one of our seals."""
    at = payload.rfind(b" ~") + 2
    if at < 2 or len(payload) - at < _SHORTEST_SEAL or b" " in payload[at:]:
        return None
    try:
        first = a2b_base64(payload[at : at + 4].translate(_URL_SAFE), strict_mode=True)
    except BinasciiError:
        return -1
    return first[0]


def _field_type(payload: bytes) -> int | None:
    """The first byte of our field, where it must stand: after DeviceMetrics; None in other people's telemetry."""
    if len(payload) < 2 or payload[0] != 0x12:
        return None
    at = 2 + payload[1]
    return payload[at + 3] if payload[at : at + 2] == _OUR_FIELD and len(payload) > at + 3 else None


def _unknown(hearing: Hearing) -> Refusal:
    return Refusal(hearing, judging.UNKNOWN_NODE, f"node !{hearing.sender:08x} is not in the roster")


def _revoked(hearing: Hearing, kind: int | None) -> Refusal:
    return Refusal(hearing, judging.REVOKED, f"node !{hearing.sender:08x} is revoked, and its tag holds", kind)
