"""Every key of a site out of its master key (section 1). For hosts: a board gets its keys ready-made."""

from .mac import hmac_sha256, u32

_SALT = b"whistle/1"


def extract(salt: bytes, material: bytes) -> bytes:
    """HKDF-SHA256 Extract (RFC 5869): a pseudo-random key of 32 bytes."""
    return hmac_sha256(salt or bytes(32), material)


def expand(prk: bytes, info: bytes, n: int) -> bytes:
    """HKDF-SHA256 Expand (RFC 5869): n <= 8160 bytes bound to `info`."""
    out, block, count = b"", b"", 0
    while len(out) < n:
        count += 1
        block = hmac_sha256(prk, block, info, bytes([count]))
        out += block
    return out[:n]


def prk(master: bytes) -> bytes:
    """The site's PRK from its 32 random master bytes."""
    return extract(_SALT, master)


def root(site_prk: bytes, site: bytes, epoch: int) -> bytes:
    """What gateways hold: makes device and group keys. `site` is 8 bytes, `epoch` 0..255."""
    return expand(site_prk, b"whistle/1 root\0" + site + bytes([epoch]), 32)


def bus_root(site_prk: bytes, site: bytes, epoch: int) -> bytes:
    """What dashboards hold: makes the link keys of every gateway."""
    return expand(site_prk, b"whistle/1 bus\0" + site + bytes([epoch]), 32)


def device(root_key: bytes, site: bytes, node: int, epoch: int) -> bytes:
    """One beacon's key; a new device epoch is a new key."""
    return expand(root_key, b"whistle/1 device\0" + site + u32(node) + bytes([epoch]), 32)


def group(root_key: bytes, site: bytes, epoch: int) -> bytes:
    """The key all beacons of a site share."""
    return expand(root_key, b"whistle/1 group\0" + site + bytes([epoch]), 32)


def link(bus_root_key: bytes, gateway: bytes) -> "tuple[bytes, bytes]":
    """(up, down): the two 64-byte keys between one gateway and the dashboards."""
    tail = b"\0" + bytes([len(gateway)]) + gateway
    return expand(bus_root_key, b"whistle/1 bus up" + tail, 64), expand(bus_root_key, b"whistle/1 bus down" + tail, 64)


class BeaconKeys:
    """The four keys a beacon works with: up (its tags), down (answers to it), status, id (packet ids)."""

    def __init__(self, up: bytes, down: bytes, status: bytes, id: bytes) -> None:
        self.up = up
        self.down = down
        self.status = status
        self.id = id

    @classmethod
    def of(cls, device_key: bytes) -> "BeaconKeys":
        """The working keys made from one device key."""
        return cls(*[expand(device_key, b"whistle/1 " + name, 32) for name in (b"up", b"down", b"status", b"id")])
