"""Where hearings come from: one URL a source, any number at once.

`port` says what a source and a radio must do, `kept` keeps a radio open for ever, `radio` is the one file that knows
the `meshtastic` library, `hush` keeps that library's chatter off our output, `deadline` gives every call of it an end.
`modem` is a board of ours on a cable, `mesh` the node behind it, `identity` its number and packet ids.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from gateway.clock import Clock
from gateway.errors import BadSource
from gateway.sources.kept import KeptSource
from gateway.sources.mesh import Meshes
from gateway.sources.modem import Modem
from gateway.sources.port import Address, Listener, SiteChannel

TCP_PORT = 4403

FORMS = (
    "tcp://HOST or tcp://HOST:PORT (a radio on the network), serial:///dev/ttyUSB0 (a radio on a cable), "
    "modem:///dev/ttyACM0 (a board of ours as a modem; ?relay=no: it does not relay)"
)


def address(url: str) -> Address:
    """The address in a source URL; BadSource with the allowed forms for anything else."""
    if url.startswith("serial:///"):
        return Address(url, device=url.removeprefix("serial://"))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadSource(f"{url!r} is no source address: write {FORMS}.") from None
    if parts.scheme == "modem" and not host and len(parts.path) > 1 and parts.query in _RELAYS:
        return Address(url, device=parts.path, modem=True, relays=_RELAYS[parts.query])
    if parts.scheme != "tcp" or not host or parts.path.strip("/") or parts.query or parts.username:
        raise BadSource(f"{url!r} is no source address: write {FORMS}.")
    return Address(url, host=host, tcp_port=port or TCP_PORT)


def addresses(urls: Sequence[str]) -> list[Address]:
    """The address of each URL; BadSource for one that is wrong or given twice."""
    where = [address(url) for url in urls]
    if len({(one.device, one.host, one.tcp_port) for one in where}) != len(where):
        raise BadSource("The same source is given twice: name each radio once.")
    return where


def kept_sources(
    where: Sequence[Address], channel: SiteChannel, listener: Listener, clock: Clock, folder: Path, fresh: bool = False
) -> list[KeptSource]:
    """One source for each address, not yet started.

    `folder` is the gateway's own, where modems keep their numbers; `fresh`: it was put back from a copy.
    """

    def kept(one: Address) -> KeptSource:
        if not one.modem:
            return KeptSource(one, channel, listener, clock)
        meshes = Meshes(folder, one.url, one.relays, clock, fresh)
        return KeptSource(one, channel, listener, clock, partial(Modem, meshes=meshes), spacing={})

    return [kept(one) for one in where]


_RELAYS = {"": True, "relay=yes": True, "relay=no": False}
