"""What one holder may hold, in one file each: enough for its work and nothing above it.

A gateway gets the root (to check beacons' seals), its own two link keys and the roster without places: neither the
master key, nor the bus root, nor where anyone lives. A dashboard gets the bus root and the places: neither the master
key nor the root, so it can forge no beacon.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn

import msgspec
from alertwire import keys
from msgspec import Meta

from whistle.site import files, roster
from whistle.site.errors import Damaged, SiteError, Unknown
from whistle.site.roster import Epoch, Hex32, Hex64, Id, Roster

Positive = Annotated[int, Meta(ge=1)]


class _Bundle(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    v: Literal[1] = 1
    site: Id
    name: str

    def __repr__(self) -> str:
        """Says whose it is and shows no key: a bundle may end up in a log by mistake."""
        return f"<{type(self).__name__} of site {self.site}>"


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gateway's id on the bus (16 hex digits) and the name people gave it."""

    id: Id
    name: str


class PulseMeans(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Mean interval between pulses, seconds, by the mode of a beacon (protocol section 5)."""

    relay: Positive
    listen: Positive
    press: Positive

    def of(self, mode: str) -> int:
        """The mean of one mode."""
        return {"relay": self.relay, "listen": self.listen, "press": self.press}[mode]


class Radio(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers a board's radio is set to. `cr` is the 5 of 4/5; `duty_permille` of each hour it may send.

    After `busy_looks` in a row that found the air busy an alert leaves all the same; 0: never.
    """

    freq_hz: Positive
    sf: Annotated[int, Meta(ge=5, le=12)]
    bw_hz: Positive
    cr: Annotated[int, Meta(ge=5, le=8)]
    preamble: Positive = 16
    power_dbm: int
    sync: Annotated[int, Meta(ge=0, le=255)] = 0x2B
    duty_permille: Annotated[int, Meta(ge=1, le=1000)]
    busy_looks: Annotated[int, Meta(ge=0, le=1000)] = 0


class GatewayBundle(_Bundle, frozen=True, kw_only=True, tag="gateway"):
    """All that one gateway may hold. Key material is hex; the properties give bytes. An old bundle has no `radio`."""

    gateway: Id
    gateway_name: str
    root: Hex32
    root_epoch: Epoch
    group_epoch: Epoch
    link_up: Hex64
    link_down: Hex64
    bus_epoch: Epoch
    channel_name: str
    channel_psk: Hex32
    region: str
    preset: str
    roster: Roster
    roster_key: Hex32
    radio: Radio | None = None

    @property
    def site_bytes(self) -> bytes:
        """The site's 8 bytes, as key derivation wants them."""
        return bytes.fromhex(self.site)

    @property
    def gateway_bytes(self) -> bytes:
        """The gateway's 8 bytes: sender of its envelopes."""
        return bytes.fromhex(self.gateway)

    @property
    def root_bytes(self) -> bytes:
        """The root, 32 bytes, from which `alertwire.keys` derives device and group keys."""
        return bytes.fromhex(self.root)

    @property
    def link_keys(self) -> tuple[bytes, bytes]:
        """(up, down): 64 bytes each, for sealing what this gateway says and opening what it is told."""
        return bytes.fromhex(self.link_up), bytes.fromhex(self.link_down)

    @property
    def psk_bytes(self) -> bytes:
        """The Meshtastic channel key, 32 bytes."""
        return bytes.fromhex(self.channel_psk)


class DashboardBundle(_Bundle, frozen=True, kw_only=True, tag="dashboard"):
    """All that a dashboard may hold. Key material is hex. A bundle from before `pulse_mean_s` has none."""

    bus_root: Hex32
    bus_epoch: Epoch
    gateways: list[Gateway]
    language: str
    region: str
    preset: str
    roster: Roster
    roster_key: Hex32
    pulse_mean_s: PulseMeans | None = None

    def link_keys(self, gateway: str) -> tuple[bytes, bytes]:
        """(up, down) of one gateway of this site by its hex id, 64 bytes each; Unknown for any other."""
        if gateway not in {known.id for known in self.gateways}:
            raise Unknown(f"Gateway {gateway} is not in this bundle: make the dashboard's bundle again.")
        return keys.link(bytes.fromhex(self.bus_root), bytes.fromhex(gateway))

    def gateway_name(self, gateway: str) -> str:
        """The name people gave a gateway; its id when it is not in this bundle."""
        return next((known.name for known in self.gateways if known.id == gateway), gateway)


_decoder: Final = msgspec.json.Decoder(GatewayBundle | DashboardBundle)


def load_gateway_bundle(path: str | Path) -> GatewayBundle:
    """A gateway's bundle, whole and with a roster that verifies, or one SiteError sentence."""
    bundle = _load(Path(path))
    if not isinstance(bundle, GatewayBundle):
        _wrong_kind(path, "a dashboard", "whistle site bundle NAME --out FILE")
    return bundle


def load_dashboard_bundle(path: str | Path) -> DashboardBundle:
    """A dashboard's bundle, whole and with a roster (with places) that verifies, or one SiteError sentence."""
    bundle = _load(Path(path))
    if not isinstance(bundle, DashboardBundle):
        _wrong_kind(path, "a gateway", "whistle site bundle --dashboard --out FILE")
    if bundle.roster.places is None:
        raise Damaged(f"{path} holds a roster without places: make the dashboard's bundle again.")
    return bundle


def _load(path: Path) -> GatewayBundle | DashboardBundle:
    try:
        bundle: GatewayBundle | DashboardBundle = files.read(path, _decoder, "a bundle")
    except FileNotFoundError:
        raise Damaged(f"There is no bundle at {path}: make one with `whistle site bundle`.") from None
    try:
        roster.verify(bundle.roster, bundle.site, bundle.roster_key)
    except SiteError as error:
        raise Damaged(f"{path} cannot be used: {error}") from None
    return bundle


def _wrong_kind(path: str | Path, owner: str, remedy: str) -> NoReturn:
    raise Damaged(f"{path} is {owner}'s bundle: make the right one with `{remedy}`.")
