"""The roster: which beacons exist, in one versioned document signed with a key of the master key.

The signature is Ed25519 over the canonical JSON of everything but `places` and `signature`; the places are bound by
their digest, so a gateway's copy, which has none, verifies too. Among rosters of one site the highest version wins.
"""

import hashlib
from typing import Annotated, Final, Literal

import msgspec
from alertwire import keys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from whistle.site.errors import Conflict, Forged, Older, OtherSite
from whistle.site.files import canonical

Id = Annotated[str, Meta(pattern="^[0-9a-f]{16}", max_length=16)]
Hex32 = Annotated[str, Meta(pattern="^[0-9a-f]{64}", max_length=64)]
Hex64 = Annotated[str, Meta(pattern="^[0-9a-f]{128}", max_length=128)]
U8 = Annotated[int, Meta(ge=0, le=0xFF)]
Epoch = Annotated[int, Meta(ge=1, le=0xFF)]
Node = Annotated[int, Meta(ge=4, le=0xFFFFFFFE)]
Kind = Literal["help", "medical", "fire", "watch"]
Mode = Literal["press", "listen", "relay"]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]

_NO_SIGNATURE: Final = "0" * 128


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Beacon(_Strict, frozen=True, kw_only=True):
    """One beacon as gateways must know it. `epoch` rises whenever its board is set up again.

    `suspended`: its alerts are shown as suspended, never refused. `revoked`: its frames are refused.
    """

    node: Node
    epoch: Epoch
    mode: Mode
    kinds: list[Kind]
    suspended: bool = False
    revoked: bool = False
    captain: bool = False


class Private(_Strict, frozen=True, kw_only=True):
    """The part of a place never on the air and never on a gateway: shown to captains during an open alert."""

    entrance: str = ""
    floor: str = ""
    door: str = ""
    note: str = ""


class Place(_Strict, frozen=True, kw_only=True):
    """Where a beacon is and what people call it. `public` is the only part ever on the air."""

    node: Node
    name: str
    public: str
    private: Private
    lat: Latitude
    lon: Longitude


class Roster(_Strict, frozen=True, kw_only=True):
    """The whole document; `places` is None in a gateway's copy. Believe it only after `verify` or `accept`."""

    v: Literal[1] = 1
    site: Id
    version: Annotated[int, Meta(ge=1)]
    beacons: list[Beacon]
    places: list[Place] | None
    places_digest: Hex32
    signature: Hex64

    def beacon(self, node: int) -> Beacon | None:
        """The beacon with this node number, or None."""
        return next((beacon for beacon in self.beacons if beacon.node == node), None)

    def place(self, node: int) -> Place | None:
        """The place of this node, or None (also on a gateway's copy)."""
        return next((place for place in self.places or [] if place.node == node), None)

    def without_places(self) -> "Roster":
        """The copy a gateway may hold."""
        return msgspec.structs.replace(self, places=None)


def signing_key(prk: bytes, site: bytes) -> Ed25519PrivateKey:
    """The key that signs rosters; only who holds the master key has it. `site` 8 bytes."""
    return Ed25519PrivateKey.from_private_bytes(keys.expand(prk, b"whistle/1 roster\0" + site, 32))


def public_key(key: Ed25519PrivateKey) -> str:
    """The hex by which everyone else verifies: `roster_key` in site file and bundles."""
    return key.public_key().public_bytes_raw().hex()


def signed(key: Ed25519PrivateKey, site: str, version: int, beacons: list[Beacon], places: list[Place]) -> Roster:
    """A new roster with a signature that holds."""
    bare = Roster(
        site=site,
        version=version,
        beacons=beacons,
        places=places,
        places_digest=_digest(places),
        signature=_NO_SIGNATURE,
    )
    return msgspec.structs.replace(bare, signature=key.sign(_signed_bytes(bare)).hex())


def verify(roster: Roster, site: str, key: str) -> Roster:
    """The roster itself if it is this site's and whole, else OtherSite or Forged."""
    if roster.site != site:
        raise OtherSite(f"This roster is of site {roster.site}, ours is {site}: take the right stick.")
    if not _holds(roster, key) or (roster.places is not None and _digest(roster.places) != roster.places_digest):
        raise Forged("This roster is not signed by this site's master key, or was altered: it is refused.")
    return roster


def accept(held: Roster | None, offered: Roster, site: str, key: str) -> Roster:
    """Which of two rosters to hold from now on: the higher version. Raises RosterRefused when the offer is no good.

    The same version again returns the fuller copy of the two, so a copy without places never displaces one with them.
    """
    verify(offered, site, key)
    if held is None or offered.version > held.version:
        return offered
    if offered.version < held.version:
        raise Older(f"This roster is version {offered.version}; version {held.version} is held and stays.")
    if _signed_bytes(offered) != _signed_bytes(held):
        raise Conflict(
            f"This roster is another version {held.version} than the one held: two copies of the site were changed "
            "apart; make the change again on one of them, which gives it a higher version."
        )
    return offered if held.places is None else held


def _signed_bytes(roster: Roster) -> bytes:
    content = msgspec.to_builtins(roster)
    del content["places"], content["signature"]
    return canonical(content)


def _digest(places: list[Place]) -> str:
    return hashlib.sha256(canonical(places)).hexdigest()


def _holds(roster: Roster, key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            bytes.fromhex(roster.signature), _signed_bytes(roster)
        )
    except InvalidSignature:
        return False
    return True
